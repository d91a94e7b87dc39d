//! The self-test of the Golden Rules: whether each active rule still finds what it is
//! there to find.

use serde::Serialize;

use crate::failure::Outcome;
use crate::golden::{custom, registry};
use crate::house::{House, selftest};

/// What the self-test found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Laws {
    /// How many rules are active.
    active: usize,
    /// Rules that do not find what they should, by code or id, and what is wrong.
    broken: Vec<Broken>,
}

/// A rule that does not find what it should.
#[derive(Debug, Serialize)]
struct Broken {
    rule: String,
    reason: String,
}

/// Plants a violation of each active rule, and runs the examples of the repository's own.
pub(super) fn test(house: &House) -> Outcome<Laws> {
    let config = house.golden(false)?;
    let mut laws = Laws {
        active: config.rules.len() + config.custom.len(),
        broken: Vec::new(),
    };
    for active in &config.rules {
        let planted = registry::find(&active.code).map(selftest::plant);
        if let Some(Err(reason)) = planted {
            laws.broken.push(Broken {
                rule: active.code.clone(),
                reason,
            });
        }
    }
    for rule in &config.custom {
        for failure in custom::prove(rule) {
            laws.broken.push(Broken {
                rule: rule.id.clone(),
                reason: failure.to_string(),
            });
        }
    }
    Ok(laws)
}

impl Laws {
    /// Whether every rule finds what it should.
    pub(super) fn hold(&self) -> bool {
        self.broken.is_empty()
    }

    /// The lines that a person reads.
    pub(super) fn lines(&self) -> Vec<String> {
        let head = match (self.active, self.broken.len()) {
            (0, _) => "Golden Rules: none is active".to_owned(),
            (active, 0) => {
                format!("Golden Rules: {active} active, each finds its planted violation")
            }
            (active, broken) => format!("Golden Rules: {active} active, {broken} broken"),
        };
        let broken = self.broken.iter();
        let broken = broken.map(|one| format!("  {}: {}", one.rule, one.reason));
        std::iter::once(head).chain(broken).collect()
    }
}
