//! The text of a settings file with hive in it, and without. Pure.

use toml_edit::TomlError;

use super::coders::{Entry, File};
use super::json::NoJson;
use super::{entries, table};

/// Why a text is left alone.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON.
    #[error(transparent)]
    Json(#[from] NoJson),
    /// It is no TOML.
    #[error("it is no TOML: {}", .0.message())]
    Toml(#[from] TomlError),
    /// It is something else than its agent takes.
    #[error("{0}")]
    Shape(String),
    /// The change was made in thought, and more than hive's entry was another one then.
    #[error("hive cannot change its entry in it without changing others")]
    Unsure,
}

/// The text of a file with everything of hive's in it; of one that is not there, the text
/// of a new one. The same text where all of it is there.
pub fn with(file: &File, text: Option<&str>) -> Result<String, Unreadable> {
    let is_json = !file.takes.contains(&Entry::ServerTable);
    let blank = text.is_none_or(|text| text.trim().is_empty());
    let mut made = match text {
        Some(text) if !blank => text.to_owned(),
        _ if is_json => "{}\n".to_owned(),
        _ => String::new(),
    };
    for entry in file.takes {
        made = match entry {
            Entry::ServerTable => table::with(&made)?,
            entry => entries::with(&made, *entry)?,
        };
    }
    Ok(made)
}

/// The text of a file without anything of hive's; `None` where nothing is left in it.
pub fn without(file: &File, text: &str) -> Result<Option<String>, Unreadable> {
    let mut made = text.to_owned();
    for entry in file.takes {
        made = match entry {
            Entry::ServerTable => table::without(&made)?,
            entry => entries::without(&made, *entry)?,
        };
    }
    let nothing = match file.takes {
        [Entry::ServerTable] => made.trim().is_empty(),
        _ => entries::says_nothing(&made),
    };
    Ok((made == text || !nothing).then_some(made))
}

#[cfg(test)]
mod tests {
    use super::super::coders::CODERS;
    use super::super::entries::hook;
    use super::{Unreadable, with, without};

    #[test]
    fn new_files_say_what_hive_needs_and_nothing_else() {
        for file in CODERS.iter().flat_map(|coder| coder.files) {
            let new = with(file, None).unwrap();
            assert_eq!(with(file, Some(&new)).unwrap(), new, "{}", file.path);
            assert_eq!(without(file, &new).unwrap(), None, "{}", file.path);
            assert!(new.ends_with('\n'), "{}", file.path);
        }
        let claude = with(&CODERS[0].files[0], None).unwrap();
        let read: serde_json::Value = serde_json::from_str(&claude).unwrap();
        let group = &read["hooks"]["PostToolUse"][0];
        assert_eq!(group["matcher"], "Edit|MultiEdit|Write");
        assert_eq!(group["hooks"][0]["command"], hook());
        let codex = with(&CODERS[2].files[1], None).unwrap();
        assert_eq!(
            codex,
            "[mcp_servers.hive]\ncommand = \"hive\"\nargs = [\"mcp\"]\n"
        );
        let cursor = with(&CODERS[1].files[0], None).unwrap();
        assert!(cursor.starts_with("{\n  \"version\": 1,\n"), "{cursor}");
    }

    #[test]
    fn what_others_have_written_stays_byte_for_byte() {
        let other = r#"{
    // ours
    "permissions": {"allow": ["Bash(make:*)"]},
    "hooks": {
        "PostToolUse": [
            {"matcher": "Write", "hooks": [{"type": "command", "command": "make fmt"}]}
        ],
        "Stop": []
    },
    "mcpServers": { "db": { "command": "db" } }
}"#;
        let toml = "# mine\nmodel = \"x\" # y\n\n[mcp_servers.db]\ncommand = \"db\"\n\n[tui]\n";
        for file in CODERS.iter().flat_map(|coder| coder.files) {
            let text = if file.path.contains(".toml") {
                toml
            } else {
                other
            };
            let new = with(file, Some(text)).unwrap();
            assert_ne!(new, text, "{}", file.path);
            let kept = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.contains("mcpServers"));
            for line in kept {
                let bare = line.trim_end_matches(',');
                assert!(new.contains(bare), "{}: {line}\n{new}", file.path);
            }
            assert_eq!(with(file, Some(&new)).unwrap(), new, "{}", file.path);
            let back = without(file, &new).unwrap();
            assert_eq!(back.as_deref(), Some(text), "{}", file.path);
            // Nothing of hive's, nothing changes.
            assert_eq!(without(file, text).unwrap().as_deref(), Some(text));
        }
    }

    #[test]
    fn a_hook_in_somebodys_group_goes_alone() {
        let file = &CODERS[0].files[0];
        let text = format!(
            "{{\"hooks\": {{\"PostToolUse\": [{{\"matcher\": \"Write\", \"hooks\": [{{\"command\": \"a\"}}, {{\"command\": {}}}]}}]}}}}",
            serde_json::json!(hook())
        );
        assert_eq!(
            without(file, &text).unwrap().unwrap(),
            "{\"hooks\": {\"PostToolUse\": [{\"matcher\": \"Write\", \"hooks\": [{\"command\": \"a\"}]}]}}"
        );
    }

    #[test]
    fn comments_outlive_what_stands_beside_them() {
        let file = &CODERS[0].files[1];
        let hive = "\"hive\": {\"command\": \"hive\", \"args\": [\"mcp\"]}";
        for (text, rest) in [
            (
                format!("{{\n \"mcpServers\": {{\n  // ours\n  {hive}, \"db\": {{}}\n }}\n}}"),
                "{\n \"mcpServers\": {\n  // ours\n   \"db\": {}\n }\n}",
            ),
            (
                format!("{{\"mcpServers\": {{\"db\": {{}}, // db\n {hive}}}}}"),
                "{\"mcpServers\": {\"db\": {} // db\n }}",
            ),
            (
                format!("{{\"mcpServers\": {{ // ours\n {hive}}}}}"),
                "{\"mcpServers\": { // ours\n }}",
            ),
        ] {
            let made = without(file, &text).unwrap();
            assert_eq!(made.as_deref(), Some(rest), "{text}");
        }
        // Of two of one name the other one would come to life.
        let text = format!("{{\"mcpServers\": {{\"hive\": {{}}, {hive}}}}}");
        assert!(matches!(without(file, &text), Err(Unreadable::Unsure)));
    }

    #[test]
    fn what_is_something_else_is_left_alone() {
        let (json, toml) = (&CODERS[0].files[1], &CODERS[2].files[1]);
        for text in ["[]", "{", "{\"mcpServers\": 1}", "nonsense"] {
            assert!(with(json, Some(text)).is_err(), "{text}");
        }
        for text in ["= 1", "mcp_servers = 1\n"] {
            assert!(with(toml, Some(text)).is_err(), "{text}");
        }
    }
}
