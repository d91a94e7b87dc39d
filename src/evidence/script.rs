//! Turns shell text from CI, tox, Makefiles and the like into mentions and pins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::{self, Deed, Invocation};
use super::document;
use super::filter::{PathFilter, Pattern, Rule};
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::program::{Program, requirement};
use super::shell::{self, is_dynamic};

/// How far scripts that call scripts are followed.
const MAX_DEPTH: u8 = 3;

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
            .and_then(|current| joined(&current, directory));
    }

    /// Sets the directory to what [`Self::directory`] returned.
    pub(super) fn enter_exactly(&mut self, directory: Option<String>) {
        self.directory = directory;
    }

    /// The directory in which commands run now.
    pub(super) fn directory(&self) -> Option<String> {
        self.directory.clone()
    }

    /// Reads shell text; a `cd` counts until its end.
    pub(super) fn text(&mut self, text: &str, line: u32) {
        let before = self.directory.clone();
        for command in shell::commands(text, line) {
            if let Some(set) = assignments(&command.words) {
                self.variables.extend(set);
            } else {
                let words = self.expanded(command.words);
                self.words(&words, command.line);
            }
        }
        self.directory = before;
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
            Deed::Enters(to) => self.enter(&to),
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
            self.out.pins.extend(Pin::equal(
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
        let command = shell::Command {
            words: words.to_vec(),
            line,
        };
        let text = match self.label.as_str() {
            "" => command.shown(),
            label => format!("{label} {}", command.shown()),
        };
        let pin = match (&invocation.version, invocation.program) {
            (Some(version), Program::Known(tool)) => {
                Pin::exact(tool, version, self.origin, self.spot(line), &text)
            }
            _ => None,
        };
        self.out.pins.extend(pin.clone());
        let (filter, broken) = match scope(self.directory.as_deref(), &invocation.paths) {
            Ok(filter) => (filter, None),
            Err(reason) => (PathFilter::default(), Some(reason)),
        };
        self.out.mentions.push(Mention {
            program: invocation.program,
            role: invocation.role,
            source: self.source,
            spot: self.spot(line),
            text,
            args: invocation.args,
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

/// The files that a command with these paths looks at when it runs in a
/// directory. Whatever is not known narrows nothing.
pub(super) fn scope(directory: Option<&str>, paths: &[String]) -> Result<PathFilter, String> {
    let Some(directory) = directory else {
        return Ok(PathFilter::default());
    };
    let known = !paths.is_empty() && !paths.iter().any(|path| is_dynamic(path) || path == "+");
    let resolved: Option<Vec<String>> = known
        .then(|| paths.iter().map(|path| joined(directory, path)).collect())
        .flatten();
    let roots = resolved.unwrap_or_else(|| vec![directory.to_owned()]);
    if roots.iter().any(String::is_empty) {
        return Ok(PathFilter::default());
    }
    if roots.iter().any(|root| root.contains(['*', '?', '['])) {
        let mut globs: Vec<String> = Vec::new();
        for root in &roots {
            globs.push(root.clone());
            globs.push(format!("{root}/**"));
        }
        let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
        return Ok(PathFilter::new(vec![Rule::Files(Pattern::globs(
            &globs, false,
        )?)]));
    }
    Ok(PathFilter::new(vec![Rule::Paths(roots)]))
}

/// `path` as seen from `directory`, both relative to the boundary; `None` if it
/// is absolute, leaves the boundary or cannot be known.
fn joined(directory: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || is_dynamic(path) {
        return None;
    }
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_narrow_only_where_they_are_known() {
        type Case<'a> = (Option<&'a str>, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            (Some(""), &["."], &["a.py", "x/b.py"], &[]),
            (
                Some(""),
                &["src", "./setup.py"],
                &["src/a.py", "setup.py"],
                &["docs/a.py"],
            ),
            (Some("a"), &["."], &["a/x.py"], &["b/x.py"]),
            (Some("a"), &["../b"], &["b/x.py"], &["a/x.py"]),
            (Some("a"), &[], &["a/x.py"], &["b/x.py"]),
            (Some(""), &["$DIRS"], &["any.py"], &[]),
            (None, &["src"], &["any.py"], &[]),
            (
                Some(""),
                &["*.py", "src"],
                &["a.py", "src/x/a.py"],
                &["docs/a.py"],
            ),
            (Some(""), &["../elsewhere"], &["a.py"], &[]),
        ];
        for (directory, paths, inside, outside) in cases {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            let filter = scope(*directory, &paths).unwrap();
            for path in *inside {
                assert!(filter.applies(path).is_ok(), "{paths:?} {path}");
            }
            for path in *outside {
                assert!(filter.applies(path).is_err(), "{paths:?} {path}");
            }
        }
    }
}
