//! All cases, several at a time.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::agent::{self, Ready};
use crate::case::{self, Case};
use crate::ground::Prepared;
use crate::installing::{self, Repositories};
use crate::queue::{self, Course};
use crate::table::{POINTS, Scene};
use crate::{database, landing, writing};

/// Everything that cases begin with.
struct Beginnings {
    prepared: Prepared,
    ready: Ready,
    repositories: Repositories,
    course: Course,
}

impl Beginnings {
    fn new() -> Self {
        Self {
            prepared: Prepared::new(),
            ready: Ready::new(),
            repositories: Repositories::new(),
            course: queue::undisturbed(),
        }
    }

    fn run(&self, case: &Case) -> bool {
        match case.scene {
            Scene::Landing
            | Scene::Child
            | Scene::TakeBack
            | Scene::Beside
            | Scene::Fold
            | Scene::FoldChild
            | Scene::GiveBack
            | Scene::Recover => landing::run(case, &self.prepared),
            Scene::Writing
            | Scene::PutBack
            | Scene::Copying
            | Scene::Prune
            | Scene::WritingRecover => writing::run(case, &self.prepared),
            Scene::Make | Scene::Migrate | Scene::Aside | Scene::Memo => database::run(case),
            Scene::Queue => queue::run(case, &self.course),
            Scene::Init | Scene::Uninit => installing::run(case, &self.repositories),
            Scene::Agent => agent::run(case, &self.ready),
        }
    }
}

/// How many cases run at once on each core: they wait for disks and processes.
const THREADS: usize = 4;
/// Cases that take longer are named.
const SLOW: Duration = Duration::from_secs(15);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn whatever_happens_at_a_point_nothing_is_lost_or_doubled() {
    let (cases, seed) = (
        number("HIVE_CRASH_CASES", 560),
        number("HIVE_RANDOM_SEED", 1),
    );
    println!("HIVE_CRASH_CASES={cases} HIVE_RANDOM_SEED={seed}");
    // Many a point is not passed a second or third time: such a case is none.
    let mut wanted = usize::try_from(cases).unwrap();
    let mut cases = case::choose(wanted * 3, seed);
    if let Ok(name) = std::env::var("HIVE_CRASH_CASE") {
        cases = named(&name);
        wanted = cases.len();
    }
    let begun = Instant::now();
    let beginnings = Beginnings::new();
    let (next, came) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let reached = Mutex::new(BTreeMap::new());
    let failed = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(2, usize::from) * THREADS;
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while came.load(Ordering::Relaxed) < wanted {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { return };
                    let since = begun.elapsed().as_secs();
                    let begun = Instant::now();
                    match catch_unwind(AssertUnwindSafe(|| beginnings.run(case))) {
                        Ok(passed) => {
                            let sum = came.fetch_add(usize::from(passed), Ordering::Relaxed) + 1;
                            if passed && sum.is_multiple_of(500) {
                                let failed = failed.lock().unwrap().len();
                                println!("{sum} cases after {since} s, {failed} failed");
                            }
                            if begun.elapsed() > SLOW {
                                println!("slow: {case}, {} s", begun.elapsed().as_secs());
                            }
                            let mut reached = reached.lock().unwrap();
                            let tally: &mut Tally = reached.entry(case.scene).or_default();
                            tally.cases += usize::from(passed);
                            tally.missed += usize::from(!passed);
                            tally.ms += begun.elapsed().as_millis();
                            if passed {
                                tally.points.push(case.point);
                            }
                        }
                        Err(_) => failed.lock().unwrap().push(case.to_string()),
                    }
                }
            });
        }
    });
    let reached = reached.into_inner().unwrap();
    let sum: usize = reached.values().map(|tally| tally.cases).sum();
    for (scene, tally) in &reached {
        println!(
            "{scene:?}: {} cases, {} that did not come to their point, {} ms each",
            tally.cases,
            tally.missed,
            tally.ms / (tally.cases + tally.missed).max(1) as u128
        );
    }
    let failed = failed.into_inner().unwrap();
    println!(
        "{sum} cases in {} s, {} failed",
        begun.elapsed().as_secs(),
        failed.len()
    );
    assert!(
        failed.is_empty(),
        "HIVE_CRASH_CASE of each:\n{}",
        failed.join("\n")
    );
    if std::env::var("HIVE_CRASH_CASE").is_ok() {
        return;
    }
    for (scene, points) in POINTS {
        for point in *points {
            let tally = reached.get(scene);
            let passed = tally.is_some_and(|tally| tally.points.contains(point));
            assert!(passed, "no case of {scene:?} has come to {point}");
        }
    }
}

#[derive(Default)]
struct Tally {
    cases: usize,
    missed: usize,
    ms: u128,
    points: Vec<&'static str>,
}

/// The case of a name, or all whose names begin so.
pub(crate) fn named(name: &str) -> Vec<Case> {
    let seed = name.rsplit('/').next().and_then(|seed| seed.parse().ok());
    let mut found = case::all(seed.unwrap_or(3000));
    found.retain(|case| case.to_string().starts_with(name));
    assert!(!found.is_empty(), "there is no case {name}");
    found
}
