//! Tasks that stand for themselves, such as the steps of a plan: what they are about is
//! found out when their turn comes.

use super::Agent;
use super::work::{Aside, Ground};
use crate::queue::{Claimed, QueueError};
use crate::repo::baseline::BaselineError;
use crate::schedule::Stage;

impl Agent<'_> {
    /// Binds an errand to what is committed now: it was taken in without content, and may
    /// have waited for long. A golden one begins with what the stage before has made. Where
    /// a fix that somebody else asked for waits to land, it waits for that: what it makes
    /// of the committed text, by some rules perhaps, would take that fix's place.
    pub(super) fn bind(&self, claimed: &mut Claimed, ground: &Ground) -> Result<(), Aside> {
        if claimed.errand.is_none() {
            return Ok(());
        }
        let broken = |error: BaselineError| Aside::Broken(error.to_string());
        let failed = |error: QueueError| Aside::Broken(error.to_string());
        if self
            .queue
            .lands_first(&claimed.path, claimed.stage)
            .map_err(failed)?
        {
            return Err(Aside::Waits("another fix of it waits to land".to_owned()));
        }
        let head = crate::repo::head::read(&self.place).map_err(broken)?;
        let tip = head
            .tip
            .ok_or_else(|| Aside::Nothing("there is no commit".to_owned()))?;
        let (blob, _) = ground
            .objects
            .blob_at(&tip, &claimed.path)
            .map_err(broken)?
            .ok_or_else(|| Aside::Nothing("it is gone".to_owned()))?;
        (claimed.tip, claimed.blob) = (Some(tip), Some(blob));
        if claimed.stage == Stage::Golden {
            claimed.previous = self
                .queue
                .waiting_fix_of(&claimed.path, Stage::Qa, &blob)
                .map_err(failed)?;
        }
        Ok(())
    }

    /// An errand is not done as long as a tool that it is about does not run: whoever has
    /// it done by a plan would take the plan for completed.
    pub(super) fn unheld(&self, claimed: &Claimed) -> Result<(), Aside> {
        let Some(errand) = claimed
            .errand
            .as_deref()
            .filter(|_| claimed.stage == Stage::Qa)
        else {
            return Ok(());
        };
        let plan = self
            .house
            .plan_of([&claimed.path])
            .map_err(|failure| Aside::Broken(failure.to_string()))?;
        match plan
            .held
            .iter()
            .find(|held| concerns(&held.tool, &errand.rules))
        {
            Some(held) => Err(Aside::Held(held.to_string())),
            None => Ok(()),
        }
    }

    /// What the stage before has made of a file, if its fix still waits to land.
    pub(super) fn fixed_before(&self, claimed: &Claimed) -> Result<Option<Vec<u8>>, Aside> {
        let Some(previous) = claimed.previous else {
            return Ok(None);
        };
        let fix = self
            .queue
            .waiting_fix(previous)
            .map_err(|error| Aside::Broken(error.to_string()))?;
        Ok(fix.map(|fix| fix.after))
    }
}

/// Whether a tool by its name has a part in what an errand is about: all, or these rules.
fn concerns(tool: &str, rules: &[String]) -> bool {
    let about = |code: &str| match tool {
        "black" | "format" => code == "format",
        "isort" | "imports" => code == "imports" || code.starts_with('I'),
        _ => true,
    };
    rules.is_empty() || rules.iter().any(|code| about(code))
}
