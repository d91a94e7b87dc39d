//! Faults that the sweeps have found, each by itself: what failed, and what must not
//! follow from it any more.

use std::fs;

use hive_test_support::{Call, Fault, Sandbox, can_inject, wait_for};

use crate::scenario::{MESSY, NEAT, SCENARIOS, Stage};
use crate::verdict::case;

/// Plays a case in which the first call about a path fails; says whether the kernel lets
/// us do that.
fn fails(scenario: &str, call: Call, about: &'static str, errno: i32, lasting: bool) {
    if !can_inject() {
        println!("skipped: this system does not let a process watch another's system calls");
        return;
    }
    let scenario = SCENARIOS.iter().find(|one| one.name == scenario).unwrap();
    let fault = Fault {
        call,
        nth: 1,
        errno,
        lasting,
        about,
    };
    let (done, wrong) = case(&Stage::new(scenario), fault);
    assert!(!done.failed.is_empty(), "no {call:?} is about {about}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No worker could be started for want of a scratch directory: that was two crashes of
/// each file within a moment, and all of them were dead letters.
#[test]
fn a_full_disk_at_the_start_of_a_worker_kills_no_task() {
    fails(
        "drain",
        Call::Rename,
        "home/.cache/hive",
        libc::ENOSPC,
        true,
    );
}

/// The person's hook had its second name already, and the next `hive init` took that for
/// a hook in the way.
#[test]
fn an_interrupted_init_can_be_repeated() {
    fails("init", Call::Open, ".hive-hook-", libc::EIO, false);
}

/// The lock of HEAD stayed for good and blocked every commit: the landing was done, so
/// nobody looked for it again.
#[test]
fn a_lock_that_could_not_be_removed_is_removed_later() {
    fails("drain", Call::Remove, "HEAD.lock", libc::EIO, false);
}

/// A settings file that could not be written was said without what to do.
#[test]
fn an_error_of_the_system_names_the_way_out() {
    fails("config set", Call::Write, ".git/hive", libc::ENOSPC, true);
}

/// On a full disk the files were named that could not be written, but not what helps.
#[test]
fn a_full_disk_under_a_fix_names_the_way_out() {
    fails("fix", Call::Write, "work/.git/hive", libc::ENOSPC, true);
}

/// An agent whose workers could not be started once had no slot left for the rest of its
/// life.
#[test]
fn an_agent_goes_on_when_the_system_does() {
    let mut sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    sandbox.write("clean.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    sandbox.commit("hive");
    sandbox.hive(&["watch", "--once"]);
    let mut agent = sandbox.start(&["watch", "--json"]);
    wait_for("the agent", || {
        sandbox
            .hive(&["status", "--json"])
            .stdout
            .contains("\"agent\": {")
    });
    // An agent that has nothing to do has no worker yet. No directory can be made where a
    // file is.
    let cache = sandbox.home().join(".cache/hive");
    let _ = fs::remove_dir_all(&cache);
    fs::write(&cache, "").unwrap();
    sandbox.write("a.py", MESSY);
    sandbox.commit("one");
    wait_for("a task that waits", || {
        sandbox.hive(&["queue", "list"]).stdout.contains("deferred")
    });
    fs::remove_file(&cache).unwrap();
    sandbox.write("b.py", MESSY);
    sandbox.commit("two");
    wait_for("both fixes", || {
        ["a.py", "b.py"]
            .iter()
            .all(|path| sandbox.git(&["show", &format!("HEAD:{path}")]).stdout == NEAT)
    });
    let _ = agent.kill();
    let _ = agent.wait();
}
