//! Files that are saved while `hive watch` runs.

use std::process::Command;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};
use crate::tree::Tree;

/// What a save makes of the messy file: its unused import stays.
fn laid_out() -> String {
    NEAT.replace("import os\n", "import os\nimport sys\n")
}

/// An agent that does not wait long.
fn watched() -> Ground {
    let ground = Ground::new();
    ground.set("save.quiet", "50ms");
    ground.watch()
}

/// Saves one more file and waits until it is fixed: what was saved before has been
/// looked at by then.
#[track_caller]
fn another_save(tree: &Tree<'_>, name: &str) {
    tree.write(name, MESSY);
    tree.until("the other save", || tree.read(name) == laid_out());
    tree.settled();
}

/// How often a file was worked on.
fn runs(ground: &Ground, path: &str) -> usize {
    let path = format!("\"path\":\"{path}\"");
    ground
        .everything_said()
        .iter()
        .filter(|line| line.contains("\"task-started\"") && line.contains(&path))
        .count()
}

#[test]
fn a_save_is_laid_out_once_and_never_committed() {
    let ground = watched();
    let tree = ground.tree();
    let head = tree.head();
    tree.write("app.py", MESSY);
    tree.until("a fixed file", || tree.read("app.py") == laid_out());
    ground.said("\"save-fixed\"");
    another_save(&tree, "new/deep/er.py");
    assert_eq!(runs(&ground, "app.py"), 1, "{}", tree.state());
    assert_eq!(tree.head(), head);
    assert_eq!(tree.git(&["status", "--porcelain"]), "?? app.py\n?? new/");
    assert_eq!(tree.git(&["diff", "--cached"]), "");
}

#[test]
fn an_open_editor_is_left_alone() {
    let ground = watched();
    let tree = ground.tree();
    for (path, lock) in [("vi.py", ".vi.py.swp"), ("emacs.py", ".#emacs.py")] {
        tree.write(lock, "x");
        tree.write(path, MESSY);
    }
    another_save(&tree, "other.py");
    for path in ["vi.py", "emacs.py"] {
        assert_eq!(tree.read(path), MESSY, "{path}");
    }
    // The editor is closed.
    std::fs::remove_file(tree.root.join(".vi.py.swp")).unwrap();
    tree.until("a fix after the editor", || {
        tree.read("vi.py") == laid_out()
    });
}

#[test]
fn an_undo_in_the_editor_is_a_no() {
    let ground = watched();
    let tree = ground.tree();
    tree.write("app.py", MESSY);
    tree.until("a fixed file", || tree.read("app.py") == laid_out());
    tree.settled();
    tree.write("app.py", MESSY);
    another_save(&tree, "other.py");
    assert_eq!(tree.read("app.py"), MESSY);
    assert_eq!(runs(&ground, "app.py"), 1, "{}", tree.state());
}

#[test]
fn saves_are_looked_at_as_the_settings_say() {
    for on_save in ["off", "check"] {
        let ground = Ground::new();
        ground.set("save.quiet", "50ms");
        ground.set("on_save", on_save);
        let ground = ground.watch();
        let tree = ground.tree();
        tree.write("app.py", MESSY);
        let mine = tree.commit("other.py", MESSY, "feat: other");
        tree.followed(&mine);
        if on_save == "check" {
            tree.until("a look at the save", || runs(&ground, "app.py") == 1);
            tree.settled();
        }
        assert_eq!(tree.read("app.py"), MESSY);
        // The settings change while the agent runs.
        ground.set("on_save", "fix");
        ground.said("\"settings-reloaded\"");
        tree.write("app.py", format!("{MESSY}\n"));
        tree.until("a fix under the new settings", || {
            tree.read("app.py") == laid_out()
        });
    }
}

#[test]
fn settings_of_the_team_take_effect_at_once() {
    let ground = watched();
    let tree = ground.tree();
    let settings = tree.read("hive.toml");
    let excluded = format!("exclude = [\"gen\"]\n{settings}");
    tree.write("hive.toml", excluded);
    ground.said("\"settings-reloaded\"");
    // What the team's file says counts when the person has agreed.
    ground.hive(&["trust", "--yes"]).expect(0);
    tree.write("gen/a.py", MESSY);
    another_save(&tree, "other.py");
    assert_eq!(tree.read("gen/a.py"), MESSY);
}

#[test]
fn settings_that_cannot_be_read_are_waited_out() {
    let ground = watched();
    let tree = ground.tree();
    let settings = tree.read("hive.toml");
    tree.write("hive.toml", "lint = \"nonsense\"\n");
    ground.said("the settings cannot be read");
    // It has not ended, and does nothing under settings that nobody has written.
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.write("hive.toml", settings);
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
}

#[test]
fn a_switch_of_branches_is_no_save() {
    let ground = watched();
    let tree = ground.tree();
    // Files that nobody has dealt with: they are a colleague's.
    tree.git(&["switch", "-q", "-c", "theirs"]);
    for number in 0..50 {
        tree.write(&format!("theirs/m{number}.py"), MESSY);
    }
    tree.git(&["add", "-A"]);
    tree.git(&[
        "-c",
        "user.email=eve@example.org",
        "commit",
        "-q",
        "-m",
        "theirs",
    ]);
    tree.settled();
    for _ in 0..2 {
        tree.git(&["switch", "-q", "main"]);
        tree.git(&["switch", "-q", "theirs"]);
    }
    another_save(&tree, "other.py");
    for number in 0..50 {
        assert_eq!(tree.read(&format!("theirs/m{number}.py")), MESSY);
    }
    assert_eq!(tree.git(&["status", "--porcelain"]), "?? other.py");
    let begun = ground
        .everything_said()
        .iter()
        .filter(|line| line.contains("task-enqueued") && line.contains("theirs/"))
        .count();
    assert_eq!(begun, 0, "{}", tree.state());
}

/// Each of them was rewritten; the pipe and the device were read without end.
#[test]
#[expect(clippy::disallowed_methods, reason = "std makes no pipes")]
fn what_nobody_has_saved_here_is_left_alone() {
    let ground = Ground::new();
    ground.set("save.quiet", "50ms");
    {
        let tree = ground.tree();
        tree.write(".gitignore", "ignored.py\nbuild/\n");
        tree.write("build/made.py", MESSY);
        tree.write("../elsewhere/old.py", MESSY);
        // Older than the steps that the clock of a virtual machine takes.
        let old = tree.root.join("../elsewhere/old.py");
        wait_for("the files to be old", || {
            let made = old.metadata().unwrap().modified().unwrap();
            made.elapsed().is_ok_and(|age| age.as_millis() > 1500)
        });
    }
    let ground = ground.watch();
    let tree = ground.tree();
    let at = |path: &str| tree.root.join(path);
    std::os::unix::fs::symlink("/dev/zero", at("device.py")).unwrap();
    let pipe = Command::new("mkfifo").arg(at("pipe.py")).status();
    assert!(pipe.unwrap().success());
    tree.write("ignored.py", MESSY);
    std::fs::rename(at("../elsewhere"), at("moved")).unwrap();
    another_save(&tree, "one.py");
    tree.write(".gitignore", "ignored.py\n");
    another_save(&tree, "two.py");
    for path in ["ignored.py", "moved/old.py", "build/made.py"] {
        assert_eq!(tree.read(path), MESSY, "{path}");
    }
    // They are watched like others from now on.
    tree.write("build/made.py", format!("{MESSY}\n"));
    tree.until("a save", || tree.read("build/made.py") == laid_out());
}
