//! The table of project layouts in `fixtures/evidence/`: what is decided for each.
//!
//! A fixture says what the project is `about`, which `files` it has, which tools
//! are `installed` where, and what to `expect` for a directory or a file. An
//! expectation is one line: `ruff 0.5.0 program --select I by FILE:LINE`,
//! `off: REASON` or `hold: REASON => COMMAND`, where reasons and commands are parts
//! of what hive says. `but` lists parts of the disagreements, in order.

#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use hive::evidence::{EngineChoice, Surroundings, Survey, Wanted, Wish, explain};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    about: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Place (`.venv`, `pre-commit`, `prek`, `uv`, `PATH`, …) to `TOOL VERSION`s.
    #[serde(default)]
    installed: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    wanted: BTreeMap<String, String>,
    expect: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    lint: Option<String>,
    imports: Option<String>,
    format: Option<String>,
    project: Option<String>,
    configuration: Option<String>,
    #[serde(default)]
    but: Vec<String>,
}

#[test]
fn every_layout_is_decided_as_expected() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/evidence");
    let mut fixtures: Vec<PathBuf> = fs::read_dir(&table)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "toml"))
        .collect();
    fixtures.sort();
    assert!(fixtures.len() >= 24, "only {} fixtures", fixtures.len());
    let mut wrong = String::new();
    for fixture in &fixtures {
        let text = fs::read_to_string(fixture).unwrap();
        let layout: Layout =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", fixture.display()));
        let mismatches = mismatches(&layout);
        if !mismatches.is_empty() {
            let name = fixture.file_stem().unwrap().to_string_lossy();
            write!(wrong, "\n{name}: {}\n{mismatches}", layout.about).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn mismatches(layout: &Layout) -> String {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    let root = home.join("repo");
    fs::create_dir(&root).unwrap();
    for (name, text) in &layout.files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let surroundings = machine(&home, &root, &layout.installed);
    let survey = Survey::new(root.clone(), &surroundings);
    let wanted = wanted(&layout.wanted);
    let mut wrong = String::new();
    for (place, expected) in &layout.expect {
        let path = root.join(place.trim_start_matches("./"));
        let is_file = path.extension().is_some();
        let explanation = if is_file {
            let project = survey.project_of(path.parent().unwrap());
            explain::file(&project, &root, &path, wanted)
        } else {
            let directory = if place == "." { &root } else { &path };
            explain::project(&survey.project_of(directory), &root, wanted)
        };
        let mut complain = |what: &str, expected: &str, got: &str| {
            writeln!(
                wrong,
                "  {place} {what}\n    expected {expected}\n    got      {got}"
            )
            .unwrap();
        };
        if let Some(project) = &expected.project
            && *project != explanation.project
        {
            complain("project", project, &explanation.project);
        }
        if let Some(configuration) = &expected.configuration
            && *configuration != explanation.ruff_configuration
        {
            complain(
                "configuration",
                configuration,
                &explanation.ruff_configuration,
            );
        }
        for (name, line) in [
            ("lint", &expected.lint),
            ("imports", &expected.imports),
            ("format", &expected.format),
        ] {
            let Some(line) = line else { continue };
            let one = explanation
                .decisions
                .iter()
                .find(|one| one.kind.name() == name)
                .unwrap();
            if !fits(line, one) {
                complain(name, line, &shown(one));
            }
        }
        let all: Vec<&str> = explanation
            .decisions
            .iter()
            .flat_map(|one| one.disagreements.iter().map(String::as_str))
            .collect();
        for part in &expected.but {
            if !all.iter().any(|text| text.contains(part.as_str())) {
                complain("but", part, &all.join("; "));
            }
        }
    }
    wrong
}

/// The decision in the notation of the fixtures.
fn shown(one: &explain::Explained) -> String {
    let reason = one.reason.as_deref().unwrap_or("");
    match one.choice {
        "use" => {
            let engine = match one.engine.as_deref() {
                Some("embedded") => "embedded",
                Some(path) if path.ends_with(one.tool.unwrap()) => "program",
                _ => "warm",
            };
            let mut text = format!(
                "{} {} {engine}",
                one.tool.unwrap(),
                one.version.as_deref().unwrap()
            );
            for arg in &one.args {
                text.push(' ');
                text.push_str(arg);
            }
            if let Some(first) = one.evidence.first() {
                let line = first
                    .line
                    .map(|line| format!(":{line}"))
                    .unwrap_or_default();
                write!(text, " by {}{line}", first.file.display()).unwrap();
            }
            text
        }
        "hold" => format!("hold: {reason} => {}", one.remedy.as_deref().unwrap()),
        _ => format!("off: {reason}"),
    }
}

fn fits(expected: &str, one: &explain::Explained) -> bool {
    let got = shown(one);
    if let Some(part) = expected.strip_prefix("off: ") {
        return one.choice == "off" && got.contains(part);
    }
    if let Some(rest) = expected.strip_prefix("hold: ") {
        let (reason, remedy) = rest.split_once(" => ").unwrap_or((rest, ""));
        return one.choice == "hold"
            && one.reason.as_deref().unwrap().contains(reason)
            && one.remedy.as_deref().unwrap().contains(remedy);
    }
    if expected.contains(" by ") {
        got == expected
    } else {
        got.split(" by ").next() == Some(expected)
    }
}

fn wanted(settings: &BTreeMap<String, String>) -> Wanted {
    let mut wanted = Wanted::default();
    for (key, value) in settings {
        let wish = match value.as_str() {
            "ruff" => Wish::Ruff,
            "black" => Wish::Black,
            "isort" => Wish::Isort,
            "off" => Wish::Off,
            _ => Wish::Auto,
        };
        match key.as_str() {
            "lint" => wanted.lint = wish,
            "imports" => wanted.imports = wish,
            "format" => wanted.format = wish,
            "engine" => {
                wanted.engine = match value.as_str() {
                    "embedded" => EngineChoice::Embedded,
                    "project" => EngineChoice::Project,
                    _ => EngineChoice::Auto,
                }
            }
            key => panic!("no setting {key}"),
        }
    }
    wanted
}

/// A machine on which the tools are installed as the fixture says: environments
/// with metadata and scripts that are never run.
fn machine(home: &Path, root: &Path, installed: &BTreeMap<String, Vec<String>>) -> Surroundings {
    let cache = home.join("cache");
    for (place, tools) in installed {
        for (index, tool) in tools.iter().enumerate() {
            let (name, version) = tool.split_once(' ').unwrap();
            let environment = match place.as_str() {
                "pre-commit" => cache.join(format!("pre-commit/repo{index}/py_env-python3.11")),
                "prek" => cache.join(format!("prek/hooks/python-{index}")),
                "uv" => cache.join(format!("uv/tools/{name}")),
                "PATH" => home.join("usr"),
                "VIRTUAL_ENV" => home.join("active"),
                place => root.join(place),
            };
            let info = format!("lib/python3.11/site-packages/{name}-{version}.dist-info");
            fs::create_dir_all(environment.join(info)).unwrap();
            fs::create_dir_all(environment.join("bin")).unwrap();
            fs::write(environment.join("bin/python"), "").unwrap();
            fs::write(environment.join("bin").join(name), "exit 1\n").unwrap();
        }
    }
    Surroundings {
        virtual_env: Some(home.join("active")),
        path: vec![home.join("usr/bin")],
        home: Some(home.to_path_buf()),
        config: Some(home.join("config")),
        pre_commit: Some(cache.join("pre-commit")),
        prek: Some(cache.join("prek")),
        uv_tools: Some(cache.join("uv/tools")),
        ..Surroundings::default()
    }
}
