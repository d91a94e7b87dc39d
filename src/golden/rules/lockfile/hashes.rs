//! Hashes of `pyproject.toml` as Poetry and PDM record them. Pure.
//!
//! Both hash JSON of a part of the file. Which part has changed with their versions, and
//! the lock file does not say which one made it; so each is tried, and one has to fit.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::missing;
use crate::golden::paths::join;
use crate::golden::project::TomlFile;
use crate::golden::tree::{Reports, Tree};

/// A tool whose lock file has a hash.
pub(super) struct Tool {
    lock: &'static str,
    command: &'static str,
    /// Where the lock file has it.
    key: &'static str,
    /// The tool's table in `pyproject.toml`.
    table: &'static str,
    uses: fn(&Table) -> bool,
    inputs: fn(&Table) -> Vec<Value>,
}

/// Poetry.
pub(super) const POETRY: Tool = Tool {
    lock: "poetry.lock",
    command: "poetry lock",
    key: "metadata.content-hash",
    table: "tool.poetry",
    uses: |poetry| {
        [
            "name",
            "dependencies",
            "group",
            "dev-dependencies",
            "source",
        ]
        .iter()
        .any(|key| poetry.contains_key(*key))
    },
    inputs: poetry,
};

/// PDM.
pub(super) const PDM: Tool = Tool {
    lock: "pdm.lock",
    command: "pdm lock",
    key: "metadata.content_hash",
    table: "tool.pdm",
    uses: |pdm| {
        let beside = ["build", "version", "scripts", "publish", "plugins"];
        pdm.keys().any(|key| !beside.contains(&key.as_str()))
    },
    inputs: pdm,
};

impl Tool {
    /// Compares the lock file beside a project with it.
    pub(super) fn judge(
        &self,
        tree: &Tree<'_>,
        file: &TomlFile,
        found: &mut Reports,
    ) -> Result<(), String> {
        let path = join(file.directory(), self.lock);
        let project = file.values();
        if !tree.has(&path) {
            if table(&project, self.table).is_some_and(self.uses) {
                missing(file, self.table, self.lock, found);
            }
            return Ok(());
        }
        let lock = TomlFile::read(tree, &path)?;
        let message = format!("{} does not match pyproject.toml", self.lock);
        let Some(recorded) = lock.str(self.key) else {
            found
                .whole(
                    &path,
                    format!("{} records no hash of its inputs", self.lock),
                )
                .help(format!("run `{}`", self.command));
            return Ok(());
        };
        let recorded = recorded.strip_prefix("sha256:").unwrap_or(recorded);
        let inputs = (self.inputs)(&project);
        if !inputs.iter().any(|input| sha256(input) == recorded) {
            found
                .at(&path, lock.place(self.key), message)
                .help(format!("run `{}`", self.command));
        }
        Ok(())
    }
}

fn table<'t>(root: &'t Table, dotted: &str) -> Option<&'t Table> {
    dotted
        .split('.')
        .try_fold(root, |table, key| table.get(key)?.as_table())
}

const LEGACY: [&str; 4] = ["dependencies", "source", "extras", "dev-dependencies"];

/// Poetry's inputs: those of `[tool.poetry]` alone, and, from its version 2 on, those of
/// `[project]` with them, later with the dependency groups. A key that is missing is
/// null where only `[tool.poetry]` counts.
fn poetry(root: &Table) -> Vec<Value> {
    let empty = Table::new();
    let poetry = table(root, "tool.poetry").unwrap_or(&empty);
    let own = |null: bool| {
        let mut own = Table::new();
        for key in LEGACY {
            match poetry.get(key) {
                Some(value) => {
                    own.insert(key.to_owned(), value.clone());
                }
                None if null => {
                    own.insert(key.to_owned(), null_value());
                }
                None => {}
            }
        }
        if let Some(group) = poetry.get("group") {
            own.insert("group".to_owned(), group.clone());
        }
        own
    };
    let mut inputs = vec![Value::Table(own(true))];
    let project = table(root, "project").unwrap_or(&empty);
    let mut standard = Table::new();
    for key in ["requires-python", "dependencies", "optional-dependencies"] {
        if let Some(value) = project.get(key) {
            standard.insert(key.to_owned(), value.clone());
        }
    }
    let groups = root.get("dependency-groups");
    if !standard.is_empty() || groups.is_some() {
        let mut whole = Table::new();
        whole.insert("project".to_owned(), Value::Table(standard));
        let mut tool = Table::new();
        tool.insert("poetry".to_owned(), Value::Table(own(false)));
        whole.insert("tool".to_owned(), Value::Table(tool));
        inputs.push(Value::Table(whole.clone()));
        if let Some(groups) = groups {
            whole.insert("dependency-groups".to_owned(), groups.clone());
            inputs.push(Value::Table(whole));
        }
    }
    inputs
}

/// PDM's inputs: with the overrides alone or with all of the resolution, and with the
/// dependency groups of the standard among the development dependencies or not.
fn pdm(root: &Table) -> Vec<Value> {
    let empty = Table::new();
    let settings = table(root, "tool.pdm").unwrap_or(&empty);
    let project = table(root, "project").unwrap_or(&empty);
    let or = |value: Option<&Value>, other: Value| value.cloned().unwrap_or(other);
    let list = || Value::Array(Vec::new());
    let object = || Value::Table(Table::new());
    let mut base = Table::new();
    let mut put = |key: &str, value: Value| base.insert(key.to_owned(), value);
    put("sources", or(settings.get("source"), list()));
    put("dependencies", or(project.get("dependencies"), list()));
    put(
        "optional-dependencies",
        or(project.get("optional-dependencies"), object()),
    );
    let python = Value::String(String::new());
    put(
        "requires-python",
        or(project.get("requires-python"), python),
    );
    let dev = or(settings.get("dev-dependencies"), object());
    let mut groups = or(root.get("dependency-groups"), object());
    if let (Value::Table(groups), Value::Table(dev)) = (&mut groups, &dev) {
        groups.extend(dev.clone());
    }
    let resolution = or(settings.get("resolution"), object());
    let overrides = settings
        .get("overrides")
        .or_else(|| resolution.get("overrides"));
    let overrides = or(overrides, object());
    let mut inputs = Vec::new();
    for dev in [dev, groups] {
        for (key, value) in [("overrides", &overrides), ("resolution", &resolution)] {
            let mut input = base.clone();
            input.insert("dev-dependencies".to_owned(), dev.clone());
            input.insert(key.to_owned(), value.clone());
            inputs.push(Value::Table(input));
        }
    }
    inputs
}

/// What stands for JSON's null, which TOML lacks: a number that is none.
fn null_value() -> Value {
    Value::Float(f64::NAN)
}

fn sha256(value: &Value) -> String {
    let mut json = String::new();
    write_json(value, &mut json);
    let digest = Sha256::digest(json.as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// JSON as Python's `json.dumps(…, sort_keys=True)` writes it.
fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => write_string(text, out),
        Value::Integer(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) if number.is_nan() => out.push_str("null"),
        Value::Float(number) => {
            let _ = write!(out, "{number:?}");
        }
        Value::Boolean(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Datetime(moment) => write_string(&moment.to_string(), out),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_json(value, out);
            }
            out.push(']');
        }
        Value::Table(table) => {
            let mut keys: Vec<&String> = table.keys().collect();
            keys.sort();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_string(key, out);
                out.push_str(": ");
                write_json(&table[key.as_str()], out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{pdm, poetry, sha256, write_json};

    #[test]
    fn json_is_that_of_python() {
        let table: toml::Table = "b = ['x', 1, 1.5, true]\na = { d = \"é\\n😀\", c = {} }\n"
            .parse()
            .unwrap();
        let mut json = String::new();
        write_json(&toml::Value::Table(table), &mut json);
        assert_eq!(
            json,
            r#"{"a": {"c": {}, "d": "\u00e9\n\ud83d\ude00"}, "b": ["x", 1, 1.5, true]}"#
        );
    }

    /// What the tools themselves hash, computed with Python.
    #[test]
    fn hashes_are_those_that_the_tools_record() {
        let project: toml::Table = POETRY.parse().unwrap();
        let hashes: Vec<String> = poetry(&project).iter().map(sha256).collect();
        assert!(hashes.contains(&POETRY_1.to_owned()), "{hashes:?}");
        assert!(hashes.contains(&POETRY_2.to_owned()), "{hashes:?}");
        let project: toml::Table = PDM.parse().unwrap();
        let hashes: Vec<String> = pdm(&project).iter().map(sha256).collect();
        assert!(hashes.contains(&PDM_1.to_owned()), "{hashes:?}");
    }

    const POETRY: &str = "[project]\nname = 'a'\nrequires-python = '>=3.11'\ndependencies = ['httpx']\n[tool.poetry.group.dev.dependencies]\npytest = '^8'\n";
    const POETRY_1: &str = "c498619545edf424064fa364fa28afdc0f8011baef563fc1896d5910f3efddfe";
    const POETRY_2: &str = "f479e23fbcf641a9955dddda6f4f479ca4d6285982505ac7e30e73ad86a9798d";
    const PDM: &str = "[project]\nname = 'a'\nrequires-python = '>=3.11'\ndependencies = ['httpx']\n[tool.pdm.dev-dependencies]\ndev = ['pytest']\n";
    const PDM_1: &str = "7d588eb678acc09067668776246afcd93c5e1512873b1904badff92565d884b7";
}
