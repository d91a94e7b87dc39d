//! Pages that are made from what hive knows say what the binary says.

use hive_test_support::Sandbox;

use crate::{document, root};

fn said(sandbox: &Sandbox, args: &[&str]) -> String {
    sandbox.hive(args).expect(0).stdout
}

/// docs/rules, and their places in the contents.
#[test]
fn the_pages_of_rules_are_not_stale() {
    let again = "cargo test --lib golden::page -- --ignored writes docs/rules again";
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    let list = said(&sandbox, &["rules", "list"]);
    let summary = document("docs/SUMMARY.md");
    let mut seen = 0;
    for line in list.lines() {
        let mut words = line.split_whitespace().skip_while(|word| *word == "●");
        let code = words.next().unwrap_or_default();
        if !code.starts_with("GR") {
            continue;
        }
        seen += 1;
        let slug = words.next().unwrap();
        let page = format!("docs/rules/{slug}.md");
        let found = std::fs::read_to_string(root().join(&page)).unwrap_or_default();
        assert!(
            found == said(&sandbox, &["rules", "explain", code]),
            "{page} is stale: {again}"
        );
        let entry = format!("  - [{code} {slug}](rules/{slug}.md)\n");
        assert!(
            summary.contains(&entry),
            "docs/SUMMARY.md has no line {entry}"
        );
    }
    assert!(seen > 30, "only {seen} rules\n{list}");
}

/// docs/settings.md has every key, and of each what `hive config explain` says.
#[test]
fn the_page_of_settings_is_not_stale() {
    let again = "docs/settings.md is stale: \
                 cargo test --lib settings::page -- --ignored writes it again";
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    let page = document("docs/settings.md");
    let list = said(&sandbox, &["config", "show"]);
    let keys: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(keys.len() > 30, "{list}");
    let mut rest = page.as_str();
    for key in keys {
        let heading = format!("\n### `{key}`\n\n");
        let (_, section) = rest
            .split_once(&heading)
            .unwrap_or_else(|| panic!("{key}: {again}"));
        let section = section.split("\n##").next().unwrap();
        let explained = said(&sandbox, &["config", "explain", key]);
        let field = |name: &str| {
            let mut lines = explained.lines();
            lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
        };
        let words: Vec<&str> = explained.lines().skip(2).take(2).collect();
        let words = words.join(" ").replace('<', "\\<");
        assert!(section.starts_with(&words), "{key}: {again}");
        let value = field("type ").unwrap();
        assert!(section.contains(&value), "{key}, {value}: {again}");
        let default = field("default ").unwrap();
        let default = if default == "(not set)" {
            "none".to_owned()
        } else {
            format!("`{default}`")
        };
        assert!(
            section.contains(&format!("- default: {default}\n")),
            "{key}, {default}: {again}"
        );
        rest = &rest[rest.find(&heading).unwrap() + 1..];
    }
}
