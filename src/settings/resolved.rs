//! The resolved form: what every other room reads. Nothing is optional here but
//! what may really be absent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::catalogue::KEYS;
use super::units::{ByteSize, Span};
use super::values::{
    Author, Colour, CommitMode, Dirty, Engine, FixPolicy, Format, GoldenPreset, Imports, Lint,
    OnSave, Pushed, Scope, WhenIdle,
};
use super::written::{Written, lookup};
use crate::golden;

/// All settings, typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Which linter fixes.
    pub lint: Lint,
    /// Which import sorter runs.
    pub imports: Imports,
    /// Which formatter runs.
    pub format: Format,
    /// Where ruff runs.
    pub engine: Engine,
    /// How much of a file may change.
    pub scope: Scope,
    /// Rule codes whose fixes count as safe where the removed code has no effect.
    pub extend_safe: Vec<String>,
    /// Patterns as in `.gitignore`, relative to the root, that hive leaves alone.
    pub exclude: Vec<String>,
    /// Larger files are skipped.
    pub max_file_size: ByteSize,
    /// What is done with a saved file while `hive watch` runs.
    pub on_save: OnSave,
    /// `[save]`.
    pub save: SaveSettings,
    /// `[hooks]`.
    pub hooks: HookSettings,
    /// `[commit]`.
    pub commit: CommitSettings,
    /// `[fold]`.
    pub fold: FoldSettings,
    /// `[push]`.
    pub push: PushSettings,
    /// `[fixes]`.
    pub fixes: FixSettings,
    /// `[golden]`.
    pub golden: GoldenSettings,
    /// The team's own rules, each a table as JSON.
    pub rule: Vec<Json>,
    /// `[queue]`.
    pub queue: QueueSettings,
    /// `[worker]`.
    pub worker: WorkerSettings,
    /// `[memo]`.
    pub memo: MemoSettings,
    /// `[output]`.
    pub output: OutputSettings,
}

/// `[save]`: when a saved file counts as settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaveSettings {
    /// How long a file must have been left alone; 1 ms to 1 min.
    #[serde(serialize_with = "as_span")]
    pub quiet: Duration,
    /// After which time a file that keeps changing is looked at all the same; at
    /// least [`quiet`](Self::quiet) is meant, and a smaller value acts as it.
    #[serde(serialize_with = "as_span")]
    pub ceiling: Duration,
}

/// `[hooks]`: what the hooks of git do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookSettings {
    /// What a hook does where no agent runs.
    pub when_idle: WhenIdle,
}

/// `[commit]`: how fixes land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitSettings {
    /// Where fixes to committed content go.
    pub mode: CommitMode,
    /// What is done where the upstream has the tip already.
    pub pushed: Pushed,
    /// Patterns of branches, without `refs/heads/`, that get no commit of hive's;
    /// each one is a valid `globset` pattern in which `*` crosses no `/` and `**` does.
    pub protected: Vec<String>,
    /// How many lines beyond the touched ones a commit may change; at least 1.
    pub max_lines: usize,
    /// Whose name stands in hive's commits.
    pub author: Author,
    /// The template of a commit's first line, known to be sound.
    pub subject: String,
    /// The regular expression of the ticket that is kept from the source commit's
    /// subject, known to be sound; `None` where none is.
    pub ticket: Option<String>,
    /// How long a commit waits at most for the fixes that become part of it, in the mode
    /// [`CommitMode::Tidy`].
    #[serde(serialize_with = "as_span")]
    pub budget: Duration,
    /// How long the repository must have been quiet before a landing.
    #[serde(serialize_with = "as_span")]
    pub quiet: Duration,
    /// What is done with a fix where the file was edited since the commit.
    pub dirty: Dirty,
}

/// `[fold]`: when a fix goes into the person's own commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoldSettings {
    /// How old that commit may be; 1 s to 1 d.
    #[serde(serialize_with = "as_span")]
    pub age: Duration,
}

/// `[push]`: what is done before a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushSettings {
    /// How long the push waits for what is being found out; up to 1 min.
    #[serde(serialize_with = "as_span")]
    pub wait: Duration,
}

/// `[fixes]`: what may happen with each class of fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixSettings {
    /// Fixes that leave the syntax tree as it is, or only reorder imports.
    pub same: FixPolicy,
    /// Fixes that the linter calls safe.
    pub linter: FixPolicy,
}

/// `[golden]`: the team's laws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoldenSettings {
    /// Which rules are active by themselves.
    pub preset: GoldenPreset,
    /// Rules that are, too; known ones.
    pub enable: Vec<String>,
    /// Rules that are not; known ones.
    pub disable: Vec<String>,
    /// The tables of rules, by code.
    #[serde(rename = "RULE")]
    pub rules: BTreeMap<String, Json>,
}

/// `[queue]`: how work is retried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueSettings {
    /// How often a task is tried; 1 to 100.
    pub attempts: usize,
    /// How long after its worker's deadline a claimed task still counts as claimed.
    #[serde(serialize_with = "as_span")]
    pub grace: Duration,
}

/// `[worker]`: the processes that fix files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerSettings {
    /// How many an agent keeps while it has nothing to do; at most 1024. Never
    /// more than `max`, whatever is written here.
    pub min: usize,
    /// How many run at once, 0 for one per core; at most 1024.
    pub max: usize,
    /// How many the background agents of a machine run at once together, 0 for all
    /// cores but one, at least one; at most 1024.
    pub background: usize,
    /// After which time without work a worker above `min` ends.
    #[serde(serialize_with = "as_span")]
    pub idle: Duration,
    /// How long one file may take; at least 100 ms.
    #[serde(serialize_with = "as_span")]
    pub deadline: Duration,
    /// How much memory one process may use; at least 64 MiB.
    pub memory: ByteSize,
}

/// `[memo]`: the store of known results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoSettings {
    /// How large it may grow; at least 1 MiB.
    pub max_size: ByteSize,
}

/// `[output]`: what a person sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputSettings {
    /// When output is coloured.
    pub colour: Colour,
    /// The file to which the log is appended, if any; absolute.
    pub log: Option<PathBuf>,
}

impl CommitSettings {
    /// The pattern of `protected` that a branch's short name matches, if one does.
    pub fn protects(&self, branch: &str) -> Option<&str> {
        let matches = |pattern: &&String| {
            let glob = globset::GlobBuilder::new(pattern)
                .literal_separator(true)
                .build();
            // What is no pattern, which reading the settings excludes, is a name.
            glob.map_or(*pattern == branch, |glob| {
                glob.compile_matcher().is_match(branch)
            })
        };
        self.protected.iter().find(matches).map(String::as_str)
    }
}

fn as_span<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    Span(*duration).serialize(serializer)
}

impl Settings {
    /// Turns the sum of all layers into settings. `None` if a key has no value in
    /// any layer, which the sample excludes (a test holds it).
    pub(super) fn resolve(written: &Written) -> Option<Self> {
        let Written {
            save,
            hooks,
            commit,
            fold,
            push,
            fixes,
            queue,
            worker,
            memo,
            ..
        } = written;
        let log = written.output.log.as_ref()?;
        Some(Self {
            lint: written.lint?,
            imports: written.imports?,
            format: written.format?,
            engine: written.engine?,
            scope: written.scope?,
            extend_safe: written.extend_safe.clone()?,
            exclude: written.exclude.clone()?,
            max_file_size: written.max_file_size?,
            on_save: written.on_save?,
            save: SaveSettings {
                quiet: save.quiet?.0,
                ceiling: save.ceiling?.0,
            },
            hooks: HookSettings {
                when_idle: hooks.when_idle?,
            },
            commit: CommitSettings {
                mode: commit.mode?,
                pushed: commit.pushed?,
                protected: commit.protected.clone()?,
                max_lines: commit.max_lines?,
                author: commit.author?,
                subject: commit.subject.clone()?,
                ticket: commit
                    .ticket
                    .clone()
                    .map(|ticket| Some(ticket).filter(|it| !it.is_empty()))?,
                budget: commit.budget?.0,
                quiet: commit.quiet?.0,
                dirty: commit.dirty?,
            },
            fold: FoldSettings { age: fold.age?.0 },
            push: PushSettings { wait: push.wait?.0 },
            fixes: FixSettings {
                same: fixes.same?,
                linter: fixes.linter?,
            },
            golden: GoldenSettings {
                preset: written.golden.preset?,
                enable: written.golden.enable.clone()?,
                disable: written.golden.disable.clone()?,
                rules: written.golden.rules.clone().unwrap_or_default().0,
            },
            rule: written.rule.clone().unwrap_or_default(),
            queue: QueueSettings {
                attempts: queue.attempts?,
                grace: queue.grace?.0,
            },
            worker: WorkerSettings {
                min: worker.min?,
                max: worker.max?,
                background: worker.background?,
                idle: worker.idle?.0,
                deadline: worker.deadline?.0,
                memory: worker.memory?,
            },
            memo: MemoSettings {
                max_size: memo.max_size?,
            },
            output: OutputSettings {
                colour: written.output.colour?,
                log: log.path(super::home().as_deref()),
            },
        })
    }

    /// What is wanted of the Golden Rules.
    pub fn golden(&self) -> golden::Wanted {
        golden::Wanted {
            preset: match self.golden.preset {
                GoldenPreset::Start => Some(golden::Preset::Start),
                GoldenPreset::Full => Some(golden::Preset::Full),
                GoldenPreset::None => None,
            },
            enable: self.golden.enable.clone(),
            disable: self.golden.disable.clone(),
            tables: self.golden.rules.clone(),
            custom: self.rule.clone(),
        }
    }

    /// The settings that decide which programs run and what hive writes, by name,
    /// as JSON text: what trust records and compares.
    pub fn decisive(&self) -> BTreeMap<String, String> {
        let tree = json!(self);
        KEYS.iter()
            .filter(|key| key.decisive)
            .filter_map(|key| Some((key.name.to_owned(), lookup(&tree, key.name)?.to_string())))
            .collect()
    }
}
