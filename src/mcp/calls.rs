//! Calls of tools: a few run at once, some wait, and each can be cancelled.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::session::short;
use super::tools::{self, Tool};
use crate::causes;
use crate::process::Interrupt;
use crate::repo::Place;
use crate::rpc::{Code, Hive, Id, Output, Unanswered, failed, succeeded};

/// How many calls run at once.
const AT_ONCE: usize = 4;
/// How many wait.
const WAITING: usize = 64;

/// A call of a tool that exists, with whatever arguments.
pub(super) struct Call {
    id: Id,
    tool: &'static Tool,
    arguments: Value,
}

/// The calls that wait and run.
pub(super) struct Calls {
    orders: Option<Sender<(Call, Interrupt)>>,
    threads: Vec<JoinHandle<()>>,
    open: Open,
}

/// Those that have no answer yet.
type Open = Arc<Mutex<HashMap<Id, Interrupt>>>;

/// What a thread that carries out calls has.
struct Desk {
    output: Arc<Output>,
    root: PathBuf,
    hive: Hive,
    open: Open,
}

impl Call {
    /// Reads the parameters of `tools/call`.
    pub(super) fn of(id: Id, mut params: Value) -> Result<Self, (Code, String)> {
        let name = params.get("name").and_then(Value::as_str);
        let Some(name) = name else {
            let message = "`tools/call` gives the `name` of a tool";
            return Err((Code::InvalidParams, message.to_owned()));
        };
        let Some(tool) = tools::find(name) else {
            let names: Vec<&str> = tools::TOOLS.iter().map(|tool| tool.name).collect();
            let message = format!(
                "there is no tool {}: say one of {}",
                short(name),
                names.join(", ")
            );
            return Err((Code::InvalidParams, message));
        };
        let arguments = match params.get_mut("arguments").map(Value::take) {
            None | Some(Value::Null) => json!({}),
            Some(arguments) => arguments,
        };
        Ok(Self {
            id,
            tool,
            arguments,
        })
    }
}

impl Calls {
    pub(super) fn new(output: Arc<Output>, root: &Path, hive: Hive) -> io::Result<Self> {
        let (sender, orders) = bounded(WAITING);
        let open = Open::default();
        let desk = Arc::new(Desk {
            output,
            root: root.to_owned(),
            hive,
            open: Arc::clone(&open),
        });
        let start = |number: usize| {
            let (desk, orders) = (Arc::clone(&desk), orders.clone());
            thread::Builder::new()
                .name(format!("call {number}"))
                .spawn(move || desk.work(&orders))
        };
        Ok(Self {
            orders: Some(sender),
            threads: (0..AT_ONCE).map(start).collect::<io::Result<_>>()?,
            open,
        })
    }

    /// Lets a call begin, or wait for its turn.
    pub(super) fn begin(&mut self, call: Call) -> Result<(), (Code, String)> {
        let id = call.id.clone();
        let interrupt = Interrupt::default();
        {
            let mut open = lock(&self.open);
            if open.contains_key(&id) {
                let message = format!("the request {} is still open", short(&id.to_string()));
                return Err((Code::InvalidRequest, message));
            }
            open.insert(id.clone(), interrupt.clone());
        }
        let sent = self
            .orders
            .as_ref()
            .map(|orders| orders.try_send((call, interrupt)));
        if sent.is_none_or(|sent| sent.is_err()) {
            lock(&self.open).remove(&id);
            let message =
                format!("{WAITING} calls wait already; send this one again when some are answered");
            return Err((Code::Internal, message));
        }
        Ok(())
    }

    /// Ends a call whose answer nobody wants any more. One that is answered already, or was
    /// never made, is none.
    pub(super) fn cancel(&self, id: &Id) {
        if let Some(interrupt) = lock(&self.open).get(id) {
            interrupt.raise();
        }
    }

    /// Answers what has begun.
    pub(super) fn finish(mut self) {
        self.orders = None;
        for thread in self.threads.drain(..) {
            // It has caught every panic of a call; another one has been told.
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn work(&self, orders: &Receiver<(Call, Interrupt)>) {
        for (call, interrupt) in orders {
            let id = call.id.clone();
            let result = catch_unwind(AssertUnwindSafe(|| self.called(call, &interrupt)));
            lock(&self.open).remove(&id);
            // What was cancelled gets no answer.
            let message = match result {
                Ok(None) => continue,
                Ok(Some(answer)) => succeeded(&id, &answer),
                Err(_) => failed(
                    &id,
                    Code::Internal,
                    "hive has a fault here; its log has more",
                ),
            };
            if self.output.send(&message).is_err() {
                // Nobody listens any more: what still runs is for nobody.
                for interrupt in lock(&self.open).values() {
                    interrupt.raise();
                }
            }
        }
    }

    /// The result of a call; `None` if it was cancelled.
    fn called(&self, call: Call, interrupt: &Interrupt) -> Option<Value> {
        let Some(place) = Place::find(&self.root) else {
            let message = format!(
                "there is no git repository at {}; start hive mcp in one, or with --root",
                self.root.display()
            );
            return Some(Answer::refused(&message));
        };
        let order = match (call.tool.order)(call.arguments, &place.root) {
            Ok(order) => order,
            Err(wrong) => return Some(Answer::refused(&wrong)),
        };
        match self.hive.run(order, interrupt) {
            Ok(said) => Some(answer::of(&said, call.tool.kind)),
            Err(Unanswered::Cancelled) => None,
            Err(error) => Some(Answer::refused(&causes::told(&error))),
        }
    }
}

fn lock(open: &Open) -> MutexGuard<'_, HashMap<Id, Interrupt>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}
