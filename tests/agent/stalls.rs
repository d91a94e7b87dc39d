//! What goes on around an agent must neither stop it nor let it believe what is no longer
//! true: a machine that slept, settings that change, a binary that is replaced, decisions
//! that fall while it works.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use hive::Client;
use hive::client::{NewTask, Stage};
use hive_test_support::{older_ruff, wait_for};

use crate::ground::{Ground, MESSY, NEAT};

/// A repository whose project has a ruff of its own, trusted; `ruff` is what its script
/// does, with `@RUFF@` for the real one.
fn with_own_ruff(ruff: &str) -> Ground {
    let ground = Ground::bare();
    let real = older_ruff().join("bin/ruff").canonicalize().unwrap();
    ground.write(".gitignore", ".venv/\n");
    ground.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    ground.write(
        ".venv/lib/python3.12/site-packages/ruff-0.14.0.dist-info/METADATA",
        "Name: ruff\nVersion: 0.14.0\n",
    );
    ground.sandbox.script(
        ".venv/bin/ruff",
        &format!("#!/bin/sh\n{ruff}\n").replace("@RUFF@", &real.display().to_string()),
    );
    ground.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
    ground
}

/// Waits until a commit of hive's follows, whatever else there is to do.
fn follows(ground: &Ground, commit: &str) {
    wait_for("a commit that follows", || {
        let parent = ground.sandbox.git(&["rev-parse", "HEAD^"]).stdout;
        parent.trim() == commit && ground.subject().starts_with("chore(qa)")
    });
}

/// A laptop that slept longer than a lease: the agent claimed the same task again, took the
/// answer to an earlier question for that to a later one, and landed the file as it had
/// been before the person's change.
#[test]
fn an_answer_to_work_that_was_given_up_is_nobodys() {
    let go = |ground: &Ground| ground.outside("go");
    let ground = with_own_ruff("until [ -e \"$GO\" ]; do sleep 0.02; done\nexec '@RUFF@' \"$@\"");
    let script = ground.read(".venv/bin/ruff");
    let named = script.replace("\"$GO\"", &format!("'{}'", go(&ground).display()));
    ground.sandbox.script(".venv/bin/ruff", &named);
    ground.write("app.py", MESSY);
    ground.sandbox.commit("feat: as it was");
    fs::write(go(&ground), "").unwrap();
    ground.init();
    fs::remove_file(go(&ground)).unwrap();
    let ground = ground.watch();
    let text = format!("{MESSY}\n\ndef g(x):\n    return 41\n");
    ground.commit("app.py", &text, "feat: g");
    let starts = |times: usize| {
        let said = ground.everything_said();
        let ours = |line: &&String| {
            line.contains("\"task-started\"") && line.contains("\"path\":\"app.py\"")
        };
        said.iter().filter(ours).count() >= times
    };
    wait_for("the start", || starts(1));
    let database = rusqlite::Connection::open(ground.sandbox.path(".git/hive/hive.db")).unwrap();
    database
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let moved = database.execute(
        "UPDATE tasks SET lease_until = lease_until - 60000 WHERE state = 1",
        [],
    );
    assert_eq!(moved.unwrap(), 1);
    ground.write(".git/hive/wake", "post-commit\n");
    wait_for("the second start", || starts(2));
    fs::write(go(&ground), "").unwrap();
    ground.settled();
    assert!(
        ground.read("app.py").contains("def g(x):\n    return 41\n"),
        "{}",
        ground.read("app.py")
    );
    assert!(ground.stored("HEAD", "app.py").contains("return 41"));
    ground.is_clean();
}

/// A drain held the agent's lock and slept for ever.
#[test]
fn a_drain_does_not_wait_for_what_a_pause_or_a_missing_commit_holds_up() {
    let gone = |ground: &Ground| {
        wait_for("the end of the drain", || {
            ground.sandbox.processes().is_empty()
        });
    };
    for waits in ["pause", "orphan"] {
        let ground = Ground::new();
        ground.set("commit.mode", "hold");
        ground.commit("app.py", MESSY, "feat: app");
        ground.settled();
        if waits == "pause" {
            ground.hive(&["queue", "pause"]).expect(0);
            ground.commit("other.py", MESSY, "feat: other");
        } else {
            ground.git(&["switch", "-q", "--orphan", "fresh"]);
            ground.hive(&["hook", "post-checkout"]).expect(0);
        }
        gone(&ground);
        ground.hive(&["queue", "resume"]);
        ground.git(&["switch", "-q", "main"]);
        ground.commit("last.py", MESSY, "feat: last");
        ground.settled();
        ground.hive(&["apply"]).expect(0);
        wait_for("the fix", || ground.read("last.py") == NEAT);
    }
}

/// It kept every commit waiting until then.
#[test]
fn a_task_for_later_keeps_no_drain() {
    let ground = Ground::new();
    let client = Client::open(ground.sandbox.path(".")).unwrap();
    let later = hive::clock::wall_ms() + 3_600_000;
    let task = NewTask::fix(Stage::Qa, "clean.py", &[]).unwrap();
    client.tasks().create(task.not_before_ms(later)).unwrap();
    // This program, which is not hive, is not started for hive's work.
    let itself = std::env::current_exe().unwrap();
    let again = format!("{} drain", itself.display());
    let all = ground
        .sandbox
        .run("ps", &["-A", "-ww", "-o", "args="])
        .stdout;
    assert!(all.lines().all(|line| line != again), "{again}");
    for name in ["one.py", "two.py"] {
        let mine = ground.commit(name, MESSY, "feat: a file");
        follows(&ground, &mine);
    }
    wait_for("the end of the drain", || {
        ground.sandbox.processes().is_empty()
    });
}

/// The agent ended with "fix 5 is superseded: it cannot be held", and its service with it.
#[test]
fn a_fix_that_is_superseded_while_it_lands_ends_no_agent() {
    let ground = Ground::new();
    let (asks, answer) = (ground.outside("asks"), ground.outside("answer"));
    ground.sandbox.script(
        ".git/hooks/commit-msg",
        &format!(
            "#!/bin/sh\ngrep -q '^chore(qa)' \"$1\" || exit 0\n: >'{}'\n\
             until [ -e '{}' ]; do sleep 0.02; done\necho 'no ticket here' >&2\nexit 1\n",
            asks.display(),
            answer.display()
        ),
    );
    let ground = ground.watch();
    ground.commit("app.py", MESSY, "feat: app");
    wait_for("the hook", || asks.exists());
    ground
        .hive(&["plan", "create", "again", "app.py", "--start"])
        .expect(0);
    wait_for("the step", || {
        let shown = ground.hive(&["plan", "show", "again", "--json"]).expect(0);
        shown.stdout.contains("\"done\"")
            || ground
                .hive(&["queue", "list", "--state", "all"])
                .stdout
                .contains("superseded")
            || ground
                .everything_said()
                .iter()
                .filter(|line| line.contains("\"task-completed\""))
                .count()
                >= 2
    });
    fs::write(&answer, "").unwrap();
    ground.settled();
    fs::remove_file(ground.sandbox.path(".git/hooks/commit-msg")).unwrap();
    let mine = ground.commit("other.py", MESSY, "feat: other");
    ground.landed_after(&mine);
}

/// A tool that fails on every file was tried three times on each: what counted the
/// failures was never asked.
#[test]
fn a_tool_that_keeps_failing_is_left_alone_for_a_while() {
    let ground = with_own_ruff("exit 2");
    ground.init();
    let ground = ground.watch();
    for number in 0..12 {
        ground.write(&format!("m{number}.py"), MESSY);
    }
    ground.sandbox.commit("feat: many");
    wait_for("the breaker", || {
        ground
            .hive(&["stats"])
            .stdout
            .contains("the circuit breaker of ruff 0.14.0 is open")
    });
    let tasks = ground.tree().asked(&["queue", "list", "--json"]);
    let tasks = tasks["tasks"].as_array().unwrap();
    assert!(!tasks.is_empty());
    assert!(
        tasks.iter().all(|task| task["state"] != "dead"),
        "{tasks:?}"
    );
}

/// Saves that had just been noted were forgotten.
#[test]
fn settings_that_change_forget_no_save() {
    let ground = Ground::new();
    ground.set("save.quiet", "700ms");
    let ground = ground.watch();
    ground.write("app.py", MESSY);
    ground.set("commit.mode", "fixup");
    ground.said("\"settings-reloaded\"");
    wait_for("the save", || {
        ground.read("app.py") == NEAT.replace("import os\n", "import os\nimport sys\n")
    });
}

/// Workers were started from a file that was not there any more.
#[test]
fn an_agent_whose_binary_is_replaced_goes_on() {
    let ground = Ground::new();
    let own = ground.outside("hive");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_hive"));
    // A second name, where the file system has both.
    if fs::hard_link(&binary, &own).is_err() {
        fs::copy(&binary, &own).unwrap();
    }
    let mut agent = ground.sandbox.start_program(&own, &["watch", "--json"]);
    let runs = || {
        let status = ground.tree().asked(&["status", "--json"]);
        status["agent"]["kind"] == "watch"
    };
    wait_for("the agent", runs);
    let new = ground.outside("hive.new");
    fs::write(&new, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&new, &own).unwrap();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    follows(&ground, &mine);
    agent.kill().unwrap();
    agent.wait().unwrap();
}
