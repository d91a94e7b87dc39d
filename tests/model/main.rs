//! The queue against a model of it: any sequence of changes, claims, heartbeats, ends,
//! failures, orders of a person, crashes and jumps of the clock leaves the database where
//! the model is.
//!
//! `play` makes up the sequences and asks both, `model` is what must hold, as plain code
//! over a list; `errands` does the same for tasks that wait for each other. The invariants that a model could get wrong together with the queue are
//! asked of the database itself: one running task per file and kind, one waiting per file and
//! stage, attempts within their bound, stale tokens refused. At the end of each sequence
//! everything is worked off: every change of a file was covered by a run that began after
//! it, or by a dead letter or a person's order that says why not.
//!
//! `HIVE_CASES=10000 cargo test --test model` runs the long battery.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it")]

mod errands;
mod model;
mod play;

use hive_test_support::property;

#[test]
fn any_sequence_leaves_the_queue_where_its_model_is() {
    property("queue", 150, 4096, play::sequence);
}

/// Any sequence of errands that wait for each other, of ends good and bad, orders and
/// crashes: no circle comes into being, what waits is blocked exactly as long as something
/// it waits for is not done, and whatever waits for what ended badly ends with it.
#[test]
fn errands_wait_for_each_other_as_their_model_does() {
    property("errands", 150, 4096, errands::sequence);
}

/// However much more urgent work keeps coming, the least urgent task waits no longer than
/// the bound of its virtual deadline.
#[test]
fn nothing_starves() {
    property("starvation", 20, 2048, play::starvation);
}
