//! One case: a point, what happens there, over what, and the seed of everything else.

use std::fmt;
use std::path::Path;

use crate::ground::State;
use crate::table::{POINTS, Scene};

/// What happens at the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    Kill,
    Error,
    Full,
    /// The person does something in that moment.
    Delay,
    /// The same, and then the process is killed.
    DelayAndKill,
}

const WHATS: [What; 5] = [
    What::Kill,
    What::Error,
    What::Full,
    What::Delay,
    What::DelayAndKill,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) scene: Scene,
    pub(crate) point: &'static str,
    pub(crate) what: What,
    pub(crate) state: State,
    pub(crate) seed: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scene,
            point,
            what,
            state,
            seed,
        } = self;
        write!(f, "{scene:?}/{point}/{what:?}/{state:?}/{seed}")
    }
}

impl Case {
    /// The orders for the process that passes the point. `told` is where it says that
    /// it did, `mark` the file that a delay waits for.
    pub(crate) fn orders(&self, told: &Path, mark: &Path) -> String {
        let (point, time) = (self.point, self.time());
        let what = match self.what {
            What::Kill => format!("{point}:{time}"),
            What::Error => format!("{point}:{time}:err"),
            What::Full => format!("{point}:{time}:enospc"),
            What::Delay => format!("{point}:{time}:delay={}", mark.display()),
            What::DelayAndKill => {
                format!("{point}:{time}:delay={},{point}:{time}", mark.display())
            }
        };
        format!("{what},tell:{}", told.display())
    }

    /// Which passing of the point: the first, with other seeds also a later one.
    fn time(&self) -> u64 {
        1 + self.seed % 3
    }

    pub(crate) fn kills(&self) -> bool {
        matches!(self.what, What::Kill | What::DelayAndKill)
    }

    pub(crate) fn delays(&self) -> bool {
        matches!(self.what, What::Delay | What::DelayAndKill)
    }

    /// A number that follows from the case.
    pub(crate) fn chance(&self, salt: u64, below: usize) -> usize {
        let text = format!("{self}/{salt}");
        let hash = blake3::hash(text.as_bytes());
        let word: [u8; 8] = hash.as_bytes()[..8].try_into().unwrap();
        usize::try_from(u64::from_le_bytes(word) % below as u64).unwrap()
    }
}

/// Every case of a seed.
pub(crate) fn all(seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for (scene, points) in POINTS {
        for point in *points {
            for what in WHATS {
                if !scene.has(what) {
                    continue;
                }
                cases.extend(scene.states().iter().map(|state| Case {
                    scene: *scene,
                    point,
                    what,
                    state: *state,
                    seed,
                }));
            }
        }
    }
    cases
}

/// So many cases, the same for the same seed: first every point once, then at random
/// over everything, with one seed after the other.
pub(crate) fn choose(count: usize, seed: u64) -> Vec<Case> {
    let mut chosen: Vec<Case> = Vec::new();
    let mut round = 0;
    while chosen.len() < count && round < 1000 {
        let mut cases = all(seed * 3000 + round);
        cases.sort_by_cached_key(|case| {
            // Slow scenes come last and are fewer where there is a choice.
            let weight = case.scene.weight();
            (case.chance(0, 1000) * weight, case.chance(1, 1 << 30))
        });
        if round == 0 {
            let mut seen = Vec::new();
            let (first, rest): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| {
                let new = !seen.contains(&(case.scene, case.point));
                if new {
                    seen.push((case.scene, case.point));
                }
                new
            });
            cases = [first, rest].concat();
        }
        chosen.extend(cases);
        round += 1;
    }
    chosen.truncate(count);
    chosen
}
