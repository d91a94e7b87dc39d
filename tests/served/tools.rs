//! `hive mcp`: the tools do what the commands do, and nothing that those would not.

use std::fs;
use std::os::unix::fs::symlink;

use hive_test_support::{Sandbox, older_ruff};
use serde_json::{Value, json};

use crate::ground::{Ground, MESSY, NEAT};
use crate::wire::{Wire, text};

/// A repository with a question about a bare `except`.
fn asked() -> Ground {
    let ground = Ground::new();
    let code = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n";
    ground.commit("a.py", code, "feat: a");
    ground.hive(&["wait"]);
    ground.settled();
    ground
}

fn greeted(ground: &Ground) -> Wire {
    let mut wire = Wire::mcp(&ground.sandbox);
    wire.greet();
    wire
}

fn open(wire: &mut Wire) -> Vec<Value> {
    let result = wire.call("escalations_list", &json!({}));
    let found = &result["structuredContent"]["escalations"];
    found.as_array().unwrap().clone()
}

#[test]
fn every_tool_says_what_it_takes() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    let mut wire = Wire::mcp(&sandbox);
    wire.greet();
    let tools = wire.ask("tools/list", &json!({}))["result"]["tools"].clone();
    let tools = tools.as_array().unwrap();
    assert_eq!(tools.len(), 15);
    for tool in tools {
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object", "{tool}");
        assert_eq!(schema["additionalProperties"], false, "{tool}");
        assert!(schema["properties"].is_object(), "{tool}");
        assert!(tool["description"].as_str().unwrap().len() > 30, "{tool}");
        for (name, property) in schema["properties"].as_object().unwrap() {
            let described = property.get("description").is_some();
            assert!(described, "{name} of {tool}");
        }
    }
    let (status, rest) = wire.end();
    assert!(status.success() && rest.is_empty(), "{status} {rest:?}");
}

#[test]
fn questions_are_answered_as_by_hand() {
    let ground = asked();
    let mut wire = greeted(&ground);
    let questions = open(&mut wire);
    let id = questions[0]["id"].clone();
    for (tool, arguments, state) in [
        (
            "escalations_snooze",
            json!({"ids": [id], "hours": 2}),
            "snoozed",
        ),
        ("escalations_reopen", json!({"ids": [id]}), "open"),
        (
            "escalations_dismiss",
            json!({"ids": [id], "note": "--why not"}),
            "dismissed",
        ),
        ("escalations_reopen", json!({"ids": [id]}), "open"),
        ("escalations_resolve", json!({"ids": [id]}), "resolved"),
        ("escalations_reopen", json!({"ids": [id]}), "open"),
    ] {
        let result = wire.call(tool, &arguments);
        assert_eq!(result["isError"], false, "{tool}: {result}");
        assert_eq!(
            result["structuredContent"]["done"][0]["state"], state,
            "{result}"
        );
    }
    let shown = wire.call("escalations_show", &json!({"id": id}));
    assert_eq!(
        shown["structuredContent"]["escalation"]["note"],
        "--why not"
    );
    let listed = wire.call(
        "escalations_list",
        &json!({"path": "a.py", "level": "error"}),
    );
    assert_eq!(listed["structuredContent"]["escalations"][0]["id"], id);
    let root = ground.sandbox.root();
    for path in [".", "./", root.to_str().unwrap()] {
        let listed = wire.call("escalations_list", &json!({"path": path}));
        assert_eq!(
            listed["structuredContent"]["escalations"][0]["id"], id,
            "{path}"
        );
    }

    let result = wire.call(
        "escalations_suppress",
        &json!({"ids": [id], "reason": "a broken file counts as none"}),
    );
    assert_eq!(result["isError"], false, "{result}");
    assert!(
        ground
            .read("a.py")
            .contains("# noqa: E722 - a broken file counts as none")
    );
    let (status, _) = wire.end();
    assert!(status.success());
}

#[test]
fn what_cannot_be_done_is_an_error_with_the_reason() {
    let ground = asked();
    let mut wire = greeted(&ground);
    let before = ground.read("a.py");
    for (tool, arguments, says) in [
        (
            "escalations_show",
            json!({"id": 77}),
            "there is no question 77",
        ),
        ("escalations_apply", json!({"ids": [77]}), "77"),
        ("escalations_apply", json!({"ids": []}), "names no question"),
        (
            "escalations_apply",
            json!({"ids": [-1]}),
            "no number of a question",
        ),
        ("escalations_apply", json!({"ids": ["1"]}), "do not fit"),
        (
            "escalations_apply",
            json!({"ids": vec![1; 2000]}),
            "too many",
        ),
        ("escalations_apply", json!({"id": 1}), "unknown field `id`"),
        (
            "escalations_suppress",
            json!({"ids": [1], "reason": "  "}),
            "needs a reason",
        ),
        (
            "escalations_dismiss",
            json!({"ids": [1], "note": "x".repeat(9000)}),
            "9000 bytes",
        ),
        (
            "escalations_dismiss",
            json!({"ids": [1], "note": "a\u{0}b"}),
            "NUL",
        ),
        (
            "escalations_snooze",
            json!({"ids": [1], "hours": 0}),
            "no while",
        ),
        (
            "escalations_list",
            json!({"states": ["gone"]}),
            "unknown variant",
        ),
        ("check", json!({"since": "--output=x"}), "--output=x"),
        (
            "check",
            json!({"paths": ["no/such.py"]}),
            "cannot be opened",
        ),
        ("fix", json!({"paths": []}), "names no file"),
        ("fix", json!([1]), "do not fit"),
        ("wait", json!({"seconds": 100_000}), "1 to 600"),
        (
            "lease",
            json!({"paths": ["a.py"], "seconds": 0}),
            "1 to 86400",
        ),
    ] {
        let result = wire.call(tool, &arguments);
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result}");
        let said = text(&result);
        assert!(said.contains(says), "{tool} {arguments}: {said}");
    }
    assert_eq!(ground.read("a.py"), before);
    // What can be done is done, and what cannot is said.
    let both = wire.call("escalations_dismiss", &json!({"ids": [1, 77]}));
    assert_eq!(both["isError"], true, "{both}");
    assert_eq!(both["structuredContent"]["done"][0]["id"], 1, "{both}");
    assert_eq!(both["structuredContent"]["failed"][0]["id"], 77, "{both}");
    assert!(wire.end().0.success());
}

#[test]
fn files_are_fixed_and_checked() {
    let ground = Ground::new();
    ground.write("pkg/a.py", MESSY);
    ground.write("b.py", "print(undefined)\n");
    let mut wire = greeted(&ground);
    let patch = wire.call("fix", &json!({"paths": ["pkg/a.py"], "diff": true}));
    let patch = patch["structuredContent"]["files"][0]["patch"].clone();
    assert!(patch.as_str().unwrap().contains("-import sys\n"), "{patch}");
    assert_eq!(ground.read("pkg/a.py"), MESSY);
    let absolute = ground.sandbox.path("pkg").to_str().unwrap().to_owned();
    let fixed = wire.call("fix", &json!({"paths": [absolute]}));
    assert_eq!(fixed["isError"], false, "{fixed}");
    assert_eq!(fixed["structuredContent"]["files"][0]["status"], "fixed");
    assert_eq!(ground.read("pkg/a.py"), NEAT);
    let checked = wire.call("check", &json!({}));
    assert_eq!(checked["isError"], false, "{checked}");
    let codes = &checked["structuredContent"]["files"][0]["findings"][0]["code"];
    assert_eq!(codes, "F821", "{checked}");
    assert!(text(&checked).contains("F821"));
    let why = wire.call("why", &json!({"path": "b.py"}));
    assert_eq!(why["structuredContent"]["why"]["path"], "b.py");
    let lease = wire.call("lease", &json!({"paths": ["b.py"], "seconds": 30}));
    assert_eq!(lease["structuredContent"]["leases"][0]["path"], "b.py");
    let over = wire.call("lease", &json!({"paths": ["b.py"], "release": true}));
    assert_eq!(over["structuredContent"]["released"][0], "b.py");
    assert!(wire.end().0.success());
}

#[test]
fn only_files_of_the_repository_are_touched() {
    let ground = Ground::new();
    let outside = ground.outside("elsewhere");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("x.py"), MESSY).unwrap();
    symlink(outside.join("x.py"), ground.sandbox.path("link.py")).unwrap();
    symlink(&outside, ground.sandbox.path("way")).unwrap();
    fs::write(ground.sandbox.path(".git/x.py"), MESSY).unwrap();
    symlink(".git", ground.sandbox.path("dot")).unwrap();
    let mut wire = greeted(&ground);
    let absolute = outside.join("x.py").to_str().unwrap().to_owned();
    for path in [
        "link.py",
        "way/x.py",
        "way",
        "../elsewhere/x.py",
        "src/../../elsewhere/x.py",
        &absolute,
        "/etc/passwd",
        ".git/x.py",
        ".GIT/x.py",
        "dot/x.py",
        "",
        "a\u{0}b",
    ] {
        for tool in ["fix", "check", "why", "lease"] {
            let arguments = match tool {
                "why" => json!({"path": path}),
                _ => json!({"paths": ["clean.py", path]}),
            };
            let result = wire.call(tool, &arguments);
            assert_eq!(result["isError"], true, "{tool} {path:?}: {result}");
        }
    }
    for file in [outside.join("x.py"), ground.sandbox.path(".git/x.py")] {
        assert_eq!(fs::read_to_string(file).unwrap(), MESSY);
    }
    // An argument that looks like a flag is a file.
    ground.write("--plain", "");
    let result = wire.call("fix", &json!({"paths": ["--plain"]}));
    assert!(!text(&result).contains("unexpected argument"), "{result}");
    assert!(wire.end().0.success());
}

#[test]
fn a_repository_that_is_not_trusted_holds() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write(
        "pyproject.toml",
        "[tool.ruff]\nrequired-version = \"==0.14.0\"\n[tool.ruff.lint]\nselect = [\"F\"]\n",
    );
    sandbox.write(".gitignore", ".venv\n");
    symlink(older_ruff(), sandbox.path(".venv")).unwrap();
    sandbox.write("a.py", "import os\n");
    sandbox.commit("first");
    let mut wire = Wire::mcp(&sandbox);
    wire.greet();
    let result = wire.call("fix", &json!({"paths": ["a.py"]}));
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(
        result["structuredContent"]["held"][0]["tool"], "ruff",
        "{result}"
    );
    assert!(text(&result).contains("hive trust"), "{result}");
    assert_eq!(sandbox.read("a.py"), "import os\n");
    assert!(wire.end().0.success());
}

#[test]
fn without_a_repository_every_call_says_so() {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    let mut wire = Wire::mcp(&sandbox);
    wire.greet();
    let result = wire.call("status", &json!({}));
    assert_eq!(result["isError"], true, "{result}");
    assert!(text(&result).contains("no git repository"), "{result}");
    assert!(wire.end().0.success());

    let ground = Ground::new();
    let root = ground.sandbox.root();
    let mut wire = Wire::start(&sandbox, &["mcp", "--root", root.to_str().unwrap()], false);
    wire.greet();
    let status = wire.call("status", &json!({}));
    assert_eq!(status["structuredContent"]["questions"], 0, "{status}");
    assert!(wire.end().0.success());
}

#[test]
fn a_call_is_cancelled_and_others_go_on() {
    let mut ground = Ground::new();
    // The agent waits for a quiet moment, and `wait` for the agent.
    ground.sandbox.set("HIVE_COMMIT_QUIET", "60s");
    ground.start();
    ground.write("a.py", MESSY);
    ground.sandbox.commit("feat: a");
    let mut wire = greeted(&ground);
    let wait = json!({"name": "wait", "arguments": {"seconds": 600}});
    let waiting = wire.request("tools/call", &wait);
    let other = wire.call("status", &json!({}));
    assert_eq!(other["isError"], false, "{other}");
    wire.notify(
        "notifications/cancelled",
        &json!({"requestId": waiting, "reason": "enough"}),
    );
    wire.notify("notifications/cancelled", &json!({"requestId": 4711}));
    // Nothing runs any more: the server ends at once, and has not answered.
    let (status, rest) = wire.end();
    assert!(status.success());
    assert!(rest.iter().all(|one| one["id"] != waiting), "{rest:?}");
}

#[test]
fn an_answer_that_is_too_long_leaves_out_what_is_last() {
    let ground = Ground::new();
    let line = "print(undefined_name_of_some_length)\n";
    for at in 0..40 {
        ground.write(&format!("many/f{at:02}.py"), &line.repeat(40));
    }
    let mut wire = greeted(&ground);
    let result = wire.call("check", &json!({"paths": ["many"]}));
    let content = &result["structuredContent"];
    let kept = content["files"].as_array().unwrap().len();
    assert!(kept > 0 && kept < 40, "{kept}");
    assert_eq!(content["omitted"]["files"], 40 - kept);
    assert_eq!(content["totals"]["findings"], 1600);
    assert!(text(&result).len() < 300_000);
    assert!(wire.end().0.success());
}
