//! Commands of tox, in its INI and its TOML form.

use super::document::Node;
use super::ini;
use super::mention::Gathered;
use super::tasks::Desk;

/// Reads tox' INI form: `tox.ini`, `setup.cfg`, or the text in `legacy_tox_ini`.
/// `first` is added to the lines of the document.
pub(super) fn tox_ini(desk: Desk<'_>, document: &Node, first: u32, out: &mut Gathered) {
    let mut reader = desk.reader(out);
    for section in document.entries() {
        let Some(name) = section.key.strip_prefix("testenv") else {
            continue;
        };
        reader.label(&format!("tox {}:", name.trim_start_matches(':')));
        let home = reader.directory();
        let mut up = String::new();
        let directory = ["change_dir", "changedir"]
            .iter()
            .find_map(|key| section.node.get_text(&[key]));
        if let Some(directory) = directory {
            up = above(directory.trim());
            reader.enter(&without_toxinidir(directory.trim(), ""));
        }
        for key in ["commands_pre", "commands", "commands_post"] {
            if let Some(node) = section.node.get(&[key]) {
                let lines = node.text().unwrap_or("").lines();
                let text: Vec<String> = lines
                    .map(|line| tox_line(&ini::referenced(line, document), &up))
                    .collect();
                reader.text(&text.join("\n"), first + node.line);
            }
        }
        if let Some(node) = section.node.get(&["deps"]) {
            let text: Vec<&str> = node
                .text()
                .unwrap_or("")
                .lines()
                .map(without_factors)
                .collect();
            reader.requirements(&text.join("\n"), first + node.line);
        }
        reader.enter_exactly(home);
    }
}

/// Reads tox' TOML form: `tox.toml`, or `[tool.tox]`.
pub(super) fn tox_toml(desk: Desk<'_>, document: &Node, out: &mut Gathered) {
    if let Some(legacy) = document.get(&["legacy_tox_ini"]) {
        let ini = ini::parse(legacy.text().unwrap_or(""));
        tox_ini(desk, &ini, legacy.line.saturating_sub(1), out);
        return;
    }
    let mut reader = desk.reader(out);
    let base = document.entry("env_run_base");
    let named = document.get(&["env"]).map_or(&[][..], Node::entries);
    for environment in base.into_iter().chain(named) {
        reader.label(&format!("tox {}:", environment.key));
        let home = reader.directory();
        let mut up = String::new();
        if let Some(directory) = environment.node.get_text(&["change_dir"]) {
            up = above(directory);
            reader.enter(&without_toxinidir(directory, ""));
        }
        for key in ["commands_pre", "commands", "commands_post"] {
            for command in environment.node.get(&[key]).map_or(&[][..], Node::items) {
                // A word may be a table (`{ replace = "posargs", … }`): not known here.
                let words: Vec<String> = command
                    .items()
                    .iter()
                    .map(|word| {
                        word.text()
                            .map_or("{}".to_owned(), |word| without_toxinidir(word, &up))
                    })
                    .collect();
                reader.words(&words, command.line);
            }
        }
        for one in environment.node.get(&["deps"]).map_or(&[][..], Node::items) {
            reader.requirements(one.text().unwrap_or(""), one.line);
        }
        reader.enter_exactly(home);
    }
}

/// One line of tox' commands: factors, the ignore mark and known substitutions
/// are taken off. `{posargs:DEFAULT}` becomes its default.
fn tox_line(line: &str, up: &str) -> String {
    let line = without_factors(line);
    let line = line.strip_prefix("- ").unwrap_or(line);
    let mut text = without_toxinidir(line, up);
    while let Some(start) = text.find("{posargs:") {
        let Some(length) = text[start..].find('}') else {
            break;
        };
        let default = text[start + "{posargs:".len()..start + length].to_owned();
        text.replace_range(start..=start + length, &default);
    }
    text.replace("{posargs}", "")
        .replace("{envpython}", "python")
}

/// How a directory that tox enters names the one it came from.
fn above(directory: &str) -> String {
    let inside = without_toxinidir(directory, "");
    let parts = inside.split('/').filter(|part| !matches!(*part, "" | "."));
    "../".repeat(parts.count())
}

/// `up` leads back to the directory of the file.
fn without_toxinidir(text: &str, up: &str) -> String {
    let mut text = text.to_owned();
    let here = if up.is_empty() { "." } else { up };
    for name in ["{toxinidir}", "{tox_root}"] {
        text = text
            .replace(&format!("{name}{{/}}"), up)
            .replace(&format!("{name}/"), up);
        text = text.replace(name, here);
    }
    text
}

/// `py38,lint: command` runs for some environments only.
fn without_factors(line: &str) -> &str {
    match line.split_once(": ") {
        Some((factors, rest))
            if !factors.is_empty()
                && factors
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_,.!{}".contains(&b)) =>
        {
            rest.trim_start()
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::evidence::tasks::tests::{desk, shown};
    use crate::evidence::toml;

    #[test]
    fn tox_commands_and_deps_are_read() {
        let mut out = Gathered::default();
        let text = "[testenv:lint]\ndeps =\n  black==24.1.0\n  isort\ncommands =\n  lint: black --check {toxinidir}/src {posargs:tests}\n  - isort {posargs}\n[testenv:ref]\nchange_dir = sub\ncommands = black {[vars]all}\n[vars]\nsrc = {toxinidir}/lib\nall =\n  {[vars]src}\n  tests\n";
        tox_ini(desk(), &ini::parse(text), 0, &mut out);
        assert_eq!(
            shown(&out),
            [
                "6 tox lint: black --check src tests",
                "7 tox lint: isort",
                "10 tox ref: black ../lib tests",
                "3 black==24.1.0"
            ]
        );
        let mut out = Gathered::default();
        let text = "[env.lint]\ndeps = ['ruff==0.5.0']\ncommands = [['ruff', 'check', { replace = 'posargs' }]]\n";
        tox_toml(
            desk(),
            &toml::parse(Path::new("/t"), text).unwrap(),
            &mut out,
        );
        assert_eq!(shown(&out), ["3 tox lint: ruff check {}", "2 ruff==0.5.0"]);
    }
}
