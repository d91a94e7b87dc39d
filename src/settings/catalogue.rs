//! Every key: its name, who may set it, its type, its words and how it is read.
//!
//! The one list behind `hive config explain`, the schema, the suggestions for
//! unknown keys, the names of environment variables and the reader of files. A
//! new key is one entry here, one field in `written`, one in `resolved`, and one
//! paragraph in `hive.toml.example`; tests hold the four together.

use std::time::Duration;

use super::units::{ByteSize, Span};
use super::values::{
    Author, Colour, CommitMode, Dirty, Engine, FixPolicy, Format, Given, GoldenPreset, Imports,
    Lint, OnSave, Pushed, Scope, Value, WhenIdle,
};
use super::written::Written;
use crate::golden;
use crate::landing::message::{Template, TicketPattern};

/// Who may set a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The team, in its file; a personal layer cannot change the answer.
    Team,
    /// Anybody; a person's layers are stronger than the team's file.
    Personal,
    /// The person alone: a repository must not decide it, because it names
    /// something outside the repository that hive writes.
    Private,
}

impl Owner {
    /// The word used in messages and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Personal | Self::Private => "personal",
        }
    }
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number.
    Number,
    /// A size with a unit.
    Size,
    /// A duration with units.
    Duration,
    /// Text, described by these words.
    Text(&'static str),
    /// A list of strings, described by these words.
    List(&'static str),
    /// A table or tables, described by these words; only files have them.
    Tables(&'static str),
}

impl Shape {
    /// The type as help shows it.
    pub fn describe(self) -> String {
        match self {
            Self::Word(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                quoted.join(" | ")
            }
            Self::Number => "number".to_owned(),
            Self::Size => "size (\"512KiB\", \"1MiB\")".to_owned(),
            Self::Duration => "duration (\"500ms\", \"30s\", \"1m30s\")".to_owned(),
            Self::Text(what) | Self::Tables(what) => what.to_owned(),
            Self::List(what) => format!("list of {what}"),
        }
    }

    /// Reads what stands in an environment variable or on a command line: the
    /// bare text, lists separated by commas.
    pub(super) fn given(self, text: &str) -> Given {
        match self {
            Self::Number => text
                .trim()
                .parse()
                .map_or_else(|_| Given::Text(text.to_owned()), Given::Number),
            Self::List(_) => Given::List(
                text.split(',')
                    .map(|item| item.trim().to_owned())
                    .filter(|item| !item.is_empty())
                    .collect(),
            ),
            _ => Given::Text(text.to_owned()),
        }
    }
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// The dotted name (`worker.max`).
    pub name: &'static str,
    /// Who may set it.
    pub owner: Owner,
    /// What its value looks like.
    pub shape: Shape,
    /// Whether the value is part of what `hive trust` records, because it
    /// decides which programs run or what hive writes.
    pub decisive: bool,
    /// What it does, in one line.
    pub doc: &'static str,
    /// What else there is to know, in full sentences.
    pub long: &'static str,
    /// Reads a value into the written form, or says what was wanted.
    pub(super) read: fn(&Given, &mut Written) -> Result<(), String>,
}

impl Key {
    /// The environment variable that sets this key.
    pub fn variable(&self) -> String {
        let mut name = String::from("HIVE_");
        name.extend(self.name.chars().map(|c| match c {
            '.' | '-' => '_',
            other => other.to_ascii_uppercase(),
        }));
        name
    }
}

/// The key that stands for the tables of all Golden Rules, and the code of the rule, if a
/// name is that of one (`golden.use-logger`, `golden.GR09`).
pub(super) fn rule_table(name: &str) -> Option<(&'static Key, &'static str)> {
    let rule = golden::registry::find(name.strip_prefix("golden.")?)?;
    Some((find(RULE_TABLE)?, rule.code))
}

/// The name of the key that stands for the tables of all Golden Rules.
pub const RULE_TABLE: &str = "golden.RULE";

/// The key of a dotted name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// All keys, in the order in which the sample and `hive config show` list them.
pub const KEYS: &[Key] = &[
    Key {
        name: "required-version",
        owner: Owner::Team,
        shape: Shape::Text("version specifiers (\">=0.1, <0.3\")"),
        decisive: false,
        doc: "Which versions of hive may work here.",
        long: "A hive outside these versions refuses to run and says so, so that a team gets one \
               answer. Each file is asked this before anything else in it is read.",
        read: |given, written| {
            written.required_version = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "extend",
        owner: Owner::Team,
        shape: Shape::Text("path of another hive.toml"),
        decisive: false,
        doc: "Another hive.toml whose values stand below this file's.",
        long: "Relative to the file that says it, or below the home directory (~/…). It must lie \
               inside the repository or in hive's own configuration directory of the user; \
               anything else is refused without showing its content. The file may extend another.",
        read: |given, written| {
            let path: String = Value::read(given)?;
            if path.trim().is_empty() {
                return Err("expected the path of a file, found an empty string".to_owned());
            }
            written.extend = Some(path);
            Ok(())
        },
    },
    Key {
        name: "lint",
        owner: Owner::Team,
        shape: Shape::Word(Lint::WORDS),
        decisive: true,
        doc: "Which linter fixes.",
        long: "auto takes what the project's hooks, CI and configuration show; `hive doctor` \
               prints that evidence.",
        read: |given, written| {
            written.lint = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "imports",
        owner: Owner::Team,
        shape: Shape::Word(Imports::WORDS),
        decisive: true,
        doc: "Which import sorter runs.",
        long: "Never two on one file. auto takes what the project's hooks, CI and configuration \
               show; `hive doctor` prints that evidence.",
        read: |given, written| {
            written.imports = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "format",
        owner: Owner::Team,
        shape: Shape::Word(Format::WORDS),
        decisive: true,
        doc: "Which formatter runs.",
        long: "Never two on one file. auto takes what the project's hooks, CI and configuration \
               show; `hive doctor` prints that evidence.",
        read: |given, written| {
            written.format = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "engine",
        owner: Owner::Team,
        shape: Shape::Word(Engine::WORDS),
        decisive: true,
        doc: "Where ruff runs: inside hive or as the project's own program.",
        long: "auto uses the version that counts, which is CI's: the ruff inside hive where it is \
               that version, else the project's. embedded never runs a ruff of the project; \
               project always does, which needs `hive trust`.",
        read: |given, written| {
            written.engine = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "scope",
        owner: Owner::Team,
        shape: Shape::Word(Scope::WORDS),
        decisive: true,
        doc: "How much of a file may change.",
        long: "auto keeps a file clean that was clean for a tool before the change, and touches \
               only changed lines of the others; new files are whole. `hive fix` and `hive check` \
               by hand use whole files unless told --scope.",
        read: |given, written| {
            written.scope = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "extend_safe",
        owner: Owner::Team,
        shape: Shape::List("rule codes"),
        decisive: true,
        doc: "Rules whose fixes count as safe where the removed code has no effect.",
        long: "F841 (unused variable) is here by default: its fix lands only when the right-hand \
               side has no effect. --plain switches this off.",
        read: |given, written| {
            let codes: Vec<String> = Value::read(given)?;
            if let Some(wrong) = codes.iter().find(|code| !is_code(code)) {
                return Err(format!(
                    "expected rule codes such as \"F841\", found \"{wrong}\""
                ));
            }
            written.extend_safe = Some(codes);
            Ok(())
        },
    },
    Key {
        name: "exclude",
        owner: Owner::Team,
        shape: Shape::List("patterns as in .gitignore"),
        decisive: false,
        doc: "Files that hive leaves alone, beside those that the tools exclude.",
        long: "Patterns as in .gitignore, relative to the root of the repository; a leading ! takes \
               one back.",
        read: |given, written| {
            let patterns: Vec<String> = Value::read(given)?;
            let mut builder = ignore::gitignore::GitignoreBuilder::new("");
            for pattern in &patterns {
                builder
                    .add_line(None, pattern)
                    .map_err(|error| format!("\"{pattern}\" is no pattern: {error}"))?;
            }
            written.exclude = Some(patterns);
            Ok(())
        },
    },
    Key {
        name: "max_file_size",
        owner: Owner::Team,
        shape: Shape::Size,
        decisive: false,
        doc: "Larger files are skipped, with the reason.",
        long: "Sizes have a unit: B, kB, KiB, MB, MiB, GB, GiB.",
        read: |given, written| {
            written.max_file_size = Some(at_least(given, &ByteSize(1))?);
            Ok(())
        },
    },
    Key {
        name: "on_save",
        owner: Owner::Personal,
        shape: Shape::Word(OnSave::WORDS),
        decisive: true,
        doc: "What is done with a file that was saved while `hive watch` runs.",
        long: "fix makes the fixes that keep the meaning, in place; check only tells what it \
               found; off leaves saved files alone. Nothing that was saved is committed by \
               hive.",
        read: |given, written| {
            written.on_save = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "save.quiet",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long a saved file must be left alone before hive looks at it.",
        long: "From 1ms to 1m. Each new change of the file begins the wait again, up to \
               save.ceiling.",
        read: |given, written| {
            written.save.quiet = Some(between(given, &Span(Duration::from_millis(1)), &MINUTE)?);
            Ok(())
        },
    },
    Key {
        name: "save.ceiling",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "After which time hive looks at a file that keeps changing.",
        long: "From 1ms to 10m. A value below save.quiet acts as save.quiet.",
        read: |given, written| {
            written.save.ceiling = Some(between(
                given,
                &Span(Duration::from_millis(1)),
                &Span(Duration::from_mins(10)),
            )?);
            Ok(())
        },
    },
    Key {
        name: "hooks.when_idle",
        owner: Owner::Personal,
        shape: Shape::Word(WhenIdle::WORDS),
        decisive: true,
        doc: "What git's hooks do where no agent runs.",
        long: "drain starts a process in the background that does the work and exits; queue \
               leaves the work for the next `hive watch` or hive command. A commit waits for \
               neither.",
        read: |given, written| {
            written.hooks.when_idle = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "commit.mode",
        owner: Owner::Personal,
        shape: Shape::Word(CommitMode::WORDS),
        decisive: true,
        doc: "Where fixes to committed content go.",
        long: "direct is a commit of its own right after yours; tidy puts layout and the order \
               of imports into your own commit while it is made, and the rest as direct; fold puts the fixes into your \
               commit itself, as long as nobody else can have it, and is direct otherwise; fixup \
               is a commit of its own, ready for `git rebase --autosquash`; branch commits to hive/<branch> and leaves yours \
               alone; hold makes no commit: `hive status` lists the fixes, `hive fix` makes them.",
        read: |given, written| {
            written.commit.mode = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "commit.pushed",
        owner: Owner::Team,
        shape: Shape::Word(Pushed::WORDS),
        decisive: true,
        doc: "What is done where the upstream already has the tip.",
        long: "hold keeps the fix for your next commit, since a commit on a pushed tip breaks \
               the next `pull --ff-only`; land commits all the same.",
        read: |given, written| {
            written.commit.pushed = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "commit.protected",
        owner: Owner::Team,
        shape: Shape::List("patterns of branch names"),
        decisive: true,
        doc: "Branches that never get a commit of hive.",
        long: "Names without refs/heads/; * stands for anything but a slash, ** for anything. \
               Fixes for these branches are held. `hive init` offers to add the remote's \
               default branch.",
        read: |given, written| {
            let patterns: Vec<String> = Value::read(given)?;
            for pattern in &patterns {
                branch_pattern(pattern)?;
            }
            written.commit.protected = Some(patterns);
            Ok(())
        },
    },
    Key {
        name: "commit.max_lines",
        owner: Owner::Team,
        shape: Shape::Number,
        decisive: true,
        doc: "How many lines beyond the touched ones a commit of hive may change.",
        long: "At least 1. Above that the fix becomes a question with the patch ready. What a \
               person starts with --commit has no limit.",
        read: |given, written| {
            let lines: usize = Value::read(given)?;
            if lines == 0 {
                return Err("expected at least 1, found 0".to_owned());
            }
            written.commit.max_lines = Some(lines);
            Ok(())
        },
    },
    Key {
        name: "commit.author",
        owner: Owner::Team,
        shape: Shape::Word(Author::WORDS),
        decisive: true,
        doc: "Whose name stands as author in hive's commits.",
        long: "user is the name and address that git is set up with here, so that push rules \
               and signing policies hold; worker is the name of the worker. The committer is \
               the user in both cases.",
        read: |given, written| {
            written.commit.author = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "commit.subject",
        owner: Owner::Team,
        shape: Shape::Text("one line, with placeholders in braces"),
        decisive: false,
        doc: "The first line of hive's commits.",
        long: "The placeholders are {stage}, {fixes} (how many), {violations} (the word that fits), \
               {files} (how many), {files_word} (the word that fits), {workers}, {rules} (the \
               three with most fixes), {where} (the file, or how many) and {source} (your commit). A brace itself is written twice.",
        read: |given, written| {
            let subject: String = Value::read(given)?;
            Template::parse(&subject).map_err(|error| error.to_string())?;
            written.commit.subject = Some(subject);
            Ok(())
        },
    },
    Key {
        name: "commit.ticket",
        owner: Owner::Team,
        shape: Shape::Text("regular expression; empty for none"),
        decisive: false,
        doc: "What is kept of the subject of your commit, such as a ticket's number.",
        long: "A regular expression. Where it matches the beginning of your commit's subject, \
               hive's subject begins with the same text. Empty for nothing.",
        read: |given, written| {
            let ticket: String = Value::read(given)?;
            if !ticket.is_empty() {
                TicketPattern::parse(&ticket).map_err(|error| error.to_string())?;
            }
            written.commit.ticket = Some(ticket);
            Ok(())
        },
    },
    Key {
        name: "commit.budget",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long a commit waits at most in tidy mode.",
        long: "From 10ms to 10s. What is not laid out by then follows in a commit of hive's own.",
        read: |given, written| {
            let (least, most) = (
                Span(Duration::from_millis(10)),
                Span(Duration::from_secs(10)),
            );
            written.commit.budget = Some(between(given, &least, &most)?);
            Ok(())
        },
    },
    Key {
        name: "commit.quiet",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long the repository must be quiet before hive commits.",
        long: "From 1ms to 1m. A git command, a change of the index or of a ref begins the wait \
               again.",
        read: |given, written| {
            written.commit.quiet = Some(between(given, &Span(Duration::from_millis(1)), &MINUTE)?);
            Ok(())
        },
    },
    Key {
        name: "commit.dirty",
        owner: Owner::Personal,
        shape: Shape::Word(Dirty::WORDS),
        decisive: true,
        doc: "What is done with a fix where the file was edited since the commit.",
        long: "merge puts the fix into the edited file too, if the merge is clean and verified, \
               and waits otherwise; defer always waits until the file is as committed.",
        read: |given, written| {
            written.commit.dirty = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "fold.age",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: true,
        doc: "How old your commit may be for a fix to go into it, with commit.mode = \"fold\".",
        long: "From 1s to 24h. Older commits, and those that something else refers to or that are \
               pushed, stay as they are: the fix is a commit of its own.",
        read: |given, written| {
            written.fold.age = Some(between(
                given,
                &Span(Duration::from_secs(1)),
                &Span(Duration::from_hours(24)),
            )?);
            Ok(())
        },
    },
    Key {
        name: "push.wait",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long a push waits for what hive is finding out about its commits.",
        long: "From 0ms to 1m. The pre-push hook waits for results, not for fixes to land, says \
               what the commits leave for you, and lets the push go on in any case.",
        read: |given, written| {
            written.push.wait = Some(between(given, &Span(Duration::ZERO), &MINUTE)?);
            Ok(())
        },
    },
    Key {
        name: "fixes.same",
        owner: Owner::Team,
        shape: Shape::Word(FixPolicy::WORDS),
        decisive: true,
        doc: "What may happen with fixes that keep the syntax tree, or only reorder imports.",
        long: "land makes them; suggest makes them questions with the patch ready; off does not \
               make them. This binds what hive does unasked; `hive fix` by hand does what the \
               tools do.",
        read: |given, written| {
            written.fixes.same = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "fixes.linter",
        owner: Owner::Team,
        shape: Shape::Word(FixPolicy::WORDS),
        decisive: true,
        doc: "What may happen with fixes that the linter calls safe.",
        long: "land makes them; suggest makes them questions with the patch ready; off does not \
               make them. This binds what hive does unasked; `hive fix` by hand does what the \
               tools do.",
        read: |given, written| {
            written.fixes.linter = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "golden.preset",
        owner: Owner::Team,
        shape: Shape::Word(GoldenPreset::WORDS),
        decisive: true,
        doc: "Which Golden Rules are active by themselves.",
        long: "start is the small set with few false alarms; full has every rule that needs no \
               configuration; none leaves only what enable and `[[rule]]` name. `hive rules list` \
               shows what is active, `hive rules try` what it would say here.",
        read: |given, written| {
            written.golden.preset = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "golden.enable",
        owner: Owner::Team,
        shape: Shape::List("codes or names of Golden Rules"),
        decisive: true,
        doc: "Golden Rules that are active whatever the preset.",
        long: "A rule that is named here looks at everything it can, as with the preset full.",
        read: |given, written| {
            written.golden.enable = Some(rules(given)?);
            Ok(())
        },
    },
    Key {
        name: "golden.disable",
        owner: Owner::Team,
        shape: Shape::List("codes or names of Golden Rules"),
        decisive: true,
        doc: "Golden Rules that are not active.",
        long: "A single place is better suppressed with a comment that says why: \
               `# golden-rule-ignore: GR09 - reason`.",
        read: |given, written| {
            written.golden.disable = Some(rules(given)?);
            Ok(())
        },
    },
    Key {
        name: RULE_TABLE,
        owner: Owner::Team,
        shape: Shape::Tables("table for a Golden Rule, by its code or name"),
        decisive: true,
        doc: "How one Golden Rule works here: its level, whether its fix lands, and its own settings.",
        long: "Every rule takes level (\"critical\", \"error\", \"warning\", \"info\"), land (true or \
               false: whether its fix is made by itself) and exempt (a list of patterns of paths). \
               `hive rules explain RULE` has the settings of its own.",
        read: |given, written| {
            let Given::Tree(tree) = given else {
                return given.wanted("a table");
            };
            let mut tables = written.golden.rules.clone().unwrap_or_default();
            for (code, table) in tree.as_object().into_iter().flatten() {
                let rule =
                    golden::registry::find(code).ok_or_else(|| golden::registry::unknown(code))?;
                golden::config::active(rule, Some(table), false).map_err(|it| it.to_string())?;
                tables.0.insert(rule.code.to_owned(), table.clone());
            }
            written.golden.rules = Some(tables);
            Ok(())
        },
    },
    Key {
        name: "rule",
        owner: Owner::Team,
        shape: Shape::Tables("list of tables, one for each rule of the team's own"),
        decisive: true,
        doc: "The team's own rules.",
        long: "Each says what is found (call, import, mention, define, decorate, inherit, comment or \
               pattern), where, and with which message; `bad` and `good` are its tests. `hive rules new` writes one, \
               `hive rules test` runs the tests.",
        read: |given, written| {
            let list = match given {
                Given::Tree(tree) if tree.is_array() => tree.as_array().cloned(),
                Given::List(items) if items.is_empty() => Some(Vec::new()),
                _ => None,
            };
            let Some(list) = list else {
                return given.wanted("a list of tables");
            };
            for (number, rule) in list.iter().enumerate() {
                golden::custom::CustomRule::read(rule)
                    .map_err(|message| format!("`rule[{number}]`: {message}"))?;
            }
            written.rule = Some(list);
            Ok(())
        },
    },
    Key {
        name: "queue.attempts",
        owner: Owner::Personal,
        shape: Shape::Number,
        decisive: false,
        doc: "How often a task is tried before it is given up.",
        long: "From 1 to 100. Between two attempts hive waits longer each time; `hive queue \
               retry` begins anew.",
        read: |given, written| {
            let attempts: usize = Value::read(given)?;
            if !(1..=100).contains(&attempts) {
                return Err(format!("expected 1 to 100, found {attempts}"));
            }
            written.queue.attempts = Some(attempts);
            Ok(())
        },
    },
    Key {
        name: "queue.grace",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long after its worker's deadline a task still counts as claimed.",
        long: "From 1s to 1h. A task whose claim has run out is given to another worker.",
        read: |given, written| {
            written.queue.grace = Some(between(
                given,
                &Span(Duration::from_secs(1)),
                &Span(Duration::from_hours(1)),
            )?);
            Ok(())
        },
    },
    Key {
        name: "worker.min",
        owner: Owner::Personal,
        shape: Shape::Number,
        decisive: false,
        doc: "How many worker processes an agent keeps while it has nothing to do.",
        long: "At most 1024, and never more than worker.max. 0 ends them all after worker.idle.",
        read: |given, written| {
            written.worker.min = Some(workers(given)?);
            Ok(())
        },
    },
    Key {
        name: "worker.max",
        owner: Owner::Personal,
        shape: Shape::Number,
        decisive: false,
        doc: "How many worker processes run at once; 0 means one per core.",
        long: "At most 1024. Background agents share one budget per machine in addition.",
        read: |given, written| {
            written.worker.max = Some(workers(given)?);
            Ok(())
        },
    },
    Key {
        name: "worker.background",
        owner: Owner::Personal,
        shape: Shape::Number,
        decisive: false,
        doc: "How many workers all agents of this machine run together; 0 means all cores but one.",
        long: "At most 1024; at least one runs always. All agents of a person share this \
               budget; `hive fix` by hand does not count.",
        read: |given, written| {
            written.worker.background = Some(workers(given)?);
            Ok(())
        },
    },
    Key {
        name: "worker.idle",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "After which time without work a worker process ends.",
        long: "From 1s to 24h. The interpreters that a worker keeps warm end with it.",
        read: |given, written| {
            written.worker.idle = Some(between(
                given,
                &Span(Duration::from_secs(1)),
                &Span(Duration::from_hours(24)),
            )?);
            Ok(())
        },
    },
    Key {
        name: "worker.deadline",
        owner: Owner::Personal,
        shape: Shape::Duration,
        decisive: false,
        doc: "How long one file may take before its worker is killed.",
        long: "At least 100ms. The file is reported with this reason and nothing is written.",
        read: |given, written| {
            written.worker.deadline = Some(at_least(given, &Span(Duration::from_millis(100)))?);
            Ok(())
        },
    },
    Key {
        name: "worker.memory",
        owner: Owner::Personal,
        shape: Shape::Size,
        decisive: false,
        doc: "How much memory one worker process may use.",
        long: "At least 64MiB. A worker that needs more ends, and its file is reported.",
        read: |given, written| {
            written.worker.memory = Some(at_least(given, &ByteSize(64 << 20))?);
            Ok(())
        },
    },
    Key {
        name: "memo.max_size",
        owner: Owner::Personal,
        shape: Shape::Size,
        decisive: false,
        doc: "How large the store of known results may grow.",
        long: "At least 1MiB. The results used longest ago go first; losing one costs only time.",
        read: |given, written| {
            written.memo.max_size = Some(at_least(given, &ByteSize(1 << 20))?);
            Ok(())
        },
    },
    Key {
        name: "output.colour",
        owner: Owner::Personal,
        shape: Shape::Word(Colour::WORDS),
        decisive: false,
        doc: "When output is coloured.",
        long: "auto colours on a terminal. NO_COLOR and TERM=dumb switch auto off.",
        read: |given, written| {
            written.output.colour = Some(Value::read(given)?);
            Ok(())
        },
    },
    Key {
        name: "output.log",
        owner: Owner::Private,
        shape: Shape::Text("path of a file, absolute or ~/…; empty for none"),
        decisive: false,
        doc: "A file to which hive appends its log.",
        long: "HIVE_LOG says how much is logged. Only a personal layer can set this: a repository \
               must not decide which file of yours is written.",
        read: |given, written| {
            written.output.log = Some(Value::read(given)?);
            Ok(())
        },
    },
];

const MINUTE: Span = Span(Duration::from_mins(1));

/// A number of processes.
fn workers(given: &Given) -> Result<usize, String> {
    let number: usize = Value::read(given)?;
    if number > 1024 {
        return Err(format!("expected at most 1024, found {number}"));
    }
    Ok(number)
}

fn between<T: Value + PartialOrd + std::fmt::Display>(
    given: &Given,
    least: &T,
    most: &T,
) -> Result<T, String> {
    let value = at_least(given, least)?;
    if value > *most {
        return Err(format!("expected at most {most}, found {value}"));
    }
    Ok(value)
}

/// Whether a pattern of branch names can be matched. `*` crosses no slash, as in
/// git's own branch protection rules of the large hosts.
fn branch_pattern(pattern: &str) -> Result<(), String> {
    if pattern.is_empty() || pattern.starts_with("refs/") {
        return Err(format!(
            "expected the name of a branch without refs/heads/, found \"{pattern}\""
        ));
    }
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map(|_| ())
        .map_err(|error| format!("\"{pattern}\" is no pattern: {}", error.kind()))
}

fn at_least<T: Value + PartialOrd + std::fmt::Display>(
    given: &Given,
    least: &T,
) -> Result<T, String> {
    let value = T::read(given)?;
    if value < *least {
        return Err(format!("expected at least {least}, found {value}"));
    }
    Ok(value)
}

/// Names of Golden Rules.
fn rules(given: &Given) -> Result<Vec<String>, String> {
    let names: Vec<String> = Value::read(given)?;
    match names
        .iter()
        .find(|name| golden::registry::find(name).is_none())
    {
        Some(unknown) => Err(golden::registry::unknown(unknown)),
        None => Ok(names),
    }
}

/// Capital letters, then digits.
fn is_code(code: &str) -> bool {
    let digits = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    digits.len() < code.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Given, KEYS, Shape, Written};

    #[test]
    fn names_and_variables_are_unique() {
        let names: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();
        let variables: BTreeSet<_> = KEYS.iter().map(super::Key::variable).collect();
        assert_eq!(names.len(), KEYS.len());
        assert_eq!(variables.len(), KEYS.len());
        assert!(variables.contains("HIVE_REQUIRED_VERSION"));
        assert!(variables.contains("HIVE_WORKER_MAX"));
    }

    #[test]
    fn values_outside_their_range_are_refused() {
        for (name, given, message) in [
            (
                "worker.max",
                Given::Number(-1),
                "expected an integer that is not negative, found -1",
            ),
            (
                "worker.max",
                Given::Number(2000),
                "expected at most 1024, found 2000",
            ),
            (
                "worker.deadline",
                Given::Text("5ms".into()),
                "expected at least 100ms, found 5ms",
            ),
            (
                "worker.memory",
                Given::Text("1MiB".into()),
                "expected at least 64MiB, found 1MiB",
            ),
            (
                "extend_safe",
                Given::List(vec!["f841".into()]),
                "expected rule codes such as \"F841\", found \"f841\"",
            ),
            (
                "save.quiet",
                Given::Text("2m".into()),
                "expected at most 1m, found 2m",
            ),
            (
                "commit.max_lines",
                Given::Number(0),
                "expected at least 1, found 0",
            ),
            (
                "commit.mode",
                Given::Text("neat".into()),
                "expected \"direct\", \"tidy\", \"fold\", \"fixup\", \"branch\" or \"hold\", found \"neat\"",
            ),
            (
                "commit.budget",
                Given::Text("20s".into()),
                "expected at most 10s, found 20s",
            ),
            (
                "commit.protected",
                Given::List(vec!["refs/heads/main".into()]),
                "expected the name of a branch without refs/heads/, found \"refs/heads/main\"",
            ),
            (
                "commit.subject",
                Given::Text("two\nlines".into()),
                "a subject is one line without control characters",
            ),
            (
                "queue.attempts",
                Given::Number(0),
                "expected 1 to 100, found 0",
            ),
            (
                "extend",
                Given::Text(" ".into()),
                "expected the path of a file, found an empty string",
            ),
        ] {
            let key = super::find(name).unwrap();
            assert_eq!(
                (key.read)(&given, &mut Written::default()),
                Err(message.to_owned())
            );
        }
        let list = |text: &str| Given::List(vec![text.into()]);
        for (name, wrong) in [
            ("exclude", list("[z-a]")),
            ("commit.protected", list("[z-a]")),
            ("commit.ticket", Given::Text("(".into())),
        ] {
            let key = super::find(name).unwrap();
            let read = (key.read)(&wrong, &mut Written::default());
            assert!(read.is_err(), "{name}");
        }
    }

    #[test]
    fn words_become_the_type_of_the_key() {
        assert_eq!(Shape::Number.given("2"), Given::Number(2));
        assert_eq!(Shape::Number.given("two"), Given::Text("two".into()));
        assert_eq!(
            Shape::List("x").given("a, b,"),
            Given::List(vec!["a".into(), "b".into()])
        );
    }
}
