//! The sample, the catalogue, the schema and the types say the same.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::catalogue::{KEYS, Owner, RULE_TABLE, rule_table};
use super::{SAMPLE, SAMPLE_NAME, defaults, reading, schema, value};

/// The sample with the keys that are commented out put in.
fn full_sample() -> String {
    let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    SAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if is_key(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

fn leaves(schema: &Json, prefix: &str, found: &mut BTreeSet<String>) {
    for (name, inner) in schema["properties"].as_object().unwrap() {
        let dotted = format!("{prefix}{name}");
        if rule_table(&dotted).is_some() {
            found.insert(RULE_TABLE.to_owned());
            continue;
        }
        if inner.get("properties").is_some() {
            assert_eq!(inner["additionalProperties"], json!(false), "{dotted}");
            leaves(inner, &format!("{dotted}."), found);
        } else {
            found.insert(dotted);
        }
    }
}

#[test]
fn the_sample_the_catalogue_and_the_schema_name_the_same_keys() {
    let known: BTreeSet<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();

    let reading = reading::whole(SAMPLE_NAME, &full_sample());
    assert_eq!(reading.problems, []);
    let in_sample: BTreeSet<String> = reading
        .entries
        .iter()
        .map(|entry| entry.key.name.to_owned())
        .collect();
    assert_eq!(in_sample, known);

    let mut in_schema = BTreeSet::new();
    leaves(&schema(), "", &mut in_schema);
    assert_eq!(in_schema, known);
}

#[test]
fn only_keys_that_may_be_absent_have_no_default() {
    let tree = defaults();
    let absent: Vec<&str> = KEYS
        .iter()
        .map(|key| key.name)
        .filter(|name| value(&tree, name).is_none())
        .collect();
    assert_eq!(
        absent,
        ["required-version", "extend", "golden.RULE", "rule"]
    );
}

#[test]
fn the_sample_says_of_each_key_what_the_catalogue_says() {
    let full = full_sample();
    for entry in reading::whole(SAMPLE_NAME, &full).entries {
        let above: Vec<&str> = full.lines().take(entry.line - 1).collect();
        let comment: Vec<&str> = above
            .iter()
            .rev()
            .take_while(|line| line.starts_with('#'))
            .copied()
            .collect();
        let owner = match entry.key.owner {
            Owner::Team => "team",
            Owner::Personal | Owner::Private => "personal",
        };
        let first = format!("# ({owner}) {}", entry.key.doc);
        assert_eq!(comment.last(), Some(&first.as_str()), "{}", entry.key.name);
    }
}

#[test]
fn the_schema_carries_words_defaults_and_choices() {
    let schema = schema();
    let lint = &schema["properties"]["lint"];
    assert_eq!(lint["description"], json!("Which linter fixes."));
    assert_eq!(lint["default"], json!("auto"));
    assert!(schema["properties"]["extend"].get("default").is_none());
    assert!(schema.get("required").is_none());
    assert_eq!(schema["additionalProperties"], json!(false));
    let max = &schema["properties"]["worker"]["properties"]["max"];
    assert_eq!(
        (&max["type"], &max["default"]),
        (&json!("integer"), &json!(0))
    );
}

#[test]
fn every_decisive_key_has_a_value_that_trust_can_record() {
    let settings = super::complete(&super::Pile::new(None).written).unwrap();
    let expected: BTreeSet<String> = KEYS
        .iter()
        .filter(|key| key.decisive)
        .map(|key| key.name.to_owned())
        .collect();
    let recorded: BTreeSet<String> = settings.decisive().into_keys().collect();
    assert_eq!(recorded, expected);
}
