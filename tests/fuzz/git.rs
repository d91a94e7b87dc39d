//! git's own files, torn or made up: the log of HEAD, the index, HEAD, packed references,
//! and what hooks leave for hive.

use std::fs;

use hive::repo::{Place, WorktreeId, activity, baseline, head, reflog, status};
use hive_test_support::{Sandbox, mutated, property};

const LOG: &str = "0000000000000000000000000000000000000000 1111111111111111111111111111111111111111 A B <a@b.c> 1700000000 +0100\tcommit (initial): one\n1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 A B <a@b.c> 1700000001 +0100\tcommit: two\n2222222222222222222222222222222222222222 1111111111111111111111111111111111111111 A B <a@b.c> 1700000002 +0100\treset: moving to HEAD^\n";

#[test]
fn logs() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("HEAD");
    property("reflog", 1_500, 1_024, |u| {
        let text = mutated(
            u,
            &[LOG],
            &[
                "\t",
                "\n",
                " ",
                "<",
                ">",
                "commit: ",
                "1111111111111111111111111111111111111111",
            ],
        )?;
        fs::write(&path, &text).unwrap();
        let all = reflog::after(&path, "").unwrap().unwrap();
        assert!(!all.found);
        if let Some(first) = reflog::first(&path).unwrap() {
            assert_eq!(Some(&first), all.lines.first(), "two ways to read one line");
        }
        // From every line on, the rest follows: nothing is seen twice, nothing is missed.
        for (at, line) in all.lines.iter().enumerate() {
            let last = all
                .lines
                .iter()
                .rposition(|other| other.hash == line.hash)
                .unwrap();
            let tail = reflog::after(&path, &line.hash).unwrap().unwrap();
            assert!(tail.found, "line {at}");
            assert_eq!(tail.lines, all.lines[last + 1..], "line {at}");
        }
        Ok(())
    });
}

#[test]
fn index_and_references() {
    let sandbox = Sandbox::repository("/nowhere");
    for path in ["a.py", "pkg/b.py", "pkg/deep/c.py"] {
        sandbox.write(path, "x = 1\n");
    }
    sandbox.commit("one");
    sandbox.write("a.py", "x = 2\n");
    sandbox.git(&["add", "a.py"]).expect(0);
    sandbox.git(&["pack-refs", "--all"]).expect(0);
    sandbox
        .git(&["update-ref", "refs/heads/other", "HEAD"])
        .expect(0);
    let place = Place::at(&sandbox.root()).unwrap();
    let files = [
        "index",
        "HEAD",
        "packed-refs",
        "logs/HEAD",
        "config",
        "hive/id",
        "commondir",
    ];
    let sound: Vec<Vec<u8>> = files
        .iter()
        .map(|name| fs::read(place.git_dir.join(name)).unwrap_or_default())
        .collect();
    fs::create_dir_all(place.git_dir.join("hive")).unwrap();
    property("git-files", 400, 512, |u| {
        let at = u.int_in_range(0..=files.len() - 1)?;
        let mut bytes = sound[at].clone();
        for _ in 0..u.int_in_range(1..=6)? {
            if bytes.is_empty() || u.ratio(1, 8)? {
                bytes.extend_from_slice(u.arbitrary::<&[u8]>()?);
                continue;
            }
            let from = u.int_in_range(0..=bytes.len() - 1)?;
            match u.int_in_range(0..=3)? {
                0 => bytes[from] = u.arbitrary()?,
                1 => bytes.truncate(from),
                2 => bytes[from] = *u.choose(&[0, 0xff, 0x7f, b'\n', b'/', b'.'])?,
                _ => bytes.insert(from, u.arbitrary()?),
            }
        }
        let path = place.git_dir.join(files[at]);
        fs::write(&path, &bytes).unwrap();
        if let Some(place) = Place::at(&place.root) {
            let _ = status::modified(&place);
            let _ = baseline::staged(&place);
            let _ = head::read(&place);
            let _ = activity::quiet_for(&place);
            let _ = place.admits();
            if place.common_dir == place.git_dir {
                let _ = WorktreeId::of(&place);
            }
        }
        if sound[at].is_empty() {
            let _ = fs::remove_file(&path);
        } else {
            fs::write(&path, &sound[at]).unwrap();
        }
        Ok(())
    });
}

/// Hooks are called by git in the middle of a person's command: whatever they find, they
/// end with 0, and nothing raw is printed.
#[test]
fn hooks() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("one");
    fs::create_dir_all(sandbox.path(".git/hive")).unwrap();
    property("hooks", 25, 512, |u| {
        for name in ["hooks", "wake", "notice", "agent.lock", "hook.log", "id"] {
            let path = sandbox.path(&format!(".git/hive/{name}"));
            if u.ratio(1, 3)? {
                let _ = fs::remove_file(path);
            } else {
                // Never `drain`: nothing is to be started here.
                let text = mutated(
                    u,
                    &["queue\n", "1 fix\n"],
                    &["\u{1b}[31m", "\n", "\u{9b}", "x"],
                )?;
                fs::write(path, text.replace("drain", "")).unwrap();
            }
        }
        let event = u.choose(&[
            "post-commit",
            "post-rewrite",
            "post-merge",
            "post-checkout",
            "",
            "\u{1b}",
        ])?;
        let ran = sandbox.hive(&["hook", event, "x"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let odd = |text: &str| {
            text.chars()
                .any(|c| c.is_control() && c != '\n' && c != '\t')
        };
        assert!(!odd(&ran.stdout) && !odd(&ran.stderr), "{:?}", ran.stderr);
        Ok(())
    });
}
