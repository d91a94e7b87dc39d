//! Making up sequences.

use std::sync::PoisonError;

use hive::queue::ErrorClass;
use hive_test_support::{Unstructured, arbitrary};

use super::{Errand, LEASE_MS, State, World};
use crate::play::TURN;

impl World {
    /// Everything that is left can be worked off.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 400, "it never comes to rest: {:?}", self.tasks());
            self.wait(LEASE_MS + 1);
            let mut any = false;
            for external in [false, true] {
                while let Some(one) = self.claim(external) {
                    any = true;
                    self.finish(one.token);
                }
            }
            self.check("settling");
            let open = |errand: &Errand| matches!(errand.state, State::Waits | State::Runs { .. });
            if !any && !self.model.values().any(open) {
                break;
            }
        }
    }
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
    while !u.is_empty() && steps < 120 {
        steps += 1;
        let ids: Vec<i64> = world.model.keys().copied().collect();
        let last = world.tokens.len().saturating_sub(1);
        let back = u.int_in_range(0..=last.min(4))?;
        let token = world.tokens.get(last - back).copied();
        let what = u.int_in_range(0..=15)?;
        match (what, token) {
            // Enough to be of interest, few enough to be quick.
            (0..=3, _) if ids.len() < 24 => world.enqueue(u)?,
            (4 | 5, _) if ids.len() > 1 => {
                let (task, need) = (*u.choose(&ids)?, *u.choose(&ids)?);
                world.require(task, need);
            }
            (6..=8, _) => {
                world.claim(u.ratio(1, 2)?);
            }
            (9..=11, Some(token)) => world.finish(token),
            (12, Some(token)) => {
                let class = *u.choose(&[ErrorClass::Transient, ErrorClass::Permanent])?;
                world.fail(token, class);
            }
            (13, _) if !ids.is_empty() => {
                let id = *u.choose(&ids)?;
                // Mostly left alone, or little would come to a good end.
                if u.ratio(1, 4)? {
                    world.cancel(id);
                }
            }
            (14, _) => world.reopen(),
            _ => {
                let ms = *u.choose(&[1, 300, 2_000, LEASE_MS + 1])?;
                world.wait(ms);
            }
        }
        world.check(&format!("step {steps} ({what})"));
    }
    Ok(())
}
