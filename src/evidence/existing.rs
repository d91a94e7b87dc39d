//! What a configuration of pre-commit does at a commit, and how it would do without what
//! hive does, too: the same file with those hooks moved to the push.
//!
//! The change is made in the text, line by line, since a person has written it; and it is
//! made only where reading the new text gives exactly the old configuration with nothing
//! but those stages added.

use std::path::Path;

use super::document::{Entry, Node, Unreadable, Value};
use super::hooks;
use super::mention::Gathered;
use super::program::{Program, Role};
use super::yaml;
use crate::fixers::Kind;

/// The stage that a hook is moved to. It still runs, so what it says still counts (a hook
/// that only runs by hand would be no evidence of what CI says), and nobody waits for it
/// at a commit.
const STAGE: &str = "pre-push";

/// A hook that runs at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its id.
    pub id: String,
    /// 1-based line of the id.
    pub line: u32,
    /// What of it hive does, too; empty where hive does nothing of it.
    pub doubles: Vec<Kind>,
    /// Whether it can be moved by the change; with `doubles` only.
    pub movable: bool,
    /// Which repository of the file, and which of its hooks.
    at: (usize, usize),
}

/// What a configuration says, and what would be better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The hooks that run at a commit, in the order of the file.
    pub hooks: Vec<Existing>,
    /// The text with what hive does moved to the push; `None` where there is nothing to
    /// move.
    pub text: Option<String>,
}

/// Reads the text of a `.pre-commit-config.yaml`.
pub fn of_pre_commit(file: &Path, text: &str) -> Result<Proposal, Unreadable> {
    let document = yaml::parse(file, text)?;
    let mut found = Vec::new();
    let default = document.get(&["default_stages"]).map(Node::texts);
    let repositories = document.get(&["repos"]).map_or(&[][..], Node::items);
    for (home, repository) in repositories.iter().enumerate() {
        let hooks = repository.get(&["hooks"]).map_or(&[][..], Node::items);
        for (number, hook) in hooks.iter().enumerate() {
            let Some(id) = hook.entry("id") else { continue };
            let own = hook.get(&["stages"]).map(Node::texts);
            let stages = own.clone().or_else(|| default.clone()).unwrap_or_default();
            if !(stages.is_empty()
                || stages
                    .iter()
                    .any(|it| matches!(*it, "pre-commit" | "commit")))
            {
                continue;
            }
            found.push(Existing {
                id: id.node.text().unwrap_or_default().to_owned(),
                line: id.line,
                doubles: doubles(file, repository, hook, text),
                movable: own.is_none(),
                at: (home, number),
            });
        }
    }
    let mut new = text.to_owned();
    // From the end, so that the lines before stay where they are.
    for at in (0..found.len()).rev() {
        if found[at].doubles.is_empty() || !found[at].movable {
            continue;
        }
        let moved = with_stage(&new, found[at].line).filter(|moved| {
            let expected = yaml::parse(file, &new).map(|mut document| {
                add_stage(&mut document, found[at].at);
                document
            });
            let read = yaml::parse(file, moved);
            matches!((expected, read), (Ok(one), Ok(other)) if same(&one, &other))
        });
        match moved {
            Some(moved) => new = moved,
            None => found[at].movable = false,
        }
    }
    Ok(Proposal {
        hooks: found,
        text: (new != text).then_some(new),
    })
}

/// What of a hook hive does, too, by the rules of evidence.
fn doubles(file: &Path, repository: &Node, hook: &Node, raw: &str) -> Vec<Kind> {
    // A configuration with this hook alone is read as any other.
    let alone = table(vec![(
        "repos",
        list(vec![with(repository, "hooks", &list(vec![hook.clone()]))]),
    )]);
    let mut gathered = Gathered::default();
    hooks::read(file, &alone, raw, "", &mut gathered);
    let Some(mention) = gathered.mentions.first() else {
        return Vec::new();
    };
    match (mention.program, mention.role) {
        (Program::Other(_), _) => Vec::new(),
        (Program::Known(_), Role::Check) => vec![Kind::Lint],
        (Program::Known(_), Role::For(kinds)) => kinds.to_vec(),
    }
}

/// The text with a stage for the hook whose id stands on a line (1-based).
fn with_stage(text: &str, line: u32) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let begin: usize = text.split_inclusive('\n').take(index).map(str::len).sum();
    let line = text[begin..].split_inclusive('\n').next()?;
    let content = line.trim_end_matches(['\n', '\r']);
    let key = key(content, "id:")?;
    let mut new = text.to_owned();
    if content[..key].contains('{') {
        let value = key + "id:".len();
        let value = value + (content.len() - value - content[value..].trim_start().len());
        let length = match content[value..].chars().next()? {
            quote @ ('"' | '\'') => content[value + 1..].find(quote)? + 2,
            _ => content[value..]
                .find([',', '}', ' ', '\t'])
                .unwrap_or(content.len() - value),
        };
        new.insert_str(begin + value + length, &format!(", stages: [{STAGE}]"));
        return Some(new);
    }
    // A line of its own, as deep as the id.
    let end = match &line[content.len()..] {
        "" => "\n",
        end => end,
    };
    let indent = " ".repeat(key);
    let at = begin + line.len();
    let before = if line.ends_with('\n') { "" } else { end };
    new.insert_str(at, &format!("{before}{indent}stages: [{STAGE}]{end}"));
    Some(new)
}

/// Where a key begins in a line.
fn key(line: &str, key: &str) -> Option<usize> {
    line.match_indices(key).map(|(at, _)| at).find(|at| {
        line[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| " \t-{,".contains(c))
    })
}

/// Gives a hook the stage. Nothing happens to a document without it.
fn add_stage(document: &mut Node, (home, number): (usize, usize)) {
    let hook = under(document, "repos")
        .and_then(|repositories| item(repositories, home))
        .and_then(|repository| under(repository, "hooks"))
        .and_then(|hooks| item(hooks, number));
    if let Some(Value::Table(entries)) = hook.map(|hook| &mut hook.value) {
        let id = entries.iter().position(|entry| entry.key == "id");
        let after = id.map_or(0, |id| id + 1);
        entries.insert(after, entry("stages", list(vec![word(STAGE)])));
    }
}

fn under<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Value::Table(entries) = &mut node.value else {
        return None;
    };
    let found = entries.iter_mut().rev().find(|entry| entry.key == key);
    found.map(|entry| &mut entry.node)
}

fn item(node: &mut Node, number: usize) -> Option<&mut Node> {
    match &mut node.value {
        Value::List(items) => items.get_mut(number),
        _ => None,
    }
}

/// Whether two trees say the same, on whatever lines.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Table(one), Value::Table(other)) => {
            let pairs = || one.iter().zip(other);
            one.len() == other.len()
                && pairs().all(|(one, other)| one.key == other.key && same(&one.node, &other.node))
        }
        _ => false,
    }
}

/// A table with another value under a key.
fn with(node: &Node, key: &str, value: &Node) -> Node {
    let mut entries = node.entries().to_vec();
    for entry in entries.iter_mut().filter(|entry| entry.key == key) {
        entry.node = value.clone();
    }
    of(Value::Table(entries))
}

fn table(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| entry(key, node));
    of(Value::Table(entries.collect()))
}

fn list(items: Vec<Node>) -> Node {
    of(Value::List(items))
}

fn word(text: &str) -> Node {
    of(Value::Text(text.to_owned()))
}

fn entry(key: &str, node: Node) -> Entry {
    Entry {
        key: key.to_owned(),
        line: 0,
        node,
    }
}

fn of(value: Value) -> Node {
    Node { line: 0, value }
}

#[cfg(test)]
mod tests {
    use super::{Path, of_pre_commit};

    fn proposal(text: &str) -> super::Proposal {
        of_pre_commit(Path::new("/r/.pre-commit-config.yaml"), text).unwrap()
    }

    const CONFIGURATION: &str = "\
# The team's hooks.
repos:
- repo: https://github.com/astral-sh/ruff-pre-commit
  rev: v0.16.4
  hooks:
  - id: ruff-check  # lint
    args: [--fix]
  -   name: layout
      id: ruff-format
- repo: https://github.com/psf/black-pre-commit-mirror
  rev: 24.1.0
  hooks: [{id: black, args: [-S]}, {id: 'black-jupyter'}]
- repo: https://github.com/pre-commit/pre-commit-hooks
  rev: v5.0.0
  hooks:
  - id: trailing-whitespace
- repo: local
  hooks:
  - {id: types, name: types, entry: mypy, language: system}
  - {id: late, name: late, entry: black, language: system, stages: [pre-push]}
  - {id: both, name: both, entry: isort, language: system, stages: [pre-commit, manual]}
";

    #[test]
    fn what_hive_does_moves_and_nothing_else_changes() {
        let proposal = proposal(CONFIGURATION);
        let hooks: Vec<String> = proposal
            .hooks
            .iter()
            .map(|hook| {
                format!(
                    "{}:{} {:?} {}",
                    hook.id, hook.line, hook.doubles, hook.movable
                )
            })
            .collect();
        assert_eq!(
            hooks,
            [
                "ruff-check:6 [Lint] true",
                "ruff-format:9 [Format] true",
                "black:12 [Format] true",
                "black-jupyter:12 [Format] false",
                "trailing-whitespace:16 [] true",
                "types:19 [] true",
                "both:21 [Imports] false",
            ]
        );
        let expected = CONFIGURATION
            .replace(
                "  - id: ruff-check  # lint\n",
                "  - id: ruff-check  # lint\n    stages: [pre-push]\n",
            )
            .replace(
                "      id: ruff-format\n",
                "      id: ruff-format\n      stages: [pre-push]\n",
            )
            .replace("{id: black,", "{id: black, stages: [pre-push],");
        assert_eq!(proposal.text.as_deref(), Some(expected.as_str()));
        // Done once, there is nothing left to move.
        let again = super::of_pre_commit(Path::new("/r/x.yaml"), &expected).unwrap();
        assert_eq!(again.text, None);
    }

    #[test]
    fn line_ends_and_a_missing_last_one_are_kept() {
        let text = "repos:\r\n- repo: local\r\n  hooks:\r\n  - entry: black .\r\n    id: black";
        let proposed = proposal(text).text.unwrap();
        assert_eq!(proposed, format!("{text}\n    stages: [pre-push]\n"));
        let text = format!("{text}\r\n    name: b\r\n");
        let proposed = proposal(&text).text.unwrap();
        assert!(proposed.contains("id: black\r\n    stages: [pre-push]\r\n    name"));
    }

    #[test]
    fn what_cannot_be_changed_alone_is_left() {
        // The alias would change, too.
        let text =
            "repos:\n- repo: local\n  hooks:\n  - &b\n    id: black\n    entry: black\n  - *b\n";
        let proposal = proposal(text);
        assert_eq!(proposal.text, None);
        assert!(proposal.hooks.iter().all(|hook| !hook.movable));
        // All hooks run elsewhere already.
        let text = "default_stages: [pre-push]\nrepos:\n- repo: local\n  hooks:\n  - {id: black, entry: black}\n";
        assert_eq!(
            super::of_pre_commit(Path::new("/r/x"), text).unwrap().hooks,
            []
        );
    }
}
