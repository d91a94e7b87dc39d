//! One file that a program chokes on must not cost the others: a batch that fails
//! as a whole is tried again in halves.

use std::path::PathBuf;
use std::time::Duration;

use super::{Batch, ToolOutput, Trouble, run_batch};

/// Time allowed for each further file of a batch.
pub const PER_FILE: Duration = Duration::from_millis(400);

/// Like [`run_batch`], with the deadline of the batch's limits meant for one file.
/// `tick` is called after each start.
///
/// One bad file among n is found after at most log2(n) + 1 failures. A program
/// that fails on everything shows by more than twice as many, and then the rest
/// fails with what it said last.
pub fn run_in_parts(
    batch: &Batch,
    tick: &mut dyn FnMut(),
) -> Vec<(PathBuf, Result<ToolOutput, Trouble>)> {
    let mut failures = 2 * (batch.files.len().max(1).ilog2() + 1);
    halve(batch, &mut failures, tick)
}

fn halve(
    batch: &Batch,
    failures: &mut u32,
    tick: &mut dyn FnMut(),
) -> Vec<(PathBuf, Result<ToolOutput, Trouble>)> {
    let others = u32::try_from(batch.files.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let mut whole = *batch;
    whole.limits.deadline = batch
        .limits
        .deadline
        .map(|one| one.saturating_add(PER_FILE.saturating_mul(others)));
    let results = run_batch(&whole);
    tick();
    if others == 0 || !as_a_whole(&results) {
        return results;
    }
    *failures = failures.saturating_sub(1);
    if *failures == 0 {
        return results;
    }
    let (one, other) = batch.files.split_at(batch.files.len() / 2);
    let mut parts = Vec::with_capacity(results.len());
    for files in [one, other] {
        parts.extend(if *failures == 0 {
            // Those that were not tried again have what the whole had.
            let at = parts.len();
            results[at..at + files.len()].to_vec()
        } else {
            halve(&Batch { files, ..*batch }, failures, tick)
        });
    }
    parts
}

/// Whether nothing came of any file, for one and the same reason that is none of
/// the files' own.
fn as_a_whole(results: &[(PathBuf, Result<ToolOutput, Trouble>)]) -> bool {
    let Some((_, Err(first @ Trouble::Tool { .. }))) = results.first() else {
        return false;
    };
    results
        .iter()
        .all(|(_, result)| result.as_ref().is_err_and(|trouble| trouble == first))
}
