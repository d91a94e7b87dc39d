//! A person who does everything at random, with the agent at work beside them: nothing
//! they have written may be lost, and git must not fail because of hive.
//!
//! `HIVE_RANDOM_COMMANDS` is the number of git commands (400; 200 in the other modes than
//! `direct`), `HIVE_RANDOM_SEED` the seed (1), `HIVE_RANDOM_PEOPLE` how many repositories
//! they are spread over (4). With `HIVE_RANDOM_LANDINGS` people go on until so many landings
//! are there to be taken back. The choices follow from the seed; how they meet with the
//! agent does not. One test for each mode in which files change under the person's hands;
//! `commit.mode` is its parameter.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the binary starts the binary, waits for it, its helpers fail it, and it \
              says what it has done"
)]

mod back;
mod chance;
#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;

mod deeds;
mod habits;
mod harm;
mod ledger;
mod tally;
mod trees;
mod user;

use std::thread;

use tally::Tally;
use user::User;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_random_user_loses_nothing() {
    works("direct", 400);
}

#[test]
fn a_random_user_loses_nothing_with_tidy_commits() {
    let tally = works("tidy", 200);
    assert!(tally.tidied > 0, "no commit was laid out: {tally}");
}

#[test]
fn a_random_user_loses_nothing_with_folded_commits() {
    works("fold", 200);
}

/// Has people work in a mode, and demands what holds in all of them.
fn works(mode: &'static str, commands: u64) -> Tally {
    let commands = number("HIVE_RANDOM_COMMANDS", commands);
    let seed = number("HIVE_RANDOM_SEED", 1);
    let people = number("HIVE_RANDOM_PEOPLE", 4).max(1);
    let landings = number("HIVE_RANDOM_LANDINGS", 0);
    println!("HIVE_RANDOM_SEED={seed} HIVE_RANDOM_COMMANDS={commands}, commit.mode = {mode}");
    let tally = thread::scope(|scope| {
        let each: Vec<_> = (0..people)
            .map(|person| {
                scope.spawn(move || {
                    let mut user = User::new(
                        seed.wrapping_mul(1000) + person,
                        usize::try_from(people).unwrap(),
                        mode,
                    );
                    let landings = usize::try_from(landings.div_ceil(people)).unwrap();
                    user.work(commands.div_ceil(people), landings);
                    user.done()
                })
            })
            .collect();
        each.into_iter().fold(Tally::default(), |sum, one| {
            sum.plus(&one.join().expect("a person whose work is whole"))
        })
    });
    println!("{tally}");
    assert!(tally.commands >= commands, "{tally}");
    // A run in which hive does not come to its turn proves nothing. One that goes on until
    // it has landed so often has seen that.
    assert!(
        landings > 0 || (tally.landings + tally.tidied) * 5 >= tally.commands,
        "{tally}"
    );
    // At full speed a person's command and a landing may meet; at the pace of people
    // they do not. More than one in a hundred is a fault.
    assert!(tally.harmed * 100 <= tally.commands, "{tally}");
    // Of the last hundred landings, those that are on a branch at the end. What was folded
    // has no commit of its own to be found by.
    assert!(
        mode == "fold" || tally.back.taken * 20 >= tally.landings.min(100),
        "{tally}"
    );
    // And all that were asked for, taken back or refused for a reason.
    assert!(
        mode == "fold" || tally.back.taken + tally.back.refused >= landings,
        "{tally}"
    );
    tally
}
