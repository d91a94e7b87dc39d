//! `hive apply --commit`: patches and held fixes as commits.

use crate::answers::{KEPT, with_patch};
use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn the_patch_of_a_question_is_committed() {
    let ground = with_patch();
    let mine = ground.head();
    let said = ground.hive(&["apply", "1", "--commit"]).expect(0).stdout;
    assert!(
        said.contains("the patch of question 1 is committed: kept.py"),
        "{said}"
    );
    assert!(
        said.contains(&ground.head()[..7]) && said.contains("on main"),
        "{said}"
    );
    assert_eq!(ground.git(&["rev-parse", "HEAD^"]), mine);
    assert_eq!(
        ground.stored("HEAD", "kept.py"),
        KEPT.replace("import os\n", "")
    );
    assert_eq!(ground.read("kept.py"), ground.stored("HEAD", "kept.py"));
    let message = ground.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.contains("F401") && message.contains("Hive-Worker: QA-1"),
        "{message}"
    );
    ground.is_clean();
    // It is hive's own: undo takes it back, history has it, and nothing is asked again.
    ground.hive(&["history", "kept.py"]).expect(0).says("F401");
    let open = ground.hive(&["escalations", "--json"]).expect(0).stdout;
    assert!(open.contains("\"escalations\": []"), "{open}");
    ground.hive(&["undo"]).expect(0);
    assert_eq!(ground.read("kept.py"), KEPT);
}

/// Edits that are not committed stay what they are, and so does what is staged.
#[test]
fn what_is_not_committed_is_left_alone() {
    let ground = with_patch();
    let edited = format!("{KEPT}Y = 1\n");
    ground.write("kept.py", &edited);
    ground.write("staged.py", "a = 1\n");
    ground.git(&["add", "staged.py"]);
    ground
        .hive(&["escalations", "apply", "1", "--commit"])
        .expect(0);
    assert_eq!(
        ground.stored("HEAD", "kept.py"),
        KEPT.replace("import os\n", "")
    );
    assert_eq!(ground.read("kept.py"), edited.replace("import os\n", ""));
    assert_eq!(
        ground.git(&["status", "--porcelain"]),
        " M kept.py\nA  staged.py"
    );
    ground.is_sound();
}

#[test]
fn what_may_not_land_says_why() {
    let ground = with_patch();
    let mine = ground.head();
    // The lines are other ones in what is committed.
    let met = KEPT.replace("import os\n", "import os, re\n");
    ground.git(&["config", "core.hooksPath", "/dev/null"]);
    let theirs = ground.commit("kept.py", &met, "feat: re");
    assert_ne!(mine, theirs);
    let said = ground.hive(&["apply", "1", "--commit"]).expect(2).stderr;
    assert!(said.contains("does not fit what is committed"), "{said}");
    assert_eq!(ground.head(), theirs);
    ground.git(&["reset", "--quiet", "--hard", &mine]);
    // A branch on which hive commits nothing.
    ground.git(&["switch", "--quiet", "-c", "release/1"]);
    let said = ground.hive(&["apply", "1", "--commit"]).expect(2).stderr;
    assert!(said.contains("protected"), "{said}");
    assert_eq!(ground.head(), mine);
    assert_eq!(ground.read("kept.py"), KEPT);
    let unknown = ground.hive(&["apply", "99", "--commit"]).expect(2).stderr;
    assert!(unknown.contains("99"), "{unknown}");
}

#[test]
fn held_fixes_are_committed() {
    let mut ground = Ground::new();
    ground.sandbox.set("HIVE_COMMIT_MODE", "hold");
    for name in ["one.py", "two.py"] {
        ground.commit(name, MESSY, name);
        ground.hive(&["wait"]);
    }
    ground.settled();
    let mine = ground.head();
    ground
        .hive(&["status"])
        .expect(0)
        .says("commit.mode is hold");
    let said = ground.hive(&["apply", "--commit"]).expect(0).stdout;
    assert!(
        said.contains("one.py is committed") && said.contains("two.py"),
        "{said}"
    );
    assert_eq!(ground.git(&["rev-parse", "HEAD^"]), mine);
    for name in ["one.py", "two.py"] {
        assert_eq!(ground.stored("HEAD", name), NEAT);
        assert_eq!(ground.read(name), NEAT);
    }
    ground.is_clean();
    // The next hook does not say that they are kept back.
    let own = hive::repo::Place::find(&ground.sandbox.root()).unwrap();
    let told = own.own_dir().join(hive::notice::NOTICE);
    let told = std::fs::read_to_string(told).unwrap_or_default();
    assert!(!told.contains("commit.mode"), "{told}");
    let nothing = ground.hive(&["apply", "--commit"]).expect(0).stderr;
    assert!(nothing.contains("no fix is held"), "{nothing}");
    ground.hive(&["history", "one.py"]).expect(0).says("landed");
}

/// A pushed tip gets no commit, whoever asks.
#[test]
fn a_pushed_tip_holds_it_back() {
    let ground = Ground::new();
    let origin = ground.outside("origin.git");
    let origin = origin.to_str().unwrap();
    ground.git(&["init", "--quiet", "--bare", origin]);
    ground.git(&["remote", "add", "origin", origin]);
    ground.git(&["config", "core.hooksPath", "/dev/null"]);
    let mine = ground.commit("one.py", MESSY, "feat: one");
    ground.git(&["push", "--quiet", "-u", "origin", "main"]);
    ground.git(&["config", "--unset", "core.hooksPath"]);
    ground.drain();
    ground.settled();
    let said = ground.hive(&["apply", "--commit"]).expect(2).stderr;
    assert!(said.contains("has the tip already"), "{said}");
    assert_eq!(ground.head(), mine);
}
