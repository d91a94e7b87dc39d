//! Hooks of lefthook: commands and jobs with globs.

use std::path::Path;
use std::sync::Arc;

use super::command::{self, Invocation};
use super::document::{Node, Value};
use super::filter::{PathFilter, Pattern, Rule};
use super::mention::{Gathered, Mention, Origin, Pin, Source, Spot};
use super::named::located;
use super::program::Program;
use super::scope::{joined, scope};
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
        let home = file.parent().unwrap_or(Path::new(""));
        let directory = home
            .join(root(node))
            .join(found.directory.as_deref().unwrap_or(""));
        let (filter, broken) = match filter(node, below, &found) {
            Ok(filter) => (filter, None),
            Err(reason) => (PathFilter::default(), Some(reason)),
        };
        out.pins.extend(pin.clone());
        out.mentions.push(Mention {
            program: found.program,
            role: found.role,
            source: Source::Hook,
            spot,
            text: format!("{name}: {}", shell::shown(&one.words)),
            args: located(found.program, found.args, &directory),
            filter,
            pin,
            broken,
        });
    }
}

/// The directory in which a job runs, relative to the file's.
fn root(node: &Node) -> &str {
    node.get_text(&["root"]).unwrap_or("").trim_matches('/')
}

/// The files of a job: those that lefthook puts into the command and the globs let pass;
/// a command without a place for them finds its own.
fn filter(node: &Node, below: &str, found: &Invocation) -> Result<PathFilter, String> {
    let base = joined(below, root(node));
    if !found.paths.iter().any(|path| path.contains('{')) {
        let directory = match (base, &found.directory) {
            (Some(base), Some(to)) => joined(&base, to),
            (base, _) => base,
        };
        return scope(directory.as_deref(), &found.paths);
    }
    let mut rules = Vec::new();
    if let Some(base) = base.filter(|base| !base.is_empty()) {
        rules.push(Rule::Below(format!("{base}/")));
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
    - name: whole
      glob: '*.md'
      run: isort src
";
        let file = Path::new("/r/lefthook.yml");
        let mut out = Gathered::default();
        read(file, &yaml::parse(file, text).unwrap(), "", &mut out);
        let names: Vec<_> = out
            .mentions
            .iter()
            .map(|m| (m.program.name(), m.spot.line.unwrap()))
            .collect();
        assert_eq!(names, [("ruff", 7), ("black", 14), ("isort", 17)]);
        assert!(out.mentions[0].filter.applies("a/b.py").is_ok());
        assert!(out.mentions[0].filter.applies("legacy/b.py").is_err());
        assert!(out.mentions[1].filter.applies("backend/b.py").is_ok());
        assert!(out.mentions[1].filter.applies("b.py").is_err());
        assert!(out.mentions[2].filter.applies("src/a.py").is_ok());
        assert!(out.mentions[2].filter.applies("a.py").is_err());
    }
}
