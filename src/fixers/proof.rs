//! Proves that what is to be written may be written.
//!
//! Each change that claims to keep the meaning is compared tree by tree; the
//! result as a whole must parse and may bring no undefined name and no
//! redefinition that was not there. That a second run changes nothing the chain
//! has shown by running it.

use super::course::{Claim, Course};
use super::ruff::source::Source;
use super::toolbox::Toolbox;
use super::verify::{Changes, new_findings, verify_source};
use super::{Trouble, encoding};
use crate::crash;

/// Why a result must not be written.
#[derive(Debug)]
pub struct Refused {
    /// Which claim did not hold, if it was one about a single change.
    pub claim: Option<Claim>,
    /// The reason, for a person.
    pub reason: String,
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Verification {
            reason: refused.reason,
        }
    }
}

/// Checks all changes of a course and its result.
pub fn course(course: &Course, tools: &Toolbox) -> Result<(), Refused> {
    if crash::off("verification") {
        return Ok(());
    }
    let (kind, source_type) = match &course.source {
        Source::Python { kind, source_type } => (kind, *source_type),
        Source::Toml(text, _) => {
            return toml::from_str::<toml::Table>(text)
                .map(drop)
                .map_err(|error| {
                    refused(
                        None,
                        "ruff check",
                        &format!("the result is not TOML: {error}"),
                    )
                });
        }
        Source::Markdown(_) | Source::Foreign => return Ok(()),
    };
    if let Some(rejection) = &course.imports_refused {
        let claim = Some(Claim::Imports);
        return Err(refused(
            claim,
            "ruff's import sorting",
            &rejection.to_string(),
        ));
    }
    for change in &course.changes {
        let verdict = change.verdict.clone().unwrap_or_else(|| {
            let claims = tools.claims(match change.claim {
                Claim::Layout => Changes::Layout,
                Claim::Imports => Changes::Imports,
            });
            verify_source(&change.before, &change.after, &claims, source_type).map(drop)
        });
        verdict
            .map_err(|rejection| refused(Some(change.claim), &change.by, &rejection.to_string()))?;
    }
    let unreadable = |trouble: Trouble| refused(None, "the tools", &trouble.to_string());
    let (text, _) = encoding::decode(&course.job.bytes).map_err(unreadable)?;
    let Source::Python { kind: original, .. } =
        tools.parse(&course.job.path, text).map_err(unreadable)?
    else {
        return Ok(());
    };
    let path = &course.job.path;
    let probe = tools.probe();
    let before = match &course.first {
        Some(pass) => probe.run(&original, &pass.parsed, path, source_type),
        None => probe.read(&original, path, source_type),
    };
    let after = match &course.last {
        Some(pass) if course.settled => probe.run(kind, &pass.parsed, path, source_type),
        _ => probe.read(kind, path, source_type),
    };
    match new_findings(&before, &after).first() {
        None => Ok(()),
        Some(new) => Err(refused(
            None,
            &course.movers(),
            &format!("it would cause {} ({})", new.code, new.text),
        )),
    }
}

fn refused(claim: Option<Claim>, by: &str, reason: &str) -> Refused {
    Refused {
        claim,
        reason: format!("the result of {by} is not written: {reason}"),
    }
}
