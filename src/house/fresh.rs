//! Which violations are new against an older text. Pure.

use std::collections::HashMap;

use crate::fixers::Finding;

/// Takes away one violation for each like it that was there before, so that a line that
/// moved is not a new one. Findings of tools stay.
pub fn retain_new(findings: &mut Vec<Finding>, now: &[u8], old: &[Finding], before: &[u8]) {
    sift(findings, now, old, before, false);
}

/// Leaves the violations that were there before, however their lines have moved, and the
/// findings of tools.
pub(super) fn retain_known(
    findings: &mut Vec<Finding>,
    now: &[u8],
    old: &[Finding],
    before: &[u8],
) {
    sift(findings, now, old, before, true);
}

fn sift(
    findings: &mut Vec<Finding>,
    now: &[u8],
    old: &[Finding],
    before: &[u8],
    wants_known: bool,
) {
    let mut known: HashMap<Print, usize> = HashMap::new();
    for print in old.iter().filter_map(|finding| print(finding, before)) {
        *known.entry(print).or_default() += 1;
    }
    findings.retain(|finding| {
        let Some(print) = print(finding, now) else {
            return true;
        };
        match known.get_mut(&print) {
            Some(count) if *count > 0 => {
                *count -= 1;
                wants_known
            }
            _ => !wants_known,
        }
    });
}

/// Rule, enclosing symbol, and the text of its line without white space.
type Print = (String, String, Vec<u8>);

fn print(finding: &Finding, text: &[u8]) -> Option<Print> {
    let golden = finding.golden.as_ref()?;
    let line = usize::try_from(finding.line).ok()?.checked_sub(1)?;
    let line = text.split(|byte| *byte == b'\n').nth(line)?;
    let bare: Vec<u8> = line
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    Some((finding.code.clone(), golden.symbol.clone(), bare))
}
