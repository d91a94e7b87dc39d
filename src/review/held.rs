//! Tools that do not run where hive works.

use crate::house::House;
use crate::queue::Queue;
use crate::repo::Place;
use crate::report::Held;

/// In how many directories is looked.
const DIRECTORIES: usize = 16;

/// The tools that would not run for the files that the last tasks were about, as things are
/// now: whoever has just done what was asked for does not hear it again. None where that
/// cannot be told, as under settings that cannot be read; those are a matter of their own.
pub fn held(place: &Place, queue: &Queue) -> Vec<Held> {
    let Ok(mut files) = queue.lately(DIRECTORIES) else {
        return Vec::new();
    };
    files.retain(|path| path.below(&place.root).is_file());
    if files.is_empty() {
        return Vec::new();
    }
    House::of(place)
        .and_then(|house| house.plan_of(&files))
        .map_or_else(|_| Vec::new(), |plan| plan.held)
}
