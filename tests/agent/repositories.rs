//! Kinds of repositories, of work trees and of files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn the_first_commit_of_a_new_branch_in_a_new_worktree() {
    let ground = Ground::new();
    let before = ground.head();
    let linked = ground.beside("linked");
    ground.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    let tree = ground.tree_at(&linked);
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
    assert_eq!(tree.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "side");
    // The other work tree has not noticed.
    assert_eq!(ground.head(), before);
    ground.is_clean();
}

#[test]
fn two_worktrees_with_work_each() {
    let ground = Ground::new().watch();
    let linked = ground.beside("linked");
    ground.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    let tree = ground.tree_at(&linked);
    let first = tree.commit("app.py", MESSY, "feat: there");
    let here = ground.commit("app.py", MESSY, "feat: here");
    tree.followed(&first);
    ground.landed_after(&here);
    let second = tree.commit("more.py", MESSY, "feat: more");
    tree.followed(&second);
    for path in ["app.py", "more.py"] {
        assert_eq!(tree.read(path), NEAT);
    }
    assert_eq!(ground.read("app.py"), NEAT);
    tree.is_clean();
    ground.is_clean();
}

#[test]
fn a_submodule_and_the_project_around_it() {
    let ground = Ground::new();
    let origin = ground.beside("origin");
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
        ground.git(&["config", "--global", name, value]);
    }
    ground.git(&["init", "-q", "-b", "main", origin.to_str().unwrap()]);
    ground
        .tree_at(&origin)
        .commit("base.py", "x = 1\n", "begin");
    ground.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        origin.to_str().unwrap(),
        "sub",
    ]);
    let tree = ground.tree();
    let around = tree.commit_all("chore: add sub");
    let inside = ground.tree_at(&ground.sandbox.path("sub"));
    inside.hive(&["init", "--yes"]).expect(0);
    inside.git(&["add", "-A"]);
    inside.git(&["commit", "-q", "-m", "hive"]);
    inside.settled();

    let mine = inside.commit("app.py", MESSY, "feat: inside");
    inside.followed(&mine);
    assert_eq!(inside.read("app.py"), NEAT);
    inside.is_clean();
    let linked = inside.head();

    // The commit around it takes the new link along; hive's commit changes its file only.
    assert_eq!(tree.head(), around);
    tree.write("around.py", MESSY);
    let mine = tree.commit_all("feat: around");
    tree.followed(&mine);
    assert_eq!(tree.read("around.py"), NEAT);
    assert_eq!(tree.git(&["rev-parse", "HEAD:sub"]), linked);
    assert_eq!(
        tree.git(&["show", "--format=", "--name-only", "HEAD"]),
        "around.py"
    );
    tree.is_clean();
}

#[test]
fn line_endings_are_kept() {
    let (messy, neat) = (MESSY.replace('\n', "\r\n"), NEAT.replace('\n', "\r\n"));
    for (autocrlf, attributes, stored) in [
        (true, "", NEAT),
        (false, "*.py text eol=crlf\n", NEAT),
        (false, "*.py -text\n", neat.as_str()),
    ] {
        let ground = Ground::new();
        ground.write(".gitattributes", attributes);
        ground.sandbox.commit("attributes");
        if autocrlf {
            ground.git(&["config", "core.autocrlf", "true"]);
        }
        let tree = ground.tree();
        let mine = tree.commit("app.py", &messy, "feat: app");
        tree.followed(&mine);
        assert_eq!(tree.read("app.py"), neat, "{autocrlf} {attributes}");
        let shown = ground.sandbox.git(&["cat-file", "blob", "HEAD:app.py"]);
        assert_eq!(shown.stdout, stored, "{autocrlf} {attributes}");
        tree.is_clean();
    }
}

#[test]
fn modes_stay_and_symlinks_are_not_replaced() {
    let ground = Ground::new();
    let tree = ground.tree();
    let script = format!("#!/usr/bin/env python3\n{MESSY}");
    tree.write("run.py", script);
    tree.write("target.txt", MESSY);
    fs::set_permissions(tree.root.join("run.py"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("run.py", tree.root.join("link.py")).unwrap();
    symlink("target.txt", tree.root.join("other.py")).unwrap();
    symlink("nowhere.py", tree.root.join("dangling.py")).unwrap();
    let mine = tree.commit_all("feat: run");
    tree.followed(&mine);
    assert_eq!(
        tree.read("run.py"),
        format!("#!/usr/bin/env python3\n{NEAT}")
    );
    let about = tree.root.join("run.py").metadata().unwrap();
    assert_eq!(about.permissions().mode() & 0o7777, 0o755);
    assert_eq!(tree.read("target.txt"), MESSY);
    for (link, target) in [
        ("link.py", "run.py"),
        ("other.py", "target.txt"),
        ("dangling.py", "nowhere.py"),
    ] {
        let found = fs::read_link(tree.root.join(link)).unwrap();
        assert_eq!(found.to_str(), Some(target));
    }
    assert_eq!(
        tree.git(&["diff", "--raw", "--abbrev=1", "HEAD^", "HEAD"])
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>(),
        [":100755", "100755"]
    );
    assert_eq!(
        tree.git(&["show", "--format=", "--name-only", "HEAD"]),
        "run.py"
    );
    tree.is_clean();
}

#[test]
fn a_sha256_repository() {
    let ground = Ground::bare();
    fs::remove_dir_all(ground.sandbox.path(".git")).unwrap();
    ground.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    ground.git(&["config", "user.name", "Ada"]);
    ground.git(&["config", "user.email", "ada@example.org"]);
    ground.sandbox.commit("begin");
    ground.init();
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    assert_eq!(mine.len(), 64);
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
}

#[test]
fn indexes_of_other_kinds_stay_what_they_are() {
    for (option, sign) in [
        ("--split-index", &b"link"[..]),
        ("--index-version=4", &b"DIRC\0\0\0\x04"[..]),
        ("--force-untracked-cache", &b"UNTR"[..]),
    ] {
        let ground = Ground::new();
        let tree = ground.tree();
        tree.git(&["update-index", option]);
        let has = || {
            let index = fs::read(tree.root.join(".git/index")).unwrap();
            index.windows(sign.len()).any(|part| part == sign)
        };
        tree.git(&["status"]);
        assert!(has(), "{option}");
        let mine = tree.commit("app.py", MESSY, "feat: app");
        tree.followed(&mine);
        assert!(has(), "{option} is gone after a landing");
        assert_eq!(tree.read("app.py"), NEAT);
        tree.is_clean();
    }
}

#[test]
fn a_file_system_monitor_is_told_about_and_kept() {
    let ground = Ground::new();
    // A monitor that knows nothing, by the second version of its protocol.
    let monitor = "#!/bin/sh\nprintf 'token\\0/\\0'\n";
    ground.sandbox.script(".git/hooks/monitor", monitor);
    ground.git(&["config", "core.fsmonitor", ".git/hooks/monitor"]);
    ground.git(&["config", "core.untrackedCache", "true"]);
    let tree = ground.tree();
    tree.git(&["update-index", "--fsmonitor"]);
    tree.git(&["status"]);
    let has = |sign: &[u8]| {
        let index = fs::read(tree.root.join(".git/index")).unwrap();
        index.windows(sign.len()).any(|part| part == sign)
    };
    assert!(has(b"FSMN") && has(b"UNTR"));
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert!(has(b"FSMN"), "the monitor's part is gone after a landing");
    assert!(has(b"UNTR"), "the untracked cache is gone after a landing");
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
    // git sees what changes after it.
    tree.write("app.py", MESSY);
    assert_eq!(tree.git(&["status", "--porcelain"]), " M app.py");
}

#[test]
fn a_sparse_checkout_with_a_sparse_index() {
    let ground = Ground::new();
    let tree = ground.tree();
    for path in ["src/base.py", "far/one.py", "far/deep/two.py"] {
        tree.write(path, "x = 1\n");
    }
    tree.commit_all("begin more");
    tree.settled();
    tree.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "src"]);
    let has_directory = || {
        let listed = tree.git(&["ls-files", "--sparse"]);
        listed.lines().any(|line| line == "far/")
    };
    assert!(has_directory() && !tree.root.join("far").exists());
    let mine = tree.commit("src/app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("src/app.py"), NEAT);
    assert!(has_directory(), "the index is not sparse after a landing");
    assert!(!tree.root.join("far").exists());
    assert_eq!(tree.git(&["show", "HEAD:far/one.py"]), "x = 1");
    tree.is_clean();
    // A commit outside the cone is nothing to fix here.
    let blob = ground.outside("blob");
    fs::write(&blob, MESSY).unwrap();
    let blob = tree.git(&["hash-object", "-w", blob.to_str().unwrap()]);
    let info = format!("100644,{blob},far/one.py");
    tree.git(&["update-index", "--cacheinfo", &info]);
    tree.git(&["update-index", "--skip-worktree", "far/one.py"]);
    tree.git(&["commit", "-q", "-m", "feat: far"]);
    let far = tree.head();
    tree.settled();
    assert_eq!(tree.head(), far);
    let ran = tree.hive(&["fix", "--commit", "src"]).expect(0);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn no_reflog() {
    let ground = Ground::new();
    ground.git(&["config", "core.logAllRefUpdates", "false"]);
    fs::remove_dir_all(ground.sandbox.path(".git/logs")).unwrap();
    let tree = ground.tree();
    for path in ["app.py", "more.py"] {
        let mine = tree.commit(path, MESSY, "feat: app");
        tree.followed(&mine);
        assert_eq!(tree.read(path), NEAT);
    }
    tree.is_clean();
    assert!(!ground.sandbox.path(".git/logs/HEAD").exists());
}

#[test]
fn a_worktree_of_a_bare_clone() {
    let ground = Ground::bare();
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
        ground.git(&["config", "--global", name, value]);
    }
    let bare = ground.beside("project.git");
    let root = ground.sandbox.root();
    ground.git(&[
        "clone",
        "-q",
        "--bare",
        root.to_str().unwrap(),
        bare.to_str().unwrap(),
    ]);
    let linked = ground.beside("linked");
    ground.git_in(
        &bare,
        &["worktree", "add", "-q", linked.to_str().unwrap(), "main"],
    );
    let tree = ground.tree_at(&linked);
    tree.hive(&["init", "--yes"]).expect(0);
    tree.commit_all("hive");
    tree.settled();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
}

#[test]
fn names_with_spaces_and_letters_of_all_kinds() {
    let ground = Ground::new();
    let linked = ground.beside("mein Baum ü 树");
    ground.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "ü/ast",
        linked.to_str().unwrap(),
    ]);
    let tree = ground.tree_at(&linked);
    let path = "ein Ordner/Übung 'a' \"文\" $x.py";
    let mine = tree.commit(path, MESSY, "feat: Übung");
    tree.followed(&mine);
    assert_eq!(tree.read(path), NEAT);
    tree.is_clean();
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let ground = Ground::new();
    let tree = ground.tree();
    let broken = "import os\ndef f(:\n    pass\n";
    let latin = b"import os\nname = '\xff'\n".as_slice();
    tree.write("broken.py", broken);
    tree.write("latin.py", latin);
    tree.write("app.py", MESSY);
    let mine = tree.commit_all("feat: three");
    let message = tree.followed(&mine);
    assert!(message.contains("in 1 file "), "{message}");
    assert_eq!(tree.read("app.py"), NEAT);
    assert_eq!(tree.read("broken.py"), broken);
    assert_eq!(fs::read(tree.root.join("latin.py")).unwrap(), latin);
    tree.is_clean();
    let question = tree.question("broken.py");
    assert_eq!(question["state"], "open", "{question}");
    let all = tree.asked(&["escalations", "list", "--json"]);
    assert_eq!(all["escalations"].as_array().unwrap().len(), 1, "{all}");
}

#[test]
fn a_branch_that_is_a_name_for_another() {
    let ground = Ground::new();
    let tree = ground.tree();
    tree.git(&["branch", "-m", "main", "trunk"]);
    tree.git(&["symbolic-ref", "refs/heads/main", "refs/heads/trunk"]);
    tree.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);

    tree.write("more.py", MESSY);
    tree.git(&["add", "more.py"]);
    let quiet = ["-c", "core.hooksPath=/dev/null"];
    tree.git(&[&quiet[..], &["commit", "-qm", "feat: more"]].concat());
    let mine = tree.head();
    tree.hive(&["fix", "--commit", "more.py"]).expect(0);
    assert_eq!(tree.git(&["rev-parse", "HEAD^"]), mine);
    assert_eq!(tree.read("more.py"), NEAT);
    // It is one still, and what it is a name for has moved.
    let named = tree.git(&["symbolic-ref", "refs/heads/main"]);
    assert_eq!(named, "refs/heads/trunk");
    assert_eq!(tree.git(&["rev-parse", "trunk"]), tree.head());
    tree.is_clean();
}
