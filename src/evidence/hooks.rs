//! Hooks of pre-commit and prek: `.pre-commit-config.yaml` and `prek.toml`.
//!
//! Both describe the same model: repositories, each at a revision, with hooks
//! that have an id, arguments and conditions on files. A known id says what a
//! hook is; a hook with an `entry` of its own is judged by that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::{self, Invocation};
use super::document::{Node, Value};
use super::filter::{PathFilter, Pattern, Rule};
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::program::{self, Program, Role, requirement, sort_arguments};
use super::scope::{joined, scope};
use super::{named, shell};
use crate::fixers::Tool;

/// Reads hooks. `below` is the path of the file's directory relative to the
/// boundary, with a final `/`; `raw` is the file's text, for comments on `rev`.
pub(super) fn read(file: &Path, document: &Node, raw: &str, below: &str, out: &mut Gathered) {
    let file = Arc::new(file.to_path_buf());
    let default_stages = document.get(&["default_stages"]).map(Node::texts);
    let Some(repositories) = document.get(&["repos"]) else {
        return;
    };
    for repository in repositories.items() {
        let home = Home {
            file: &file,
            url: repository.get_text(&["repo"]).unwrap_or(""),
            rev: repository
                .entry("rev")
                .and_then(|rev| Some((rev.node.text()?, rev.line))),
            raw,
        };
        for hook in repository.get(&["hooks"]).map_or(&[][..], Node::items) {
            let stages = hook.get(&["stages"]).map(Node::texts);
            if stages
                .or_else(|| default_stages.clone())
                .is_some_and(|stages| is_by_hand(&stages))
                || [document, hook].iter().any(|node| is_for_nothing(node))
            {
                continue;
            }
            let filter = filter(document, hook, below);
            if let Some(mention) = mention(&home, hook, below, filter) {
                out.pins.extend(mention.pin.clone());
                out.mentions.push(mention);
            }
        }
    }
}

/// Hooks that only run when a person names them are no evidence of what CI says.
fn is_by_hand(stages: &[&str]) -> bool {
    !stages.is_empty() && stages.iter().all(|stage| *stage == "manual")
}

/// Hooks that are switched off, and hooks whose `entry` is no command.
fn is_for_nothing(node: &Node) -> bool {
    node.get_text(&["files"]) == Some("^$")
        || matches!(node.get_text(&["language"]), Some("fail" | "pygrep"))
}

/// The repository that hooks come from.
struct Home<'a> {
    file: &'a Arc<PathBuf>,
    url: &'a str,
    rev: Option<(&'a str, u32)>,
    raw: &'a str,
}

impl Home<'_> {
    fn is_local(&self) -> bool {
        matches!(self.url, "local" | "meta" | "builtin")
    }

    /// Whether this repository's revisions are versions of the tool: the tool's
    /// own repository or one of its mirrors.
    fn is_of(&self, tool: Tool) -> bool {
        let name = self.url.trim_end_matches('/').trim_end_matches(".git");
        name.rsplit('/').next().is_some_and(|name| {
            name.split(['-', '_', '.'])
                .any(|part| part.eq_ignore_ascii_case(tool.name()))
        })
    }

    fn pin(&self, tool: Tool, hook: &Node) -> Option<Pin> {
        let spot = |line| Spot {
            file: Arc::clone(self.file),
            line: Some(line),
        };
        if let Some((rev, line)) = self.rev.filter(|_| self.is_of(tool)) {
            let written = self.raw.lines().nth(line as usize - 1).unwrap_or("");
            // `rev: <hash>  # frozen: v24.1.0`, as `autoupdate --freeze` writes it.
            let frozen = written
                .split_once('#')
                .map(|(_, comment)| comment.trim().trim_start_matches("frozen:").trim());
            let pin = |text: &str| {
                Pin::exact(
                    tool,
                    text,
                    Origin::Hook,
                    spot(line),
                    &format!("rev: {text}"),
                )
            };
            return pin(rev).or_else(|| pin(frozen?));
        }
        hook.get(&["additional_dependencies"])?
            .items()
            .iter()
            .find_map(|node| {
                let text = node.text()?;
                let (named, specifier) = requirement(text)?;
                (named == tool).then_some(())?;
                Pin::within(tool, specifier, Origin::Hook, spot(node.line), text)
            })
    }
}

fn mention(
    home: &Home<'_>,
    hook: &Node,
    below: &str,
    filter: Result<PathFilter, String>,
) -> Option<Mention> {
    let id_entry = hook.entry("id")?;
    let id = id_entry.node.text()?;
    let args: Vec<String> = hook
        .get(&["args"])
        .map(|args| args.texts().into_iter().map(str::to_owned).collect())
        .unwrap_or_default();
    let found = match hook.get_text(&["entry"]) {
        Some(entry) => by_entry(entry, args)?,
        None if home.is_local() => return None,
        None => by_id(id, &args)?,
    };
    let mut broken = None;
    let mut filter = filter.unwrap_or_else(|reason| {
        broken = Some(reason);
        PathFilter::default()
    });
    // Without file names from pre-commit, the command's own paths count.
    if hook.get_text(&["pass_filenames"]) == Some("false") {
        let below = below.trim_end_matches('/');
        let directory = match &found.directory {
            Some(to) => joined(below, to),
            None => Some(below.to_owned()),
        };
        match scope(directory.as_deref(), &found.paths) {
            Ok(scope) => filter = scope,
            Err(reason) => broken = Some(reason),
        }
    }
    let pin = match found.program {
        Program::Known(tool) => home.pin(tool, hook),
        Program::Other(_) => None,
    };
    let version = pin
        .as_ref()
        .map(|pin| format!(" ({})", pin.text))
        .unwrap_or_default();
    Some(Mention {
        program: found.program,
        role: found.role,
        source: Source::Hook,
        spot: Spot {
            file: Arc::clone(home.file),
            line: Some(id_entry.line),
        },
        text: format!("hook {id}{version}"),
        args: named::located(
            found.program,
            found.args,
            home.file.parent().unwrap_or(Path::new("")),
        ),
        filter,
        pin,
        broken,
    })
}

fn by_id(id: &str, args: &[String]) -> Option<Invocation> {
    let (program, role) = program::by_name(id)?;
    let Program::Known(tool) = program else {
        return Some(Invocation {
            program,
            role,
            args: Vec::new(),
            paths: Vec::new(),
            version: None,
            directory: None,
        });
    };
    let sorted = sort_arguments(tool, args);
    Some(Invocation {
        program,
        role: if role == Role::Check {
            command::check_role(&sorted.kept)
        } else {
            role
        },
        args: sorted.kept,
        paths: sorted.paths,
        version: None,
        directory: None,
    })
}

/// Only the first command of an entry runs: pre-commit starts it without a shell.
fn by_entry(entry: &str, args: Vec<String>) -> Option<Invocation> {
    let mut words = shell::commands(entry, 1).into_iter().next()?.words;
    words.extend(args);
    match command::read(&words) {
        command::Deed::Runs(found) => Some(found),
        command::Deed::Shell(text) => shell::commands(&text, 1)
            .iter()
            .find_map(|command| command::runs(&command.words)),
        _ => None,
    }
}

fn filter(document: &Node, hook: &Node, below: &str) -> Result<PathFilter, String> {
    let mut rules = Vec::new();
    if !below.is_empty() {
        rules.push(Rule::Below(below.to_owned()));
    }
    for node in [document, hook] {
        if let Some(pattern) = pattern(node.get(&["files"]))? {
            rules.push(Rule::Files(pattern));
        }
        if let Some(pattern) = pattern(node.get(&["exclude"]))? {
            rules.push(Rule::Exclude(pattern));
        }
    }
    let list = |key: &str| -> Option<Vec<String>> {
        Some(
            hook.get(&[key])?
                .texts()
                .iter()
                .map(|tag| (*tag).to_owned())
                .collect(),
        )
    };
    let id = hook.get_text(&["id"]).unwrap_or("");
    let any = list("types_or").unwrap_or_else(|| match (hook.entry("entry"), id) {
        // What the hooks themselves declare; a local hook declares nothing.
        (None, "ruff" | "ruff-check" | "ruff-format" | "black-jupyter") => {
            own(&["python", "pyi", "jupyter"])
        }
        (None, "black") => own(&["python", "pyi"]),
        (None, "isort") => own(&["cython", "pyi", "python"]),
        _ => Vec::new(),
    });
    let all = list("types").unwrap_or_default();
    let none = list("exclude_types").unwrap_or_default();
    if !(all.is_empty() && any.is_empty() && none.is_empty()) {
        rules.push(Rule::Types { all, any, none });
    }
    Ok(PathFilter::new(rules))
}

fn own(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// A regular expression, or prek's `{ glob = … }`. Empty text and the defaults
/// that match everything or nothing are no condition.
fn pattern(node: Option<&Node>) -> Result<Option<Pattern>, String> {
    let Some(node) = node else { return Ok(None) };
    match &node.value {
        Value::Text(text) if text.is_empty() || text == "^$" => Ok(None),
        Value::Text(text) => Pattern::regex(text).map(Some),
        _ => {
            let globs = node.get(&["glob"]).map(Node::texts).unwrap_or_default();
            (!globs.is_empty())
                .then(|| Pattern::globs(&globs, false))
                .transpose()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::yaml;

    fn gathered(text: &str) -> Gathered {
        let mut out = Gathered::default();
        let file = Path::new("/r/.pre-commit-config.yaml");
        read(file, &yaml::parse(file, text).unwrap(), text, "", &mut out);
        out
    }

    fn shown(text: &str) -> Vec<String> {
        gathered(text)
            .mentions
            .iter()
            .map(|m| {
                let pin = m.pin.as_ref().map(Pin::shown).unwrap_or_default();
                format!(
                    "{}:{} {pin} {}",
                    m.program.name(),
                    m.spot.line.unwrap(),
                    m.args.join(" ")
                )
                .trim()
                .to_owned()
            })
            .collect()
    }

    #[test]
    fn hooks_give_tool_version_and_arguments() {
        let text = "\
repos:
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.5.0
    hooks:
      - id: ruff
        args: [--fix, --select, 'E,I']
      - id: ruff-format
  - repo: https://github.com/psf/black-pre-commit-mirror
    rev: 0123456789abcdef0123456789abcdef01234567  # frozen: 24.1.0
    hooks: [{id: black}]
  - repo: https://example.org/fork-of-hooks
    rev: v9
    hooks: [{id: isort, additional_dependencies: ['isort==5.13.2']}]
  - repo: local
    hooks:
      - {id: fmt, entry: poetry run black -S, language: system}
      - {id: flake8, entry: flake8, language: system}
      - {id: nothing, entry: make, language: system}
      - {id: no-black, entry: black, language: pygrep}
      - {id: isort, entry: isort, language: system, files: ^$}
      - {id: hand, entry: black, language: system, stages: [manual]}
";
        assert_eq!(
            shown(text),
            [
                "ruff:5 0.5.0 --select E,I",
                "ruff:7 0.5.0",
                "black:10 24.1.0",
                "isort:13 5.13.2",
                "black:16  -S",
                "flake8:17",
            ]
        );
    }

    #[test]
    fn conditions_of_file_and_hook_both_count() {
        let text = "\
exclude: ^vendor/
repos:
  - repo: https://github.com/psf/black
    rev: 24.1.0
    hooks:
      - {id: black, files: ^src/, types_or: [python]}
      - {id: black-jupyter}
";
        let mentions = gathered(text).mentions;
        for (index, path, applies) in [
            (0, "src/a.py", true),
            (0, "src/a.pyi", false),
            (0, "a.py", false),
            (1, "a.ipynb", true),
            (1, "vendor/a.py", false),
        ] {
            assert_eq!(
                mentions[index].filter.applies(path).is_ok(),
                applies,
                "{path}"
            );
        }
    }
}
