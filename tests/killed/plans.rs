//! A plan of many steps, and an agent that is killed while it works it off.

use std::fmt::Write as _;
use std::time::Instant;

use hive_test_support::wait_for;

use crate::chance::Chance;
use crate::ground::Ground;
use crate::verdict::{database, told};

/// How many files a directory has; the steps of one wait for those of the one before.
const WAVE: usize = 50;

#[test]
fn every_step_of_a_killed_plan_comes_to_exactly_one_success() {
    killed(200, 7);
}

#[test]
#[ignore = "takes minutes: run it with --nocapture"]
fn every_one_of_a_thousand_steps_comes_to_exactly_one_success() {
    let begun = Instant::now();
    let deaths = killed(1_000, 7);
    println!(
        "1,000 steps, {deaths} deaths, {} s",
        begun.elapsed().as_secs()
    );
}

/// Every step is done exactly once, whenever the agent dies, and however often; and the plan
/// has not ended before everything has landed. Returns how often it died.
fn killed(files: usize, seed: u64) -> usize {
    let mut ground = Ground::bare();
    let mut plan = "name = \"all\"\n".to_owned();
    for number in 0..files {
        let path = format!("p{}/f{number}.py", number / WAVE);
        ground.write(&path, &format!("import os\nx  =  {number}\n"));
        writeln!(plan, "[[step]]\npath = \"{path}\"").unwrap();
        if number >= WAVE {
            let before = number - WAVE;
            writeln!(plan, "after = [\"p{}/f{before}.py\"]", before / WAVE).unwrap();
        }
    }
    ground.sandbox.commit("feat: old files");
    // Without hooks no drain comes to help: who works is who is killed.
    ground.drain();
    ground.write("../plan.toml", &plan);
    ground
        .hive(&["plan", "create", "--file", "../plan.toml"])
        .expect(0);
    ground.hive(&["plan", "approve", "all"]).expect(0);
    ground.hive(&["plan", "start", "all"]).expect(0);
    let done = |ground: &Ground| -> usize {
        let count = "SELECT done FROM plans";
        let count: i64 = database(ground)
            .query_row(count, [], |row| row.get(0))
            .unwrap();
        usize::try_from(count).unwrap()
    };
    let landings = |ground: &Ground| -> i64 {
        let count = "SELECT count(*) FROM landings";
        database(ground)
            .query_row(count, [], |row| row.get(0))
            .unwrap()
    };
    // Whether the plan has ended; one that has, has landed. Asked in one statement, since the
    // agent goes on.
    let ended = |ground: &Ground| -> bool {
        let sql = "SELECT status = 4, EXISTS (SELECT 1 FROM fixes WHERE state IN (0, 1, 2))
             FROM plans";
        let (ended, waits): (bool, bool) = database(ground)
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert!(!(ended && waits), "completed, and a fix waits to land");
        ended
    };
    let mut chance = Chance::new(seed);
    let mut deaths = 0;
    while deaths < 8 && !ended(&ground) {
        let (from, landed) = (done(&ground), landings(&ground));
        ground.start();
        if from < files && deaths < 6 {
            // Somewhere in what is left; a killed one has some of its work in its hands.
            let most = (files - from).min(files / 6);
            let until = from + 1 + chance.below(most);
            wait_for("some steps", || done(&ground) >= until.min(files));
        } else {
            wait_for("a landing", || landings(&ground) > landed || ended(&ground));
        }
        ground.kill();
        deaths += 1;
    }
    assert!(deaths > 2, "only {deaths} deaths");
    ground.start();
    wait_for("the end of the plan", || ended(&ground));
    ground.settled();
    let database = database(&ground);
    let number = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let all = i64::try_from(files).unwrap();
    assert_eq!(number("SELECT status FROM plans"), 4, "{}", told(&ground));
    assert_eq!(number("SELECT done FROM plans"), all);
    assert_eq!(number("SELECT landing FROM plans"), 0);
    assert_eq!(number("SELECT count(*) FROM tasks WHERE plan = 1"), all);
    assert_eq!(
        number("SELECT count(*) FROM tasks WHERE plan = 1 AND state = 4"),
        all
    );
    // Exactly one success each: neither none nor two.
    let successes = "SELECT count(*) FROM (SELECT task FROM attempts
        JOIN tasks ON tasks.id = task WHERE plan = 1 AND attempts.outcome IN (0, 1, 2)
        GROUP BY task HAVING count(*) = 1)";
    assert_eq!(number(successes), all);
    // And none began before what it waits for was done.
    let early = "SELECT count(*) FROM task_needs
        JOIN tasks AS t ON t.id = task_needs.task JOIN tasks AS n ON n.id = needs
        JOIN attempts AS a ON a.task = t.id WHERE a.started < n.ended";
    assert_eq!(number(early), 0);
    for number in [0, files / 2, files - 1] {
        let path = format!("p{}/f{number}.py", number / WAVE);
        assert_eq!(ground.read(&path), format!("x = {number}\n"), "{path}");
    }
    ground.is_clean();
    deaths
}
