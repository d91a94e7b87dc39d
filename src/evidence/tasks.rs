//! Commands in Makefiles, justfiles and the script tables of `pyproject.toml`.

use std::path::Path;

use super::document::{Node, Value};
use super::mention::{Gathered, Source};
use super::script::ScriptReader;

/// Where the files of one directory stand.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    /// The repository's root.
    pub boundary: &'a Path,
    /// The file that is read.
    pub file: &'a Path,
    /// Its directory relative to the boundary.
    pub below: &'a str,
}

impl<'a> Desk<'a> {
    pub(super) fn reader(self, out: &'a mut Gathered) -> ScriptReader<'a> {
        ScriptReader::new(self.boundary, self.file, Source::Command, self.below, out)
    }
}

/// Reads a Makefile: recipe lines, with the variables it sets plainly.
pub(super) fn makefile(desk: Desk<'_>, text: &str, out: &mut Gathered) {
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut recipe = Vec::new();
    let mut number = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        number += 1;
        let first = number;
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            let Some(next) = lines.next() else { break };
            number += 1;
            whole.pop();
            whole.push(' ');
            whole.push_str(next.trim());
        }
        if let Some(command) = whole.strip_prefix('\t') {
            recipe.push((
                first,
                command
                    .trim_start()
                    .trim_start_matches(['@', '-', '+'])
                    .to_owned(),
            ));
        } else if let Some((name, value)) = assignment(&whole) {
            variables.push((name.to_owned(), expanded(value, &variables)));
        }
    }
    let mut reader = desk.reader(out);
    for (line, command) in recipe {
        // `$$` is the shell's own dollar.
        reader.text(&expanded(&command, &variables).replace("$$", "$"), line);
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name);
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then(|| (name, value.split('#').next().unwrap_or("").trim()))
}

/// Puts in variables; what is not known stays as it is written. A value that
/// grows beyond reason is left as it is.
fn expanded(text: &str, variables: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables.iter().rev() {
        if text.len() > 10_000 {
            break;
        }
        if text.contains('$') {
            text = text
                .replace(&format!("$({name})"), value)
                .replace(&format!("${{{name}}}"), value);
        }
    }
    text
}

/// Reads a justfile: indented lines, with the variables it sets plainly.
pub(super) fn justfile(desk: Desk<'_>, text: &str, out: &mut Gathered) {
    let mut variables: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some((name, value)) = line.split_once(":=") {
            let value = value.trim();
            let plain = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            if let Some(value) = plain {
                variables.push((name.trim().to_owned(), value.to_owned()));
            }
        }
    }
    let mut reader = desk.reader(out);
    for (number, line) in (1u32..).zip(text.lines()) {
        if !line.starts_with([' ', '\t']) {
            continue;
        }
        let mut command = line.trim().trim_start_matches(['@', '-']).to_owned();
        for (name, value) in &variables {
            command = command
                .replace(&format!("{{{{{name}}}}}"), value)
                .replace(&format!("{{{{ {name} }}}}"), value);
        }
        reader.text(&command, number);
    }
}

/// Reads the script tables of `pyproject.toml`: hatch, pdm, poe, taskipy.
pub(super) fn package_scripts(desk: Desk<'_>, pyproject: &Node, out: &mut Gathered) {
    let Some(tool) = pyproject.get(&["tool"]) else {
        return;
    };
    let mut reader = desk.reader(out);
    let hatch = tool.get(&["hatch", "envs"]).map_or(&[][..], Node::entries);
    for environment in hatch {
        reader.label(&format!("hatch {}:", environment.key));
        scripts(&mut reader, environment.node.get(&["scripts"]));
        for key in ["dependencies", "extra-dependencies"] {
            for one in environment.node.get(&[key]).map_or(&[][..], Node::items) {
                reader.requirements(one.text().unwrap_or(""), one.line);
            }
        }
    }
    for (label, keys) in [
        ("pdm script", ["pdm", "scripts"]),
        ("poe task", ["poe", "tasks"]),
        ("task", ["taskipy", "tasks"]),
    ] {
        reader.label(&format!("{label}:"));
        scripts(&mut reader, tool.get(&keys));
    }
}

/// Texts are commands wherever they stand, except under keys that say otherwise.
fn scripts(reader: &mut ScriptReader<'_>, node: Option<&Node>) {
    let Some(node) = node else { return };
    match &node.value {
        Value::Text(text) => reader.text(text, node.line),
        Value::List(items) => items.iter().for_each(|item| scripts(reader, Some(item))),
        Value::Table(entries) => {
            for entry in entries {
                if !matches!(
                    entry.key.as_str(),
                    "help" | "env" | "deps" | "env_file" | "args"
                ) {
                    scripts(reader, Some(&entry.node));
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evidence::{mention::Gathered, toml};

    pub(in crate::evidence) fn desk() -> Desk<'static> {
        Desk {
            boundary: Path::new("/r"),
            file: Path::new("/r/file"),
            below: "",
        }
    }

    pub(in crate::evidence) fn shown(out: &Gathered) -> Vec<String> {
        let mentions = out
            .mentions
            .iter()
            .map(|m| format!("{} {}", m.spot.line.unwrap(), m.text));
        let pins = out.pins.iter().map(|pin| {
            format!(
                "{} {}=={}",
                pin.spot.line.unwrap(),
                pin.tool.name(),
                pin.shown()
            )
        });
        mentions.chain(pins).collect()
    }

    #[test]
    fn makefiles_and_justfiles_are_read_with_their_variables() {
        let mut out = Gathered::default();
        makefile(
            desk(),
            "SRC = src tests\nBIN := $(VENV)/bin\nlint:\n\t@$(BIN)/black --check \\\n\t  $(SRC)\n\t-isort $(UNKNOWN)\n",
            &mut out,
        );
        assert_eq!(
            shown(&out),
            [
                "4 $(VENV)/bin/black --check src tests",
                "6 isort $(UNKNOWN)"
            ]
        );
        assert!(out.mentions[0].filter.applies("docs/a.py").is_err());
        assert!(out.mentions[1].filter.applies("docs/a.py").is_ok());
        let mut out = Gathered::default();
        justfile(
            desk(),
            "src := 'lib'\nfmt:\n    @ruff format {{src}}\n",
            &mut out,
        );
        assert_eq!(shown(&out), ["3 ruff format lib"]);
    }

    #[test]
    fn package_scripts_are_read() {
        let text = "\
[tool.hatch.envs.lint]
dependencies = ['ruff==0.5.0']
[tool.hatch.envs.lint.scripts]
fmt = ['ruff format {args:.}', 'ruff check --fix']
[tool.poe.tasks]
style = { sequence = [{ cmd = 'isort .' }], help = 'black is not run' }
[tool.taskipy.tasks]
b = 'black .'
";
        let mut out = Gathered::default();
        package_scripts(
            desk(),
            &toml::parse(Path::new("/t"), text).unwrap(),
            &mut out,
        );
        assert_eq!(
            shown(&out),
            [
                "4 hatch lint: ruff format {args:.}",
                "4 hatch lint: ruff check --fix",
                "6 poe task: isort .",
                "8 task: black .",
                "2 ruff==0.5.0",
            ]
        );
    }
}
