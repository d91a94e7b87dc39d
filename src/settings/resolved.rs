//! The resolved form: what every other room reads. Nothing is optional here but
//! what may really be absent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::json;

use super::catalogue::KEYS;
use super::units::{ByteSize, Span};
use super::values::{Colour, Engine, Format, Imports, Lint, Scope};
use super::written::{Written, lookup};

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
    /// `[worker]`.
    pub worker: WorkerSettings,
    /// `[memo]`.
    pub memo: MemoSettings,
    /// `[output]`.
    pub output: OutputSettings,
}

/// `[worker]`: the processes that fix files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerSettings {
    /// How many run at once, 0 for one per core; at most 1024.
    pub max: usize,
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

fn as_span<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    Span(*duration).serialize(serializer)
}

impl Settings {
    /// Turns the sum of all layers into settings. `None` if a key has no value in
    /// any layer, which the sample excludes (a test holds it).
    pub(super) fn resolve(written: &Written) -> Option<Self> {
        let Written { worker, memo, .. } = written;
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
            worker: WorkerSettings {
                max: worker.max?,
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
