//! What `.gitattributes` says about files.

use std::path::Path;

use gix::attrs::StateRef;
use gix::worktree::stack::state::attributes::Source;

use super::Place;
use super::baseline::BaselineError;

/// Marks of code that a team does not write by hand.
const MARKS: [&str; 2] = ["linguist-generated", "linguist-vendored"];

/// Finds those of `paths` (relative to the repository) that are marked as generated
/// or vendored; returns their positions in `paths` with the mark, in order.
pub fn marked(place: &Place, paths: &[&Path]) -> Result<Vec<(usize, &'static str)>, BaselineError> {
    let failed = |error: gix::Error| BaselineError::Unreadable(error.to_string());
    let repo = gix::open(place.root.clone())
        .map_err(|error| BaselineError::Unreadable(error.to_string()))?;
    let index = repo
        .index_or_empty()
        .map_err(|error| BaselineError::Unreadable(error.to_string()))?;
    let mut stack = repo
        .attributes_only(&index, Source::WorktreeThenIdMapping)
        .map_err(failed)?;
    let mut outcome = stack.selected_attribute_matches(MARKS);
    let mut found = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        let platform = stack.at_path(path, None).map_err(failed)?;
        outcome.reset();
        platform.matching_attributes(&mut outcome);
        let mark = outcome.iter_selected().find_map(|matched| {
            let set = match matched.assignment.state {
                StateRef::Set => true,
                StateRef::Value(value) => value.as_bstr() != "false",
                StateRef::Unset | StateRef::Unspecified => false,
            };
            MARKS
                .into_iter()
                .find(|mark| set && *mark == matched.assignment.name.as_str())
        });
        found.extend(mark.map(|mark| (at, mark)));
    }
    Ok(found)
}
