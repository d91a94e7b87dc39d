//! What is allowed where.

use super::source::Source;

/// Every room, and the rooms that it may use. `failure`, `terminal`, `clock` and
/// `process` are services; between the rooms that a change travels through only
/// values are handed on.
pub(crate) const ROOMS: [(&str, &[&str]); 39] = [
    ("clock", &[]),
    ("causes", &[]),
    ("failure", &[]),
    // Colours are a setting, and failures are shown.
    ("terminal", &["failure", "settings"]),
    // Programs get a scrubbed environment; their words are made safe to show.
    ("process", &["clock", "settings", "terminal"]),
    // Whether git is at work here is a question to the clock and to the processes.
    ("repo", &["causes", "clock", "crash", "process"]),
    (
        "settings",
        &[
            "clock", "failure", "fixers", "golden", "landing", "repo", "terminal",
        ],
    ),
    // Which host and which start of its kernel this is.
    (
        "store",
        &["clock", "crash", "failure", "process", "repo", "settings"],
    ),
    ("evidence", &["fixers", "golden", "settings"]),
    ("intake", &["causes", "clock", "fixers", "repo", "store"]),
    // Keeps facts, as the bytes that `graph` makes of them.
    (
        "memo",
        &[
            "causes", "clock", "crash", "fixers", "graph", "repo", "store",
        ],
    ),
    ("schedule", &[]),
    ("journal", &["escalation", "queue", "repo", "schedule"]),
    ("escalation", &["queue", "repo", "schedule"]),
    (
        "queue",
        &[
            "clock",
            "crash",
            "escalation",
            "failure",
            "journal",
            "repo",
            "schedule",
            "store",
        ],
    ),
    ("worker", &["causes", "clock", "fixers", "process"]),
    // The code that a rule sees, who imports what, and how bad a violation is.
    ("golden", &["escalation", "graph", "repo"]),
    (
        "fixers",
        &[
            "causes",
            "crash",
            "escalation",
            "golden",
            "process",
            "settings",
        ],
    ),
    ("writing", &["clock", "crash", "repo", "store"]),
    // How the bytes of a Python file become text, `fixers` knows.
    ("graph", &["fixers", "repo"]),
    ("report", &["escalation", "fixers", "terminal"]),
    (
        "house",
        &[
            "escalation",
            "evidence",
            "failure",
            "fixers",
            "golden",
            "graph",
            "intake",
            "memo",
            "process",
            "repo",
            "report",
            "settings",
            "store",
            "worker",
        ],
    ),
    // Reads HIVE_CRASH; the others pass its points.
    ("crash", &["settings"]),
    (
        "landing",
        &[
            "causes", "clock", "crash", "failure", "process", "repo", "terminal", "writing",
        ],
    ),
    ("hooks", &["crash", "process", "repo"]),
    (
        "wake",
        &[
            "clock", "crash", "hooks", "notice", "process", "repo", "settings", "terminal",
        ],
    ),
    // What git waits for before a commit: the steps are those of a landing.
    (
        "tidy",
        &[
            "clock", "landing", "process", "repo", "settings", "store", "terminal", "wake",
        ],
    ),
    // Written by the agent, printed by a hook: it must stay small.
    ("notice", &["repo"]),
    // Waits for what is being found out, and gives back what was folded too late; by the
    // same means as the agent.
    (
        "push",
        &[
            "agent", "clock", "failure", "intake", "landing", "notice", "process", "queue", "repo",
            "settings", "store", "wake",
        ],
    ),
    // The queue for other programs: who they are, and that there is work for the agent.
    (
        "client",
        &[
            "causes", "clock", "failure", "process", "queue", "repo", "schedule", "wake",
        ],
    ),
    // A conversation over standard input and output, and runs of hive's own verbs for it:
    // with this environment, and their words made safe to show.
    ("rpc", &["process", "settings", "terminal"]),
    // Tools are verbs that are run: all that is known here is where.
    ("mcp", &["causes", "process", "repo", "rpc"]),
    // Texts of settings and of hooks, and nothing of what they are for.
    ("coding", &[]),
    // Shows questions, which are read as the screens do, and makes edits of their patches;
    // how a text is written as bytes, `fixers` knows.
    (
        "lsp",
        &[
            "clock",
            "escalation",
            "fixers",
            "process",
            "queue",
            "repo",
            "review",
            "rpc",
            "store",
        ],
    ),
    // Full-screen programs: the terminal, and the review of questions, which asks `review`
    // for what it does.
    (
        "screen",
        &[
            "clock",
            "escalation",
            "failure",
            "journal",
            "process",
            "queue",
            "repo",
            "report",
            "review",
            "schedule",
            "store",
            "terminal",
        ],
    ),
    // The dashboard reads the journal and the rows, and knows who holds the agent's lock.
    (
        "monitor",
        &[
            "agent", "clock", "failure", "journal", "process", "queue", "report", "repo",
            "schedule", "screen", "store", "wake",
        ],
    ),
    // What a person does with a question is done by the same means as the agent's work.
    (
        "review",
        &[
            "agent",
            "clock",
            "escalation",
            "evidence",
            "failure",
            "fixers",
            "golden",
            "graph",
            "house",
            "intake",
            "journal",
            "landing",
            "notice",
            "process",
            "queue",
            "repo",
            "report",
            "schedule",
            "settings",
            "wake",
            "writing",
        ],
    ),
    (
        "agent",
        &[
            "clock",
            "crash",
            "escalation",
            "failure",
            "fixers",
            "graph",
            "house",
            "intake",
            "journal",
            "landing",
            "memo",
            "notice",
            "process",
            "queue",
            "repo",
            "report",
            "schedule",
            "settings",
            "tidy",
            "wake",
            "worker",
            "writing",
        ],
    ),
    (
        "cli",
        &[
            "agent",
            "client",
            "clock",
            "coding",
            "crash",
            "escalation",
            "evidence",
            "failure",
            "fixers",
            "golden",
            "graph",
            "hooks",
            "house",
            "intake",
            "journal",
            "landing",
            "lsp",
            "mcp",
            "memo",
            "monitor",
            "process",
            "queue",
            "repo",
            "report",
            "review",
            "rpc",
            "schedule",
            "screen",
            "settings",
            "store",
            "terminal",
            "wake",
            "worker",
            "writing",
        ],
    ),
];

/// Files may have this many lines, tests included.
pub(crate) const LONG: usize = 400;

/// Longer files, each with the reason.
pub(crate) const CATALOGUES: [(&str, &str); 2] = [
    (
        "evidence/program.rs",
        "a catalogue of programs, read by lookup",
    ),
    (
        "settings/catalogue.rs",
        "a catalogue of keys, read by lookup",
    ),
];

/// What only some places may say, and where. A place is a file or the beginning
/// of a path.
const SPEECH: [(&[&str], &[&str]); 9] = [
    (&["rusqlite"], &["store/", "memo/", "queue/"]),
    (&["gix"], &["repo/", "landing/", "intake/", "graph/"]),
    (&["process::Command", "Command::new"], &["process/"]),
    (
        &[
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
            "dbg!",
            "stdout()",
            "io::stderr",
            "stderr()",
        ],
        // Frames of a worker, of a landing and of the servers are no talk and nobody reads them; lines of the log are
        // written where tracing makes them. A screen fills the whole terminal, which no line
        // at a time does: one file takes it over, writes to it and gives it back.
        &[
            "terminal.rs",
            "screen/tty.rs",
            "cli/worker.rs",
            "cli/land.rs",
            "cli/mcp.rs",
            "cli/lsp.rs",
            "cli/logging.rs",
        ],
    ),
    (&["crossterm"], &["screen/tty.rs"]),
    (&["ratatui"], &["screen/", "monitor/"]),
    (
        &[
            "env::var",
            "env::var_os",
            "env::vars",
            "env::vars_os",
            "BaseDirs",
            "ProjectDirs",
            "which",
        ],
        &["settings/environment.rs"],
    ),
    (
        &[
            "Instant::now",
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "elapsed()",
        ],
        &["clock.rs"],
    ),
    // What happens between fork and exec, and requests to the kernel without a safe
    // wrapper: one file of each room that needs them.
    (
        &["unsafe"],
        &[
            "process/child.rs",
            "process/detached.rs",
            "process/leave.rs",
            "process/rest.rs",
            "writing/kernel.rs",
        ],
    ),
];

/// What a file that calls itself pure does not say. `File` of the standard library cannot
/// be named without `fs`, and files of the graph have that name, too.
const IMPURE: [&str; 19] = [
    "fs",
    "io",
    "net",
    "env",
    "environment",
    "thread",
    "process",
    "clock",
    "read_dir",
    "exists",
    "is_file",
    "is_dir",
    "is_symlink",
    "metadata",
    "canonicalize",
    "symlink_metadata",
    "read_link",
    "tempfile",
    "ignore",
];

/// Every rule that a file breaks, as a sentence each.
pub(crate) fn breaches(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let path = source.path.to_string_lossy();
    if source.lines > LONG && !CATALOGUES.iter().any(|(name, _)| *name == path) {
        wrong.push(format!("has {} lines: split it", source.lines));
    }
    if !source.is_root() {
        wrong.extend(uses(source));
    }
    for (words, places) in SPEECH {
        let allowed = places.iter().any(|place| path.starts_with(place));
        for word in words
            .iter()
            .filter(|word| !allowed && says(&source.code, word))
        {
            wrong.push(format!(
                "says `{word}`, which only {} may",
                places.join(" and ")
            ));
        }
    }
    if source.is_pure() {
        for word in IMPURE {
            let path = format!("{word}::");
            let call = format!(".{word}(");
            let used = format!("::{word};");
            let code = &source.code;
            if says(code, &path) || code.contains(&call) || code.contains(&used) {
                wrong.push(format!("calls itself pure and says `{word}`"));
            }
        }
    }
    wrong
        .iter()
        .map(|what| format!("{} {what}", source.shown()))
        .collect()
}

/// Uses of rooms that the table does not allow.
fn uses(source: &Source) -> Vec<String> {
    let room = source.room();
    let allowed = ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map_or(&[][..], |found| found.1);
    let mut wrong: Vec<String> = used(&source.code)
        .into_iter()
        .filter(|name| name != room && !allowed.contains(&name.as_str()))
        .map(|name| format!("may not use {name}: {room} uses {}", allowed.join(", ")))
        .collect();
    let escape = "super::".repeat(source.depth());
    if source.code.contains(&escape) {
        wrong.push(format!("leaves its room by `{escape}`: say `crate::`"));
    }
    wrong
}

/// Whether a file names another room.
pub(crate) fn names(source: &Source, room: &str) -> bool {
    used(&source.code).iter().any(|name| name == room)
}

/// The rooms that a code names after `crate::`, each once.
fn used(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, mark) in code.match_indices("crate::") {
        let rest = &code[at + mark.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(members(group)),
            None => names.push(word(rest)),
        }
    }
    names.sort();
    names.dedup();
    names
}

/// The first words of the members of `{a::b, c::{d, e}, f}`.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut found = vec![word(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(word(&group[at + 1..])),
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Whether a code says something as whole words.
fn says(code: &str, what: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let closed = what.ends_with(part);
    code.match_indices(what).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + what.len()..].chars().next();
        !(before.is_some_and(part) || closed && after.is_some_and(part))
    })
}

/// What the opening of a room's `mod.rs` lacks.
pub(crate) fn opening(source: &Source) -> Vec<String> {
    let depth = source.path.components().count();
    if depth != 2 || !source.path.ends_with("mod.rs") {
        return Vec::new();
    }
    ["In:", "Out:", "Always", "does not know"]
        .iter()
        .filter(|word| !source.doc.contains(*word))
        .map(|word| format!("{} does not open with `{word}`", source.shown()))
        .collect()
}
