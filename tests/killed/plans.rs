//! A plan of a thousand steps, and an agent that is killed while it works it off.

use std::fmt::Write as _;

use hive_test_support::wait_for;

use crate::chance::Chance;
use crate::ground::Ground;
use crate::verdict::{database, told};

const FILES: usize = 1_000;
/// How many files a directory has; the steps of one wait for those of the one before.
const WAVE: usize = 50;

/// Every step is done exactly once, whenever the agent dies, and however often.
#[test]
fn every_step_of_a_killed_plan_comes_to_exactly_one_success() {
    let mut ground = Ground::bare();
    let mut plan = "name = \"all\"\n".to_owned();
    for number in 0..FILES {
        let path = format!("p{}/f{number}.py", number / WAVE);
        ground.write(&path, &format!("import os\nx  =  {number}\n"));
        writeln!(plan, "[[step]]\npath = \"{path}\"").unwrap();
        if number >= WAVE {
            let before = number - WAVE;
            writeln!(plan, "after = [\"p{}/f{before}.py\"]", before / WAVE).unwrap();
        }
    }
    ground.sandbox.commit("feat: a thousand old files");
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
    let mut chance = Chance::new(7);
    let mut deaths = 0;
    while deaths < 6 && done(&ground) < FILES {
        let from = done(&ground);
        // Somewhere in what is left; a killed one has some of its work in its hands.
        let most = (FILES - from).min(150);
        let until = from + 1 + chance.below(most);
        ground.start();
        wait_for("some steps", || done(&ground) >= until.min(FILES));
        ground.kill();
        deaths += 1;
    }
    assert!(deaths > 2, "only {deaths} deaths");
    ground.start();
    wait_for("the end of the plan", || done(&ground) == FILES);
    ground.settled();
    let database = database(&ground);
    let number = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let thousand = i64::try_from(FILES).unwrap();
    assert_eq!(number("SELECT status FROM plans"), 4, "{}", told(&ground));
    assert_eq!(
        number("SELECT count(*) FROM tasks WHERE plan = 1"),
        thousand
    );
    assert_eq!(
        number("SELECT count(*) FROM tasks WHERE plan = 1 AND state = 4"),
        thousand
    );
    // Exactly one success each: neither none nor two.
    let successes = "SELECT count(*) FROM (SELECT task FROM attempts
        JOIN tasks ON tasks.id = task WHERE plan = 1 AND attempts.outcome IN (0, 1, 2)
        GROUP BY task HAVING count(*) = 1)";
    assert_eq!(number(successes), thousand);
    // And none began before what it waits for was done.
    let early = "SELECT count(*) FROM task_needs
        JOIN tasks AS t ON t.id = task_needs.task JOIN tasks AS n ON n.id = needs
        JOIN attempts AS a ON a.task = t.id WHERE a.started < n.ended";
    assert_eq!(number(early), 0);
    for number in [0, 499, 999] {
        let path = format!("p{}/f{number}.py", number / WAVE);
        assert_eq!(ground.read(&path), format!("x = {number}\n"), "{path}");
    }
    ground.is_clean();
}
