//! The questions of `hive init` and `hive trust`, on a terminal.

use std::fs;

use hive_test_support::{Ran, Sandbox};

use super::repository;

/// Plays a person: runs a command on a terminal of its own, and types each answer when
/// its question has been printed. Prints what the terminal showed.
const PERSON: &str = r"
import os, pty, select, sys, time
command, turns = sys.argv[1].split('\x1f'), sys.argv[2:]
pid, master = pty.fork()
if pid == 0:
    os.execv(command[0], command)
shown, seen = b'', 0
turns = [turn.split('\x1f') for turn in turns]
end = time.monotonic() + 30
while time.monotonic() < end:
    if turns and turns[0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(master, turns.pop(0)[1].encode() + b'\n')
    if select.select([master], [], [], 0.05)[0]:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown.replace(b'\r\n', b'\n'))
sys.exit(os.waitstatus_to_exitcode(status) if not turns else 99)
";

/// Runs hive on a terminal and answers its questions.
fn answer(sandbox: &Sandbox, args: &[&str], turns: &[(&str, &str)]) -> Ran {
    let binary = [env!("CARGO_BIN_EXE_hive")];
    let command = binary.iter().chain(args).copied().collect::<Vec<_>>();
    let command = command.join("\u{1f}");
    let turns: Vec<String> = turns
        .iter()
        .map(|(ask, say)| format!("{ask}\u{1f}{say}"))
        .collect();
    let mut all = vec!["-c", PERSON, &command];
    all.extend(turns.iter().map(String::as_str));
    sandbox.run("python3", &all)
}

const MODE: &str = "1-6 or the word [1]:";
const TRUST: &str = "until one of it changes? [y/N]";

#[test]
fn init_asks_how_fixes_land_and_for_trust() {
    let sandbox = repository();
    let ran = answer(
        &sandbox,
        &["init"],
        &[(MODE, "7"), (MODE, "hold"), (TRUST, "y")],
    )
    .expect(0);
    for text in [
        "Where shall fixes of your commits go?",
        "  2  tidy ",
        "  3  fold ",
        "  5  branch ",
        "Recommended here: direct.",
        "there is no choice \"7\"",
        "this repository is trusted now",
        "hive is installed. Next:",
    ] {
        assert!(ran.stdout.contains(text), "no `{text}` in\n{}", ran.stdout);
    }
    let settings = sandbox.read(".git/hive/config.toml");
    assert!(settings.contains("mode = \"hold\""), "{settings}");
    sandbox.hive(&["trust", "--show"]).expect(0);
    // What is decided is not asked again; trust is given already.
    let again = answer(&sandbox, &["init"], &[]).expect(0);
    assert!(!again.stdout.contains(MODE), "{}", again.stdout);
    assert!(again.stdout.contains("trusted already"), "{}", again.stdout);
}

#[test]
fn the_default_branch_can_be_protected_and_trust_refused() {
    let sandbox = repository();
    let origin = sandbox.directory().join("origin.git");
    let origin = origin.to_str().unwrap();
    sandbox
        .git(&["clone", "-q", "--bare", ".", origin])
        .expect(0);
    sandbox.git(&["remote", "add", "origin", origin]).expect(0);
    sandbox.git(&["fetch", "-q"]).expect(0);
    sandbox
        .git(&["remote", "set-head", "origin", "main"])
        .expect(0);
    let protect = "Protect main, the remote's default branch, from commits of hive? [y/N]";
    let turns = [(MODE, ""), (protect, "y"), (TRUST, "n")];
    let ran = answer(&sandbox, &["init"], &turns).expect(0);
    assert!(
        ran.stdout.contains("nothing was recorded"),
        "{}",
        ran.stdout
    );
    let team = sandbox.read("hive.toml");
    assert!(
        team.contains("protected = [") && team.contains("\"main\""),
        "{team}"
    );
    assert!(fs::metadata(sandbox.path(".git/hooks/post-commit")).is_ok());
    assert!(
        !sandbox.path(".git/hive/config.toml").exists(),
        "the default is no setting"
    );
    sandbox.hive(&["trust", "--show"]).expect(1);

    // `hive trust` asks the same question by itself.
    let ran = answer(&sandbox, &["trust"], &[(TRUST, "")]).expect(1);
    assert!(ran.stdout.contains("commit.protected"), "{}", ran.stdout);
    sandbox.hive(&["trust", "--show"]).expect(1);
    answer(&sandbox, &["trust"], &[(TRUST, "yes")]).expect(0);
    sandbox.hive(&["trust", "--show"]).expect(0);
    // A change shows what it is and asks again.
    sandbox.write("hive.toml", format!("scope = \"file\"\n{team}"));
    let ran = answer(&sandbox, &["trust"], &[(TRUST, "n")]).expect(1);
    for text in ["changed since it was trusted", "`scope` is \"file\""] {
        assert!(ran.stdout.contains(text), "no `{text}` in\n{}", ran.stdout);
    }
}
