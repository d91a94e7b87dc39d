//! The text of a settings file with hive in it, and without. Pure.

use toml_edit::{Array, DocumentMut, Item, Table, TomlError, value};

use super::coders::{Entry, File};
use super::entries::{self, SERVER};
use super::json::NoJson;

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
            Entry::ServerTable => with_table(&made)?,
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
            Entry::ServerTable => without_table(&made)?,
            entry => entries::without(&made, *entry)?,
        };
    }
    let nothing = match file.takes {
        [Entry::ServerTable] => made.trim().is_empty(),
        _ => entries::says_nothing(&made),
    };
    Ok((made == text || !nothing).then_some(made))
}

fn with_table(text: &str) -> Result<String, Unreadable> {
    let mut document: DocumentMut = text.parse()?;
    let servers = document.entry("mcp_servers").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let servers = servers
        .as_table_like_mut()
        .ok_or_else(|| Unreadable::Shape("`mcp_servers` in it is no table".to_owned()))?;
    if servers.contains_key(SERVER) {
        return Ok(text.to_owned());
    }
    let mut server = Table::new();
    server.insert("command", value("hive"));
    server.insert("args", value(Array::from_iter(["mcp"])));
    if !text.is_empty() {
        server.decor_mut().set_prefix("\n");
    }
    servers.insert(SERVER, Item::Table(server));
    Ok(document.to_string())
}

fn without_table(text: &str) -> Result<String, Unreadable> {
    let mut document: DocumentMut = text.parse()?;
    let Some(servers) = document
        .get_mut("mcp_servers")
        .and_then(Item::as_table_like_mut)
    else {
        return Ok(text.to_owned());
    };
    let args = servers
        .get(SERVER)
        .and_then(|it| it.get("args"))
        .and_then(Item::as_array);
    let ours = args.and_then(|args| args.get(0)?.as_str()) == Some("mcp");
    if !ours {
        return Ok(text.to_owned());
    }
    servers.remove(SERVER);
    if servers.is_empty() {
        document.remove("mcp_servers");
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::coders::CODERS;
    use super::super::entries::hook;
    use super::{with, without};

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
