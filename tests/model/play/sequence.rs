//! Making up sequences.

use std::sync::PoisonError;
use std::time::Duration;

use hive::queue::{Cause, Claimed, Done, ErrorClass};
use hive::schedule::{Priority, Stage};
use hive_test_support::{Unstructured, arbitrary};

use super::{LEASE_MS, PATHS, STAGES, TURN, World, path};
use crate::model::{Content, State, weight};

impl World {
    /// Works everything off and demands that no change was lost.
    pub(super) fn settle(&mut self) {
        self.queue().resume().unwrap();
        self.model.paused = false;
        for round in 0.. {
            assert!(
                round < 400,
                "the queue never comes to rest: {:?}",
                self.tasks()
            );
            self.wake();
            self.now += 61_000;
            self.hold();
            self.promote();
            let claimed: Vec<Claimed> = STAGES
                .iter()
                .flat_map(|stage| self.claim(*stage, 10))
                .collect();
            for one in &claimed {
                self.finish(one.token, Done::Clean, None);
            }
            self.check("settling");
            let open = |task: &crate::model::Task| {
                task.state.waits() || matches!(task.state, State::Running { .. })
            };
            if !self.model.tasks.values().any(open) {
                break;
            }
        }
        for (key, change) in &self.model.changes {
            let covered = self.model.covered.get(key).copied().unwrap_or_default();
            assert!(
                covered >= *change,
                "change {change} of {key:?} was lost; {covered} is covered"
            );
        }
    }
}

fn content(u: &mut Unstructured<'_>) -> arbitrary::Result<Content> {
    let cause = *u.choose(&[
        Cause::Commit,
        Cause::Commit,
        Cause::Person,
        Cause::Save,
        Cause::Sweep,
    ])?;
    Ok(Content {
        cause,
        priority: *u.choose(&Priority::ALL)?,
        blob: if cause == Cause::Save {
            None
        } else {
            Some(u.int_in_range(1..=3)?)
        },
    })
}

/// One sequence.
pub(crate) fn sequence(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::new();
    let played = steps(&mut world, u);
    world.settle();
    played
}

fn steps(world: &mut World, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let mut steps = 0;
    while !u.is_empty() && steps < 200 {
        steps += 1;
        let ids = i64::try_from(world.model.tasks.len()).unwrap_or(0);
        let token = if world.tokens.is_empty() {
            None
        } else {
            // The newest ones mostly; old ones are stale.
            let last = world.tokens.len() - 1;
            let back = u.int_in_range(0..=last.min(6))?;
            Some(world.tokens[last - back])
        };
        let what = u.int_in_range(0..=21)?;
        match (what, token) {
            (0..=5, _) => {
                let number = u.int_in_range(0..=PATHS - 1)?;
                let stage = *u.choose(&[Stage::Qa, Stage::Qa, Stage::Golden])?;
                let content = content(u)?;
                let delay = *u.choose(&[0, 0, 700, 4_000, 20_000])?;
                world.take(number, stage, content, delay);
            }
            (6..=9, _) => {
                let stage = *u.choose(&STAGES)?;
                let max = u.int_in_range(1..=4)?;
                world.claim(stage, max);
            }
            (10, Some(token)) => {
                let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
                world.queue().heartbeat(&[token], lease).unwrap();
                if world.model.holds(token.task.0, token.epoch) {
                    let until = world.now + LEASE_MS;
                    let task = world.model.tasks.get_mut(&token.task.0).unwrap();
                    task.state = State::Running {
                        epoch: token.epoch,
                        lease_until: until,
                    };
                }
            }
            (11 | 12, Some(token)) => {
                let done = if u.ratio(1, 4)? {
                    Done::Superseded
                } else {
                    Done::Clean
                };
                let next = if done == Done::Clean && u.ratio(1, 4)? {
                    Some(Stage::Golden)
                } else {
                    None
                };
                world.finish(token, done, next);
            }
            (13 | 14, Some(token)) => {
                let class = *u.choose(&[
                    ErrorClass::Transient,
                    ErrorClass::Transient,
                    ErrorClass::Permanent,
                    ErrorClass::Crash,
                    ErrorClass::Timeout,
                ])?;
                world.fail(token, class);
            }
            (15, Some(token)) => {
                let defer =
                    *u.choose(&[None, Some(None), Some(Some(3_000)), Some(Some(90_000))])?;
                world.give_back(token, defer);
            }
            (16, _) => world.wake(),
            (17, _) if ids > 0 => {
                let id = u.int_in_range(1..=ids)?;
                if u.ratio(1, 2)? {
                    world.cancel(id);
                } else {
                    world.retry(id);
                }
            }
            (18, _) => world.reopen(),
            (19, _) => {
                world.model.paused = !world.model.paused;
                if world.model.paused {
                    world.queue().pause("a test").unwrap();
                } else {
                    world.queue().resume().unwrap();
                }
            }
            (20, _) => {
                // Backwards, too, as an administrator or the network's time may do it.
                world.now += *u.choose(&[-3_600_000, -500, 1, 300, 61_000, 86_400_000])?;
                world.hold();
            }
            _ => {
                world.now += u.int_in_range(0..=2_000)?;
                world.hold();
                world.promote();
            }
        }
        world.check(&format!("step {steps} ({what})"));
    }
    Ok(())
}

/// A task of low priority among a stream of more urgent ones.
pub(crate) fn starvation(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::new();
    let begun = world.now;
    let mine = Content {
        cause: Cause::Sweep,
        priority: Priority::Low,
        blob: Some(1),
    };
    world.take(0, Stage::Qa, mine, 0);
    let bound = weight(mine) - weight(urgent(1));
    for number in 1.. {
        let urgent = urgent(2);
        // One worker, and never a moment without something more urgent that waits.
        world.take(number, Stage::Qa, urgent, 0);
        world.take(number + 1_000, Stage::Qa, urgent, 0);
        let claimed = world.claim(Stage::Qa, 1);
        let one = claimed.first().unwrap();
        if one.path == path(0) {
            break;
        }
        // Only what was first seen within the bound goes before it; there is an end to
        // that, however much has come since.
        let seen = world.model.tasks[&one.token.task.0].first_seen;
        assert!(
            seen - begun <= bound,
            "overtaken by what came {} ms later",
            seen - begun
        );
        world.finish(one.token, Done::Clean, None);
        world.now += u.int_in_range(500..=4_000)?;
        world.hold();
    }
    Ok(())
}

fn urgent(blob: u32) -> Content {
    Content {
        cause: Cause::Commit,
        priority: Priority::Critical,
        blob: Some(blob),
    }
}
