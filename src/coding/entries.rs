//! What hive puts into a settings file of JSON, and how it knows it again. Pure.

use serde_json::{Value, json};

use super::coders::Entry;
use super::json::{self, Node};
use super::settings::Unreadable;

/// The name of the server.
pub(super) const SERVER: &str = "hive";
/// What a hook runs: `hive` where it is, and nothing where it is not.
const HOOK: &str = include_str!("../../hooks/agent-edit-configured.sh");
/// How a hook of hive's is known: people may have changed the rest of the line. Where it is
/// not said that a shell reads the line, it is all of it.
const MARK: &str = "hive agent-edit";

/// The command of a hook.
pub(super) fn hook() -> &'static str {
    HOOK.trim_end()
}

/// The text with the entry in it. What is there already stays as somebody wrote it.
pub(super) fn with(text: &str, entry: Entry) -> Result<String, Unreadable> {
    let made = put(text, entry)?;
    if made == text {
        return Ok(made);
    }
    let mut wanted = json::read(text)?.value();
    match entry {
        Entry::Server => wanted["mcpServers"][SERVER] = server(),
        Entry::Grouped { event, .. } | Entry::Plain { event } => {
            if matches!(entry, Entry::Plain { .. }) && wanted == json!({}) {
                wanted["version"] = json!(1);
            }
            let mut list = wanted["hooks"][event].take();
            if list.is_null() {
                list = json!([]);
            }
            if let Some(list) = list.as_array_mut() {
                list.push(hooking(entry));
            }
            wanted["hooks"][event] = list;
        }
        Entry::ServerTable => {}
    }
    held_to(made, wanted, entry)
}

/// The text, if it says what is wanted and nothing else, but for what is empty.
fn held_to(made: String, wanted: Value, entry: Entry) -> Result<String, Unreadable> {
    let path = match entry {
        Entry::Server | Entry::ServerTable => vec!["mcpServers"],
        Entry::Grouped { event, .. } | Entry::Plain { event } => vec!["hooks", event],
    };
    let bare = |mut value: Value| {
        drop_empty(&mut value, &path);
        value
    };
    let says = json::read(&made).is_ok_and(|node| bare(node.value()) == bare(wanted));
    says.then_some(made).ok_or(Unreadable::Unsure)
}

/// Takes the members away that are empty, along a path, from the inside out.
fn drop_empty(value: &mut Value, path: &[&str]) {
    let (Some((first, rest)), Some(members)) = (path.split_first(), value.as_object_mut()) else {
        return;
    };
    if let Some(member) = members.get_mut(*first) {
        drop_empty(member, rest);
        if *member == json!({}) || *member == json!([]) {
            members.remove(*first);
        }
    }
}

/// What is put below the name of an event.
fn hooking(entry: Entry) -> Value {
    match entry {
        Entry::Grouped {
            matcher, timeout, ..
        } => {
            let handler = json!({"type": "command", "command": hook(), "timeout": timeout});
            json!({"matcher": matcher, "hooks": [handler]})
        }
        _ => json!({"command": MARK}),
    }
}

fn put(text: &str, entry: Entry) -> Result<String, Unreadable> {
    let root = json::read(text)?;
    if !root.is_object() {
        return Err(Unreadable::Shape("the file is no object".to_owned()));
    }
    match entry {
        Entry::Server => {
            let Some(servers) = root.member("mcpServers") else {
                let value = json!({SERVER: server()});
                return Ok(json::added(text, &root, Some("mcpServers"), &value));
            };
            expect(servers.is_object(), "mcpServers", "object")?;
            if servers.member(SERVER).is_some() {
                return Ok(text.to_owned());
            }
            Ok(json::added(text, servers, Some(SERVER), &server()))
        }
        Entry::Grouped { event, .. } => hooked(text, &root, event, &hooking(entry)),
        Entry::Plain { event } => {
            let mut text = text.to_owned();
            // A file that says nothing yet says first which form it has.
            if root.is_empty() {
                text = json::added(&text, &root, Some("version"), &json!(1));
            }
            let root = json::read(&text)?;
            hooked(&text, &root, event, &hooking(entry))
        }
        Entry::ServerTable => Err(Unreadable::Shape("it is no JSON".to_owned())),
    }
}

fn hooked(text: &str, root: &Node, event: &str, value: &Value) -> Result<String, Unreadable> {
    let Some(hooks) = root.member("hooks") else {
        let value = json!({event: [value]});
        return Ok(json::added(text, root, Some("hooks"), &value));
    };
    expect(hooks.is_object(), "hooks", "object")?;
    let Some(list) = hooks.member(event) else {
        return Ok(json::added(text, hooks, Some(event), &json!([value])));
    };
    expect(list.is_array(), event, "array")?;
    if list.elements().any(|one| is_ours(&one.value())) {
        return Ok(text.to_owned());
    }
    Ok(json::added(text, list, None, value))
}

/// The text without the entry. An object or array that is empty then goes, too.
pub(super) fn without(text: &str, entry: Entry) -> Result<String, Unreadable> {
    let made = taken(text, entry)?;
    if made == text {
        return Ok(made);
    }
    let mut wanted = json::read(text)?.value();
    match entry {
        Entry::Server => {
            let servers = wanted.get_mut("mcpServers");
            if let Some(servers) = servers.and_then(Value::as_object_mut) {
                servers.remove(SERVER);
            }
        }
        Entry::Grouped { event, .. } | Entry::Plain { event } => {
            let list = wanted.get_mut("hooks").and_then(|it| it.get_mut(event));
            if let Some(list) = list.and_then(Value::as_array_mut) {
                list.retain(|one| !is_ours(one));
                let handlers = list.iter_mut().filter_map(|it| it.get_mut("hooks"));
                for handlers in handlers.filter_map(Value::as_array_mut) {
                    handlers.retain(|one| !is_ours(one));
                }
            }
        }
        Entry::ServerTable => {}
    }
    held_to(made, wanted, entry)
}

fn taken(text: &str, entry: Entry) -> Result<String, Unreadable> {
    let root = json::read(text)?;
    match entry {
        Entry::Server => {
            let Some(servers) = root.member("mcpServers") else {
                return Ok(text.to_owned());
            };
            let ours = |key: &str, node: &Node| key == SERVER && serves(&node.value());
            let made = json::removed(text, servers, ours);
            pruned(made, text, &["mcpServers"])
        }
        Entry::Grouped { event, .. } | Entry::Plain { event } => {
            let list = root.member("hooks").and_then(|hooks| hooks.member(event));
            let Some(list) = list else {
                return Ok(text.to_owned());
            };
            let mut made = text.to_owned();
            // From the last to the first, so that the places of the others stay true.
            let groups: Vec<&Node> = list.elements().collect();
            for group in groups.into_iter().rev() {
                if let Some(handlers) = group.member("hooks").filter(|it| it.elements().count() > 1)
                {
                    made = json::removed(&made, handlers, |_, one| is_ours(&one.value()));
                }
            }
            let root = json::read(&made)?;
            let list = root.member("hooks").and_then(|hooks| hooks.member(event));
            if let Some(list) = list {
                made = json::removed(&made, list, |_, one| is_ours(&one.value()));
            }
            pruned(made, text, &["hooks", event])
        }
        Entry::ServerTable => Ok(text.to_owned()),
    }
}

/// Takes away what has become empty, from the inside out.
fn pruned(made: String, before: &str, path: &[&str]) -> Result<String, Unreadable> {
    if made == before {
        return Ok(made);
    }
    let mut made = made;
    for depth in (1..=path.len()).rev() {
        let root = json::read(&made)?;
        let (last, above) = match path[..depth].split_last() {
            Some((last, above)) => (*last, above),
            None => return Ok(made),
        };
        let mut parent = Some(&root);
        for key in above {
            parent = parent.and_then(|node| node.member(key));
        }
        let Some(parent) = parent else {
            return Ok(made);
        };
        // A comment in it is somebody's.
        let bare = |key: &str, node: &Node| key == last && node.is_bare(&made);
        made = json::removed(&made, parent, bare);
    }
    Ok(made)
}

/// Whether a text of JSON says nothing any more: no entry, at most which form it has.
pub(super) fn says_nothing(text: &str) -> bool {
    let value = json::read(text).map(|node| node.value());
    value.is_ok_and(|value| value == json!({}) || value == json!({"version": 1}))
        && !text.contains("//")
        && !text.contains("/*")
}

fn server() -> Value {
    json!({"command": "hive", "args": ["mcp"]})
}

/// Whether a server is hive's: a person may have given it another path or more arguments.
fn serves(value: &Value) -> bool {
    let first = value["args"].get(0).and_then(Value::as_str);
    first == Some("mcp")
}

/// Whether a hook, or the only one of a group, is hive's.
fn is_ours(value: &Value) -> bool {
    let command = |one: &Value| one["command"].as_str().is_some_and(|it| it.contains(MARK));
    match value["hooks"].as_array() {
        Some(handlers) => !handlers.is_empty() && handlers.iter().all(command),
        None => command(value),
    }
}

fn expect(holds: bool, name: &str, what: &str) -> Result<(), Unreadable> {
    if holds {
        return Ok(());
    }
    Err(Unreadable::Shape(format!("`{name}` in it is no {what}")))
}
