//! Where fixes go, and what hive's commits look like.

use std::fs;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn fixup_is_ready_for_autosquash() {
    let mut ground = Ground::new();
    ground.set("commit.mode", "fixup");
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    let message = tree.followed(&mine);
    assert!(message.starts_with("fixup! feat: app\n"), "{message}");
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
    ground.sandbox.set("GIT_SEQUENCE_EDITOR", "true");
    ground.git(&["rebase", "-q", "-i", "--autosquash", "HEAD~2"]);
    let tree = ground.tree();
    assert_eq!(tree.git(&["log", "-1", "--format=%s"]), "feat: app");
    assert_eq!(tree.git(&["show", "HEAD:app.py"]), NEAT.trim_end());
}

#[test]
fn branch_leaves_head_alone() {
    let ground = Ground::new();
    ground.set("commit.mode", "branch");
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    let tip = || {
        let ran = ground
            .sandbox
            .git(&["rev-parse", "-q", "--verify", "hive/main"]);
        ran.stdout.trim().to_owned()
    };
    tree.until("a commit on hive/main", || !tip().is_empty());
    tree.settled();
    assert_eq!(tree.head(), mine);
    assert_eq!(tree.git(&["rev-parse", "hive/main^"]), mine);
    assert_eq!(tree.git(&["show", "hive/main:app.py"]), NEAT.trim_end());
    assert_eq!(tree.read("app.py"), MESSY);
    tree.is_clean();
    // The next commit's fixes go there too.
    let before = tip();
    tree.commit("more.py", MESSY, "feat: more");
    tree.until("the next commit on hive/main", || tip() != before);
    tree.settled();
    assert_eq!(tree.git(&["show", "hive/main:more.py"]), NEAT.trim_end());
    tree.is_clean();
}

#[test]
fn hold_and_protected_branches_keep_fixes_back() {
    for (mode, branch, reason) in [
        ("hold", "main", "commit.mode is hold"),
        ("direct", "release/1", "the branch is protected"),
    ] {
        let ground = Ground::new();
        ground.set("commit.mode", mode);
        if branch != "main" {
            ground.git(&["switch", "-q", "-c", branch]);
        }
        let tree = ground.tree();
        let mine = tree.commit("app.py", MESSY, "feat: app");
        let said = tree.kept_back("app.py");
        assert!(said.contains(reason), "{said}");
        assert_eq!(tree.head(), mine);
        assert_eq!(tree.read("app.py"), MESSY);
        tree.is_clean();
    }
}

#[test]
fn a_held_fix_goes_when_the_reason_is_gone() {
    let ground = Ground::new();
    ground.set("commit.mode", "hold");
    let tree = ground.tree();
    tree.commit("app.py", MESSY, "feat: app");
    tree.kept_back("app.py");
    ground.set("commit.mode", "direct");
    tree.commit("more.py", MESSY, "feat: more");
    tree.until("both fixes", || {
        ["app.py", "more.py"]
            .iter()
            .all(|path| tree.read(path) == NEAT)
    });
    tree.settled();
    tree.is_clean();
}

#[test]
fn author_subject_and_ticket_are_the_teams() {
    let ground = Ground::with_team(
        "[commit]\nauthor = \"worker\"\nsubject = \"style: {rules} by {workers}\"\n\
         ticket = \"[A-Z]+-[0-9]+:? *\"\n",
    );
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "ABC-12: feat: app");
    tree.followed(&mine);
    let subject = tree.git(&["log", "-1", "--format=%s"]);
    assert!(subject.starts_with("ABC-12: style: "), "{subject}");
    assert!(subject.contains("F401"), "{subject}");
    assert!(subject.ends_with(" by QA-1"), "{subject}");
    let people = tree.git(&["log", "-1", "--format=%an|%cn|%ce"]);
    assert_eq!(people, "hive QA-1|Ada|ada@example.org");
    tree.is_clean();
}

#[test]
fn a_commit_msg_hook_rewrites() {
    let ground = Ground::new();
    ground.sandbox.script(
        ".git/hooks/commit-msg",
        "#!/bin/sh\necho 'Reviewed-by: nobody' >>\"$1\"\n",
    );
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    let message = tree.followed(&mine);
    assert!(message.contains("Reviewed-by: nobody"), "{message}");
    tree.is_clean();
}

#[test]
fn a_commit_msg_hook_refuses() {
    let ground = Ground::new();
    ground.sandbox.script(
        ".git/hooks/commit-msg",
        "#!/bin/sh\ngrep -q '^ABC-' \"$1\" && exit 0\necho 'looking' >&2\necho 'no ticket here' >&2\nexit 1\n",
    );
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "ABC-1 feat: app");
    let said = tree.kept_back("app.py");
    assert!(said.contains("no ticket here"), "{said}");
    assert_eq!(tree.head(), mine);
    assert_eq!(tree.read("app.py"), MESSY);
    tree.is_clean();
}

#[test]
fn ssh_keys_sign_if_nobody_is_asked() {
    for (passphrase, signs) in [("", true), ("secret", false)] {
        let ground = Ground::new();
        let key = ground.sandbox.home().join("key");
        let text = key.to_str().unwrap();
        ground
            .sandbox
            .run(
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", passphrase, "-f", text],
            )
            .expect(0);
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let allowed = ground.sandbox.home().join("allowed");
        fs::write(&allowed, format!("ada@example.org {public}")).unwrap();
        for (name, value) in [
            ("gpg.format", "ssh"),
            ("user.signingKey", text),
            ("commit.gpgSign", "true"),
            ("gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()),
        ] {
            ground.git(&["config", name, value]);
        }
        let tree = ground.tree();
        tree.write("app.py", MESSY);
        tree.git(&["add", "app.py"]);
        tree.git(&["commit", "--no-gpg-sign", "-q", "-m", "feat: app"]);
        let mine = tree.head();
        if signs {
            tree.followed(&mine);
            tree.git(&["verify-commit", "HEAD"]);
            assert_eq!(tree.git(&["log", "-1", "--format=%G?"]), "G");
            assert_eq!(tree.read("app.py"), NEAT);
        } else {
            let said = tree.kept_back("app.py");
            assert!(
                said.contains("sign") || said.contains("passphrase"),
                "{said}"
            );
            assert_eq!(tree.head(), mine);
            assert_eq!(tree.read("app.py"), MESSY);
        }
        tree.is_clean();
    }
}

#[test]
fn forty_files_are_one_commit() {
    let ground = Ground::new();
    let tree = ground.tree();
    for number in 0..40 {
        tree.write(&format!("pkg/m{number}.py"), MESSY);
    }
    let mine = tree.commit_all("feat: forty");
    let message = tree.followed(&mine);
    assert!(
        message.starts_with("chore(qa): auto-fix 120 violations in 40 files ["),
        "{message}"
    );
    for number in 0..40 {
        assert_eq!(tree.read(&format!("pkg/m{number}.py")), NEAT);
    }
    assert_eq!(
        tree.git(&["rev-list", "--count", &format!("{mine}..")]),
        "1"
    );
    tree.is_clean();
}
