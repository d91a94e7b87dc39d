//! Plans, worked off by the agent and by the drain that starting them begins.

use std::fmt::Write as _;

use hive_test_support::wait_for;
use serde_json::Value;

use crate::ground::{Ground, MESSY, NEAT};

/// A repository whose files were committed before hive came, so that none was ever looked
/// at: `b` imports `a`, `c` imports `b`, `d` stands alone.
fn old(watch: bool) -> Ground {
    let ground = Ground::bare();
    for (name, import) in [("a", "sys"), ("b", "a"), ("c", "b"), ("d", "sys")] {
        ground.write(
            &format!("{name}.py"),
            &format!("import os\nimport {import}\nx  =  {import}\n"),
        );
    }
    ground.sandbox.commit("feat: old files");
    ground.init();
    if watch { ground.watch() } else { ground }
}

fn shown(ground: &Ground, plan: &str) -> Value {
    let ran = ground.hive(&["plan", "show", plan, "--json"]).expect(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[track_caller]
fn ends(ground: &Ground, plan: &str, status: &str) -> Value {
    wait_for("the end of a plan", || {
        ["completed", "failed", "cancelled"]
            .iter()
            .any(|end| shown(ground, plan)["status"] == *end)
    });
    ground.settled();
    let shown = shown(ground, plan);
    assert_eq!(shown["status"], status, "{shown}");
    shown
}

/// The names of steps in the order in which their tasks ended.
fn in_order(ground: &Ground) -> Vec<String> {
    let log = ground
        .hive(&["log", "--json", "--all", "-n", "1000"])
        .expect(0)
        .stdout;
    let log: Value = serde_json::from_str(&log).unwrap();
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| entry["event"] == "task-completed")
        .map(|entry| entry["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_whole_repository_is_fixed_in_import_order() {
    for watch in [true, false] {
        let ground = old(watch);
        let begun = ground.head();
        ground
            .hive(&["plan", "create", "all", "--import-order"])
            .expect(0)
            .warns("all is a draft of ");
        let draft = shown(&ground, "all");
        assert_eq!(draft["status"], "draft");
        assert_eq!(
            draft["critical_path"],
            serde_json::json!(["a.py qa", "b.py qa", "c.py qa", "c.py golden"])
        );
        ground.settled();
        assert_eq!(ground.head(), begun, "a draft does nothing");
        ground.hive(&["plan", "approve", "all"]).expect(0);
        ground.hive(&["plan", "start", "all"]).expect(0);
        let ended = ends(&ground, "all", "completed");
        assert_eq!(ended["done"], ended["total"], "{ended}");
        for (name, import) in [("a", "sys"), ("b", "a"), ("c", "b"), ("d", "sys")] {
            let text = format!("import {import}\n\nx = {import}\n");
            assert_eq!(ground.read(&format!("{name}.py")), text);
        }
        let order = in_order(&ground);
        let place = |path: &str| order.iter().position(|one| one == path).unwrap();
        assert!(
            place("a.py") < place("b.py") && place("b.py") < place("c.py"),
            "{order:?}"
        );
        let log = ground.git(&["log", "--format=%s", &format!("{begun}..")]);
        assert!(
            log.lines().all(|line| line.starts_with("chore(qa)")),
            "{log}"
        );
        ground.is_clean();
    }
}

#[test]
fn one_rule_is_applied_everywhere_and_nothing_else() {
    let ground = old(true);
    ground
        .hive(&["plan", "create", "unused", "--rule", "F401", "--start"])
        .expect(0);
    ends(&ground, "unused", "completed");
    assert_eq!(ground.read("a.py"), "import sys\nx  =  sys\n");
    assert_eq!(ground.read("d.py"), "import sys\nx  =  sys\n");
    ground
        .hive(&[
            "plan", "create", "layout", "d.py", "--rule", "format", "--start",
        ])
        .expect(0);
    let ended = ends(&ground, "layout", "completed");
    assert_eq!(ended["total"], 1, "{ended}");
    assert_eq!(ground.read("d.py"), "import sys\n\nx = sys\n");
    assert_eq!(ground.read("a.py"), "import sys\nx  =  sys\n");
    ground.is_clean();
}

#[test]
fn a_golden_rule_is_applied_everywhere_beside_older_questions() {
    let ground = Ground::bare();
    ground.write("hive.toml", "[golden]\npreset = \"full\"\n");
    let told = "import os\n\n\ndef load(name):\n    print(os.sep, name)\n    return name\n";
    for name in ["one", "two"] {
        ground.write(&format!("shop/{name}.py"), told);
    }
    ground.sandbox.commit("feat: shop");
    ground.init();
    ground.sandbox.hive(&["trust", "--yes"]).expect(0);
    let rules = ground.hive(&["rules", "list", "--json"]).stdout;
    let print = rules.contains("no-print") || rules.contains("print");
    assert!(print, "{rules}");
    let ran = ground
        .hive(&["plan", "create", "x", "--rule", "GR99"])
        .expect(2);
    assert!(ran.stderr.contains("GR99"), "{}", ran.stderr);
    let code = code_of_print(&ground);
    ground
        .hive(&["plan", "create", "told", "--rule", &code, "--start"])
        .expect(0);
    let ended = ends(&ground, "told", "completed");
    assert_eq!(
        (&ended["total"], &ended["steps"][0]["stage"]),
        (&3.into(), &"golden".into())
    );
    for name in ["one", "two"] {
        let text = ground.read(&format!("shop/{name}.py"));
        assert!(text.contains("logger."), "{text}");
    }
    assert!(
        ground.subject().starts_with("chore(golden)"),
        "{}",
        ground.subject()
    );
    ground.is_clean();
}

/// The code of the rule against `print`.
fn code_of_print(ground: &Ground) -> String {
    let found = ground
        .hive(&["check", "--format", "json", "shop/one.py"])
        .stdout;
    let found: Value = serde_json::from_str(&found).unwrap();
    let findings = found["files"][0]["findings"].as_array().unwrap().clone();
    let print = findings.iter().find(|finding| {
        let message = finding["message"].as_str().unwrap_or_default();
        message.contains("print")
    });
    print.unwrap()["code"].as_str().unwrap().to_owned()
}

/// What is more than `commit.max_lines` is a question for a commit, and not for a plan
/// that somebody has approved.
#[test]
fn an_approved_plan_is_not_bound_by_max_lines() {
    let ground = Ground::bare();
    let mut long = String::new();
    for number in 0..600 {
        writeln!(long, "x_{number}  =  {number}").unwrap();
    }
    ground.write("long.py", &long);
    ground.sandbox.commit("feat: long");
    ground.init();
    ground
        .hive(&["plan", "create", "all", "long.py", "--start"])
        .expect(0);
    ends(&ground, "all", "completed");
    assert!(ground.read("long.py").starts_with("x_0 = 0\nx_1 = 1\n"));
    let questions = ground.hive(&["escalations", "list", "--json"]).stdout;
    assert!(questions.contains("\"escalations\": []"), "{questions}");
    ground.is_clean();
}

/// What its steps made is held: the plan is not completed before that has landed.
#[test]
fn a_plan_whose_fixes_are_held_is_completed_when_they_are_applied() {
    let ground = old(true);
    ground.set("commit.mode", "hold");
    ground
        .hive(&["plan", "create", "one", "a.py", "--start"])
        .expect(0);
    wait_for("the fix to be held", || {
        shown(&ground, "one")["landing"] == 1 && {
            let status = ground.hive(&["status", "--json"]).expect(0).stdout;
            status.contains("\"held\"")
        }
    });
    ground.settled();
    let plan = shown(&ground, "one");
    assert_eq!(
        (&plan["status"], &plan["done"]),
        (&"executing".into(), &plan["total"]),
        "{plan}"
    );
    ground
        .hive(&["plan", "show", "one"])
        .expect(0)
        .says("1 fix waits to land: hive status");
    ground
        .hive(&["status"])
        .expect(0)
        .says("done, 1 fix waits to land");
    ground.hive(&["apply", "--commit"]).expect(0);
    let ended = ends(&ground, "one", "completed");
    assert_eq!(ended["landing"], 0, "{ended}");
    assert_eq!(ground.stored("HEAD", "a.py"), "import sys\n\nx = sys\n");
    ground.is_clean();
}

/// Edits that are not committed stay what they are, in a file that a plan fixes.
#[test]
fn a_plan_fixes_what_is_committed_and_leaves_edits_alone() {
    let ground = old(false);
    let edited = "import os\nimport sys\nx  =  sys\n\n\n\n\ny  =  1\n";
    ground.write("d.py", edited);
    ground.hive(&["plan", "create", "all", "--start"]).expect(0);
    ends(&ground, "all", "completed");
    wait_for("the landing", || {
        ground.stored("HEAD", "d.py") == "import sys\n\nx = sys\n"
    });
    let now = ground.read("d.py");
    assert!(now.contains("y  =  1"), "{now}");
}

#[test]
fn a_plan_from_a_file_is_paused_goes_on_and_is_drawn() {
    let ground = old(true);
    ground.write(
        "plan.toml",
        "name = \"two\"\nabout = \"a, then d\"\n[[step]]\nname = \"first\"\npath = \"a.py\"\n\
         [[step]]\npath = \"d.py\"\nrules = [\"I001\", \"format\"]\nafter = [\"first\"]\n",
    );
    ground
        .hive(&["plan", "create", "--file", "plan.toml"])
        .expect(0);
    let dot = ground
        .hive(&["plan", "show", "two", "--format", "dot"])
        .expect(0)
        .stdout;
    assert!(
        dot.starts_with("digraph plan {") && dot.contains("s0 -> s1 [penwidth=3];"),
        "{dot}"
    );
    let mermaid = ground
        .hive(&["plan", "show", "two", "--format", "mermaid"])
        .expect(0)
        .stdout;
    assert!(
        mermaid.contains("s0[\"first\"]") && mermaid.contains("s0 ==> s1"),
        "{mermaid}"
    );
    ground.hive(&["queue", "pause"]).expect(0);
    ground.hive(&["plan", "approve", "two"]).expect(0);
    ground.hive(&["plan", "start", "1"]).expect(0);
    ground.hive(&["plan", "pause", "two"]).expect(0);
    ground.hive(&["queue", "resume"]).expect(0);
    ground.settled();
    let paused = shown(&ground, "two");
    assert_eq!(
        (&paused["status"], &paused["done"]),
        (&"paused".into(), &0.into()),
        "{paused}"
    );
    assert_eq!(paused["progress"]["blocked"], 2, "{paused}");
    ground
        .hive(&["status"])
        .expect(0)
        .says("two: 0 of 2 done, paused");
    ground.hive(&["plan", "resume", "two"]).expect(0);
    ends(&ground, "two", "completed");
    assert_eq!(ground.read("a.py"), "import sys\n\nx = sys\n");
    assert_eq!(ground.read("d.py"), "import os\nimport sys\n\nx = sys\n");
    assert!(ground.read("b.py").contains("x  =  a"));
    ground.hive(&["plan", "list"]).expect(0).says("completed");
    ground
        .hive(&["plan", "show", "two"])
        .expect(0)
        .says("2 of 2 done");
    ground.hive(&["plan", "cancel", "two"]).expect(2);
}

/// A file that died takes its dependants along; the plan goes on with what is left when it
/// is started again.
#[test]
fn a_plan_that_failed_is_started_again_for_the_rest() {
    let ground = old(true);
    ground.commit("d.py", "def f(:\n", "feat: broken");
    ground.settled();
    ground.write(
        "plan.toml",
        "name = \"broken\"\n[[step]]\npath = \"gone.py\"\n[[step]]\npath = \"a.py\"\n\
         after = [\"gone.py\"]\n",
    );
    ground
        .hive(&["plan", "create", "-f", "plan.toml", "--start"])
        .expect(0);
    // What is gone has nothing to be done about it.
    ends(&ground, "broken", "completed");
    assert_eq!(ground.read("a.py"), "import sys\n\nx = sys\n");
    ground.hive(&["queue", "pause"]).expect(0);
    ground
        .hive(&["plan", "create", "rest", "--import-order", "--start"])
        .expect(0);
    let steps = shown(&ground, "rest");
    let first = steps["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "a.py qa");
    let task = first.unwrap()["task"].to_string();
    ground.hive(&["queue", "cancel", &task]).expect(0);
    ground.hive(&["queue", "resume"]).expect(0);
    let failed = ends(&ground, "rest", "failed");
    let states: Vec<(&str, &str)> = failed["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .filter(|(name, _)| ["a.py qa", "b.py qa", "c.py qa"].contains(name))
        .collect();
    assert_eq!(
        states,
        [
            ("a.py qa", "cancelled"),
            ("b.py qa", "cancelled"),
            ("c.py qa", "cancelled")
        ]
    );
    ground
        .hive(&["plan", "show", "rest"])
        .expect(0)
        .says(&format!("task {task} was cancelled"));
    ground.hive(&["plan", "start", "rest"]).expect(0);
    ends(&ground, "rest", "completed");
    assert_eq!(ground.read("c.py"), "import b\n\nx = b\n");
}

/// A commit of a file while its step waits: each is done, and the newest content wins.
#[test]
fn a_commit_of_a_file_that_a_plan_waits_to_fix_is_dealt_with_as_ever() {
    let ground = old(true);
    ground.hive(&["plan", "create", "all"]).expect(0);
    ground.hive(&["plan", "approve", "all"]).expect(0);
    ground.hive(&["queue", "pause"]).expect(0);
    ground.hive(&["plan", "start", "all"]).expect(0);
    ground.commit("d.py", MESSY, "feat: d");
    ground.hive(&["queue", "resume"]).expect(0);
    ends(&ground, "all", "completed");
    wait_for("the fix of the commit", || ground.read("d.py") == NEAT);
    ground.settled();
    ground.is_clean();
}

/// What one plan has made of a file waits to land when the step of another one comes.
#[test]
fn two_plans_over_one_file_take_nothing_from_each_other() {
    for watch in [true, false] {
        let ground = old(watch);
        ground.hive(&["queue", "pause"]).expect(0);
        for (name, rule) in [("unused", "F401"), ("layout", "format")] {
            ground
                .hive(&["plan", "create", name, "--rule", rule, "--start"])
                .expect(0);
        }
        ground.hive(&["queue", "resume"]).expect(0);
        ends(&ground, "unused", "completed");
        ends(&ground, "layout", "completed");
        for (name, import) in [("a", "sys"), ("b", "a"), ("c", "b"), ("d", "sys")] {
            let text = format!("import {import}\n\nx = {import}\n");
            assert_eq!(ground.read(&format!("{name}.py")), text, "{watch}");
        }
        ground.is_clean();
    }
    // So does a fix that is held.
    let ground = old(true);
    ground.set("commit.mode", "hold");
    ground.commit("d.py", MESSY, "feat: d");
    ground.status_says("d.py: commit.mode is hold");
    ground
        .hive(&[
            "plan", "create", "layout", "d.py", "--rule", "format", "--start",
        ])
        .expect(0);
    ground.status_says("d.py: another fix of it waits to land");
    ground.hive(&["apply", "--commit"]).expect(0);
    ends(&ground, "layout", "completed");
    assert_eq!(ground.stored("HEAD", "d.py"), NEAT);
}

/// A plan whose tool does not run is not done.
#[test]
fn a_plan_fails_where_its_tool_is_held() {
    let ground = Ground::bare();
    ground.write("a.py", "import os\nx=1\n");
    ground.write(
        "pyproject.toml",
        "[tool.black]\n[tool.ruff]\nlint.select = [\"F\"]\n",
    );
    ground.sandbox.commit("feat: old files");
    ground.init();
    let plan = |name: &str, rule: &[&str], end: &str| {
        let args = [&["plan", "create", name, "a.py", "--start"], rule].concat();
        ground.hive(&args).expect(0);
        ends(&ground, name, end)
    };
    plan("all", &[], "failed");
    let said = ground.hive(&["plan", "show", "all"]).expect(0);
    said.says("black is held: black is used here and is not installed; uv tool install black");
    plan("layout", &["--rule", "format"], "failed");
    // What it is not about may be held.
    plan("unused", &["--rule", "F401"], "completed");
    assert_eq!(ground.read("a.py"), "x=1\n");
}

/// A fix of a plan was superseded while the plan was not under way.
#[test]
fn a_plan_that_is_started_again_does_what_came_to_nothing() {
    let ground = old(true);
    ground.set("commit.mode", "hold");
    ground
        .hive(&["plan", "create", "one", "d.py", "--rule", "F401", "--start"])
        .expect(0);
    ground.status_says("d.py: commit.mode is hold");
    ground.hive(&["plan", "cancel", "one"]).expect(0);
    let text = ground.read("d.py");
    ground.commit("d.py", &format!("{text}\n\n\ny = 1\n"), "feat: y");
    wait_for("the fix of the commit", || {
        let kept = ground.hive(&["history", "d.py", "--json"]).expect(0).stdout;
        kept.contains("superseded")
    });
    ground.hive(&["plan", "start", "one"]).expect(0);
    let again = shown(&ground, "one");
    assert_eq!(again["done"], 0, "{again}");
}
