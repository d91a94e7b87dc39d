//! Turns shell text from CI, tox, Makefiles and the like into mentions and pins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::{self, Deed, Invocation};
use super::document;
use super::filter::PathFilter;
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::named::located;
use super::program::{Program, requirement};
use super::scope::{joined, scope};
use super::shell::{self, is_dynamic};

/// How far scripts that call scripts are followed.
const MAX_DEPTH: u8 = 3;

/// How many directories are remembered, and how long the path of one may be.
const MAX_LEFT: usize = 32;
const MAX_PATH: usize = 4096;

/// Reads commands that stand in one file.
pub(super) struct ScriptReader<'a> {
    boundary: &'a Path,
    file: Arc<PathBuf>,
    source: Source,
    /// Where pins of this file count.
    origin: Origin,
    /// Words put before a command when it is shown, such as `testenv:lint:`.
    label: String,
    /// The directory in which commands run, relative to the boundary, without a
    /// final `/`; `None` if it cannot be known.
    directory: Option<String>,
    /// Where commands ran before each `cd` and `pushd`.
    left: Vec<Option<String>>,
    /// Variables that the text before has set plainly.
    variables: Vec<(String, String)>,
    depth: u8,
    out: &'a mut Gathered,
}

impl<'a> ScriptReader<'a> {
    /// Reads commands of `file`, which run in `directory` (relative to the
    /// boundary, empty for the boundary itself).
    pub(super) fn new(
        boundary: &'a Path,
        file: &Path,
        source: Source,
        directory: &str,
        out: &'a mut Gathered,
    ) -> Self {
        Self {
            boundary,
            file: Arc::new(file.to_path_buf()),
            source,
            origin: Origin::Ci,
            label: String::new(),
            directory: Some(directory.trim_end_matches('/').to_owned()),
            left: Vec::new(),
            variables: Vec::new(),
            depth: 0,
            out,
        }
    }

    /// Names the part of the file that is read now.
    pub(super) fn label(&mut self, label: &str) {
        label.clone_into(&mut self.label);
    }

    /// Sets the directory in which the next commands run.
    pub(super) fn enter(&mut self, directory: &str) {
        self.directory = self
            .directory
            .take()
            .and_then(|current| joined(&current, directory))
            .filter(|entered| entered.len() <= MAX_PATH);
    }

    /// Sets the directory to what [`Self::directory`] returned.
    pub(super) fn enter_exactly(&mut self, directory: Option<String>) {
        self.directory = directory;
    }

    /// The directory in which commands run now.
    pub(super) fn directory(&self) -> Option<String> {
        self.directory.clone()
    }

    /// Reads shell text; a `cd` counts until its end, or that of its subshell.
    pub(super) fn text(&mut self, text: &str, line: u32) {
        let before = (self.directory.clone(), self.left.len());
        self.continued(text, line);
        self.directory = before.0;
        self.left.truncate(before.1);
    }

    /// Reads shell text after which the same shell goes on.
    pub(super) fn continued(&mut self, text: &str, line: u32) {
        let mut subshells: Vec<(u32, Option<String>)> = Vec::new();
        for command in shell::commands(text, line) {
            let both = subshells.iter().zip(&command.subshells);
            let still_open = both.take_while(|((one, _), other)| one == *other).count();
            if let Some((_, directory)) = subshells.drain(still_open..).next() {
                self.directory = directory;
            }
            let entered = command.subshells.iter().skip(still_open);
            subshells.extend(entered.map(|one| (*one, self.directory.clone())));
            if let Some(set) = assignments(&command.words) {
                self.variables.extend(set);
            } else {
                let words = self.expanded(command.words);
                self.words(&words, command.line);
            }
        }
    }

    /// Puts in variables that make up a whole word, as `$SOURCES` mostly does.
    fn expanded(&self, words: Vec<String>) -> Vec<String> {
        if self.variables.is_empty() {
            return words;
        }
        let mut expanded = Vec::with_capacity(words.len());
        for word in words {
            let name = word
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix('}'))
                .or_else(|| word.strip_prefix('$'));
            let value = name.and_then(|name| {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.map(|(_, value)| value)
            });
            match value {
                Some(value) => expanded.extend(value.split_whitespace().map(str::to_owned)),
                None => expanded.push(word),
            }
        }
        expanded
    }

    /// Reads one command that is cut into words already.
    pub(super) fn words(&mut self, words: &[String], line: u32) {
        self.pins(words, line);
        match command::read(words) {
            Deed::Runs(invocation) => self.mention(invocation, words, line),
            Deed::Enters(to) => {
                if self.left.len() == MAX_LEFT {
                    self.left.remove(0);
                }
                self.left.push(self.directory.clone());
                self.enter(&to);
            }
            Deed::Returns => {
                if let Some(directory) = self.left.pop() {
                    self.directory = directory;
                }
            }
            Deed::Script(path) => self.script(&path),
            Deed::Shell(text) if self.depth < MAX_DEPTH => {
                self.depth += 1;
                self.text(&text, line);
                self.depth -= 1;
            }
            Deed::Shell(_) | Deed::Nothing => {}
        }
    }

    /// Reads requirement lines, as tox' `deps`.
    pub(super) fn requirements(&mut self, text: &str, line: u32) {
        for (number, one) in (line..).zip(text.lines()) {
            self.requirement(one.trim(), number);
        }
    }

    fn requirement(&mut self, text: &str, line: u32) {
        if let Some((tool, specifier)) = requirement(text) {
            self.out.pins.extend(Pin::within(
                tool,
                specifier,
                self.origin,
                Spot {
                    file: Arc::clone(&self.file),
                    line: Some(line),
                },
                text,
            ));
        }
    }

    fn pins(&mut self, words: &[String], line: u32) {
        for (index, word) in words.iter().enumerate() {
            self.requirement(word, line);
            if let Some((name, version)) = word.split_once('@')
                && let Some(tool) = super::installed::tool_named(name)
            {
                self.out.pins.extend(Pin::exact(
                    tool,
                    version,
                    self.origin,
                    self.spot(line),
                    word,
                ));
            }
            let listed = match word.as_str() {
                "-r" | "--requirement" | "-c" | "--constraint" => words.get(index + 1),
                _ => None,
            };
            if let Some(listed) = listed
                && words
                    .iter()
                    .any(|word| matches!(word.as_str(), "install" | "sync"))
            {
                self.requirements_file(listed);
            }
        }
    }

    fn requirements_file(&mut self, name: &str) {
        let Some(path) = self.in_repository(name) else {
            return;
        };
        // Unreadable requirements say nothing about which tool is used.
        if let Ok(Some(text)) = document::read(&path) {
            let outer = std::mem::replace(&mut self.file, Arc::new(path));
            self.requirements(&text, 1);
            self.file = outer;
        }
    }

    fn script(&mut self, name: &str) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        let Some(path) = self.in_repository(name) else {
            return;
        };
        let is_shell = |text: &str| {
            let first = text.lines().next().unwrap_or("");
            command::is_shell_name(name)
                || (first.starts_with("#!") && first.ends_with("sh"))
                || first.contains("sh -")
        };
        if let Ok(Some(text)) = document::read(&path)
            && is_shell(&text)
        {
            let outer = std::mem::replace(&mut self.file, Arc::new(path));
            self.depth += 1;
            self.text(&text, 1);
            self.depth -= 1;
            self.file = outer;
        }
    }

    /// A path that a command names, if it is inside the repository.
    fn in_repository(&self, name: &str) -> Option<PathBuf> {
        let below = joined(self.directory.as_deref()?, name)?;
        let path = self.boundary.join(below);
        let real = path.canonicalize().ok()?;
        let boundary = self.boundary.canonicalize().ok()?;
        real.starts_with(boundary).then_some(path)
    }

    fn spot(&self, line: u32) -> Spot {
        Spot {
            file: Arc::clone(&self.file),
            line: Some(line),
        }
    }

    fn mention(&mut self, invocation: Invocation, words: &[String], line: u32) {
        let text = match self.label.as_str() {
            "" => shell::shown(words),
            label => format!("{label} {}", shell::shown(words)),
        };
        let directory = match (&self.directory, &invocation.directory) {
            (Some(from), Some(to)) => joined(from, to),
            (here, _) => here.clone(),
        };
        let whole = self.boundary.join(directory.as_deref().unwrap_or(""));
        let pin = match (&invocation.version, invocation.program) {
            (Some(version), Program::Known(tool)) => {
                Pin::exact(tool, version, self.origin, self.spot(line), &text)
            }
            _ => None,
        };
        self.out.pins.extend(pin.clone());
        let (filter, broken) = match scope(directory.as_deref(), &invocation.paths) {
            Ok(filter) => (filter, None),
            Err(reason) => (PathFilter::default(), Some(reason)),
        };
        self.out.mentions.push(Mention {
            program: invocation.program,
            role: invocation.role,
            source: self.source,
            spot: self.spot(line),
            text,
            args: located(invocation.program, invocation.args, &whole),
            filter,
            pin,
            broken,
        });
    }
}

/// `NAME=value …`, with or without `export`: values that are known as written.
fn assignments(words: &[String]) -> Option<Vec<(String, String)>> {
    let words = match words {
        [first, rest @ ..] if first == "export" => rest,
        words => words,
    };
    words
        .iter()
        .map(|word| {
            let (name, value) = word.split_once('=')?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            (!name.is_empty() && name.chars().all(plain) && !is_dynamic(value))
                .then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}
