//! Commands, actions and pins of CI workflows.
//!
//! The systems differ in where they put commands, not in what a command is, so
//! one walk over the tree serves them all: a text under a key that means "run
//! this" is shell text, and `working-directory` counts for what stands beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::check_role;
use super::document::{Entry, Node, Value};
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::named::located;
use super::program::{Program, Role, only_informs, sort_arguments};
use super::scope::scope;
use super::script::ScriptReader;
use super::shell;
use crate::fixers::{Kind, Tool};

/// Keys whose texts are run by a shell, over all systems.
const RUN: &[&str] = &[
    "run",
    "script",
    "before_script",
    "after_script",
    "before_install",
    "install",
    "command",
    "bash",
    "inlineScript",
];

/// Reads one workflow of any system.
pub(super) fn read(boundary: &Path, file: &Path, document: &Node, out: &mut Gathered) {
    let mut variables = Vec::new();
    collect_variables(document, &mut variables);
    let mut walk = Walk {
        boundary,
        file: Arc::new(file.to_path_buf()),
        variables,
        out,
    };
    walk.node(document, "");
}

struct Walk<'a> {
    boundary: &'a Path,
    file: Arc<PathBuf>,
    variables: Vec<(String, String)>,
    out: &'a mut Gathered,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, directory: &str) {
        match &node.value {
            Value::Text(_) => {}
            Value::List(items) => items.iter().for_each(|item| self.node(item, directory)),
            Value::Table(entries) => self.table(node, entries, directory),
        }
    }

    fn table(&mut self, node: &Node, entries: &[Entry], directory: &str) {
        let own = ["working-directory", "working_directory", "workingDirectory"]
            .iter()
            .find_map(|key| node.get_text(&[key]))
            .or_else(|| node.get_text(&["defaults", "run", "working-directory"]));
        let directory = own.unwrap_or(directory);
        if let Some(uses) = node.entry("uses") {
            self.action(uses, node);
        }
        // One shell runs both, line after line.
        let scripts = ["before_script", "script"].map(|key| node.get(&[key]));
        if let [Some(first), Some(second)] = scripts {
            self.shell(&[first, second], directory);
        }
        for entry in entries {
            let is_run = scripts.iter().all(Option::is_some)
                && matches!(entry.key.as_str(), "before_script" | "script");
            if is_run {
                continue;
            }
            if RUN.contains(&entry.key.as_str()) {
                self.run(&entry.node, directory);
            } else {
                self.node(&entry.node, directory);
            }
        }
    }

    fn run(&mut self, node: &Node, directory: &str) {
        match &node.value {
            Value::Text(_) | Value::List(_) => self.shell(&[node], directory),
            // CircleCI: `run: {name: …, command: …}`.
            Value::Table(_) => self.node(node, directory),
        }
    }

    /// Texts, and the items of lists, that one shell runs.
    fn shell(&mut self, nodes: &[&Node], directory: &str) {
        let texts: Vec<(String, u32)> = nodes
            .iter()
            .flat_map(|node| match &node.value {
                Value::List(items) => items.iter().collect(),
                _ => vec![*node],
            })
            .filter_map(|node| Some((self.expanded(node.text()?), node.line)))
            .collect();
        let mut reader = ScriptReader::new(self.boundary, &self.file, Source::Ci, "", self.out);
        if !directory.is_empty() {
            reader.enter(directory);
        }
        for (text, line) in texts {
            reader.continued(&text, line);
        }
    }

    /// Puts in variables that the workflow itself defines.
    fn expanded(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if text.contains('$') {
            for (name, value) in &self.variables {
                for form in [
                    format!("${{{{ env.{name} }}}}"),
                    format!("${{{{env.{name}}}}}"),
                    format!("${{{name}}}"),
                ] {
                    text = text.replace(&form, value);
                }
            }
        }
        text
    }

    /// Actions that run a tool themselves.
    fn action(&mut self, uses: &Entry, step: &Node) {
        let Some(text) = uses.node.text() else { return };
        let (name, at) = text.split_once('@').unwrap_or((text, ""));
        let with = |key: &str| {
            step.get_text(&["with", key])
                .map(|text| self.expanded(text))
        };
        let (tool, role, version, args, paths) = match name.to_ascii_lowercase().as_str() {
            "astral-sh/ruff-action" | "chartboost/ruff-action" => (
                Tool::Ruff,
                Role::Check,
                with("version").or_else(|| with("ruff-version")),
                with("args"),
                with("src"),
            ),
            "psf/black" => (
                Tool::Black,
                Role::For(&[Kind::Format]),
                with("version").or_else(|| Some(at.to_owned())),
                with("options"),
                with("src"),
            ),
            "isort/isort-action" => (
                Tool::Isort,
                Role::For(&[Kind::Imports]),
                with("isort-version"),
                with("configuration"),
                with("sort-paths"),
            ),
            _ => return,
        };
        let mut words: Vec<String> = split(args.as_deref());
        let mut role = role;
        if tool == Tool::Ruff {
            match words.first().map(String::as_str) {
                Some("format") => {
                    role = Role::For(&[Kind::Format]);
                    words.remove(0);
                }
                Some("check") => {
                    words.remove(0);
                }
                _ => {}
            }
        }
        let sorted = sort_arguments(tool, &words);
        if role == Role::Check {
            role = check_role(&sorted.kept);
        }
        let mut roots = split(paths.as_deref());
        roots.extend(sorted.paths);
        let (filter, broken) = match scope(Some(""), &roots) {
            Ok(filter) => (filter, None),
            Err(reason) => (super::filter::PathFilter::default(), Some(reason)),
        };
        let spot = Spot {
            file: Arc::clone(&self.file),
            line: Some(uses.line),
        };
        let pin = version.as_deref().and_then(|version| {
            let shown = format!("{name} {version}");
            Pin::exact(tool, version, Origin::Ci, spot.clone(), &shown)
                .or_else(|| Pin::within(tool, version, Origin::Ci, spot.clone(), &shown))
        });
        self.out.pins.extend(pin.clone());
        // `args: --version` is how an action is used to install a tool.
        if only_informs(&words) {
            return;
        }
        self.out.mentions.push(Mention {
            program: Program::Known(tool),
            role,
            source: Source::Ci,
            spot,
            text: format!("uses: {text}"),
            args: located(Program::Known(tool), sorted.kept, self.boundary),
            filter,
            pin,
            broken,
        });
    }
}

fn split(text: Option<&str>) -> Vec<String> {
    shell::commands(text.unwrap_or(""), 1)
        .into_iter()
        .flat_map(|command| command.words)
        .collect()
}

/// Every `env:` and `variables:` with plain values, wherever it stands: a name
/// rarely means two things in one workflow, and a wrong value is no version.
fn collect_variables(node: &Node, out: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Text(_) => {}
        Value::List(items) => items.iter().for_each(|item| collect_variables(item, out)),
        Value::Table(entries) => {
            for entry in entries {
                if matches!(entry.key.as_str(), "env" | "variables" | "environment") {
                    out.extend(entry.node.entries().iter().filter_map(|variable| {
                        let value = variable.node.text()?;
                        (!value.is_empty() && !value.contains('$'))
                            .then(|| (variable.key.clone(), value.to_owned()))
                    }));
                }
                collect_variables(&entry.node, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::yaml;

    fn gathered(text: &str) -> Gathered {
        let file = Path::new("/r/.github/workflows/ci.yml");
        let mut out = Gathered::default();
        read(
            Path::new("/r"),
            file,
            &yaml::parse(file, text).unwrap(),
            &mut out,
        );
        out
    }

    #[test]
    fn a_workflow_gives_commands_directories_and_pins() {
        let out = gathered(
            "\
env:
  RUFF: 0.5.0
jobs:
  lint:
    defaults:
      run:
        working-directory: backend
    steps:
      - run: pip install ruff==${RUFF} black==24.1.0
      - run: |
          ruff check .
          ruff format --check .
      - uses: psf/black@23.1.0
        with:
          src: './tools'
      - uses: astral-sh/ruff-action@v3
        with: {args: 'format --check', version: '>=0.4'}
      - uses: astral-sh/ruff-action@v3
        with: {args: --version}
",
        );
        let shown: Vec<_> = out
            .mentions
            .iter()
            .map(|m| (m.spot.line.unwrap(), m.text.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (11, "ruff check ."),
                (12, "ruff format --check ."),
                (13, "uses: psf/black@23.1.0"),
                (16, "uses: astral-sh/ruff-action@v3"),
            ]
        );
        assert!(out.mentions[0].filter.applies("backend/a.py").is_ok());
        assert!(out.mentions[0].filter.applies("a.py").is_err());
        assert!(out.mentions[2].filter.applies("tools/a.py").is_ok());
        assert!(out.mentions[2].filter.applies("a.py").is_err());
        let pins: Vec<String> = out
            .pins
            .iter()
            .map(|pin| format!("{} {}", pin.tool.name(), pin.shown()))
            .collect();
        assert_eq!(
            pins,
            ["ruff 0.5.0", "black 24.1.0", "black 23.1.0", "ruff >=0.4"]
        );
    }

    #[test]
    fn other_systems_are_read_by_the_same_walk() {
        for text in [
            "lint:\n  script:\n    - black --check .\n",
            "jobs:\n  lint:\n    steps:\n      - run:\n          name: x\n          command: black --check .\n",
            "steps:\n  - script: black --check .\n",
            "pipelines:\n  default:\n    - step:\n        script: [black --check .]\n",
            "script: black --check .\n",
        ] {
            assert_eq!(gathered(text).mentions.len(), 1, "{text}");
        }
    }

    #[test]
    fn the_lines_of_a_script_share_a_shell() {
        let out = gathered(
            "lint:\n  before_script: [cd backend]\n  script:\n    - cd app\n    - black .\nother:\n  script: isort .\n",
        );
        assert!(out.mentions[0].filter.applies("backend/app/a.py").is_ok());
        assert!(out.mentions[0].filter.applies("a.py").is_err());
        assert!(out.mentions[1].filter.is_everything());
    }
}
