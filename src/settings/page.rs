//! The page of all settings, in Markdown, and a list of them for a terminal, from the one list
//! of keys. Pure.

use std::fmt::Write;

use serde_json::Value as Json;

use super::catalogue::{KEYS, Key, Owner, Shape};
use super::value;

/// docs/settings.md. `defaults` is the tree of the values that count where nobody has
/// set anything.
pub fn whole(defaults: &Json) -> String {
    let mut page = "# Settings\n\nMade from the settings themselves, by `cargo test --lib \
                    settings::page -- --ignored`. `hive config explain KEY` says the same of one \
                    and its value here; `hive help settings` says where settings are written.\n"
        .to_owned();
    let mut table = None;
    for key in KEYS {
        let of = key.name.rsplit_once('.').map(|(table, _)| table);
        if of != table && key.name != "rule" {
            table = of;
            let _ = writeln!(page, "\n## [{}]", of.unwrap_or_default());
        }
        let _ = writeln!(page, "\n### `{}`\n", key.name);
        // What stands in angle brackets is no tag of HTML.
        let words = format!("{} {}", key.doc, key.long).replace('<', "\\<");
        let _ = writeln!(page, "{words}\n");
        let takes = key.shape.describe();
        let _ = match key.shape {
            Shape::Word(_) => writeln!(page, "- value: `{takes}`"),
            _ => writeln!(page, "- value: {takes}"),
        };
        let _ = writeln!(page, "- default: {}", default(defaults, key));
        let _ = writeln!(page, "- set by: {}", by(key));
    }
    page
}

/// Every key with its first sentence, as `hive help settings` lists them: at most 80
/// columns.
pub fn lines() -> String {
    let widest = KEYS.iter().map(|key| key.name.len()).max().unwrap_or(0);
    let indent = widest + 6;
    let mut text = String::new();
    for key in KEYS {
        let mut line = format!("    {:widest$} ", key.name);
        for word in key.doc.split(' ') {
            if line.chars().count() + 1 + word.chars().count() > 80 {
                let _ = writeln!(text, "{line}");
                line = " ".repeat(indent - 1);
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

fn default(defaults: &Json, key: &Key) -> String {
    match value(defaults, key.name) {
        None | Some(Json::Null) => "none".to_owned(),
        Some(default) => format!("`{default}`"),
    }
}

/// Where a key may be set, with names in backticks.
pub fn by(key: &Key) -> String {
    match (key.owner, key.shape) {
        (Owner::Team, _) => "the team's file".to_owned(),
        (_, Shape::Tables(_)) => "any file".to_owned(),
        (Owner::Personal, _) => format!("any file, or `{}`", key.variable()),
        (Owner::Private, _) => format!("a person's own file, or `{}`", key.variable()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{lines, whole};
    use crate::settings::defaults;

    fn file() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md")
    }

    #[test]
    fn the_documentation_says_what_the_settings_say() {
        let found = fs::read_to_string(file()).unwrap_or_default();
        assert!(
            found == whole(&defaults()),
            "docs/settings.md is stale; \
             cargo test --lib settings::page -- --ignored writes it again"
        );
    }

    #[test]
    #[ignore = "writes docs/settings.md"]
    fn write_the_documentation() {
        fs::write(file(), whole(&defaults())).unwrap();
    }

    #[test]
    fn a_line_fits_a_terminal() {
        for line in lines().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
