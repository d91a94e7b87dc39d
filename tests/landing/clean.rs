//! A work tree without edits, in every kind of repository.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hive::landing::{Left, Outcome};

use crate::ground::{AFTER, BEFORE, Ground};

#[test]
fn a_fix_becomes_a_commit_and_everything_is_clean() {
    let ground = Ground::new();
    let old = ground.oid("HEAD");
    let commits = ground.land();
    assert_eq!(commits, [ground.oid("HEAD")]);
    assert_eq!(ground.oid("HEAD~1"), old);
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.read("a.py"), AFTER);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    assert_eq!(
        ground.git(&["show", "--name-only", "--format=%s"]),
        "fix 0: 1 files\n\na.py\n"
    );
    for log in ["HEAD", "main"] {
        let line = ground.git(&["reflog", "-1", "--format=%H %gs", log]);
        assert_eq!(
            line,
            format!("{} commit: fix 0: 1 files\n", commits[0]),
            "{log}"
        );
    }
    assert_eq!(
        ground.git(&["rev-parse", "HEAD@{1}"]).trim(),
        old.to_string()
    );
    let kept = fs::read_dir(ground.root.join(".git/hive/displaced")).unwrap();
    let kept: Vec<_> = kept
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(
        kept.contains(&BEFORE.to_owned()),
        "displaced bytes are kept"
    );
    ground.is_sound();
}

#[test]
fn two_layers_are_two_commits_and_one_exchange() {
    let ground = Ground::new();
    let first = ground.fix("a.py", AFTER);
    let mut second = ground.fix("a.py", &AFTER.replace("return 1", "return 7"));
    ground.write("x", AFTER);
    second.before = ground.git(&["hash-object", "x"]).trim().parse().unwrap();
    fs::remove_file(ground.root.join("x")).unwrap();
    let outcome = ground.try_land(vec![vec![first], vec![second]]).unwrap();
    let Outcome::Landed { commits, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        commits,
        [(ground.oid("HEAD~1"), 0), (ground.oid("HEAD"), 1)]
    );
    assert_eq!(ground.git(&["show", "HEAD~1:a.py"]), AFTER);
    assert!(ground.read("a.py").contains("return 7"));
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn kinds_of_repositories() {
    for (name, init, setup) in [
        ("sha256", &["--object-format=sha256"][..], &[][..]),
        ("v4", &[], &[&["update-index", "--index-version=4"][..]][..]),
        ("split", &[], &[&["update-index", "--split-index"]]),
        (
            "untracked cache",
            &[],
            &[&["update-index", "--force-untracked-cache"]],
        ),
        ("skip hash", &[], &[&["config", "index.skipHash", "true"]]),
        ("packed refs", &[], &[&["pack-refs", "--all"]]),
        ("gc", &[], &[&["gc", "-q"]]),
        ("detached", &[], &[&["checkout", "-q", "--detach"]]),
        ("nested", &[], &[&["checkout", "-q", "-b", "feature/x/y"]]),
        (
            "packed nested",
            &[],
            &[&["checkout", "-q", "-b", "f/x"], &["pack-refs", "--all"]],
        ),
    ] {
        let ground = Ground::with(init);
        for args in setup {
            ground.git(args);
        }
        let head = ground.read(".git/HEAD");
        ground.land();
        if name != "detached" {
            assert_eq!(ground.read(".git/HEAD"), head, "{name}");
        }
        assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER, "{name}");
        assert_eq!(ground.git(&["status", "--porcelain"]), "", "{name}");
        assert_eq!(
            ground.git(&["reflog", "-1", "--format=%gs"]),
            "commit: fix 0: 1 files\n",
            "{name}"
        );
        ground.is_sound();
        if name == "v4" {
            assert_eq!(fs::read(ground.root.join(".git/index")).unwrap()[7], 4);
        }
        // Git goes on from there.
        ground.write("a.py", "x = 1\n");
        ground.commit("next");
        ground.is_sound();
    }
}

#[test]
fn the_mode_stays() {
    let ground = Ground::new();
    let path = ground.root.join("a.py");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    ground.commit("executable");
    fs::set_permissions(
        ground.root.join(".git/index"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    ground.land();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let index = fs::metadata(ground.root.join(".git/index")).unwrap();
    assert_eq!(index.permissions().mode() & 0o777, 0o640);
    assert!(
        ground
            .git(&["ls-tree", "HEAD", "a.py"])
            .starts_with("100755")
    );
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn line_endings_of_the_work_tree() {
    let ground = Ground::empty(&[]);
    ground.git(&["config", "core.autocrlf", "true"]);
    ground.write("a.py", &BEFORE.replace('\n', "\r\n"));
    ground.commit("first");
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), BEFORE);
    ground.land();
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    assert_eq!(ground.read("a.py"), AFTER.replace('\n', "\r\n"));
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn logs_that_are_not_kept_are_not_made() {
    let ground = Ground::empty(&[]);
    ground.git(&["config", "core.logAllRefUpdates", "false"]);
    ground.write("a.py", BEFORE);
    ground.commit("first");
    ground.land();
    assert!(!ground.root.join(".git/logs/HEAD").exists());
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
}

#[test]
fn a_linked_work_tree_has_its_own_head_and_index() {
    let ground = Ground::new();
    let (root, site) = ground.linked("side");
    let fix = ground.fix("a.py", AFTER);
    let tip = ground.oid("HEAD");
    let reference = Some("refs/heads/side".to_owned());
    let outcome = ground
        .land_at(&site, tip, reference, vec![vec![fix]])
        .unwrap();
    assert!(matches!(outcome, Outcome::Landed { .. }), "{outcome:?}");
    assert_eq!(fs::read_to_string(root.join("a.py")).unwrap(), AFTER);
    assert_eq!(
        ground.git(&["-C", root.to_str().unwrap(), "status", "--porcelain"]),
        ""
    );
    assert_eq!(ground.oid("side~1"), tip);
    assert_eq!(ground.oid("main"), tip);
    assert_eq!(ground.read("a.py"), BEFORE);
    let log = ground.git(&["-C", root.to_str().unwrap(), "reflog", "-1", "--format=%gs"]);
    assert_eq!(log, "commit: fix 0: 1 files\n");
    ground.is_sound();
}

#[test]
fn a_hook_for_references_is_asked() {
    let ground = Ground::new();
    let hook = ground.root.join(".git/hooks/reference-transaction");
    ground.write(
        ".git/hooks/reference-transaction",
        "#!/bin/sh\necho \"$1\" >> \"$(git rev-parse --git-dir)/asked\"\n",
    );
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    ground.land();
    assert!(ground.read(".git/asked").contains("prepared\ncommitted\n"));
    assert_eq!(
        ground.git(&["reflog", "-1", "--format=%gs"]),
        "commit: fix 0: 1 files\n"
    );
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();

    let ground = Ground::new();
    let hook = ground.root.join(".git/hooks/reference-transaction");
    ground.write(".git/hooks/reference-transaction", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let tip = ground.oid("HEAD");
    let outcome = ground
        .try_land(vec![vec![ground.fix("a.py", AFTER)]])
        .unwrap();
    assert!(matches!(outcome, Outcome::Lost(_)), "{outcome:?}");
    assert_eq!(ground.oid("HEAD"), tip);
    assert_eq!(ground.read("a.py"), BEFORE);
    ground.is_sound();
}

#[test]
fn a_fix_of_something_else_waits() {
    let ground = Ground::new();
    let mut fix = ground.fix("a.py", AFTER);
    fix.before = ground.oid("HEAD:b.txt");
    let outcome = ground.try_land(vec![vec![fix]]).unwrap();
    let Outcome::Nothing { left } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(matches!(&left[0].1, Left::Deferred(_)));
    ground.is_sound();
}

#[test]
fn a_thousand_files_are_one_commit() {
    let ground = Ground::empty(&[]);
    for at in 0..1000 {
        ground.write(&format!("d{}/f{at}.py", at % 17), &format!("x={at}\n"));
    }
    ground.commit("many");
    let fixes = ground.git(&["ls-tree", "-r", "HEAD"]);
    let fixes = fixes.lines().enumerate().map(|(at, line)| {
        let (entry, path) = line.split_once('\t').unwrap();
        let mut fix = hive::landing::Fix {
            id: at as u64,
            path: hive::repo::RepoPath::new(path).unwrap(),
            before: entry.split(' ').nth(2).unwrap().parse().unwrap(),
            after: ground.read(path).replace('=', " = ").into_bytes(),
            same_class: true,
            codes: Vec::new(),
            on_save: None,
        };
        fix.codes.clear();
        fix
    });
    let outcome = ground.try_land(vec![fixes.collect()]).unwrap();
    let Outcome::Landed { paths, held_us, .. } = outcome else {
        panic!("{outcome:?}");
    };
    println!("index locked for {held_us} µs");
    assert_eq!(paths.len(), 1000);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    assert_eq!(ground.read("d0/f17.py"), "x = 17\n");
    ground.is_sound();
}
