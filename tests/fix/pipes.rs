//! Who reads has gone: the work is done all the same, and nobody is told that it failed.

use hive_test_support::Sandbox;

use super::repository;

const HIVE: &str = env!("CARGO_BIN_EXE_hive");

/// Runs hive with its outputs going to a reader that has gone when hive begins to write;
/// its exit code.
fn unheard(sandbox: &Sandbox, command: &str) -> i32 {
    let script = format!(
        "import os, subprocess, sys\n\
         reads, writes = os.pipe()\n\
         os.close(reads)\n\
         command = [{HIVE:?}, *{command:?}.split()]\n\
         both = '2>&1' in command\n\
         command = [word for word in command if word != '2>&1']\n\
         err = writes if both else subprocess.DEVNULL\n\
         sys.exit(subprocess.run(command, stdout=writes, stderr=err).returncode)\n"
    );
    sandbox.run("python3", &["-c", &script]).code.unwrap_or(-1)
}

#[test]
fn init_goes_on_to_its_end() {
    for command in ["init --yes 2>&1", "init --yes"] {
        let mut sandbox = repository();
        sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
        sandbox.write("a.py", "x = 1\n");
        sandbox.commit("first");
        assert_eq!(unheard(&sandbox, command), 0, "{command}");
        sandbox.hive(&["trust", "--show"]).expect(0);
        assert!(sandbox.path(".git/hooks/post-commit").exists(), "{command}");
        let again = sandbox.hive(&["init", "--yes"]).expect(0).stderr;
        assert!(again.contains("trusted already"), "{again}");
    }
}

#[test]
fn no_verb_fails_for_want_of_a_reader() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.write("bad/b.py", "x=1\n");
    for (command, code) in [
        ("check a.py", 0),
        ("check a.py 2>&1", 0),
        // What was found is found also where nobody reads it.
        ("check bad 2>&1", 1),
        ("help 2>&1", 0),
        ("help landing", 0),
        ("help fix", 0),
        ("fix --help", 0),
        ("--version", 0),
        ("config show", 0),
        ("doctor 2>&1", 0),
        ("fix 2>&1", 0),
    ] {
        assert_eq!(unheard(&sandbox, command), code, "{command}");
    }
    assert_eq!(sandbox.read("bad/b.py"), "x = 1\n");
}
