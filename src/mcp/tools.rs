//! The tools: what each is called, takes and runs. One entry carries all of it.

use std::path::Path;
use std::time::Duration;

use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::Kind;
use super::arguments::{
    Answered, Check, Fix, Leased, Level, List, Nothing, One, Snoozed, State, Suppressed, Wait, Why,
    numbers, path, paths, text,
};
use crate::rpc::Order;

/// How long a verb may take that looks at many files.
const LONG: Duration = Duration::from_mins(15);
/// How long any other may take.
const SHORT: Duration = Duration::from_mins(3);

/// A tool.
pub(super) struct Tool {
    /// What it is called.
    pub(super) name: &'static str,
    title: &'static str,
    description: &'static str,
    /// What it does to the world.
    effect: Effect,
    /// What its exit codes mean.
    pub(super) kind: Kind,
    schema: fn() -> Value,
    /// What is run for these arguments in the repository at a root, or what is wrong with
    /// them.
    pub(super) order: fn(Value, &Path) -> Result<Order, String>,
}

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It looks.
    Reads,
    /// It changes files, in a way that can be undone.
    WritesFiles,
    /// It changes what hive keeps about questions.
    WritesRecords,
}

/// All of them, in the order in which they are listed.
pub(super) static TOOLS: [Tool; 15] = [
    Tool {
        name: "status",
        title: "What hive does here",
        description: "What hive does in this repository, what it waits for, and how many questions are open.",
        effect: Effect::Reads,
        kind: Kind::Tells,
        schema: schema::<Nothing>,
        order: |arguments, root| {
            let Nothing {} = read(arguments)?;
            Ok(Order::new(["status", "--json"], root, SHORT))
        },
    },
    Tool {
        name: "check",
        title: "Check files",
        description: "What `fix` would change and what would remain, by the project's own tools and Golden Rules; nothing is changed.",
        effect: Effect::Reads,
        kind: Kind::Judges,
        schema: schema::<Check>,
        order: |arguments, root| {
            let Check {
                paths: named,
                since,
            } = read(arguments)?;
            let mut args = own(&["check", "--format=json"]);
            if let Some(since) = &since {
                args.push(format!("--since={}", text("since", since)?));
            }
            args.push("--".to_owned());
            args.extend(paths(&named.unwrap_or_default(), root)?);
            Ok(Order::new(args, root, LONG))
        },
    },
    Tool {
        name: "fix",
        title: "Fix files",
        description: "Fixes lint, import order and layout of files in place and says what remains. Read again every file with the status `fixed`. Only verified results are written, and a file that somebody saves meanwhile is left.",
        effect: Effect::WritesFiles,
        kind: Kind::Judges,
        schema: schema::<Fix>,
        order: |arguments, root| {
            let Fix { paths: named, diff } = read(arguments)?;
            if named.is_empty() {
                return Err("`paths` names no file; \".\" is the whole repository".to_owned());
            }
            let mut args = own(&["fix", "--format=json"]);
            if diff.unwrap_or(false) {
                args.push("--diff".to_owned());
            }
            args.push("--".to_owned());
            args.extend(paths(&named, root)?);
            Ok(Order::new(args, root, LONG))
        },
    },
    Tool {
        name: "escalations_list",
        title: "List questions",
        description: "The questions that need a decision, the worst first: what a tool or rule says that hive may not fix by itself, with the place, the reason and, where there is one, a patch.",
        effect: Effect::Reads,
        kind: Kind::Tells,
        schema: schema::<List>,
        order: |arguments, root| {
            let List {
                rule,
                path: named,
                level,
                states,
            } = read(arguments)?;
            let mut args = own(&["escalations", "list", "--json"]);
            if let Some(rule) = &rule {
                args.push(format!("--rule={}", text("rule", rule)?));
            }
            if let Some(named) = &named {
                let below = relative(named, root)?;
                // The root is no filter: every question is below it.
                if !below.is_empty() {
                    args.push(format!("--path={below}"));
                }
            }
            if let Some(level) = level {
                args.push(format!("--level={}", level_name(level)));
            }
            let states = states.unwrap_or_default();
            args.extend(
                states
                    .into_iter()
                    .map(|it| format!("--state={}", state_name(it))),
            );
            Ok(Order::new(args, root, SHORT))
        },
    },
    Tool {
        name: "escalations_show",
        title: "Show a question",
        description: "One question with the code around its place, its patch, and how similar ones ended.",
        effect: Effect::Reads,
        kind: Kind::Tells,
        schema: schema::<One>,
        order: |arguments, root| {
            let One { id } = read(arguments)?;
            let mut args = own(&["escalations", "show", "--json", "--"]);
            args.extend(numbers(&[id])?);
            Ok(Order::new(args, root, SHORT))
        },
    },
    Tool {
        name: "escalations_apply",
        title: "Apply patches",
        description: "Puts the patches of questions into the working files, merged with what has changed there and verified; read those files again. A patch that does not fit any more is refused with the reason.",
        effect: Effect::WritesFiles,
        kind: Kind::Does,
        schema: schema::<Answered>,
        order: |arguments, root| answered("apply", arguments, root),
    },
    Tool {
        name: "escalations_suppress",
        title: "Suppress findings",
        description: "Writes comments that suppress the findings of questions, with the reason. For code that has to stay as it is and whose people agree.",
        effect: Effect::WritesFiles,
        kind: Kind::Does,
        schema: schema::<Suppressed>,
        order: |arguments, root| {
            let Suppressed { ids, reason } = read(arguments)?;
            let mut args = own(&["escalations", "suppress", "--json"]);
            args.push(format!("--note={}", text("reason", &reason)?));
            args.push("--".to_owned());
            args.extend(numbers(&ids)?);
            Ok(Order::new(args, root, SHORT))
        },
    },
    Tool {
        name: "escalations_resolve",
        title: "Resolve questions",
        description: "Says that questions are dealt with. Those whose cause is gone from the committed code resolve themselves.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Answered>,
        order: |arguments, root| answered("resolve", arguments, root),
    },
    Tool {
        name: "escalations_dismiss",
        title: "Dismiss questions",
        description: "Questions that are not to be asked again in this place.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Answered>,
        order: |arguments, root| answered("dismiss", arguments, root),
    },
    Tool {
        name: "escalations_snooze",
        title: "Put questions off",
        description: "Questions that are not to be shown for a while.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Snoozed>,
        order: |arguments, root| {
            let Snoozed { ids, hours, note } = read(arguments)?;
            let hours = hours.unwrap_or(24);
            if !(1..=24 * 366).contains(&hours) {
                return Err(format!(
                    "{hours} hours are no while: say 1 to a year of them"
                ));
            }
            order_with_note(
                "snooze",
                vec![format!("--for={hours}h")],
                &ids,
                note.as_deref(),
                root,
            )
        },
    },
    Tool {
        name: "escalations_reopen",
        title: "Reopen questions",
        description: "Questions that were answered and are to be shown again.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Answered>,
        order: |arguments, root| answered("reopen", arguments, root),
    },
    Tool {
        name: "escalations_retry",
        title: "Look again",
        description: "Has the files of questions looked at once more.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Answered>,
        order: |arguments, root| answered("retry", arguments, root),
    },
    Tool {
        name: "why",
        title: "Why a file is as it is",
        description: "What hive did to a file or did not do, and why: which tools take it, what was fixed, what waits, what is left alone.",
        effect: Effect::Reads,
        kind: Kind::Tells,
        schema: schema::<Why>,
        order: |arguments, root| {
            let Why { path: named } = read(arguments)?;
            let mut args = own(&["why", "--json", "--"]);
            args.push(path(&named, root)?);
            Ok(Order::new(args, root, SHORT))
        },
    },
    Tool {
        name: "wait",
        title: "Wait until hive is done",
        description: "Waits until hive has nothing to do here, for instance after a commit, and says which files it has rewritten and what it asks.",
        effect: Effect::Reads,
        kind: Kind::Tells,
        schema: schema::<Wait>,
        order: |arguments, root| {
            let Wait { seconds } = read(arguments)?;
            let seconds = seconds.unwrap_or(30);
            if !(1..=600).contains(&seconds) {
                return Err("`seconds` is 1 to 600".to_owned());
            }
            let args = own(&["wait", "--json", &format!("--timeout={seconds}s")]);
            let deadline = Duration::from_secs(u64::from(seconds)) + SHORT;
            Ok(Order::new(args, root, deadline))
        },
    },
    Tool {
        name: "lease",
        title: "Have files left alone",
        description: "Until the lease ends hive does not write these files unasked, so that they can be edited in several steps. `fix` is asked for and works as ever.",
        effect: Effect::WritesRecords,
        kind: Kind::Does,
        schema: schema::<Leased>,
        order: |arguments, root| {
            let Leased {
                paths: named,
                seconds,
                release,
            } = read(arguments)?;
            let seconds = seconds.unwrap_or(60);
            if !(1..=86400).contains(&seconds) {
                return Err("`seconds` is 1 to 86400".to_owned());
            }
            if named.is_empty() {
                return Err("`paths` names no file".to_owned());
            }
            let mut args = own(&["lease", "--json"]);
            args.push(match release {
                Some(true) => "--release".to_owned(),
                _ => format!("--ttl={seconds}s"),
            });
            args.push("--".to_owned());
            args.extend(paths(&named, root)?);
            Ok(Order::new(args, root, SHORT))
        },
    },
];

/// A tool by its name.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// All tools as a client reads them.
pub(super) fn described() -> Vec<Value> {
    let one = |tool: &Tool| {
        json!({
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": (tool.schema)(),
            "annotations": {
                "title": tool.title,
                "readOnlyHint": tool.effect == Effect::Reads,
                "destructiveHint": tool.effect == Effect::WritesFiles,
                "idempotentHint": true,
                "openWorldHint": false,
            },
        })
    };
    TOOLS.iter().map(one).collect()
}

fn schema<T: JsonSchema>() -> Value {
    let mut schema = schema_for!(T).to_value();
    if let Some(fields) = schema.as_object_mut() {
        // The names of our types say nothing to a client.
        fields.retain(|key, _| !matches!(key.as_str(), "$schema" | "title" | "description"));
        if !fields.contains_key("properties") {
            fields.insert("properties".to_owned(), json!({}));
        }
    }
    schema
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| format!("the arguments do not fit: {error}"))
}

fn own(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

/// An order about questions that takes a note.
fn answered(verb: &str, arguments: Value, root: &Path) -> Result<Order, String> {
    let Answered { ids, note } = read(arguments)?;
    order_with_note(verb, Vec::new(), &ids, note.as_deref(), root)
}

fn order_with_note(
    verb: &str,
    more: Vec<String>,
    ids: &[i64],
    note: Option<&str>,
    root: &Path,
) -> Result<Order, String> {
    let mut args = own(&["escalations", verb, "--json"]);
    args.extend(more);
    if let Some(note) = note {
        args.push(format!("--note={}", text("note", note)?));
    }
    args.push("--".to_owned());
    args.extend(numbers(ids)?);
    Ok(Order::new(args, root, SHORT))
}

/// A path as filters of questions take it, from the root.
fn relative(named: &str, root: &Path) -> Result<String, String> {
    let whole = path(named, root)?;
    let real = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let below = Path::new(&whole).strip_prefix(real);
    Ok(below
        .map_or(named, |path| path.to_str().unwrap_or(named))
        .to_owned())
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Snoozed => "snoozed",
        State::Resolved => "resolved",
        State::Dismissed => "dismissed",
    }
}
