//! Each named point, of the landing, of its child and of the queue, through the agent
//! and through the drain that a hook starts.

use std::sync::Mutex;
use std::thread;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};
use crate::verdict::{database, ground, is_whole, told};

/// Where the agent dies.
const AGENT: [&str; 17] = [
    "queue.take-in",
    "queue.take-in.done",
    "queue.claim",
    "queue.claim.done",
    "queue.finish",
    "queue.finish.done",
    "landing.objects",
    "landing.intent",
    "landing.temps",
    "landing.report",
    "queue.landed",
    "landing.recorded",
    "landing.settle",
    "landing.settled",
    "landing.done",
    "agent.landed",
    "queue.recover",
];

/// Where the landing child dies.
const CHILD: [&str; 8] = [
    "landing.lock.references",
    "landing.lock",
    "landing.exchanged",
    "landing.exchanged:2",
    "landing.exchange.all",
    "landing.publish.index",
    "landing.publish.log",
    "landing.publish.reference",
];

/// Runs every case, a few at a time.
fn each(cases: &[&'static str], run: impl Fn(&'static str) + Sync) {
    let next = Mutex::new(cases.iter());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let case = next.lock().unwrap().next().copied();
                    let Some(case) = case else { return };
                    run(case);
                }
            });
        }
    });
}

/// Two files that want fixing, in one commit.
fn commit(ground: &Ground) -> String {
    ground.write("a.py", MESSY);
    ground.write("b.py", MESSY);
    ground.sandbox.commit("feat: two");
    ground.git(&["rev-parse", ":/feat: two"])
}

/// How many agents have come to their end.
fn stopped(ground: &Ground) -> usize {
    let database = database(ground);
    let mut events = database.prepare("SELECT body FROM events").unwrap();
    let pages = events.query_map([], |row| row.get::<_, String>(0)).unwrap();
    pages
        .map(|page| page.unwrap().matches("\"agent-stopped\"").count())
        .sum()
}

fn is_fixed(ground: &Ground, mine: &str, case: &str) {
    wait_for("the fix after the fall", || {
        let log = ground
            .sandbox
            .git(&["log", "--format=%P", "--grep=^chore(qa)"]);
        log.stdout.trim() == mine
    });
    is_whole(ground, 1, case);
    for path in ["a.py", "b.py"] {
        assert_eq!(ground.read(path), NEAT, "{case}: {path}\n{}", told(ground));
        let blob = ground.git(&["show", &format!("HEAD:{path}")]);
        assert_eq!(blob, NEAT.trim_end(), "{case}: {path}");
    }
}

#[test]
fn the_agent_dies() {
    each(&AGENT, |point| {
        let mut ground = ground();
        // Only after a death is there anything to recover.
        let first = match point {
            "queue.recover" => "queue.claim.done",
            other => other,
        };
        ground.sandbox.set("HIVE_CRASH", first);
        ground.start();
        ground.sandbox.forget("HIVE_CRASH");
        let mine = commit(&ground);
        ground.dies();
        if point != first {
            ground.sandbox.set("HIVE_CRASH", point);
            ground.launch();
            ground.sandbox.forget("HIVE_CRASH");
            ground.dies();
        }
        ground.start();
        is_fixed(&ground, &mine, point);
    });
}

#[test]
fn the_drain_dies() {
    each(&AGENT, |point| {
        let mut ground = ground();
        let before = stopped(&ground);
        let first = match point {
            "queue.recover" => "queue.claim.done",
            other => other,
        };
        ground.sandbox.set("HIVE_CRASH", first);
        let mine = commit(&ground);
        ground.sandbox.forget("HIVE_CRASH");
        wait_for("the drain's death", || {
            !ground
                .sandbox
                .processes()
                .iter()
                .any(|line| line.contains("drain") && line.contains("hive"))
        });
        // One that comes to its end says so.
        assert_eq!(stopped(&ground), before, "{point}: the drain did not die");
        if point != first {
            ground.sandbox.set("HIVE_CRASH", point);
            let dies = ground.hive(&["watch", "--once"]);
            ground.sandbox.forget("HIVE_CRASH");
            assert_eq!(dies.code, None, "{point}: {}", dies.stderr);
        }
        ground.hive(&["watch", "--once"]).expect(0);
        is_fixed(&ground, &mine, point);
    });
}

#[test]
fn the_landing_child_dies() {
    each(&CHILD, |point| {
        let mut ground = ground();
        ground.sandbox.set("HIVE_CRASH", point);
        ground.start();
        ground.sandbox.forget("HIVE_CRASH");
        let mine = commit(&ground);
        // Its parent lives and clears up; the locks are gone by the time it says so.
        wait_for("word of the landing", || {
            let said = ground.everything_said();
            let word = ["landing-deferred", "\"event\":\"landed\""];
            said.iter()
                .any(|line| word.iter().any(|word| line.contains(word)))
        });
        for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
            let lock = ground.sandbox.path(".git").join(lock);
            assert!(!lock.exists(), "{point}: {lock:?}");
        }
        ground.stop();
        ground.start();
        is_fixed(&ground, &mine, point);
    });
}

/// Where the agent dies while it folds.
const FOLDING: [&str; 9] = [
    "landing.objects",
    "landing.intent",
    "landing.temps",
    "landing.report",
    "queue.landed",
    "landing.recorded",
    "landing.fold.tell",
    "landing.settled",
    "agent.landed",
];

/// A repository where fixes go into the person's commit.
fn folding() -> Ground {
    let ground = ground();
    ground
        .hive(&["config", "set", "commit.mode", "fold"])
        .expect(0);
    ground
}

/// The person's commit has the fix, once, and is known to have it.
fn is_folded(ground: &Ground, mine: &str, case: &str) {
    let told = || format!("{case}\n{}", told(ground));
    wait_for("the fix after the fall", || ground.head() != mine);
    ground.settled();
    ground.is_clean();
    let plain = |commit: &str| {
        let text = ground.git(&["cat-file", "commit", commit]);
        text.split_once('\n').unwrap().1.to_owned()
    };
    let head = ground.head();
    assert_eq!(plain(&head), plain(mine), "{}", told());
    assert_eq!(ground.hives(), 0, "{}", told());
    for path in ["a.py", "b.py"] {
        assert_eq!(ground.read(path), NEAT, "{path}: {}", told());
        assert_eq!(ground.stored("HEAD", path), NEAT, "{path}: {}", told());
    }
    let database = database(ground);
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let known = format!(
        "SELECT count(*) FROM landings WHERE kind = 2 AND lower(hex(tip_after)) = '{head}'
         AND lower(hex(tip_before)) = '{mine}'"
    );
    assert_eq!(count(&known), 1, "{}", told());
    assert_eq!(count("SELECT count(*) FROM landings"), 1, "{}", told());
    let running = "SELECT count(*) FROM tasks WHERE state = 1";
    assert_eq!(count(running), 0, "{}", told());
}

#[test]
fn the_agent_dies_while_it_folds() {
    each(&FOLDING, |point| {
        let mut ground = folding();
        ground.sandbox.set("HIVE_CRASH", point);
        ground.start();
        ground.sandbox.forget("HIVE_CRASH");
        ground.write("a.py", MESSY);
        ground.write("b.py", MESSY);
        // Before the fold, or after it: whose word counts is the reflog's.
        ground.sandbox.commit("feat: two");
        ground.dies();
        let mine = ground.git(&[
            "log",
            "-g",
            "--format=%H",
            "--grep-reflog=^commit: feat: two",
        ]);
        ground.start();
        is_folded(&ground, &mine, point);
    });
}

#[test]
fn the_landing_child_dies_while_it_folds() {
    each(&CHILD, |point| {
        let mut ground = folding();
        ground.sandbox.set("HIVE_CRASH", point);
        ground.start();
        ground.sandbox.forget("HIVE_CRASH");
        ground.write("a.py", MESSY);
        ground.write("b.py", MESSY);
        ground.sandbox.commit("feat: two");
        let mine = ground.git(&[
            "log",
            "-g",
            "--format=%H",
            "--grep-reflog=^commit: feat: two",
        ]);
        wait_for("word of the landing", || {
            let said = ground.everything_said();
            let word = ["landing-deferred", "\"event\":\"landed\""];
            said.iter()
                .any(|line| word.iter().any(|word| line.contains(word)))
        });
        for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
            let lock = ground.sandbox.path(".git").join(lock);
            assert!(!lock.exists(), "{point}: {lock:?}");
        }
        ground.stop();
        ground.start();
        is_folded(&ground, &mine, point);
    });
}
