//! How files look after they were written.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use hive_test_support::wait_for;

use super::stopping::nothing_is_left;
use super::{expected, repository, said, tool};

#[test]
fn modes_and_attributes_stay() {
    let sandbox = repository();
    for mode in [0o755, 0o600, 0o640] {
        let path = format!("m{mode:o}.py");
        sandbox.write(&path, "x=1\n");
        fs::set_permissions(sandbox.path(&path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let has_attributes = sandbox
        .run(
            "python3",
            &[
                "-c",
                "import os; os.setxattr('m755.py', 'user.colour', b'blue')",
            ],
        )
        .code
        == Some(0);
    sandbox.hive(&["fix"]).expect(0);
    for mode in [0o755, 0o600, 0o640] {
        let path = format!("m{mode:o}.py");
        assert_eq!(sandbox.read(&path), "x = 1\n");
        let kept = fs::metadata(sandbox.path(&path))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(kept & 0o7777, mode, "{path}");
    }
    if has_attributes {
        sandbox
            .run(
                "python3",
                &[
                    "-c",
                    "import os; print(os.getxattr('m755.py', 'user.colour'))",
                ],
            )
            .expect(0)
            .is("b'blue'\n");
    }
    nothing_is_left(&sandbox);
}

#[test]
fn what_must_not_be_replaced_is_left_and_said() {
    let sandbox = repository();
    sandbox.write("target.txt", "x=1\n");
    symlink("target.txt", sandbox.path("link.py")).unwrap();
    sandbox.write("one.py", "x=1\n");
    fs::hard_link(sandbox.path("one.py"), sandbox.path("two.py")).unwrap();
    sandbox.write("locked.py", "import os\nx=1\n");
    fs::set_permissions(sandbox.path("locked.py"), fs::Permissions::from_mode(0o444)).unwrap();
    sandbox.write("clean locked.py", "x = 1\n");
    fs::set_permissions(
        sandbox.path("clean locked.py"),
        fs::Permissions::from_mode(0o444),
    )
    .unwrap();
    let ran = sandbox.hive(&["fix"]);
    // Exit code 0 would say that nothing is left to fix.
    assert_eq!(
        said(&ran),
        expected(
            1,
            "locked.py: not fixed, it is not writable (F401, format)\none.py: not fixed, it has 2 hard links (format)\ntwo.py: not fixed, it has 2 hard links (format)\n",
            "3 files not fixed (4 files in TIME, 1 skipped)\n"
        )
    );
    assert!(
        fs::symlink_metadata(sandbox.path("link.py"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(fs::metadata(sandbox.path("one.py")).unwrap().nlink(), 2);
    for path in ["target.txt", "one.py", "two.py"] {
        assert_eq!(sandbox.read(path), "x=1\n", "{path}");
    }
    nothing_is_left(&sandbox);
}

#[test]
fn bytes_stay_what_they_are() {
    for (name, old, new) in [
        (
            "crlf",
            &b"import os\r\nx=1\r\ny = 2\r\n"[..],
            &b"x = 1\r\ny = 2\r\n"[..],
        ),
        (
            "bom",
            b"\xef\xbb\xbfimport os\nx = 1\n",
            b"\xef\xbb\xbfx = 1\n",
        ),
        (
            "cookie",
            b"# -*- coding: latin-1 -*-\nx=\"\xe9\"\n",
            b"# -*- coding: latin-1 -*-\nx = \"\xe9\"\n",
        ),
        (
            "utf-8 cookie",
            "# coding: utf-8\nx=\"é\"\n".as_bytes(),
            "# coding: utf-8\nx = \"é\"\n".as_bytes(),
        ),
        ("no end", b"x=1", b"x = 1\n"),
        ("empty", b"", b""),
        ("blank", b"\n\n\n", b"\n"),
    ] {
        let sandbox = repository();
        // Only the linter looks at the one with a mark; ruff's formatter drops it.
        let args: &[&str] = if name == "bom" {
            &["fix", "--format-with", "off", "--imports", "off"]
        } else {
            &["fix"]
        };
        sandbox.write("a.py", old);
        sandbox.hive(args).expect(0);
        let found = sandbox.bytes("a.py");
        assert_eq!(found, new, "{name}: {}", String::from_utf8_lossy(&found));
        sandbox.hive(args).expect(0).is("");
    }
}

#[test]
fn what_cannot_be_read_as_text_is_said_and_left() {
    let sandbox = repository();
    for (path, bytes) in [
        ("latin.py", &b"x='\xe9'\n"[..]),
        ("lying.py", b"# coding: utf-8\nx='\xe9'\n"),
        ("nul.py", b"x=1\0\n"),
    ] {
        sandbox.write(path, bytes);
    }
    let ran = sandbox.hive(&["fix"]).expect(1);
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    for line in [
        "latin.py: failed is not UTF-8 (byte 3), and no encoding cookie says otherwise\n",
        "lying.py: failed is not UTF-8 (byte 19), and no encoding cookie says otherwise\n",
        "nul.py: failed contains NUL bytes\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
    assert_eq!(sandbox.bytes("latin.py"), b"x='\xe9'\n");
    assert_eq!(sandbox.bytes("lying.py"), b"# coding: utf-8\nx='\xe9'\n");
    assert!(
        super::timeless(&ran.stderr).starts_with("3 files unreadable (3 files in TIME)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_save_during_the_run_wins() {
    let sandbox = repository();
    let gate = sandbox.home().join("gate");
    tool::ruff(
        &sandbox,
        "0.14.0",
        &format!(
            "touch '{0}.waits'\nwhile ! test -e '{0}'; do sleep 0.01; done",
            gate.display()
        ),
    );
    sandbox.write("written.py", "x=1\n");
    sandbox.write("renamed.py", "x=1\n");
    sandbox.write("quiet.py", "x=1\n");
    let child = sandbox.start(&["fix", "--trust"]);
    let waits = sandbox.home().join("gate.waits");
    wait_for("the tool to wait", || waits.exists());
    // As editors save: in place, and by a file of its own.
    sandbox.write("written.py", "x=1\nmine = True\n");
    sandbox.write("renamed.new", "x=1\nmine = True\n");
    fs::rename(sandbox.path("renamed.new"), sandbox.path("renamed.py")).unwrap();
    fs::write(&gate, "").unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert_eq!(
        out,
        "quiet.py: fixed format\nrenamed.py: not fixed, it was saved by somebody else meanwhile; that was kept (format)\nwritten.py: not fixed, it was saved by somebody else meanwhile; that was kept (format)\n"
    );
    for path in ["written.py", "renamed.py"] {
        assert_eq!(sandbox.read(path), "x=1\nmine = True\n", "{path}");
    }
    nothing_is_left(&sandbox);
    sandbox.hive(&["fix", "--trust"]).expect(0);
    assert_eq!(sandbox.read("written.py"), "x = 1\nmine = True\n");
}
