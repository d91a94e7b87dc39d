//! Workers and drains are killed.

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};
use crate::verdict::{ground, is_whole, told};

/// Kills a process and waits for its end: until then its locks are held.
fn kill(ground: &Ground, pid: &str) {
    // It may be gone already; what counts is what follows.
    ground.sandbox.run("kill", &["-KILL", pid]);
    wait_for("the end of a killed process", || {
        let about = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        about.map_or(true, |text| text.contains(") Z "))
    });
}

/// The processes of a verb of hive in this sandbox.
fn running(ground: &Ground, verb: &str) -> Vec<String> {
    let all = ground.sandbox.processes();
    all.iter()
        .filter(|line| {
            let mut words = line.split_whitespace().skip(2);
            words
                .next()
                .is_some_and(|program| program.ends_with("/hive"))
                && words.next() == Some(verb)
        })
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn a_worker_dies_with_work_in_its_hands() {
    let ground = ground().watch();
    // Large enough that a worker has it for a while.
    let long: Vec<String> = (0..3000)
        .map(|n| format!("x_{n}  =  [ {n},2 ]\n"))
        .collect();
    let long = long.concat();
    ground.write("long.py", &long);
    ground.sandbox.commit("feat: long");
    let mut killed = None;
    wait_for("a worker", || {
        killed = running(&ground, "worker").into_iter().next();
        killed.is_some()
    });
    kill(&ground, &killed.unwrap());
    wait_for("the fix", || ground.subject().starts_with("chore(qa)"));
    is_whole(&ground, 1, "a worker with work");
    assert!(ground.read("long.py").starts_with("x_0 = [0, 2]\n"));
}

#[test]
fn an_idle_worker_dies() {
    let ground = ground().watch();
    let mine = ground.commit("a.py", MESSY, "feat: a");
    ground.landed_after(&mine);
    for pid in running(&ground, "worker") {
        kill(&ground, &pid);
    }
    let mine = ground.commit("b.py", MESSY, "feat: b");
    ground.landed_after(&mine);
    is_whole(&ground, 2, "an idle worker");
    assert_eq!(ground.read("b.py"), NEAT, "{}", told(&ground));
}

#[test]
fn a_drain_dies_and_the_next_commit_makes_up_for_it() {
    for round in 0..3 {
        let ground = ground();
        ground.commit("a.py", MESSY, "feat: a");
        let mut found = Vec::new();
        wait_for("a drain", || {
            found = running(&ground, "drain");
            // A round may be so slow that the drain has done its work.
            !found.is_empty() || ground.subject().starts_with("chore(qa)")
        });
        for pid in &found {
            kill(&ground, pid);
        }
        ground.commit("b.py", MESSY, "feat: b");
        wait_for("both fixes", || {
            ["a.py", "b.py"]
                .iter()
                .all(|path| ground.read(path) == NEAT)
        });
        ground.settled();
        ground.is_clean();
        println!("round {round}: {found:?}");
    }
}
