//! black and isort in an interpreter that stays alive.
//!
//! In: the project's interpreter, and per file a [`Request`]: tool, path, bytes.
//! Out: an [`Answer`], or the [`Trouble`] in the tool's own words. Always: what
//! the tool's command line would have made of that file in that project, byte
//! for byte, without its own check of the result (the verification here is the
//! check); and the interpreter is bounded in memory, replaced when it is slow,
//! large or old, and gone when the [`WarmServer`] is. This part does not verify,
//! and it decides nothing about which tool a project uses.
//!
//! Whatever settings the person running hive has for black outside the
//! repository do not count: CI does not have them.

mod conversation;

#[cfg(test)]
mod encodings;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trees;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tempfile::TempDir;

use self::conversation::{Conversation, Heard, Lost};
use super::{Tool, Trouble};
use crate::process::{Limits, Program};

/// The program that the interpreter runs: one module in four files.
const SCRIPT: &str = concat!(
    include_str!("warm.py"),
    include_str!("black.py"),
    include_str!("isort.py"),
    include_str!("serve.py"),
);
/// How long importing the tools may take.
const START: Duration = Duration::from_secs(30);
/// After how many requests an interpreter is replaced.
const REQUESTS: u32 = 500;
/// At which peak of resident memory an interpreter is replaced, in bytes.
const RESIDENT: u64 = 300 << 20;

/// One file for one tool.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Request<'a> {
    /// black or isort.
    pub tool: Tool,
    /// Where the file is, or would be; absolute. It is not read.
    pub path: &'a Path,
    /// The directory in which the tool is run; absolute.
    pub project: &'a Path,
    /// Above this directory no configuration is looked for; absolute.
    pub boundary: &'a Path,
    /// Extra arguments of the command line ([`Step::args`](super::Step::args)).
    pub args: &'a [String],
    /// The file's bytes.
    #[serde(skip)]
    pub source: &'a [u8],
    /// 1-based inclusive ranges of lines, for black; `None` for the whole file.
    pub lines: Option<&'a [(u32, u32)]>,
    /// Whether the tool finds the file by itself (`black .`), so that `exclude`
    /// and its like count, or is given its name, so that only `force-exclude`
    /// (black) or `--filter-files` (isort) do.
    pub walked: bool,
}

/// What a tool makes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Other bytes.
    Changed(Vec<u8>),
    /// The same bytes.
    Unchanged,
    /// Nothing: the tool's settings or a comment in the file leave it out.
    Excluded {
        /// Which setting, in a few words.
        why: String,
    },
}

/// An interpreter with the tools imported. It starts again by itself.
#[derive(Debug)]
pub struct WarmServer {
    python: PathBuf,
    memory: Option<u64>,
    tools: Vec<(Tool, String)>,
    scratch: TempDir,
    running: Option<Conversation>,
    served: u32,
}

impl WarmServer {
    /// Starts `python` and imports the tools, each of which must then say that it
    /// is the version given with it.
    ///
    /// `memory` bounds the address space in bytes; private files go to a new
    /// directory below `cache`, which must exist.
    pub fn start(
        python: &Path,
        tools: &[(Tool, String)],
        cache: &Path,
        memory: Option<u64>,
    ) -> Result<Self, Trouble> {
        let scratch = tempfile::Builder::new()
            .prefix("warm-")
            .tempdir_in(cache)
            .map_err(|error| Trouble::System {
                reason: format!(
                    "no directory for black and isort in {}: {error}",
                    cache.display()
                ),
            })?;
        let mut server = Self {
            python: python.to_owned(),
            memory,
            tools: tools.to_vec(),
            scratch,
            running: None,
            served: 0,
        };
        server.running = Some(server.open()?);
        Ok(server)
    }

    /// Has one file dealt with, within `deadline` (an interpreter that has to be
    /// started first has its own time for that).
    ///
    /// Past the deadline, and when the interpreter dies, the file has
    /// [`Trouble::Worker`] and the next request a new interpreter.
    pub fn answer(&mut self, request: &Request, deadline: Duration) -> Result<Answer, Trouble> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.open()?,
        };
        let header = serde_json::to_vec(request).map_err(|error| Trouble::Tool {
            tool: request.tool.name().to_owned(),
            message: error.to_string(),
        })?;
        let heard = running
            .ask(header, request.source.to_vec(), deadline)
            .map_err(|lost| self.lost(&mut running, request.tool.name(), lost))?;
        self.served += 1;
        if self.served < REQUESTS && heard.memory < RESIDENT {
            self.running = Some(running);
        } else {
            // Dropping it ends it.
            self.served = 0;
        }
        read(request.tool, heard)
    }

    /// The process id of the interpreter, while there is one.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Conversation::pid)
    }

    fn open(&mut self) -> Result<Conversation, Trouble> {
        self.served = 0;
        let limits = Limits {
            memory: self.memory,
            ..Limits::default()
        };
        let program = Program::new(&self.python)
            .args(["-I", "-u", "-c", SCRIPT])
            .arg(self.scratch.path())
            .args(self.tools.iter().map(|(tool, _)| tool.name()))
            // The person's own settings for black would be looked for here.
            .env("XDG_CONFIG_HOME", self.scratch.path())
            .limits(limits);
        let names: Vec<_> = self.tools.iter().map(|(tool, _)| tool.name()).collect();
        let names = names.join(" and ");
        let failed = |message: String| Trouble::Tool {
            tool: names.clone(),
            message,
        };
        let mut running =
            Conversation::start(program).map_err(|error| failed(error.to_string()))?;
        let heard = running
            .hear(START)
            .map_err(|lost| self.lost(&mut running, &names, lost))?;
        if heard.kind != "ready" {
            let python = self.python.display();
            return Err(failed(format!(
                "{python} cannot import it: {}",
                heard.message
            )));
        }
        for (tool, version) in &self.tools {
            let found = heard
                .versions
                .get(tool.name())
                .map_or("none", String::as_str);
            if found != version {
                let python = self.python.display();
                return Err(failed(format!(
                    "{python} has {} {found}, but {version} counts",
                    tool.name()
                )));
            }
        }
        Ok(running)
    }

    fn lost(&self, running: &mut Conversation, tool: &str, lost: Lost) -> Trouble {
        let end = running.end();
        let reason = match lost {
            Lost::Late(after) => format!("{tool} took longer than {:.1} s", after.as_secs_f64()),
            Lost::Gone => format!("{tool}: {} {end}", self.python.display()),
            Lost::Garbage(what) => {
                return Trouble::Tool {
                    tool: tool.to_owned(),
                    message: format!("it answered with {what}{}", running.said()),
                };
            }
        };
        Trouble::Worker {
            reason: format!("{reason}{}", running.said()),
        }
    }
}

fn read(tool: Tool, heard: Heard) -> Result<Answer, Trouble> {
    let (tool, message) = (tool.name().to_owned(), heard.message);
    match heard.kind.as_str() {
        "changed" => Ok(Answer::Changed(heard.body)),
        "unchanged" => Ok(Answer::Unchanged),
        "excluded" => Ok(Answer::Excluded { why: message }),
        "config" => Err(Trouble::Configuration { tool, message }),
        _ => Err(Trouble::Tool { tool, message }),
    }
}
