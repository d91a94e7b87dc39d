//! The tip itself gets the fix: every byte of the commit object, and every condition.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use hive::landing::{Outcome, Terms};
use hive::repo::pushing::{Sent, announce};

use crate::ground::{AFTER, BEFORE, Ground};

/// What is done unasked.
pub(crate) const TERMS: Terms = Terms {
    age: Some(Duration::from_mins(10)),
    trusted: true,
    undoes: false,
};

/// A repository with a second commit, the tip, that wants fixing.
fn ground() -> Ground {
    with(&[])
}

fn with(init: &[&str]) -> Ground {
    let mut ground = Ground::empty(init);
    ground.write("b.txt", "other\n");
    ground.commit("first");
    ground.write("a.py", BEFORE);
    ground.commit("second");
    ground.fold = Some(TERMS);
    ground
}

impl Ground {
    fn object(&self, rev: &str) -> Vec<u8> {
        let output = self.command(&["cat-file", "commit", rev]).output().unwrap();
        assert!(output.status.success(), "{rev}");
        output.stdout
    }

    /// Lands the fix, which must become part of the tip; the tip before.
    #[track_caller]
    fn folds(&self) -> String {
        let old = self.oid("HEAD").to_string();
        let parents = self.git(&["log", "-1", "--format=%P"]);
        let commits = self.land();
        assert_eq!(commits, [self.oid("HEAD")]);
        assert_ne!(old, commits[0].to_string());
        assert_eq!(self.git(&["log", "-1", "--format=%P"]), parents);
        assert_eq!(self.git(&["show", "HEAD:a.py"]), AFTER);
        old
    }

    /// Lands the fix, which must become a commit on top of the tip.
    #[track_caller]
    fn lands_on_top(&self, why: &str) {
        let old = self.oid("HEAD");
        self.land();
        assert_eq!(self.oid("HEAD^"), old, "{why}");
        assert_eq!(self.git(&["show", "HEAD:a.py"]), AFTER, "{why}");
        assert_eq!(self.read("a.py"), AFTER, "{why}");
        self.is_sound();
    }
}

/// The object with another tree.
fn with_tree(object: &[u8], tree: &str) -> Vec<u8> {
    let rest = object.iter().position(|byte| *byte == b'\n').unwrap();
    [format!("tree {tree}").as_bytes(), &object[rest..]].concat()
}

#[test]
fn only_the_tree_line_changes() {
    for init in [&[][..], &["--object-format=sha256"]] {
        let ground = with(init);
        // A commit that no library would write: another author with odd spaces, odd zones, an
        // encoding with bytes of it, a header of somebody's own, no line break at the end.
        let tree = ground.git(&["rev-parse", "HEAD^{tree}"]);
        let parent = ground.git(&["rev-parse", "HEAD^"]);
        let now = hive::clock::wall_ms() / 1000;
        let mut object = format!(
            "tree {}\nparent {}\nauthor  Bob  B.  <bob@x> 1234567890 -0017\n\
             committer Ada <ada@example.org> {now} +0530\nencoding ISO-8859-1\n\
             x-mine one\n two\n\n  subject \n\n\n",
            tree.trim(),
            parent.trim()
        )
        .into_bytes();
        object.extend_from_slice(b"gr\xfc\xdfe\n\ngpgsig not me\nlast");
        fs::write(ground.root.join("../object"), &object).unwrap();
        let odd = ground.git(&[
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "../object",
        ]);
        ground.git(&["reset", "-q", "--soft", odd.trim()]);
        assert_eq!(ground.object("HEAD"), object);
        let old = ground.folds();
        let tree = ground.git(&["rev-parse", "HEAD^{tree}"]);
        assert_eq!(ground.object("HEAD"), with_tree(&object, tree.trim()));
        assert_eq!(ground.git(&["status", "--porcelain"]), "");
        // The one line in both logs, of now and in git's words.
        for log in ["HEAD", "main"] {
            let line = ground.git(&["log", "-g", "-1", "--date=raw", "--format=%H %gs %gd", log]);
            let (rest, at) = line.trim().split_once(&format!(" {log}@{{")).unwrap();
            assert_eq!(
                rest,
                format!("{} commit (amend): subject", ground.oid("HEAD"))
            );
            let at: i64 = at.split(' ').next().unwrap().parse().unwrap();
            assert!((now..now + 600).contains(&at), "{line}");
            assert_eq!(
                ground.git(&["rev-parse", &format!("{log}@{{1}}")]).trim(),
                old
            );
        }
        assert_eq!(ground.traces().len(), 0);
    }
}

#[test]
fn edits_staged_and_not_stay_what_they_are() {
    let ground = ground();
    let edit = |text: &str, line: &str| text.replace("return 1", &format!("return 1{line}"));
    let staged = edit(BEFORE, "0");
    ground.write("a.py", &staged);
    ground.write("b.txt", "staged\n");
    ground.git(&["add", "-A"]);
    ground.write("a.py", &edit(&staged, "0"));
    ground.write("b.txt", "not staged\n");
    ground.folds();
    assert_eq!(ground.git(&["show", ":a.py"]), edit(AFTER, "0"));
    assert_eq!(ground.read("a.py"), edit(&edit(AFTER, "0"), "0"));
    assert_eq!(ground.git(&["show", ":b.txt"]), "staged\n");
    assert_eq!(ground.read("b.txt"), "not staged\n");
    ground.is_sound();
}

#[test]
fn what_is_done_next_acts_on_the_persons_commit() {
    let ground = ground();
    ground.folds();
    ground.write("new.py", "x = 1\n");
    ground.git(&["add", "new.py"]);
    ground.git(&["commit", "-q", "--amend", "--no-edit"]);
    assert_eq!(ground.git(&["log", "--format=%s"]), "second\nfirst\n");
    ground.write("new.py", "x = 2\n");
    ground.git(&["add", "new.py"]);
    ground.git(&["commit", "-q", "--fixup=HEAD"]);
    assert_eq!(ground.git(&["log", "-1", "--format=%s"]), "fixup! second\n");
    ground
        .command(&["rebase", "-q", "-i", "--autosquash", "HEAD~2"])
        .env("GIT_SEQUENCE_EDITOR", "true")
        .status()
        .unwrap();
    assert_eq!(ground.git(&["log", "--format=%s"]), "second\nfirst\n");
    ground.git(&["reset", "-q", "--soft", "HEAD~1"]);
    assert_eq!(ground.git(&["log", "--format=%s"]), "first\n");
    assert_eq!(
        ground.git(&["status", "--porcelain"]),
        "A  a.py\nA  new.py\n"
    );
    assert_eq!(ground.git(&["show", ":a.py"]), AFTER);
    ground.is_sound();
}

#[test]
fn the_first_commit_of_all_is_folded_too() {
    let mut ground = Ground::new();
    ground.fold = Some(TERMS);
    ground.folds();
    assert_eq!(ground.git(&["log", "--format=%s"]), "first\n");
    ground.is_sound();
}

#[test]
fn all_layers_become_part_of_one_commit() {
    let ground = ground();
    let half = AFTER.replace("def h():", "def h( ):");
    let mut second = ground.fix("a.py", AFTER);
    second.before = ground.oid_of(&half);
    second.id = 2;
    let layers = vec![vec![ground.fix("a.py", &half)], vec![second]];
    let Outcome::Landed { commits, paths, .. } = ground.try_land(layers).unwrap() else {
        panic!("it does not land");
    };
    assert_eq!(commits, [(ground.oid("HEAD"), 0)]);
    assert_eq!(paths.len(), 1);
    assert_eq!(ground.git(&["log", "--format=%s"]), "second\nfirst\n");
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    ground.is_sound();
}

impl Ground {
    fn oid_of(&self, text: &str) -> hive::repo::Oid {
        fs::write(self.root.join("../blob"), text).unwrap();
        let oid = self.git(&["hash-object", "-w", "../blob"]);
        oid.trim().parse().unwrap()
    }
}

/// What speaks against it, each by what a person does with git.
#[test]
fn whatever_else_has_the_commit_keeps_it() {
    type Does = fn(&Ground);
    let cases: [(&str, Does); 17] = [
        ("a branch at it", |g| drop(g.git(&["branch", "other"]))),
        ("a branch that went on from it", |g| {
            g.git(&["branch", "other"]);
            let tree = g.git(&["rev-parse", "HEAD^{tree}"]);
            let args = ["commit-tree", "-p", "HEAD", "-m", "on", tree.trim()];
            let on = g.git(&args);
            g.git(&["update-ref", "refs/heads/other", on.trim()]);
        }),
        ("a packed branch", |g| {
            g.git(&["branch", "other"]);
            g.git(&["pack-refs", "--all"]);
        }),
        ("a tag", |g| drop(g.git(&["tag", "v1"]))),
        ("an annotated tag", |g| {
            drop(g.git(&["tag", "-a", "-m", "one", "v1"]));
        }),
        ("a packed annotated tag of a tag", |g| {
            g.git(&["tag", "-a", "-m", "one", "v1"]);
            g.git(&["tag", "-a", "-m", "two", "v2", "v1"]);
            g.git(&["tag", "-d", "v1"]);
            g.git(&["pack-refs", "--all"]);
        }),
        ("a reference of its own kind", |g| {
            drop(g.git(&["update-ref", "refs/pull/7/head", "HEAD"]));
        }),
        ("a remote-tracking branch", |g| {
            drop(g.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]));
        }),
        ("a replacement", |g| {
            drop(g.git(&["replace", "HEAD", "HEAD^"]));
            g.git(&["config", "core.useReplaceRefs", "false"]);
        }),
        ("a stash entry", |g| {
            g.write("b.txt", "edited\n");
            g.git(&["stash", "-q"]);
        }),
        ("an older stash entry", |g| {
            for text in ["one\n", "two\n"] {
                g.write("b.txt", text);
                g.git(&["stash", "-q"]);
            }
        }),
        ("another work tree at it", |g| {
            drop(g.git(&["worktree", "add", "-q", "--detach", "../other"]));
        }),
        ("another work tree that went on from it", |g| {
            g.git(&["worktree", "add", "-q", "--detach", "../other"]);
            let args = [
                "-C",
                "../other",
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                "on",
            ];
            g.git(&args);
        }),
        ("another work tree on the branch", |g| {
            drop(g.git(&["worktree", "add", "-q", "-f", "../other", "main"]));
        }),
        ("a bisect in another work tree", |g| {
            g.git(&["worktree", "add", "-q", "--detach", "../other", "HEAD^"]);
            g.git(&["-C", "../other", "bisect", "start", "main", "HEAD"]);
        }),
        ("its being a merge", |g| {
            g.git(&["switch", "-q", "-c", "side", "HEAD^"]);
            g.git(&["commit", "-q", "--allow-empty", "-m", "side"]);
            g.git(&["switch", "-q", "main"]);
            g.git(&["merge", "-q", "--no-edit", "side"]);
            g.git(&["branch", "-D", "side"]);
        }),
        ("its being too old", |g| {
            let old = "2026-01-01T00:00:00Z";
            let mut command = g.command(&["commit", "-q", "--amend", "--no-edit"]);
            assert!(
                command
                    .env("GIT_COMMITTER_DATE", old)
                    .status()
                    .unwrap()
                    .success()
            );
        }),
    ];
    std::thread::scope(|scope| {
        for (why, does) in cases {
            scope.spawn(move || {
                let ground = ground();
                does(&ground);
                ground.lands_on_top(why);
            });
        }
    });
}

#[test]
fn a_date_in_the_future_says_nothing_of_its_age() {
    let ground = ground();
    let mut command = ground.command(&["commit", "-q", "--amend", "--no-edit"]);
    let later = format!("@{} +0000", hive::clock::wall_ms() / 1000 + 3600);
    command.env("GIT_COMMITTER_DATE", later);
    assert!(command.status().unwrap().success());
    ground.lands_on_top("its date");
}

#[test]
fn on_no_branch_it_is_a_commit_of_its_own() {
    let ground = ground();
    ground.git(&["switch", "-q", "--detach"]);
    ground.git(&["branch", "-D", "main"]);
    ground.lands_on_top("a detached HEAD");
}

/// What has the commit no more, or never had it, does not speak against it.
#[test]
fn what_has_not_the_commit_does_not_matter() {
    let ground = ground();
    ground.git(&["tag", "-a", "-m", "old", "v0", "HEAD^"]);
    ground.git(&["update-ref", "refs/remotes/origin/main", "HEAD^"]);
    ground.git(&["branch", "older", "HEAD^"]);
    ground.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "elsewhere",
        "../other",
        "HEAD^",
    ]);
    ground.git(&["tag", "tree", "HEAD^{tree}"]);
    ground.git(&["branch", "gone"]);
    ground.git(&["branch", "-D", "gone"]);
    ground.write("b.txt", "stashed\n");
    ground.git(&["stash", "-q"]);
    ground.git(&["stash", "drop", "-q"]);
    ground.git(&["update-ref", "ORIG_HEAD", "HEAD"]);
    ground.folds();
    ground.is_sound();
}

#[test]
fn a_branch_in_a_bare_repository_is_folded_in_its_work_tree() {
    let mut ground = ground();
    let bare = ground.root.join("../bare.git");
    let linked = ground.root.join("../linked");
    let (bare, linked) = (bare.to_str().unwrap(), linked.to_str().unwrap());
    ground.git(&["clone", "-q", "--bare", ".", bare]);
    ground.git(&["-C", bare, "worktree", "add", "-q", linked, "main"]);
    ground.root = linked.into();
    ground.git(&["config", "user.name", "Ada"]);
    ground.git(&["config", "user.email", "ada@example.org"]);
    let old = ground.oid("HEAD");
    ground.land();
    assert_ne!(ground.oid("HEAD"), old);
    assert_eq!(ground.git(&["log", "--format=%s"]), "second\nfirst\n");
    ground.git(&["fsck", "--strict"]);
}

#[test]
fn references_in_a_table_are_heeded_and_moved() {
    let ground = with(&["--ref-format=reftable"]);
    ground.folds();
    let line = ground.git(&["reflog", "-1", "--format=%gs"]);
    assert_eq!(line, "commit (amend): second\n");
    ground.git(&["tag", "-a", "-m", "one", "v1"]);
    ground.write("c.py", BEFORE);
    ground.git(&["add", "-A"]);
    ground.git(&["commit", "-q", "--amend", "--no-edit"]);
    ground.git(&["tag", "v2"]);
    let fix = vec![vec![ground.fix("c.py", AFTER)]];
    assert!(matches!(ground.try_land(fix), Ok(Outcome::Landed { .. })));
    assert_eq!(
        ground.git(&["log", "--format=%s"]),
        "fix 0: 1 files\nsecond\nfirst\n"
    );
}

#[test]
fn notes_follow_as_they_are_set_to() {
    for (settings, follow) in [
        (&[][..], false),
        (&["notes.rewriteRef=refs/notes/*"], true),
        (
            &["notes.rewriteRef=refs/notes/*", "notes.rewrite.amend=false"],
            false,
        ),
        (&["notes.rewriteRef=refs/notes/other"], false),
    ] {
        let ground = ground();
        for setting in settings {
            let (key, value) = setting.split_once('=').unwrap();
            ground.git(&["config", key, value]);
        }
        ground.git(&["notes", "add", "-m", "mine"]);
        let old = ground.folds();
        let note = ground.command(&["notes", "show", "HEAD"]).output().unwrap();
        assert_eq!(note.status.success(), follow, "{settings:?}");
        if follow {
            assert_eq!(String::from_utf8_lossy(&note.stdout), "mine\n");
        }
        assert_eq!(ground.git(&["notes", "show", &old]), "mine\n");
        ground.is_sound();
    }
}

/// A hook that writes down what it is told.
fn hook(ground: &Ground, path: &str, status: u8) {
    let told = ground.root.join("../told");
    let text = format!(
        "#!/bin/sh\necho \"$@\" >>'{0}'\ncat >>'{0}'\nexit {status}\n",
        told.display()
    );
    ground.write(path, &text);
    let path = ground.root.join(path);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn post_rewrite_is_told() {
    for status in [0, 1] {
        let ground = ground();
        hook(&ground, ".git/hooks/post-rewrite", status);
        let old = ground.folds();
        let told = fs::read_to_string(ground.root.join("../told")).unwrap();
        assert_eq!(told, format!("amend\n{old} {}\n", ground.oid("HEAD")));
        ground.is_sound();
    }
}

#[test]
fn a_post_rewrite_hook_of_the_repository_needs_trust() {
    for trusted in [true, false] {
        let mut ground = ground();
        hook(&ground, "hooks/post-rewrite", 0);
        ground.git(&["config", "core.hooksPath", "hooks"]);
        ground.fold = Some(Terms { trusted, ..TERMS });
        if trusted {
            ground.folds();
        } else {
            ground.lands_on_top("no trust");
        }
        assert_eq!(ground.root.join("../told").exists(), trusted);
    }
}

/// Signs the person's commits by a key of ssh's.
fn signing(ground: &Ground, name: &str, passphrase: &str) -> String {
    let key = ground.root.join("..").join(name);
    let mut keygen = std::process::Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", passphrase, "-f"]);
    assert!(keygen.arg(&key).status().unwrap().success());
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let allowed = ground.root.join("../allowed");
    let mut all = fs::read_to_string(&allowed).unwrap_or_default();
    all.push_str("ada@example.org ");
    all.push_str(&public);
    fs::write(&allowed, all).unwrap();
    let key = key.to_str().unwrap().to_owned();
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingKey", key.as_str()),
        ("gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()),
    ] {
        ground.git(&["config", name, value]);
    }
    key
}

#[test]
fn a_signed_tip_is_signed_again_by_its_key() {
    let ground = ground();
    signing(&ground, "key", "");
    ground.git(&["commit", "-q", "-S", "--amend", "--no-edit"]);
    ground.git(&["verify-commit", "HEAD"]);
    let before = ground.object("HEAD");
    ground.folds();
    ground.git(&["verify-commit", "HEAD"]);
    // Without the signatures, only the tree differs.
    let plain = |object: &[u8]| {
        let text = String::from_utf8(object.to_vec()).unwrap();
        let (begin, rest) = text.split_once("gpgsig ").unwrap();
        let end = "-----END SSH SIGNATURE-----\n";
        let (_, rest) = rest.split_once(end).unwrap();
        format!("{begin}{rest}")
    };
    let tree = ground.git(&["rev-parse", "HEAD^{tree}"]);
    let expected = with_tree(plain(&before).as_bytes(), tree.trim());
    assert_eq!(plain(&ground.object("HEAD")).into_bytes(), expected);
    ground.is_sound();
}

#[test]
fn a_tip_without_a_signature_gets_none() {
    let ground = ground();
    signing(&ground, "key", "");
    ground.git(&["config", "commit.gpgSign", "true"]);
    ground.folds();
    assert!(!String::from_utf8_lossy(&ground.object("HEAD")).contains("gpgsig"));
}

#[test]
fn a_signature_is_never_dropped_nor_made_by_another_key() {
    // By a key that would ask now.
    let ground = ground();
    let key = signing(&ground, "key", "");
    ground.git(&["commit", "-q", "-S", "--amend", "--no-edit"]);
    let mut locks = std::process::Command::new("ssh-keygen");
    locks.args(["-q", "-p", "-P", "", "-N", "secret", "-f", &key]);
    assert!(locks.status().unwrap().success());
    ground.lands_on_top("a key that asks");
    // By another one than the settings name.
    let ground = self::ground();
    let first = signing(&ground, "first", "");
    signing(&ground, "second", "");
    ground.git(&[
        "commit",
        "-q",
        &format!("-S{first}"),
        "--amend",
        "--no-edit",
    ]);
    ground.git(&["verify-commit", "HEAD"]);
    ground.lands_on_top("another key");
    // By a key of another format.
    ground.git(&["reset", "-q", "--hard", "HEAD^"]);
    ground.git(&["config", "gpg.format", "openpgp"]);
    ground.lands_on_top("another format");
}

#[test]
fn what_is_being_pushed_stays_where_it_is() {
    for fold in [Some(TERMS), None] {
        let mut ground = ground();
        ground.fold = fold;
        let old = ground.oid("HEAD");
        // Any process that lives will do.
        let mut pushes = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let sent = |reference: &str, oid| Sent {
            reference: reference.to_owned(),
            oid,
        };
        let place = ground.site().place;
        let elsewhere = sent("refs/heads/other", ground.oid("HEAD^"));
        announce(&place, pushes.id(), vec![elsewhere.clone()]).unwrap();
        let fixes = || vec![vec![ground.fix("a.py", AFTER)]];
        // Another branch is no reason.
        let by_name = sent("refs/heads/main", ground.oid("HEAD^"));
        let by_commit = sent("", old);
        for word in [by_name, by_commit] {
            announce(&place, pushes.id(), vec![elsewhere.clone(), word]).unwrap();
            let outcome = ground.try_land(fixes()).unwrap();
            let Outcome::Lost(why) = &outcome else {
                panic!("{outcome:?}");
            };
            assert!(why.contains("is being pushed"), "{why}");
            assert_eq!(ground.oid("HEAD"), old);
            assert_eq!(ground.read("a.py"), BEFORE);
            ground.is_sound();
        }
        // A push that is killed holds nothing.
        pushes.kill().unwrap();
        pushes.wait().unwrap();
        assert!(matches!(
            ground.try_land(fixes()),
            Ok(Outcome::Landed { .. })
        ));
        ground.is_sound();
    }
}
