//! Runs the tests that a rule of the repository brings with it. Pure.

use std::fmt;

use super::CustomRule;
use super::matcher::Matcher;
use super::within::sample;
use crate::golden::edits::Edits;
use crate::golden::found::{Draft, Found};
use crate::golden::module::{Module, Station};
use crate::graph;

/// A test that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of which list it is.
    pub side: Side,
    /// Its number there, from 1.
    pub number: usize,
    /// What went wrong, in one line.
    pub message: String,
}

/// The list that a test is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Texts that violate the rule.
    Bad,
    /// Texts that do not.
    Good,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Bad => "bad",
            Side::Good => "good",
        };
        write!(f, "{side} {}: {}", self.number, self.message)
    }
}

/// Judges the `bad` and `good` texts of a rule, each as a file where the rule holds, and
/// carries out its patch on the bad ones: the result has to parse and to be right. The
/// failures are in order; none means that the rule keeps its word.
pub fn prove(rule: &CustomRule) -> Vec<Failure> {
    let matcher = match Matcher::new(rule) {
        Ok(matcher) => matcher,
        Err(message) => {
            return vec![Failure {
                side: Side::Bad,
                number: 1,
                message,
            }];
        }
    };
    let path = sample(&rule.within);
    let fails = |side, list: &[String], wrong: &dyn Fn(&str) -> Option<String>| -> Vec<Failure> {
        let numbered = list.iter().enumerate();
        let failed = numbered.filter_map(|(at, text)| {
            let message = wrong(text)?;
            let number = at + 1;
            Some(Failure {
                side,
                number,
                message,
            })
        });
        failed.collect()
    };
    let mut failures = fails(Side::Bad, &rule.bad, &|text| {
        let drafts = match judge(&matcher, &path, text) {
            Ok(drafts) => drafts,
            Err(message) => return Some(message),
        };
        if drafts.is_empty() {
            return Some("it is not found".to_owned());
        }
        rule.replacement.as_ref()?;
        patched(&matcher, &path, text, &drafts).err()
    });
    failures.extend(fails(
        Side::Good,
        &rule.good,
        &|text| match judge(&matcher, &path, text) {
            Ok(drafts) if drafts.is_empty() => None,
            Ok(drafts) => {
                let at = drafts[0].range.start().to_usize();
                let line = text[..at].matches('\n').count() + 1;
                Some(format!("it is found, on line {line}"))
            }
            Err(message) => Some(message),
        },
    ));
    failures
}

fn judge(matcher: &Matcher, path: &str, text: &str) -> Result<Vec<Draft>, String> {
    graph::with_tree(text, |parsed| {
        if let Some(error) = parsed.errors().first() {
            return Err(format!("it is no Python: {}", error.error));
        }
        let station = Station::new(path, None);
        let module = Module::new(&station, text, parsed);
        let mut found = Found::default();
        matcher.judge(&module, &mut found);
        Ok(found.into_drafts())
    })
    .map_err(|error| format!("it {error}"))?
}

/// Whether the patches of some drafts do what they are for.
fn patched(matcher: &Matcher, path: &str, text: &str, drafts: &[Draft]) -> Result<(), String> {
    let mut edits = Edits::default();
    for draft in drafts {
        let Some(fix) = &draft.fix else {
            let reason = draft.help.as_deref().unwrap_or("there is none");
            return Err(format!("`use` gives no patch: {reason}"));
        };
        edits.add(&fix.edits);
    }
    let after = edits.apply(text).ok_or("the patch does not fit")?;
    let left =
        judge(matcher, path, &after).map_err(|message| format!("after its patch {message}"))?;
    if left.len() < drafts.len() {
        Ok(())
    } else {
        Err("after its patch it is found again".to_owned())
    }
}
