//! What is left to be done when a folded tip is on its branch.

use std::thread;

use super::super::chain::Chain;
use super::super::drive::{Landing, Ready};
use super::super::error::{LandError, git};
use super::super::intent::Written;
use super::super::order::{Fix, Manner};
use super::back::{Back, give_back_locked};
use super::{Pushes, others, tell};
use crate::crash;
use crate::repo::{Oid, activity};
use crate::writing::{Settled, Writer};

impl Landing<'_, '_> {
    /// Why a tip is not made anew now: a push is at work, which may have read it. As late
    /// as can be before the reference is locked; under the lock the look would hold it for
    /// too long.
    pub(in crate::landing) fn waits_for_push(&self, ready: &Ready) -> Option<String> {
        let folds = matches!(ready.chain.manner, Manner::Folded | Manner::Unfolded);
        let first = folds.then(|| activity::pushes(&self.site.place, &[]).into_iter().next());
        first.flatten().map(|busy| busy.to_string())
    }

    /// Step 9. Of a fold, also who is to be told, and a last look whether somebody has got
    /// hold of the old tip in the milliseconds before it moved.
    pub(in crate::landing) fn settle(
        &self,
        chain: &mut Chain,
        intent: &Written,
        writer: &Writer,
    ) -> Vec<Settled> {
        let folds = matches!(intent.intent.manner, Manner::Folded | Manner::Unfolded);
        let Some((new, _)) = chain.commits.first().copied().filter(|_| folds) else {
            return writer.settle();
        };
        let (place, old) = (&self.site.place, self.order.tip);
        // What is at work now began, at the latest, in the moment before.
        let pushes = Pushes::now(place);
        let mut settled = Vec::new();
        let given_back = self.regrets(chain, &new, &mut || settled.extend(writer.settle()));
        if given_back {
            // What was not settled beside it.
            settled.extend(writer.settle());
            return settled;
        }
        thread::scope(|scope| {
            let telling = scope.spawn(|| tell(place, &old, &new));
            settled.extend(writer.settle());
            // It ends by itself, and what it says nobody hears.
            let _ = telling.join();
        });
        pushes.wait(place);
        if self.regrets(chain, &new, &mut || ()) {
            tell(place, &new, &old);
        }
        settled
    }

    /// Gives the tip back if somebody has it; whether it was. What is to be done meanwhile
    /// is done once the branch has moved, if it has.
    fn regrets(&self, chain: &mut Chain, new: &Oid, meanwhile: &mut dyn FnMut()) -> bool {
        match self.regret(chain, new, meanwhile) {
            Ok(None) => false,
            Ok(Some(Ok(by))) => {
                chain.commits = vec![(by, chain.commits[0].1)];
                true
            }
            // The agent looks at folded tips again whenever it looks at HEAD.
            Ok(Some(Err(why))) => {
                tracing::info!(why, "a tip that others have stays folded");
                false
            }
            Err(error) => {
                tracing::warn!(%error, "a tip that others have stays folded");
                false
            }
        }
    }

    fn regret(
        &self,
        chain: &Chain,
        new: &Oid,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Option<Result<Oid, String>>, LandError> {
        let Some(branch) = &self.order.reference else {
            return Ok(None);
        };
        let place = &self.site.place;
        let repo = gix::open(place.root.clone()).map_err(git("opening the repository"))?;
        let Some(who) = others::who(place, &repo, branch, &self.order.tip)? else {
            return Ok(None);
        };
        if crash::off("give-back") {
            return Ok(None);
        }
        tracing::info!(who, "the tip is given back");
        let layer = chain.commits[0].1;
        let fixes = self.order.layers.iter().flat_map(|layer| &layer.fixes);
        let going: Vec<&Fix> = fixes.filter(|fix| chain.fixes.contains(&fix.id)).collect();
        let back = Back {
            reference: branch.clone(),
            old: self.order.tip,
            folded: *new,
            fixes: (chain.fixes.clone(), layer),
            message: (self.order.layers[layer].message)(&going),
            author: self.order.options.author,
            record: self.order.options.record,
        };
        give_back_locked(self.site, &back, meanwhile).map(Some)
    }
}
