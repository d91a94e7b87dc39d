//! The N-th call fails, for N from 1 until nothing is left to fail.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use hive_test_support::{Call, Fault, can_inject};

use crate::scenario::{SCENARIOS, Scenario, Stage};
use crate::verdict::{case, error_name};

/// What can befall a call.
fn errors(call: Call) -> &'static [(i32, bool)] {
    match call {
        Call::Open => &[
            (libc::EIO, false),
            (libc::EMFILE, true),
            (libc::EACCES, false),
        ],
        Call::Write => &[
            (libc::EIO, false),
            (libc::ENOSPC, true),
            (libc::EINTR, false),
        ],
        Call::Sync | Call::Rename | Call::Change => &[(libc::EIO, false), (libc::ENOSPC, true)],
        // A disk on which nothing can be removed for good lets locks stand, and hive
        // waits for those as it must.
        Call::Remove => &[(libc::EIO, false)],
    }
}

/// Which of so many calls are made to fail: all of them, or a few spread over all.
#[derive(Clone, Copy)]
enum Reach {
    All,
    Few(u32),
}

#[derive(Default)]
struct Tally {
    cases: u32,
    failed_calls: u32,
    wrong: Vec<String>,
}

/// Runs all cases of a scenario and a kind of call.
fn sweep(scenario: &'static Scenario, call: Call, reach: Reach, until: Option<Instant>) -> Tally {
    let stage = Stage::new(scenario);
    let mut tally = Tally::default();
    let none = Fault {
        call,
        nth: 0,
        errno: libc::EIO,
        lasting: false,
        about: "",
    };
    let (undisturbed, wrong) = case(&stage, none);
    let name = scenario.name;
    assert!(
        wrong.is_empty() && undisturbed.ran.code.is_some_and(|code| code < 2),
        "{name} without a fault: {}\n{undisturbed:?}",
        wrong.join("\n")
    );
    for (errno, lasting) in errors(call) {
        let step = match reach {
            Reach::All => 1,
            Reach::Few(few) => (undisturbed.calls / few).max(1),
        };
        let mut nth = 1;
        loop {
            if until.is_some_and(|until| Instant::now() > until) {
                return tally;
            }
            let fault = Fault {
                call,
                nth,
                errno: *errno,
                lasting: *lasting,
                about: "",
            };
            let (done, wrong) = case(&stage, fault);
            if done.failed.is_empty() {
                // The first success: there is no N-th call any more.
                break;
            }
            tally.cases += 1;
            tally.failed_calls += u32::try_from(done.failed.len()).unwrap();
            tally.wrong.extend(wrong);
            nth += step;
        }
    }
    tally
}

fn run(reach: Reach, only: Option<&str>, longest: Option<Duration>) -> u32 {
    if !can_inject() {
        println!("skipped: this system does not let a process watch another's system calls");
        return 0;
    }
    let until = longest.map(|longest| Instant::now() + longest);
    let mut work: Vec<(&'static Scenario, Call)> = SCENARIOS
        .iter()
        .filter(|scenario| only.is_none_or(|only| scenario.name == only))
        .flat_map(|scenario| Call::ALL.map(|call| (scenario, call)))
        .collect();
    work.reverse();
    let (work, total) = (Mutex::new(work), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = work.lock().unwrap().pop();
                    let Some((scenario, call)) = next else { return };
                    let tally = sweep(scenario, call, reach, until);
                    println!(
                        "{} {call:?}: {} cases, {} calls failed, {} wrong ({})",
                        scenario.name,
                        tally.cases,
                        tally.failed_calls,
                        tally.wrong.len(),
                        errors(call)
                            .iter()
                            .map(|(errno, _)| error_name(*errno))
                            .collect::<Vec<_>>()
                            .join(", ")
                    );
                    for what in &tally.wrong {
                        println!("WRONG {what}");
                    }
                    let mut total = total.lock().unwrap();
                    total.cases += tally.cases;
                    total.failed_calls += tally.failed_calls;
                    total.wrong.extend(tally.wrong);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    println!(
        "{} faults ({} calls failed), {} wrong",
        total.cases,
        total.failed_calls,
        total.wrong.len()
    );
    assert!(total.wrong.is_empty(), "see above");
    total.cases
}

/// A few of each kind, for every run of the tests.
#[test]
fn a_few_calls_fail_everywhere() {
    run(Reach::Few(2), None, None);
}

/// All of them; `HIVE_SCENARIO` names one alone.
#[test]
#[ignore = "takes some minutes: run it with --release and --nocapture"]
fn every_call_fails() {
    let only = std::env::var("HIVE_SCENARIO").ok();
    let cases = run(Reach::All, only.as_deref(), None);
    assert!(only.is_some() || cases >= 2_000 || !can_inject(), "{cases}");
}
