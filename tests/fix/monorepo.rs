//! A monorepo with a violation of every rule: all are found where they are, and nothing
//! else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hive::golden::registry;
use hive_test_support::Sandbox;

use super::repository;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/golden/monorepo");
const EXPECTED: &str = include_str!("../../fixtures/golden/monorepo.expected");

fn lay_out(sandbox: &Sandbox, directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lay_out(sandbox, &path);
        } else {
            let relative = path.strip_prefix(FIXTURE).unwrap();
            sandbox.write(relative.to_str().unwrap(), fs::read(&path).unwrap());
        }
    }
}

/// The fixture's settings, but those of rules that are not in the catalogue.
fn settings() -> String {
    let text = fs::read_to_string(format!("{FIXTURE}/hive.toml")).unwrap();
    let mut settings: toml::Table = text.parse().unwrap();
    let golden = settings["golden"].as_table_mut().unwrap();
    golden.retain(|key, value| !value.is_table() || registry::find(key).is_some());
    let enabled = golden["enable"].as_array_mut().unwrap();
    enabled.retain(|name| registry::find(name.as_str().unwrap()).is_some());
    toml::to_string(&settings).unwrap()
}

/// How often each `path:line:code` is said.
fn counted<'a>(places: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for place in places {
        *counts.entry(place.to_owned()).or_default() += 1;
    }
    counts
}

/// Every `path:line:code` of a report.
fn places(stdout: &str) -> BTreeMap<String, usize> {
    let report: serde_json::Value = serde_json::from_str(stdout).unwrap();
    let mut found: Vec<String> = Vec::new();
    for file in report["files"].as_array().unwrap() {
        for finding in file["findings"].as_array().into_iter().flatten() {
            let (path, line) = (&file["path"], &finding["line"]);
            let code = finding["code"].as_str().unwrap();
            found.push(format!("{}:{line}:{code}", path.as_str().unwrap()));
        }
    }
    counted(found.iter().map(String::as_str))
}

/// Whether a rule is in the catalogue, or the fixture's own.
fn is_known(place: &str) -> bool {
    let code = place.rsplit(':').next().unwrap();
    !code.starts_with("GR") || registry::find(code).is_some()
}

#[test]
fn every_seeded_violation_is_found_and_nothing_else() {
    let sandbox = repository();
    lay_out(&sandbox, Path::new(FIXTURE));
    sandbox.write("hive.toml", settings());
    sandbox.commit("a monorepo");
    let ran = sandbox.hive(&["check", "--format", "json"]).expect(1);
    let found = places(&ran.stdout);
    let expected = counted(EXPECTED.lines().filter(|place| is_known(place)));
    assert!(expected.values().sum::<usize>() >= 40);
    let missing: Vec<_> = expected
        .iter()
        .filter(|(at, count)| found.get(*at) != Some(count))
        .collect();
    let more: Vec<_> = found
        .iter()
        .filter(|(at, count)| expected.get(*at) != Some(count))
        .collect();
    assert!(
        missing.is_empty() && more.is_empty(),
        "missing {missing:#?}\nmore {more:#?}\n{}",
        ran.stderr
    );
    // An import that closes a cycle is one only against a commit.
    if registry::find("GR07").is_some() {
        let money = "libs/core/core/money.py";
        let lines = sandbox.read(money).lines().count();
        sandbox.write(
            money,
            format!("{}import core.legacy\n", sandbox.read(money)),
        );
        let legacy = "libs/core/core/legacy.py";
        let text = sandbox.read(legacy);
        sandbox.write(legacy, format!("{text}import core.money\n"));
        let ran = sandbox
            .hive(&["check", "--since", "HEAD", "--format", "json"])
            .expect(1);
        let place = format!("{money}:{}:GR07", lines + 1);
        assert!(places(&ran.stdout).contains_key(&place), "{}", ran.stdout);
    }
}

/// The rules that exclude each other are refused where settings are read.
#[test]
fn rules_that_exclude_each_other_are_refused() {
    for (settings, codes) in [
        (
            "[golden.unified-tool-config]\npolicy = \"root\"\n[golden.ruff-config]\ntemplate = \"[tool.ruff]\"\n",
            ["GR23", "GR31"],
        ),
        (
            "[golden]\npreset = \"full\"\n[golden.python-version-consistency]\nbound = \">=3.12\"\n[golden.python-version-spec]\nbound = \"<3.12\"\n",
            ["GR27", "GR32"],
        ),
    ] {
        let sandbox = repository();
        sandbox.write("hive.toml", settings);
        sandbox.write("a.py", "x = 1\n");
        for arguments in [&["check"][..], &["config", "show"]] {
            let ran = sandbox.hive(arguments).expect(2);
            for code in codes {
                assert!(ran.stderr.contains(code), "{arguments:?} {}", ran.stderr);
            }
        }
    }
}

/// The tests of the team's own rules run by themselves, too.
#[test]
fn the_rules_of_the_fixture_keep_their_word() {
    let sandbox = repository();
    sandbox.write("hive.toml", settings());
    sandbox.hive(&["rules", "test"]).expect(0);
}
