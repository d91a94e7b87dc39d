//! Coding agents: their settings, and the hook that they call after an edit.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use hive_test_support::{Ran, Sandbox};
use serde_json::{Value, json};

const FILES: [&str; 7] = [
    ".claude/settings.json",
    ".mcp.json",
    ".cursor/hooks.json",
    ".cursor/mcp.json",
    ".codex/hooks.json",
    ".codex/config.toml",
    ".gemini/settings.json",
];

fn repository() -> Sandbox {
    let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("first");
    sandbox
}

fn json_of(sandbox: &Sandbox, file: &str) -> Value {
    serde_json::from_str(&sandbox.read(file)).unwrap()
}

#[test]
fn hive_goes_in_and_out_without_a_trace() {
    let sandbox = repository();
    sandbox.hive(&["init", "--yes", "--agents"]).expect(0);
    let first: Vec<String> = FILES.iter().map(|file| sandbox.read(file)).collect();
    let hooks = &json_of(&sandbox, FILES[0])["hooks"]["PostToolUse"][0];
    let command = hooks["hooks"][0]["command"].as_str().unwrap();
    assert!(command.contains("hive agent-edit"), "{command}");
    assert_eq!(
        json_of(&sandbox, FILES[1])["mcpServers"]["hive"]["args"],
        json!(["mcp"])
    );
    assert_eq!(json_of(&sandbox, FILES[2])["version"], 1);
    assert!(sandbox.read(FILES[5]).contains("[mcp_servers.hive]\n"));
    // Once more, nothing changes.
    let again = sandbox.hive(&["init", "--yes", "--agents"]).expect(0);
    assert!(
        again.stderr.contains(".mcp.json: has hive already"),
        "{}",
        again.stderr
    );
    for (file, was) in FILES.iter().zip(&first) {
        assert_eq!(sandbox.read(file), *was, "{file}");
    }
    sandbox.hive(&["init", "--agents=off"]).expect(0);
    for file in FILES {
        assert!(!sandbox.path(file).exists(), "{file}");
    }
    for directory in [".claude", ".cursor", ".codex", ".gemini"] {
        assert!(!sandbox.path(directory).exists(), "{directory}");
    }
    sandbox
        .hive(&["init", "--agents=off"])
        .expect(0)
        .warns("has nothing of hive's");
}

#[test]
fn what_else_is_there_stays_byte_for_byte() {
    let sandbox = repository();
    let settings = "{\n\t// ours\n\t\"model\": \"x\",\n\t\"hooks\": {\n\t\t\"PostToolUse\": [\n\t\t\t{ \"matcher\": \"Bash\", \"hooks\": [] }\n\t\t]\n\t}\n}\n";
    let servers = "{ \"mcpServers\": { \"db\": { \"command\": \"db\" } } }";
    let config = "\u{feff}model = \"y\" # mine\r\n\r\n[tui]\r\ntheme = \"dark\"\r\n# the end\r\n";
    sandbox.write(FILES[0], settings);
    sandbox.write(FILES[1], servers);
    sandbox.write(FILES[5], config);
    sandbox
        .hive(&["init", "--yes", "--agents=claude,codex"])
        .expect(0);
    assert!(!sandbox.path(".cursor").exists() && !sandbox.path(".gemini").exists());
    let new = sandbox.read(FILES[0]);
    assert!(
        new.starts_with("{\n\t// ours\n\t\"model\": \"x\",\n"),
        "{new}"
    );
    assert!(
        new.contains("{ \"matcher\": \"Bash\", \"hooks\": [] },\n\t\t\t{\n"),
        "{new}"
    );
    assert!(
        sandbox
            .read(FILES[1])
            .contains("\"db\": { \"command\": \"db\" }, \"hive\"")
    );
    assert!(sandbox.read(FILES[5]).starts_with(config));
    sandbox.hive(&["init", "--agents=off"]).expect(0);
    assert_eq!(sandbox.read(FILES[0]), settings);
    assert_eq!(sandbox.read(FILES[1]), servers);
    assert_eq!(sandbox.read(FILES[5]), config);
    assert!(!sandbox.path(FILES[4]).exists());
    // A comment before hive's entry went on over the next one, which was lost with it.
    let own = "\"hive\": {\"command\": \"hive\", \"args\": [\"mcp\"]},";
    let servers = |own: &str| {
        format!(
            "{{\n \"mcpServers\": {{\n  // ours\n  {own} \"db\": {{\"command\": \"db\"}}\n }}\n}}\n"
        )
    };
    sandbox.write(FILES[1], servers(own));
    sandbox.hive(&["init", "--agents=off"]).expect(0);
    assert_eq!(sandbox.read(FILES[1]), servers(""));
}

/// A crash left a second name of the team's file, and the next file was written into it.
#[test]
fn a_file_that_was_placed_is_not_written_again_under_its_other_name() {
    let sandbox = repository();
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox.write("hive.toml", "# ours\n");
    fs::hard_link(
        sandbox.path("hive.toml"),
        sandbox.path(".git/hive/hive.toml.new"),
    )
    .unwrap();
    sandbox
        .hive(&["init", "--yes", "--agents=claude"])
        .expect(0);
    assert_eq!(sandbox.read("hive.toml"), "# ours\n");
    assert!(sandbox.path(FILES[1]).exists());
    assert!(!sandbox.path(".git/hive/hive.toml.new").exists());
}

#[test]
fn a_look_before_changes_nothing() {
    let sandbox = repository();
    sandbox.write(FILES[1], "{}\n");
    let ran = sandbox.hive(&["init", "--agents", "--dry-run"]).expect(0);
    assert!(
        ran.stdout.contains("--- a/.mcp.json\n+++ b/.mcp.json\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("+    \"hive\": {\n"), "{}", ran.stdout);
    assert_eq!(sandbox.read(FILES[1]), "{}\n");
    assert!(!sandbox.path(".claude").exists() && !sandbox.path("hive.toml").exists());
    assert!(!sandbox.path(".git/hooks/post-commit").exists());
    sandbox
        .hive(&["init", "--dry-run"])
        .expect(2)
        .warns("--agents");
    for (flag, error) in [
        ("--agents=emacs", "knows no coding agent `emacs`"),
        ("--agents=off,claude", "takes hive out of all"),
    ] {
        sandbox
            .hive(&["init", "--yes", flag])
            .expect(2)
            .warns(error);
    }
}

#[test]
fn what_cannot_be_read_or_lies_elsewhere_is_left_alone() {
    let sandbox = repository();
    let elsewhere = sandbox.directory().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::write(elsewhere.join("settings.json"), "{}\n").unwrap();
    symlink(&elsewhere, sandbox.path(".claude")).unwrap();
    sandbox.write(FILES[1], "{ broken\n");
    sandbox.write(FILES[2], "[]\n");
    sandbox.write("real.json", "{}\n");
    symlink("../real.json", {
        fs::create_dir(sandbox.path(".gemini")).unwrap();
        sandbox.path(FILES[6])
    })
    .unwrap();
    let ran = sandbox.hive(&["init", "--yes", "--agents"]).expect(0);
    for (file, reason) in [
        (FILES[0], "outside the repository"),
        (FILES[1], "line 1 is no JSON"),
        (FILES[2], "is no object"),
        (FILES[6], "symbolic link"),
    ] {
        let line = ran
            .stderr
            .lines()
            .find(|line| line.contains(&format!("{file}: left alone")));
        let line = line.unwrap_or_else(|| panic!("{file}: {}", ran.stderr));
        assert!(line.contains(reason), "{line}");
    }
    assert_eq!(
        fs::read_to_string(elsewhere.join("settings.json")).unwrap(),
        "{}\n"
    );
    assert_eq!(sandbox.read(FILES[1]), "{ broken\n");
    assert_eq!(sandbox.read("real.json"), "{}\n");
    // The others have it.
    assert!(sandbox.path(FILES[3]).exists() && sandbox.path(FILES[4]).exists());
}

#[test]
fn uninit_takes_out_what_git_does_not_track() {
    let sandbox = repository();
    sandbox.write(FILES[1], "{\"mcpServers\": {\"db\": {}}}\n");
    sandbox
        .hive(&["init", "--yes", "--agents=claude,gemini"])
        .expect(0);
    let tracked = sandbox.read(FILES[0]);
    sandbox.git(&["add", FILES[0]]).expect(0);
    sandbox.git(&["commit", "-qm", "agents"]).expect(0);
    sandbox.hive(&["uninit"]).expect(0).warns("--agents=off");
    assert_eq!(sandbox.read(FILES[0]), tracked);
    assert_eq!(sandbox.read(FILES[1]), "{\"mcpServers\": {\"db\": {}}}\n");
    assert!(!sandbox.path(".gemini").exists());
}

/// Calls the script of the hook with what an agent would give it.
fn hook(sandbox: &Sandbox, args: &[&str], input: &str) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/agent-edit.sh");
    let input_file = sandbox.directory().join("input");
    fs::write(&input_file, input).unwrap();
    let own = Path::new(env!("CARGO_BIN_EXE_hive")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = sandbox.command(Path::new("/bin/sh"), &[]);
    command
        .arg(script)
        .args(args)
        .env("PATH", format!("{}:{path}", own.display()))
        .stdin(fs::File::open(&input_file).unwrap());
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_hook_lays_out_what_was_edited_and_says_so() {
    let sandbox = repository();
    // The import is not used yet: the next edit will use it.
    let edited = "import os\nimport json\nx=undefined\n";
    let neat = "import json\nimport os\n\nx = undefined\n";
    let path = sandbox.path("pkg/a.py");
    let path = path.to_str().unwrap();
    let root = sandbox.root();
    let root = root.to_str().unwrap();
    let patch = "*** Begin Patch\n*** Update File: pkg/a.py\n@@\n-x\n+y\n*** End Patch\n";
    for (input, event) in [
        (
            json!({"hook_event_name": "PostToolUse", "cwd": root, "tool_name": "Write",
                "tool_input": {"file_path": path, "content": edited}}),
            "PostToolUse",
        ),
        (
            json!({"hook_event_name": "AfterTool", "cwd": root, "tool_name": "write_file",
                "tool_input": {"file_path": "pkg/a.py"}}),
            "AfterTool",
        ),
        (
            json!({"hook_event_name": "PostToolUse", "cwd": root, "tool_name": "apply_patch",
                "tool_input": {"command": patch}}),
            "PostToolUse",
        ),
        (
            json!({"hook_event_name": "afterFileEdit", "workspace_roots": [root],
                "file_path": path, "edits": []}),
            "",
        ),
    ] {
        sandbox.write("pkg/a.py", edited);
        let ran = hook(&sandbox, &[], &input.to_string()).expect(0);
        assert_eq!(sandbox.read("pkg/a.py"), neat, "{input}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        let said = if event.is_empty() {
            &answer["additional_context"]
        } else {
            assert_eq!(answer["hookSpecificOutput"]["hookEventName"], event);
            &answer["hookSpecificOutput"]["additionalContext"]
        };
        let said = said.as_str().unwrap();
        assert!(
            said.contains("hive has changed pkg/a.py (I001 ×1, format ×1): read it again"),
            "{said}"
        );
        assert!(said.contains("pkg/a.py:4:5: F821"), "{said}");
        // What is as it shall be and has nothing left is no word worth.
        sandbox.write("pkg/a.py", "x = 1\n");
        let ran = hook(&sandbox, &[], &input.to_string()).expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    }
    sandbox.write("pkg/a.py", edited);
    let ran = hook(&sandbox, &["pkg/a.py"], "").expect(0);
    assert!(
        ran.stdout.starts_with("hive has changed pkg/a.py"),
        "{ran:?}"
    );
}

#[test]
fn the_hook_never_fails_the_turn() {
    let sandbox = repository();
    let outside = sandbox.directory().join("outside.py");
    fs::write(&outside, "x=1\n").unwrap();
    symlink(&outside, sandbox.path("link.py")).unwrap();
    fs::write(sandbox.path(".git/x.py"), "x=1\n").unwrap();
    sandbox.write("notes.txt", "x=1\n");
    sandbox.write("broken.py", "x = (\n");
    let deep = "[".repeat(100_000);
    for input in [
        "",
        "{",
        "null",
        "[1,2]",
        &deep,
        "{\"tool_input\": {\"file_path\": 7}}",
        "{\"tool_input\": {\"file_path\": \"no/such.py\"}}",
        "{\"tool_input\": {\"file_path\": \"../outside.py\"}}",
        "{\"tool_input\": {\"file_path\": \"link.py\"}}",
        "{\"tool_input\": {\"file_path\": \".git/x.py\"}}",
        "{\"tool_input\": {\"file_path\": \"notes.txt\"}}",
        "{\"tool_input\": {\"file_path\": \"a\\u0000b.py\"}}",
    ] {
        let ran = hook(&sandbox, &[], input).expect(0);
        assert_eq!(ran.stdout, "", "{input}");
    }
    let ran = hook(&sandbox, &["broken.py"], "").expect(0);
    assert!(
        ran.stdout.contains("broken.py:2:1: invalid-syntax"),
        "{ran:?}"
    );
    for (path, text) in [
        (outside.clone(), "x=1\n"),
        (sandbox.path(".git/x.py"), "x=1\n"),
        (sandbox.path("notes.txt"), "x=1\n"),
        (sandbox.path("broken.py"), "x = (\n"),
    ] {
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    // Settings that cannot be used are said, and the turn goes on: also with what was
    // rewritten elsewhere.
    let other = sandbox.directory().join("other");
    fs::create_dir_all(&other).unwrap();
    let args = ["init", "-q", other.to_str().unwrap()];
    sandbox.git(&args).expect(0);
    let edited = ["a.py", "b.py"].map(|name| other.join(name));
    for path in &edited {
        fs::write(path, "x=1\n").unwrap();
    }
    sandbox.write("hive.toml", "nonsense = 1\n");
    let ran = hook(&sandbox, &["a.py", edited[0].to_str().unwrap()], "").expect(0);
    assert!(ran.stderr.contains("nonsense"), "{ran:?}");
    assert!(!ran.stderr.contains("error: error:"), "{ran:?}");
    assert!(ran.stdout.starts_with("hive has changed a.py"), "{ran:?}");
    fs::write(other.join("hive.toml"), "nonsense = 1\n").unwrap();
    sandbox.write("hive.toml", "");
    sandbox.write("a.py", "x=1\n");
    let ran = hook(&sandbox, &["a.py", edited[1].to_str().unwrap()], "").expect(0);
    assert!(ran.stdout.starts_with("hive has changed a.py"), "{ran:?}");
}
