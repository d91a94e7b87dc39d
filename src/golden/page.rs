//! The page of a rule: what documentation, `hive rules explain` and docs/rules say of it,
//! all from its one entry. Pure.

use std::fmt::Write;

use serde_json::Value as Json;

use super::registry;
use super::rule::{Example, Origin, Preset, Remedy, Rule};

/// A rule's page, in Markdown.
pub fn of(rule: &Rule) -> String {
    let mut page = format!("# {} {}\n\n", rule.code, rule.slug);
    let _ = writeln!(page, "Finds {}.\n", rule.summary);
    let _ = writeln!(page, "| | |\n|---|---|");
    let _ = writeln!(page, "| level | {} |", rule.level);
    let _ = writeln!(page, "| active | {} |", active(rule));
    let _ = writeln!(page, "| detected by | {} |", origin(rule));
    let _ = writeln!(page, "| fix | {} |\n", fix(rule));
    let _ = writeln!(page, "{}", rule.docs);
    settings(&mut page, rule);
    if let Some(example) = rule.proof.iter().find(|example| !example.found.is_empty()) {
        shown(&mut page, rule, example);
    }
    page
}

/// The page that lists all rules.
pub fn index() -> String {
    let mut page = "# Golden Rules\n\nMade from the rules themselves, by `cargo test --lib \
                    golden::page -- --ignored`.\n\n\
                    | code | name | level | active | fix | finds |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for rule in registry::all() {
        let _ = writeln!(
            page,
            "| [{}]({}.md) | {} | {} | {} | {} | {} |",
            rule.code,
            rule.slug,
            rule.slug,
            rule.level,
            active(rule),
            fix(rule),
            rule.summary
        );
    }
    page
}

fn active(rule: &Rule) -> &'static str {
    match rule.preset {
        Preset::Start => "by default",
        Preset::Full => "with `preset = \"full\"`",
        Preset::Set => "when it is configured or enabled",
    }
}

fn origin(rule: &Rule) -> &'static str {
    match rule.origin {
        Origin::Delegated => "the linter",
        Origin::Native => "hive",
        Origin::Policy => "hive, once it is configured",
        Origin::Both => "the linter and hive",
        Origin::Custom => "the repository's own rule",
    }
}

fn fix(rule: &Rule) -> &'static str {
    match rule.remedy {
        Remedy::Safe => "made by itself",
        Remedy::Suggest => "suggested",
        Remedy::Never => "none",
    }
}

fn settings(page: &mut String, rule: &Rule) {
    let schema = (rule.params.schema)().to_value();
    let defaults = (rule.params.defaults)();
    let Some(properties) = schema["properties"]
        .as_object()
        .filter(|all| !all.is_empty())
    else {
        return;
    };
    let _ = writeln!(page, "\n## Settings\n\nBelow `[golden.{}]`:\n", rule.slug);
    let _ = writeln!(page, "| key | default | |\n|---|---|---|");
    for (name, property) in properties {
        let words = property["description"].as_str().unwrap_or_default();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let default = match &defaults[name] {
            Json::Null => "none".to_owned(),
            value => format!("`{value}`"),
        };
        let _ = writeln!(page, "| `{name}` | {default} | {words} |");
    }
}

fn shown(page: &mut String, rule: &Rule, example: &Example) {
    page.push_str("\n## Example\n");
    if !example.params.is_empty() {
        let _ = writeln!(page, "\n```toml\n[golden.{}]", rule.slug);
        let _ = writeln!(page, "{}\n```", example.params.trim());
    }
    for (path, text) in example.files {
        let language = if path.rsplit('.').next() == Some("py") {
            "python"
        } else {
            ""
        };
        let places: Vec<String> = example
            .found
            .iter()
            .filter(|(of, _, _)| of == path)
            .map(|(_, line, column)| format!("{line}:{column}"))
            .collect();
        let found = if places.is_empty() {
            String::new()
        } else {
            format!(", found at {}", places.join(", "))
        };
        let _ = writeln!(
            page,
            "\n`{path}`{found}:\n\n```{language}\n{}\n```",
            text.trim_end()
        );
    }
    if !example.fixed.is_empty() {
        let made = if rule.remedy == Remedy::Safe {
            "becomes"
        } else {
            "would become"
        };
        let (path, _) = example.files[0];
        let _ = writeln!(
            page,
            "\n`{path}` {made}:\n\n```\n{}\n```",
            example.fixed.trim_end()
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{index, of};
    use crate::golden::registry;

    fn directory() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
    }

    fn pages() -> BTreeMap<String, String> {
        let mut pages: BTreeMap<String, String> = registry::all()
            .map(|rule| (format!("{}.md", rule.slug), of(rule)))
            .collect();
        pages.insert("README.md".to_owned(), index());
        pages
    }

    #[test]
    fn the_documentation_says_what_the_rules_say() {
        let mut found: BTreeMap<String, String> = fs::read_dir(directory())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        let stale: Vec<String> = pages()
            .into_iter()
            .filter(|(name, page)| found.remove(name).as_ref() != Some(page))
            .map(|(name, _)| name)
            .collect();
        let again = "cargo test --lib golden::page -- --ignored writes them again";
        assert!(stale.is_empty(), "stale: {stale:?}; {again}");
        assert!(
            found.is_empty(),
            "no rule has these pages: {:?}",
            found.keys()
        );
    }

    #[test]
    #[ignore = "writes docs/rules"]
    fn write_the_documentation() {
        fs::create_dir_all(directory()).unwrap();
        for (name, page) in pages() {
            fs::write(directory().join(name), page).unwrap();
        }
    }
}
