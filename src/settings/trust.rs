//! Whether a repository may run programs and decide what hive writes.
//!
//! A clone is a stranger. Until a person has recorded, with `hive trust`, the
//! settings that decide what runs (by value) and the programs (by path and by
//! content), nothing of the repository is executed. A later change of one of
//! them, after a pull for instance, asks again.
//!
//! The record lies in the person's own state directory, never in the repository,
//! one file per repository, named by the git directory that all its work trees
//! share: trust given in one work tree holds in the others. A program that git
//! tracks inside the work tree is refused always: it came with a commit, and the
//! next pull could replace it between the look and the start.

mod measure;
pub mod own_file;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use measure::{RecordedFile, RecordedTool, Role, ToolFile};

use super::{Settings, environment};
use crate::clock;
use crate::failure::Failure;
use crate::repo::{Place, tracked};

/// The version of the shape of a record.
const VERSION: u32 = 1;

/// What a person trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the shape.
    version: u32,
    /// The git directory that all work trees share.
    pub repository: String,
    /// When, in milliseconds since the Unix epoch.
    pub recorded_ms: i64,
    /// The hive that recorded.
    pub hive: String,
    /// The settings that decide what runs and what is written, as JSON text by name.
    pub settings: BTreeMap<String, String>,
    /// The programs.
    pub tools: Vec<RecordedTool>,
}

/// Who says that a run may start programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The record, if there is one.
    Recorded,
    /// The person, for this run, with `--trust` or `HIVE_TRUST=1`.
    ThisRun,
}

impl Consent {
    /// What the flag `--trust` and the variable `HIVE_TRUST` say.
    pub fn given(flag: bool) -> Self {
        if flag || environment::value("HIVE_TRUST").is_some_and(|value| value == "1") {
            Self::ThisRun
        } else {
            Self::Recorded
        }
    }
}

/// Whether programs may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustAnswer {
    /// They may.
    Trusted,
    /// Nobody has trusted this repository.
    Never,
    /// It was trusted, and something has changed since.
    Changed {
        /// What differs, one phrase each, in a fixed order.
        what: Vec<String>,
    },
    /// A program is tracked by git inside the work tree, which is always refused.
    TrackedTool {
        /// The program, its interpreter or its `pyvenv.cfg`.
        path: PathBuf,
    },
    /// There is no repository to trust.
    Outside,
}

impl TrustAnswer {
    /// Why programs may not run, in one line; `None` if they may.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Trusted => None,
            Self::Never => Some("this repository is not trusted to run programs".to_owned()),
            Self::Changed { what } => {
                Some(format!("changed since it was trusted: {}", what.join("; ")))
            }
            Self::TrackedTool { path } => Some(format!(
                "{} is tracked by git, and such programs are never run",
                path.display()
            )),
            Self::Outside => Some("outside a repository no program of a project is run".to_owned()),
        }
    }

    /// The next step for a person; `None` if programs may run.
    pub fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Trusted => None,
            Self::Never | Self::Changed { .. } => {
                Some("`hive trust` shows what would run and asks; --trust trusts for one run")
            }
            Self::TrackedTool { .. } => {
                Some("install the tool into an environment that git does not track")
            }
            Self::Outside => Some("--trust trusts for one run"),
        }
    }
}

/// The trust in one repository.
#[derive(Debug)]
pub struct Trust {
    directory: PathBuf,
    place: Option<Place>,
    record: Option<Record>,
}

impl Trust {
    /// Reads the record of a repository from the user's state directory.
    ///
    /// Fails where the record cannot be read, was written by a newer hive, or
    /// could have been written by somebody else.
    pub fn load(place: Option<&Place>) -> Result<Self, Failure> {
        Self::open(&store::directory()?, place)
    }

    /// The same with the directory of records given.
    pub fn open(directory: &Path, place: Option<&Place>) -> Result<Self, Failure> {
        let record = match place {
            Some(place) => store::read(directory, place)?,
            None => None,
        };
        Ok(Self {
            directory: directory.to_path_buf(),
            place: place.cloned(),
            record,
        })
    }

    /// What was recorded, if anything.
    pub fn recorded(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Whether these programs may run under these settings. Pass
    /// [`super::Resolved::team`]: the rest is the person's own word.
    ///
    /// Fails where a program or the index cannot be read.
    pub fn check(
        &self,
        settings: &Settings,
        tools: &[ToolFile],
        consent: Consent,
    ) -> Result<TrustAnswer, Failure> {
        let Some(place) = &self.place else {
            return Ok(match consent {
                Consent::ThisRun => TrustAnswer::Trusted,
                Consent::Recorded => TrustAnswer::Outside,
            });
        };
        // First, because neither a record nor a flag lifts it.
        if let Some(path) = tracked_part(place, tools)? {
            return Ok(TrustAnswer::TrackedTool { path });
        }
        if consent == Consent::ThisRun {
            return Ok(TrustAnswer::Trusted);
        }
        let Some(record) = &self.record else {
            return Ok(TrustAnswer::Never);
        };
        let what = changes(record, settings, &measure_all(place, tools)?);
        Ok(if what.is_empty() {
            TrustAnswer::Trusted
        } else {
            TrustAnswer::Changed { what }
        })
    }

    /// Why the team's settings may not decide what hive does unasked, in one line;
    /// `None` if they may: each is what was recorded, what hive does by itself (a branch
    /// without the team's file decides nothing), or what `hive init` has written here for
    /// this person ([`own_file`]).
    pub fn undecided(&self, settings: &Settings) -> Option<String> {
        let nothing = BTreeMap::new();
        let recorded = self
            .record
            .as_ref()
            .map_or(&nothing, |record| &record.settings);
        let own = differing(&BTreeMap::new(), settings);
        let mut differing = differing(recorded, settings);
        differing.retain(|name, _| own.contains_key(name));
        if let (false, Some(place)) = (differing.is_empty(), &self.place) {
            let now = settings.decisive();
            let written = own_file::decided(place);
            differing.retain(|name, _| now.get(name) != written.get(name));
        }
        let what: Vec<String> = differing.into_values().collect();
        let when = match self.record {
            Some(_) => "changed since this repository was trusted",
            None => "this repository is not trusted to decide",
        };
        (!what.is_empty()).then(|| format!("{when}: {}; see `hive trust`", what.join("; ")))
    }

    /// What [`Trust::record`] would write: measured now, so that a person sees and
    /// approves exactly what is recorded.
    ///
    /// Fails outside a repository, for a tool that git tracks, and where a
    /// program cannot be read.
    pub fn propose(&self, settings: &Settings, tools: &[ToolFile]) -> Result<Record, Failure> {
        let Some(place) = &self.place else {
            return Err(Failure::usage(
                "there is no repository here to trust".to_owned(),
            ));
        };
        if let Some(path) = tracked_part(place, tools)? {
            let answer = TrustAnswer::TrackedTool { path };
            let failure = Failure::configuration(answer.reason().unwrap_or_default());
            return Err(failure.hint(answer.way_out().unwrap_or_default()));
        }
        Ok(Record {
            version: VERSION,
            repository: place.common_dir.to_string_lossy().into_owned(),
            recorded_ms: clock::wall_ms(),
            hive: super::OWN.to_owned(),
            settings: settings.decisive(),
            tools: measure_all(place, tools)?,
        })
    }

    /// Records what was proposed, in place of what was recorded before.
    pub fn record(&mut self, record: Record) -> Result<(), Failure> {
        if let Some(place) = &self.place {
            store::write(&self.directory, place, &record)?;
            self.record = Some(record);
        }
        Ok(())
    }

    /// Removes the record from the user's state directory, readable or not.
    /// Whether there was one.
    pub fn revoke(place: &Place) -> Result<bool, Failure> {
        Self::revoke_in(&store::directory()?, place)
    }

    /// The same with the directory of records given.
    pub fn revoke_in(directory: &Path, place: &Place) -> Result<bool, Failure> {
        store::remove(directory, place)
    }
}

fn measure_all(place: &Place, tools: &[ToolFile]) -> Result<Vec<RecordedTool>, Failure> {
    tools
        .iter()
        .map(|tool| measure::measure(&place.root, tool))
        .collect()
}

fn tracked_part(place: &Place, tools: &[ToolFile]) -> Result<Option<PathBuf>, Failure> {
    let parts: Vec<(Role, PathBuf)> = tools.iter().flat_map(measure::parts).collect();
    tracked::first_tracked(place, parts.iter().map(|(_, path)| path.as_path()))
        .map(|found| found.map(Path::to_path_buf))
        .map_err(|error| {
            Failure::internal("cannot tell whether git tracks a tool").caused_by(error)
        })
}

/// What differs from the record, in words; a tool that is recorded and no longer used
/// is no difference. Pure.
fn changes(record: &Record, settings: &Settings, tools: &[RecordedTool]) -> Vec<String> {
    let mut what: Vec<String> = differing(&record.settings, settings)
        .into_values()
        .collect();
    for tool in tools {
        what.extend(measure::difference(&record.tools, tool));
    }
    what
}

/// The settings that are not as they were recorded, by name, in words; one that was not
/// recorded (an older hive did not know it) is compared with its default. Pure.
fn differing(recorded: &BTreeMap<String, String>, settings: &Settings) -> BTreeMap<String, String> {
    let by_itself = super::by_itself();
    let mut what = BTreeMap::new();
    for (name, now) in settings.decisive() {
        let (was, then) = match recorded.get(&name) {
            Some(then) => ("trusted was", Some(then)),
            None => ("the default is", by_itself.get(&name)),
        };
        let then = then.cloned().unwrap_or_else(|| json!(null).to_string());
        if now != then {
            let sentence = format!("`{name}` is {now}, {was} {then}");
            what.insert(name, sentence);
        }
    }
    what
}
