//! The documents say what is so.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use hive_test_support::{Sandbox, tools};
use serde_json::Value;

const HIVE: &str = env!("CARGO_BIN_EXE_hive");

/// Every field that an output has is named in docs/json.md, and the version too.
#[test]
fn every_field_of_json_is_documented() {
    let sandbox = Sandbox::repository(HIVE);
    sandbox.write(
        "pyproject.toml",
        "[tool.black]\n[tool.isort]\n[tool.ruff.lint]\nselect = [\"E\", \"F\"]\n",
    );
    sandbox.write("hive.toml", "lint = \"ruff\"\nextend_safe = []\n");
    sandbox.write("a.py", "import os\nx=1\nprint(undefined)\n");
    sandbox.write("b.py", "x = (\n");
    sandbox.write("c_pb2.py", "x=1\n");
    sandbox.write(".gitignore", ".venv\n");
    symlink(tools(), sandbox.path(".venv")).expect("a link");
    let held = written(&sandbox, &["fix", "--diff", "--format", "json", "."]);
    assert_eq!(held["held"].as_array().map(Vec::len), Some(2), "{held}");
    sandbox.hive(&["trust", "--yes"]).expect(0);

    let document = document("docs/json.md");
    for (title, args) in [
        (
            "`hive fix`",
            &["fix", "--diff", "--format", "json", ".", "c_pb2.py"][..],
        ),
        ("`hive graph --format json`", &["graph", "--format", "json"]),
        ("`hive doctor --json`", &["doctor", "--json", "a.py"]),
        ("`hive config show --json`", &["config", "show", "--json"]),
        ("`hive trust --show --json`", &["trust", "--show", "--json"]),
    ] {
        let section = document
            .split("\n## ")
            .find(|section| section.starts_with(title))
            .unwrap_or_else(|| panic!("no section {title}"));
        let mut output = written(&sandbox, args);
        if title == "`hive fix`" {
            output["held"] = held["held"].clone();
        }
        let version = format!("version {}\n", output["version"]);
        assert!(section.contains(&version), "{title} is not {version}");
        let mut fields = BTreeSet::new();
        collect(&output, &mut fields);
        assert!(fields.len() > 5, "{title}: {output}");
        let missing: Vec<&String> = fields
            .iter()
            .filter(|field| !section.contains(&format!("`{field}`")))
            .collect();
        assert!(missing.is_empty(), "{title} does not say {missing:?}");
    }
}

/// Names of files and directories of this repository that documents give exist.
#[test]
fn paths_in_documents_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for name in [
        "README.md",
        "docs/agent.md",
        "docs/architecture.md",
        "docs/evidence.md",
        "docs/json.md",
        "docs/landing.md",
        "docs/proof.md",
        "docs/screens.md",
        "docs/tidy.md",
    ] {
        let text = document(name);
        let quoted = text.split('`').skip(1).step_by(2);
        for path in quoted.filter(|text| {
            ["src/", "docs/", "tests/", "fixtures/", "benches/"]
                .iter()
                .any(|place| text.starts_with(place) && !text.contains([' ', '*']))
        }) {
            // `src/app.py` and the like are a reader's own.
            if Path::new(path).extension().is_none_or(|end| end != "py") {
                seen += 1;
                assert!(root.join(path).exists(), "{name} names {path}");
            }
        }
    }
    assert!(seen > 10, "only {seen} paths");
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn written(sandbox: &Sandbox, args: &[&str]) -> Value {
    let ran = sandbox.hive(args);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran:?}"))
}

/// The names of all fields. The settings in a record of trust are named by keys.
fn collect(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                fields.insert(name.clone());
                if !(name == "settings" && inner.is_object()) {
                    collect(inner, fields);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, fields)),
        _ => {}
    }
}
