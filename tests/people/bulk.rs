//! Many tasks and many questions.

use std::time::Instant;

use hive::escalation::{Level, Question};
use hive::queue::{Cause, NewTask, Queue, TaskId};
use hive::repo::{Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};

use crate::ground::Ground;

/// A repository whose queue holds `tasks` tasks, four of ten of them cancelled, and
/// `questions` open questions.
fn seeded(tasks: usize, questions: usize) -> Ground {
    let ground = Ground::new();
    let place = Place::find(&ground.sandbox.root()).unwrap();
    let queue = Queue::open(&place, WorktreeId::of(&place).unwrap()).unwrap();
    queue.pause("many tasks").unwrap();
    let path = |at: usize| RepoPath::new(format!("src/p{}/m{at}.py", at % 100)).unwrap();
    let first = {
        let before = queue.list(&hive::queue::TaskFilter {
            states: vec!["done".to_owned()],
            ..Default::default()
        });
        before
            .unwrap()
            .iter()
            .map(|task| task.id.0)
            .max()
            .unwrap_or(0)
    };
    for part in (0..tasks).collect::<Vec<_>>().chunks(5_000) {
        let work = part.iter().map(|at| NewTask {
            stage: Stage::Qa,
            path: path(*at),
            cause: Cause::Commit,
            priority: Priority::Normal,
            tip: None,
            blob: None,
            base: None,
            commits: Vec::new(),
            run_at_ms: 0,
        });
        queue
            .take_in(Vec::new(), Vec::new(), work.collect())
            .unwrap();
    }
    let upto = i64::try_from(tasks).unwrap();
    std::thread::scope(|scope| {
        for lane in 0..8 {
            let queue = &queue;
            scope.spawn(move || {
                for id in (1..=upto).filter(|id| id % 8 == lane && id % 10 < 4) {
                    // A clean file of the beginning may have taken a number.
                    let _ = queue.cancel(TaskId(first + id));
                }
            });
        }
    });
    for part in (0..questions).collect::<Vec<_>>().chunks(1_000) {
        let asked = part.iter().map(|at| Question {
            rule: ["E501", "E722", "F841", "F401"][at % 4].to_owned(),
            level: Level::ALL[at % 4],
            stage: Stage::Qa,
            path: path(*at),
            line: 10,
            column: 5,
            symbol: "f".to_owned(),
            snippet: format!("    x = {at}"),
            reason: "Line too long (120 > 88)".to_owned(),
            attempts: 1,
            worker: Some("QA-1".to_owned()),
            task: None,
            commit: None,
            patch: (at % 3 == 0).then(|| "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n".repeat(20)),
        });
        queue.raise(asked.collect()).unwrap();
    }
    ground
}

#[test]
fn numbers_are_right_and_lists_are_bounded() {
    let ground = seeded(2_000, 200);
    let status = ground.hive(&["status", "--json"]).expect(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let queue = ground.hive(&["queue", "--json"]).expect(0).stdout;
    let queue: serde_json::Value = serde_json::from_str(&queue).unwrap();
    let ready = queue["tasks"].as_array().unwrap().len();
    assert_eq!(status["queue"]["ready"].as_u64(), Some(ready as u64));
    assert!((1_100..1_300).contains(&ready), "{ready}");
    assert_eq!(status["questions"], 200);
    assert_eq!(
        ground.hive(&["status", "--short"]).expect(0).stdout,
        format!("?200 ~{ready}\n")
    );
    let list = ground.hive(&["escalations"]).expect(0).stdout;
    assert_eq!(list.lines().count(), 201);
    assert!(list.lines().nth(1).unwrap().contains("critical"), "{list}");
    let some = ground
        .hive(&["escalations", "--level", "critical", "--path", "src/p3"])
        .expect(0);
    assert_eq!(some.stdout.lines().count(), 3, "{}", some.stdout);
    // Of many questions about one file some are named, and all are counted.
    let place = Place::find(&ground.sandbox.root()).unwrap();
    let queue = Queue::open(&place, WorktreeId::of(&place).unwrap()).unwrap();
    let mut asked = queue.escalations(&hive::queue::EscalationFilter::default());
    let one = asked.as_mut().unwrap().pop().unwrap().question;
    let more = (0..6).map(|at| Question {
        snippet: format!("y = {at}"),
        ..one.clone()
    });
    queue.raise(more.collect()).unwrap();
    let why = ground.hive(&["why", one.path.as_str()]).expect(0).stdout;
    let more = format!("and 2 more: hive escalations --path {}", one.path);
    assert!(
        why.contains("7 questions are open") && why.contains(&more),
        "{why}"
    );
}

/// Prints what the commands take over a long queue; by hand, with a release build.
#[test]
#[ignore = "prints times, and proves nothing"]
fn speed_of_looking_at_a_long_queue() {
    let ground = seeded(100_000, 5_000);
    for args in [
        &["--version"][..],
        &["status", "--short"],
        &["status"],
        &["escalations"],
        &["escalations", "--json"],
        &["escalations", "show", "7"],
        &["queue", "--json"],
    ] {
        let mut times: Vec<u128> = (0..11)
            .map(|_| {
                let begun = Instant::now();
                ground.hive(args).expect(0);
                begun.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        println!(
            "hive {:<24} median {:>8.1} ms",
            args.join(" "),
            times[5] as f64 / 1000.0
        );
    }
}
