//! Edits that are not committed, staged or not.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, UNIX_EPOCH};

use hive::landing::reconcile::Dirty;
use hive::landing::{Left, Outcome, Target};

use crate::ground::{AFTER, BEFORE, Ground};

#[test]
fn an_edited_file_gets_the_fix_merged_in() {
    let ground = Ground::new();
    ground.write("a.py", &BEFORE.replace("return 1", "return 1 + mine"));
    ground.land();
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.git(&["show", ":a.py"]), AFTER);
    assert_eq!(
        ground.read("a.py"),
        AFTER.replace("return 1", "return 1 + mine")
    );
    assert_eq!(ground.git(&["status", "--porcelain"]), " M a.py\n");
    ground.is_sound();
}

#[test]
fn staged_and_unstaged_edits_both_survive() {
    let ground = Ground::new();
    ground.write("a.py", &BEFORE.replace("return 1", "return staged"));
    ground.git(&["add", "a.py"]);
    let both = BEFORE
        .replace("return 1", "return staged")
        .replace("return sys.path", "return unstaged");
    ground.write("a.py", &both);
    ground.write("b.txt", "staged too\n");
    ground.git(&["add", "b.txt"]);
    ground.land();
    let staged = AFTER.replace("return 1", "return staged");
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.git(&["show", ":a.py"]), staged);
    assert_eq!(
        ground.read("a.py"),
        staged.replace("return sys.path", "return unstaged")
    );
    assert_eq!(
        ground.git(&["status", "--porcelain"]),
        "MM a.py\nM  b.txt\n"
    );
    assert_eq!(ground.git(&["show", "HEAD:b.txt"]), "other\n");
    ground.is_sound();
}

#[test]
fn what_cannot_be_merged_waits() {
    let ground = Ground::new();
    ground.write("a.py", &BEFORE.replace("import os", "import os, mine"));
    let tip = ground.oid("HEAD");
    assert!(matches!(ground.left(), Left::Deferred(_)));
    assert_eq!(ground.oid("HEAD"), tip);
    assert!(ground.read("a.py").contains("os, mine"));
    ground.is_sound();

    let mut ground = Ground::new();
    ground.dirty = Dirty::Defer;
    ground.write("a.py", &BEFORE.replace("return 1", "return 2"));
    assert!(matches!(ground.left(), Left::Deferred(_)));
}

#[test]
fn an_absent_file_stays_absent() {
    let ground = Ground::new();
    fs::remove_file(ground.root.join("a.py")).unwrap();
    ground.land();
    assert!(!ground.root.join("a.py").exists());
    assert_eq!(ground.git(&["status", "--porcelain"]), " D a.py\n");
    ground.is_sound();
}

#[test]
fn what_is_left_alone() {
    type Make = fn(&Ground);
    let cases: [(&str, Make); 7] = [
        ("staged deletion", |ground| {
            ground.git(&["rm", "-q", "--cached", "a.py"]);
        }),
        ("skip-worktree", |ground| {
            ground.git(&["update-index", "--skip-worktree", "a.py"]);
        }),
        ("assume-valid", |ground| {
            ground.git(&["update-index", "--assume-unchanged", "a.py"]);
        }),
        ("hard link", |ground| {
            fs::hard_link(ground.root.join("a.py"), ground.root.join("twin")).unwrap();
        }),
        ("symbolic link", |ground| {
            fs::rename(ground.root.join("a.py"), ground.root.join("real")).unwrap();
            symlink("real", ground.root.join("a.py")).unwrap();
        }),
        ("mode", |ground| {
            ground.git(&["update-index", "--chmod=+x", "a.py"]);
        }),
        ("conflict", |ground| {
            let blob = ground.oid("HEAD:a.py");
            let lines = [1, 2, 3].map(|at| format!("100644 {blob} {at}\ta.py\n"));
            ground.write("stages", &lines.concat());
            ground.git(&["rm", "-q", "--cached", "a.py"]);
            let mut command = ground.command(&["update-index", "--index-info"]);
            command.stdin(fs::File::open(ground.root.join("stages")).unwrap());
            assert!(command.status().unwrap().success());
        }),
    ];
    for (name, make) in cases {
        let ground = Ground::new();
        make(&ground);
        let before = ground.git(&["status", "--porcelain"]);
        let tip = ground.oid("HEAD");
        let outcome = ground
            .try_land(vec![vec![ground.fix("a.py", AFTER)]])
            .unwrap();
        match outcome {
            Outcome::Nothing { left } => {
                assert!(matches!(left[0].1, Left::Skipped(_)), "{name}: {left:?}");
            }
            Outcome::Lost(_) if name == "conflict" => {}
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(ground.oid("HEAD"), tip, "{name}");
        assert_eq!(ground.git(&["status", "--porcelain"]), before, "{name}");
        assert_eq!(ground.read("a.py"), BEFORE, "{name}");
        ground.is_sound();
    }
}

#[test]
fn a_stash_entry_on_the_tip_makes_its_paths_wait() {
    let ground = Ground::new();
    ground.write("a.py", &BEFORE.replace("return 1", "return stashed"));
    ground.git(&["stash"]);
    assert!(matches!(ground.left(), Left::Deferred(_)));
    ground.git(&["stash", "pop", "-q"]);
    ground.land();
    assert!(ground.read("a.py").contains("return stashed"));
    ground.is_sound();
}

#[test]
fn a_save_in_the_instant_of_the_index_is_still_seen() {
    for version in ["2", "4"] {
        let ground = Ground::new();
        // Another time of change alone would give the save away.
        ground.git(&["config", "core.trustctime", "false"]);
        ground.git(&["update-index", "--index-version", version]);
        let instant = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        let set = |path: &str| {
            let file = fs::OpenOptions::new()
                .append(true)
                .open(ground.root.join(path))
                .unwrap();
            file.set_modified(instant).unwrap();
        };
        set("b.txt");
        ground.git(&["update-index", "--refresh"]);
        // Same size, and as old as the index: git sees the change by content only.
        ground.write("b.txt", "OTHER\n");
        set("b.txt");
        set(".git/index");
        ground.land();
        assert_eq!(
            ground.git(&["status", "--porcelain"]),
            " M b.txt\n",
            "v{version}"
        );
        ground.is_sound();
    }
}

#[test]
fn a_branch_of_its_own_leaves_everything_else() {
    let mut ground = Ground::new();
    ground.target = Target::Branch("refs/heads/hive/main".to_owned());
    let tip = ground.oid("HEAD");
    ground.land();
    assert_eq!(ground.oid("HEAD"), tip);
    assert_eq!(ground.oid("hive/main~1"), tip);
    assert_eq!(ground.git(&["show", "hive/main:a.py"]), AFTER);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.write("b.txt", "next\n");
    ground.commit("next");
    ground.land();
    assert_eq!(
        ground
            .git(&["rev-list", "--parents", "-1", "hive/main"])
            .split(' ')
            .count(),
        3
    );
    ground.is_sound();
}
