//! Ctrl-C, SIGTERM and SIGHUP, as a flag and something to wait on.
//!
//! The signals no longer kill the process: the run loop sees the request,
//! starts nothing new, and ends at the next safe point, so that every file is
//! either old or new. A second request says that the person insists.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::child::{self, is_ignored};

/// Whether somebody asked this process to end.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: Mutex<Requests>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Requests {
    count: u32,
    listeners: Vec<Sender<()>>,
}

/// Takes over the signals that ask a process to end. SIGHUP and SIGINT stay ignored where
/// they were when the process started: `nohup` and scripts that start a background job
/// want it so, since the terminal sends them to everybody. SIGTERM is meant for this
/// process alone and always counts.
pub fn install() -> io::Result<Interrupt> {
    let asked: Vec<i32> = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| *signal == SIGTERM || !is_ignored(*signal))
        .collect();
    let mut signals = Signals::new(asked)?;
    let interrupt = Interrupt::default();
    let raised = interrupt.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                raised.raise();
            }
        })?;
    Ok(interrupt)
}

/// Lets SIGTERM end this process together with every program that it has started,
/// and with what those have started in their groups: the system would end the
/// programs alone, and only on Linux.
pub fn end_with_programs() -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                child::end_all();
                // It ends the process; if it cannot, a SIGKILL follows anyway.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        })?;
    Ok(())
}

impl Interrupt {
    /// Whether anybody has asked.
    pub fn requested(&self) -> bool {
        self.lock().count > 0
    }

    /// Whether somebody has asked more than once.
    pub fn insisted(&self) -> bool {
        self.lock().count > 1
    }

    /// Asks, as a signal does.
    pub fn raise(&self) {
        let mut requests = self.lock();
        requests.count += 1;
        requests
            .listeners
            .retain(|listener| listener.send(()).is_ok());
        self.state.changed.notify_all();
    }

    /// Waits for a request at most this long; says whether there was one.
    pub fn wait(&self, at_most: Duration) -> bool {
        let (requests, _) = self
            .state
            .changed
            .wait_timeout_while(self.lock(), at_most, |requests| requests.count == 0)
            .unwrap_or_else(PoisonError::into_inner);
        requests.count > 0
    }

    /// A channel that receives a message per request, also for those before this
    /// call, for loops that wait for several things at once.
    pub fn subscribe(&self) -> Receiver<()> {
        let (sender, receiver) = unbounded();
        let mut requests = self.lock();
        for _ in 0..requests.count {
            // The receiver is held right here.
            let _ = sender.send(());
        }
        requests.listeners.push(sender);
        receiver
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        let state = self.state.requests.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_seen_by_flag_wait_and_channel() {
        let interrupt = Interrupt::default();
        let early = interrupt.subscribe();
        assert!(!interrupt.requested());
        assert!(!interrupt.wait(Duration::ZERO));
        interrupt.raise();
        assert!(interrupt.requested() && !interrupt.insisted());
        assert!(interrupt.wait(Duration::ZERO));
        assert_eq!(early.try_recv(), Ok(()));
        assert_eq!(interrupt.subscribe().try_recv(), Ok(()));
        interrupt.raise();
        assert!(interrupt.insisted());
    }
}
