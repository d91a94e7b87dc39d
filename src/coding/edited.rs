//! What a hook of a coding agent says of an edit. Pure.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The fields that name a file, in the order in which they are believed.
const NAMES: [&str; 5] = [
    "file_path",
    "filePath",
    "path",
    "notebook_path",
    "absolute_path",
];
/// The lines of a patch that name a file.
const PATCHED: [&str; 3] = ["*** Update File: ", "*** Add File: ", "*** Move to: "];

/// Files that were edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// As they were named, made absolute where it is said from where.
    pub paths: Vec<PathBuf>,
    /// How the agent wants to be answered.
    pub reply: Reply,
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Words.
    Plain,
    /// An object that adds to what the agent knows, for this event.
    Context(String),
    /// An object with one field.
    Field,
}

impl Reply {
    /// The answer with its line end.
    pub fn of(&self, text: &str) -> String {
        match self {
            Self::Plain => format!("{text}\n"),
            Self::Context(event) => {
                let output = json!({"hookEventName": event, "additionalContext": text});
                format!("{}\n", json!({"hookSpecificOutput": output}))
            }
            Self::Field => format!("{}\n", json!({"additional_context": text})),
        }
    }
}

/// Reads what a hook gets on standard input: the JSON of the common agents, or one path a
/// line.
pub fn edited(text: &str) -> Edited {
    let Ok(said) = serde_json::from_str::<Value>(text) else {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        return Edited {
            paths: lines.map(PathBuf::from).collect(),
            reply: Reply::Plain,
        };
    };
    let event = said["hook_event_name"].as_str();
    let reply = match event {
        Some(event @ ("PostToolUse" | "AfterTool")) => Reply::Context(event.to_owned()),
        Some("afterFileEdit" | "postToolUse") => Reply::Field,
        _ => Reply::Plain,
    };
    let base = said["cwd"]
        .as_str()
        .or_else(|| said["workspace_roots"].get(0)?.as_str());
    let mut names = Vec::new();
    let inputs = [&said["tool_input"], &said["toolInput"], &said];
    if let Some(one) = inputs
        .iter()
        .find_map(|of| NAMES.iter().find_map(|name| of[*name].as_str()))
    {
        names.push(one);
    }
    for of in inputs {
        let lists = ["paths", "files"]
            .into_iter()
            .filter_map(|name| of[name].as_array());
        names.extend(lists.flatten().filter_map(Value::as_str));
        let patches = ["command", "input", "patch"]
            .into_iter()
            .filter_map(|name| of[name].as_str());
        names.extend(patches.flat_map(patched));
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for name in names {
        let path = base.map_or_else(|| PathBuf::from(name), |base| Path::new(base).join(name));
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Edited { paths, reply }
}

/// The files that a patch adds or changes.
fn patched(patch: &str) -> Vec<&str> {
    let lines = patch.lines().map(str::trim_end);
    lines
        .filter_map(|line| PATCHED.iter().find_map(|mark| line.strip_prefix(mark)))
        .map(str::trim)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Edited, Reply, edited};

    #[test]
    fn the_hooks_of_the_common_agents_are_understood() {
        let context = |event: &str| Reply::Context(event.to_owned());
        for (text, paths, reply) in [
            (
                r#"{"session_id":"1","cwd":"/r","hook_event_name":"PostToolUse","tool_name":"Edit",
                    "tool_input":{"file_path":"/r/a.py","old_string":"x","new_string":"y"},
                    "tool_response":{"filePath":"/r/a.py"}}"#,
                &["/r/a.py"][..],
                context("PostToolUse"),
            ),
            (
                r#"{"cwd":"/r","hook_event_name":"AfterTool","tool_name":"replace",
                    "tool_input":{"file_path":"a.py"}}"#,
                &["/r/a.py"],
                context("AfterTool"),
            ),
            (
                r#"{"hook_event_name":"afterFileEdit","file_path":"/r/a.py","edits":[],
                    "workspace_roots":["/r"]}"#,
                &["/r/a.py"],
                Reply::Field,
            ),
            (
                r#"{"cwd":"/r","hook_event_name":"PostToolUse","tool_name":"apply_patch",
                    "tool_input":{"command":"*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: b/c.py\n+z\n*** Delete File: d.py\n*** End Patch\n"}}"#,
                &["/r/a.py", "/r/b/c.py"],
                context("PostToolUse"),
            ),
            (
                r#"{"paths":["a.py","b.py"]}"#,
                &["a.py", "b.py"],
                Reply::Plain,
            ),
            ("a.py\n  b c.py \n\n", &["a.py", "b c.py"], Reply::Plain),
            ("", &[], Reply::Plain),
            ("null", &[], Reply::Plain),
            (
                r#"{"hook_event_name":7,"tool_input":[1],"cwd":{}}"#,
                &[],
                Reply::Plain,
            ),
        ] {
            let expected = Edited {
                paths: paths.iter().map(Into::into).collect(),
                reply,
            };
            assert_eq!(edited(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_have_the_form_that_the_agent_reads() {
        assert_eq!(Reply::Plain.of("a"), "a\n");
        assert_eq!(
            Reply::Context("AfterTool".to_owned()).of("a\"b"),
            "{\"hookSpecificOutput\":{\"hookEventName\":\"AfterTool\",\"additionalContext\":\"a\\\"b\"}}\n"
        );
        assert_eq!(Reply::Field.of("a"), "{\"additional_context\":\"a\"}\n");
    }
}
