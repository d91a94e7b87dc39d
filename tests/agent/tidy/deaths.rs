//! Whoever dies in the middle of it leaves a commit that is made, and nothing half done.

use super::{TIDY, UNTIDY, ground};

/// The steps of the hook, for which git waits.
const HOOK: [&str; 6] = [
    "landing.lock",
    "landing.check",
    "landing.exchange",
    "landing.exchanged",
    "landing.exchange.all",
    "landing.publish",
];

/// Those of the one that prepares, from the first that leaves something behind.
const PREPARES: [&str; 9] = [
    "landing.objects.store",
    "landing.intent.write",
    "writing.session",
    "writing.note",
    "writing.temp",
    "writing.sync",
    "writing.finish",
    "writing.settle",
    "landing.intent.forget",
];

fn dies(points: &[&str], what: &str) {
    for point in points {
        for with_all in [false, true] {
            let mut ground = ground();
            ground.sandbox.set("HIVE_COMMIT_QUIET", "50ms");
            ground.commit("a.py", "x = 1\n", "begin");
            ground.settled();
            let told = ground.outside("told");
            let order = format!("tell:{},{point}{what}", told.display());
            ground.sandbox.set("HIVE_CRASH", order);
            ground.write("a.py", UNTIDY);
            if with_all {
                ground.commits(&["-a", "-m", "feat: a"]);
            } else {
                ground.git(&["add", "a.py"]);
                ground.commits(&["-m", "feat: a"]);
            }
            let case = format!("{point}{what}, with -a: {with_all}");
            hive_test_support::wait_for(&case, || told.exists());
            ground.sandbox.forget("HIVE_CRASH");
            let committed = ground.stored("HEAD", "a.py");
            assert!([UNTIDY, TIDY].contains(&committed.as_str()), "{case}");
            // Whatever was left, what follows the commit finds it.
            ground.drain();
            ground.settled();
            ground.is_everywhere("a.py", TIDY);
            ground.is_clean();
        }
    }
}

#[test]
fn a_hook_that_is_killed_stops_no_commit_and_leaves_nothing() {
    dies(&HOOK, "");
}

#[test]
fn a_step_that_fails_leaves_everything_as_it_was() {
    dies(&HOOK[..5], ":err");
}

#[test]
fn who_prepares_and_is_killed_leaves_nothing() {
    dies(&PREPARES, "");
}

#[test]
fn who_prepares_on_a_full_disk_leaves_nothing() {
    dies(&PREPARES[..7], ":enospc");
}

/// The agent is killed while a commit asks it: the commit goes on, and the next agent
/// clears up.
#[test]
fn an_agent_that_is_killed_stops_no_commit() {
    let mut ground = ground();
    ground.sandbox.set("HIVE_COMMIT_QUIET", "50ms");
    // Else a save would come to that point first.
    ground.hive(&["config", "set", "on_save", "off"]).expect(0);
    let told = ground.outside("told");
    let order = format!("tell:{},writing.temp", told.display());
    ground.sandbox.set("HIVE_CRASH", order);
    let mut ground = ground.watch();
    ground.sandbox.forget("HIVE_CRASH");
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    ground.commits(&["-m", "feat: a"]);
    hive_test_support::wait_for("the agent's death", || told.exists());
    ground.dies();
    assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    ground.drain();
    ground.settled();
    ground.is_everywhere("a.py", TIDY);
    ground.is_clean();
}
