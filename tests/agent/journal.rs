//! The stream of `hive watch --json`, and signals to whoever prints it.

use std::fs;
use std::io::{BufRead, BufReader};

use hive_test_support::wait_for;
use serde_json::Value;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn what_other_processes_do_is_streamed_in_order_and_once() {
    let ground = Ground::bare();
    ground.commit("old.py", MESSY, "feat: older than hive");
    ground.init();
    let ground = ground.watch();
    let tree = ground.tree();
    tree.settled();
    tree.hive(&["queue", "pause", "lunch"]).expect(0);
    ground.said("\"event\":\"paused\",\"reason\":\"lunch\"");
    tree.hive(&["queue", "resume"]).expect(0);
    ground.said("\"event\":\"resumed\"");
    tree.hive(&["fix", "--commit", "old.py"]).expect(0);
    ground.said("\"kind\":\"own\"");
    tree.hive(&["undo"]).expect(0);
    ground.said("\"kind\":\"undo\"");
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    let ids: Vec<i64> = ground
        .everything_said()
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["id"].as_i64())
        .filter(|id| *id > 0)
        .collect();
    assert!(ids.len() > 10, "{ids:?}");
    assert!(ids.windows(2).all(|two| two[0] + 1 == two[1]), "{ids:?}");
    tree.is_clean();
}

#[test]
fn a_save_ends_as_fixed() {
    let ground = Ground::new();
    ground.set("save.quiet", "50ms");
    let ground = ground.watch();
    let tree = ground.tree();
    tree.write("app.py", MESSY);
    ground.said("\"save-fixed\"");
    tree.settled();
    let said = ground.everything_said();
    let ended: Vec<Value> = said
        .iter()
        .filter(|line| line.contains("\"task-completed\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|entry: &Value| entry["path"] == "app.py")
        .collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["outcome"], "fixed", "{ended:?}");
    let shown = ended[0]["task"].to_string();
    tree.hive(&["queue", "show", &shown])
        .expect(0)
        .says("done (fixed)");
}

#[test]
fn a_rule_that_is_left_out_for_a_persons_no_is_said() {
    let ground = Ground::new().watch();
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    tree.hive(&["undo"]).expect(0);
    tree.settled();
    // Sorting concerns a block as a whole, which was declined.
    tree.commit("app.py", format!("{MESSY}\n\n\ny  =  1\n"), "feat: more");
    ground.said("\"event\":\"noted\"");
    tree.settled();
    let said = ground.everything_said().join("\n");
    assert!(
        said.contains("imports are not sorted in this file"),
        "{said}"
    );
}

#[test]
fn the_persons_settings_elsewhere_take_effect_in_a_running_agent() {
    let ground = Ground::new().watch();
    let tree = ground.tree();
    let directory = ground.sandbox.home().join(".config/hive");
    for (number, text) in [
        "[commit]\nmode = \"hold\"\n",
        "[commit]\nmode = \"direct\"\n[output]\ncolour = \"never\"\n",
    ]
    .iter()
    .enumerate()
    {
        fs::create_dir_all(&directory).unwrap();
        // As editors save.
        fs::write(directory.join("new"), text).unwrap();
        fs::rename(directory.join("new"), directory.join("config.toml")).unwrap();
        wait_for("the settings to be read", || {
            let said = ground.everything_said();
            let read = said
                .iter()
                .filter(|line| line.contains("\"settings-reloaded\""));
            read.count() > number
        });
    }
    ground.said("\"changed\":[\"commit.mode\"]");
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
}

#[test]
fn a_background_job_of_a_script_is_stopped_by_sigterm() {
    let ground = Ground::new();
    let hive = env!("CARGO_BIN_EXE_hive");
    // What a shell without job control does to a job that it starts with `&`.
    let script = format!("trap '' INT; exec '{hive}' watch --json");
    let mut child = ground.sandbox.start_program("sh", &["-c", &script]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("agent-started")));
    let pid = child.id().to_string();
    ground.sandbox.run("kill", &["-INT", &pid]).expect(0);
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.tree().followed(&mine);
    assert!(child.try_wait().unwrap().is_none(), "SIGINT is ignored");
    ground.sandbox.run("kill", &["-TERM", &pid]).expect(0);
    assert!(lines.any(|line| line.unwrap().contains("agent-stopped")));
    assert!(child.wait().unwrap().success());
}
