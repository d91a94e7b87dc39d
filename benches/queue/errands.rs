//! Work with an order: what each operation costs with few and with many rows in the queue.
//!
//! The rows are errands of another kind that wait, four in five of them blocked, so that
//! what is measured is not helped by an empty index. Medians of single operations, in
//! microseconds; the figure for many at once is of one of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use hive::queue::{
    Cause, Done, Finish, Need, NewErrand, NewPlan, NewStep, Owner, PlanId, Queue, TaskId, shape_of,
};
use hive::repo::RepoPath;
use hive::schedule::{Priority, Stage};

/// How often each operation is done.
const TIMES: usize = 300;
/// How many are done at once.
const BATCH: usize = 250;
const LEASE: Duration = Duration::from_mins(10);

pub(crate) fn measure(sizes: &[usize]) {
    let mut table: Vec<(&str, Vec<f64>)> = Vec::new();
    for rows in sizes {
        let (_home, queue) = super::open();
        fill(&queue, *rows);
        for (name, micros) in operations(&queue) {
            match table.iter_mut().find(|(known, _)| *known == name) {
                Some((_, all)) => all.push(micros),
                None => table.push((name, vec![micros])),
            }
        }
    }
    let head: Vec<String> = sizes.iter().map(|rows| format!("{rows:>11}")).collect();
    println!(
        "{:<42}{}",
        "microseconds, by rows in the queue",
        head.concat()
    );
    for (name, all) in table {
        let cells: Vec<String> = all.iter().map(|micros| format!("{micros:>11.1}")).collect();
        let least = all.first().copied().unwrap_or(1.0);
        let most = all.iter().copied().fold(0.0, f64::max);
        println!("{name:<42}{}   x {:.2}", cells.concat(), most / least);
    }
}

/// What is there already: groups of five, the last four of which wait for the first.
fn fill(queue: &Queue, rows: usize) {
    for part in (0..rows).collect::<Vec<usize>>().chunks(1_000) {
        let errands = part.iter().zip(0..).map(|(number, nth)| {
            let first = nth - nth % 5;
            let needs = if nth == first {
                Vec::new()
            } else {
                vec![Need::Nth(first)]
            };
            errand("filling", *number, needs)
        });
        queue.enqueue(errands.collect()).expect("errands");
    }
}

fn operations(queue: &Queue) -> Vec<(&'static str, f64)> {
    let owner = Owner {
        boot: "boot".to_owned(),
        instance: "bench".to_owned(),
    };
    let claim = |max: usize| {
        let claimed = queue.claim_kind("work", "W-1", &owner, max, LEASE);
        claimed.expect("a claim")
    };
    let mut all = Vec::new();
    let mut number = 0;
    let mut next = |needs: Vec<Need>| {
        number += 1;
        errand("work", number, needs)
    };

    all.push((
        "enqueue",
        median(|| {
            let one = next(Vec::new());
            timed(|| queue.enqueue(vec![one]))
        }),
    ));
    let batch: Vec<NewErrand> = (0..BATCH).map(|_| next(Vec::new())).collect();
    all.push((
        "enqueue, 250 at once",
        each(BATCH, || queue.enqueue(batch.clone())),
    ));
    let five: Vec<Need> = queue
        .enqueue((0..5).map(|_| next(Vec::new())).collect())
        .expect("errands")
        .into_iter()
        .map(Need::Task)
        .collect();
    all.push((
        "enqueue with 5 prerequisites",
        median(|| {
            let one = next(five.clone());
            timed(|| queue.enqueue(vec![one]))
        }),
    ));
    let batch: Vec<NewErrand> = (0..BATCH).map(|_| next(five.clone())).collect();
    all.push((
        "enqueue with 5 prerequisites, 250 at once",
        each(BATCH, || queue.enqueue(batch.clone())),
    ));

    all.push(("next task (claim)", median(|| timed(|| claim(1)))));
    let begun = Instant::now();
    let some = claim(BATCH);
    all.push(("claim, 250 at once", per(begun.elapsed(), some.len())));
    let ends = some.iter().map(|one| Finish {
        token: one.token,
        done: Done::Served(None),
        next: None,
    });
    let ends: Vec<Finish> = ends.collect();
    let count = ends.len();
    all.push((
        "finish, 250 at once",
        each(count, || queue.finish_many(ends.clone())),
    ));
    // A claim and its end; before it the same without anybody that waits.
    for (name, waiting) in [
        ("claim and finish", 0),
        ("claim and finish with 100 dependants", 100),
    ] {
        let times: Vec<Duration> = (0..50)
            .map(|_| {
                let first = NewErrand {
                    priority: Priority::Critical,
                    ..next(Vec::new())
                };
                let behind = (0..waiting).map(|_| next(vec![Need::Nth(0)]));
                let group: Vec<NewErrand> = std::iter::once(first).chain(behind).collect();
                let ids = queue.enqueue(group).expect("errands");
                let begun = Instant::now();
                let one = claim(1).pop().expect("a task");
                assert_eq!(one.token.task, ids[0], "the most urgent one");
                queue
                    .finish(one.token, Done::Served(None), None)
                    .expect("an end");
                begun.elapsed()
            })
            .collect();
        all.push((name, middle(times)));
    }

    let plan = plan(queue);
    let one = queue.plan_steps(plan).expect("steps")[500]
        .task
        .expect("a task");
    all.push((
        "how things stand (hive status)",
        median(|| timed(|| queue.standing())),
    ));
    all.push((
        "all counts (hive monitor)",
        median(|| timed(|| queue.counts())),
    ));
    all.push((
        "what has become due (each turn of an agent)",
        median(|| timed(|| queue.promote(1))),
    ));
    all.push(("status of a task", median(|| timed(|| queue.task(one)))));
    all.push((
        "prerequisites of a task",
        median(|| timed(|| queue.prerequisites(&[one]))),
    ));
    let many: Vec<TaskId> = (0..BATCH)
        .map(|back| TaskId(one.0 - i64::try_from(back).unwrap_or(0)))
        .collect();
    all.push((
        "prerequisites, 250 at once",
        each(BATCH, || queue.prerequisites(&many)),
    ));
    all.push((
        "status of a plan, cached",
        median(|| timed(|| queue.plan(plan))),
    ));
    all.push((
        "status of a plan of 1,000, counted",
        median(|| timed(|| queue.plan_progress(plan))),
    ));
    all.push((
        "next step of a plan",
        median(|| timed(|| queue.next_of_plan(plan))),
    ));
    all.push((
        "plan order of 1,000 tasks",
        median(|| {
            timed(|| {
                let steps = queue.plan_steps(plan).expect("steps");
                let shape = shape_of(&steps);
                black_box((shape.waves(), shape.order()))
            })
        }),
    ));
    all
}

/// A plan of a thousand steps in ten waves, started.
fn plan(queue: &Queue) -> PlanId {
    let steps = (0..1_000).map(|number| NewStep {
        name: format!("step {number}"),
        stage: Stage::External,
        path: path("plan", number),
        kind: Some("plan".to_owned()),
        payload: None,
        rules: Vec::new(),
        priority: Priority::Low,
        needs: if number < 100 {
            Vec::new()
        } else {
            vec![number - 100]
        },
    });
    let plan = NewPlan {
        name: "bench".to_owned(),
        about: String::new(),
        steps: steps.collect(),
    };
    let plan = queue.create_plan(plan).expect("a plan");
    queue.approve_plan(plan).expect("approval");
    queue.start_plan(plan).expect("a start");
    plan
}

fn path(kind: &str, number: usize) -> RepoPath {
    RepoPath::new(format!("{kind}:package_{:05}/{number}", number / 100)).expect("a path")
}

fn errand(kind: &str, number: usize, needs: Vec<Need>) -> NewErrand {
    NewErrand {
        stage: Stage::External,
        path: path(kind, number),
        kind: Some(kind.to_owned()),
        payload: None,
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs,
        run_at_ms: 0,
        max_attempts: 3,
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

fn median(mut once: impl FnMut() -> Duration) -> f64 {
    middle((0..TIMES).map(|_| once()).collect())
}

fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    per(times[times.len() / 2], 1)
}

fn each<T>(count: usize, work: impl FnOnce() -> T) -> f64 {
    per(timed(work), count)
}

fn per(all: Duration, count: usize) -> f64 {
    all.as_secs_f64() * 1e6 / count.max(1) as f64
}
