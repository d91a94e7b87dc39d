//! Hooks of lefthook: commands and jobs with globs.

use std::path::Path;
use std::sync::Arc;

use super::command;
use super::document::{Node, Value};
use super::filter::{PathFilter, Pattern, Rule};
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::program::Program;
use super::shell;

const MAX_DEPTH: u8 = 8;

/// Reads the hooks of one file; `below` is its directory relative to the
/// boundary, with a final `/`.
pub(super) fn read(file: &Path, document: &Node, below: &str, out: &mut Gathered) {
    for hook in document.entries() {
        for command in hook.node.get(&["commands"]).map_or(&[][..], Node::entries) {
            job(file, &command.key, &command.node, below, out);
        }
        jobs(file, &hook.node, below, 0, out);
    }
}

fn jobs(file: &Path, node: &Node, below: &str, depth: u8, out: &mut Gathered) {
    for one in node.get(&["jobs"]).map_or(&[][..], Node::items) {
        job(
            file,
            one.get_text(&["name"]).unwrap_or("job"),
            one,
            below,
            out,
        );
        if let Some(group) = one.get(&["group"])
            && depth < MAX_DEPTH
        {
            jobs(file, group, below, depth + 1, out);
        }
    }
}

fn job(file: &Path, name: &str, node: &Node, below: &str, out: &mut Gathered) {
    let Some(run) = node.entry("run") else { return };
    let Some(text) = run.node.text() else { return };
    for one in shell::commands(text, run.node.line) {
        let Some(found) = command::runs(&one.words) else {
            continue;
        };
        let spot = Spot {
            file: Arc::new(file.to_path_buf()),
            line: Some(one.line),
        };
        let pin = match (found.program, &found.version) {
            (Program::Known(tool), Some(version)) => {
                Pin::exact(tool, version, Origin::Hook, spot.clone(), version)
            }
            _ => None,
        };
        let (filter, broken) = match filter(node, below) {
            Ok(filter) => (filter, None),
            Err(reason) => (PathFilter::default(), Some(reason)),
        };
        out.pins.extend(pin.clone());
        out.mentions.push(Mention {
            program: found.program,
            role: found.role,
            source: Source::Hook,
            spot,
            text: format!("{name}: {}", one.shown()),
            args: found.args,
            filter,
            pin,
            broken,
        });
    }
}

fn filter(node: &Node, below: &str) -> Result<PathFilter, String> {
    let root = node.get_text(&["root"]).unwrap_or("").trim_matches('/');
    let mut base = below.to_owned();
    if !root.is_empty() {
        base.push_str(root);
        base.push('/');
    }
    let mut rules = Vec::new();
    if !base.is_empty() {
        rules.push(Rule::Below(base));
    }
    if let Some(glob) = node.get(&["glob"]) {
        // lefthook's `*` crosses directories.
        rules.push(Rule::Files(Pattern::globs(&glob.texts(), true)?));
    }
    if let Some(exclude) = node.get(&["exclude"]) {
        rules.push(Rule::Exclude(match &exclude.value {
            Value::Text(text) => Pattern::regex(text)?,
            _ => Pattern::globs(&exclude.texts(), true)?,
        }));
    }
    Ok(PathFilter::new(rules))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::yaml;

    #[test]
    fn commands_and_jobs_are_read_with_their_globs() {
        let text = "\
pre-commit:
  parallel: true
  commands:
    lint:
      glob: '*.py'
      exclude: ['legacy/*']
      run: uv run ruff check --fix {staged_files}
  jobs:
    - name: outer
      group:
        jobs:
          - name: fmt
            root: backend/
            run: black -q {staged_files}
";
        let file = Path::new("/r/lefthook.yml");
        let mut out = Gathered::default();
        read(file, &yaml::parse(file, text).unwrap(), "", &mut out);
        let names: Vec<_> = out
            .mentions
            .iter()
            .map(|m| (m.program.name(), m.spot.line.unwrap()))
            .collect();
        assert_eq!(names, [("ruff", 7), ("black", 14)]);
        assert!(out.mentions[0].filter.applies("a/b.py").is_ok());
        assert!(out.mentions[0].filter.applies("legacy/b.py").is_err());
        assert!(out.mentions[1].filter.applies("backend/b.py").is_ok());
        assert!(out.mentions[1].filter.applies("b.py").is_err());
    }
}
