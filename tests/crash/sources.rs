//! The tables against the sources: no point without a case, no case without a point.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::ground::files;
use crate::table::POINTS;

/// Calls whose first argument is the name of a point.
const CALLS: [&str; 3] = ["crash::pass(", "crash::point(", "step("];

fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let own = root.join("crash.rs");
    files(&root)
        .into_iter()
        .filter(|path| *path != own && path.extension().is_some_and(|end| end == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// The texts that stand as the first argument of a call.
fn arguments(source: &str, call: &str) -> Vec<String> {
    source
        .split(call)
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.trim_start().strip_prefix('"')?;
            Some(rest.split_once('"')?.0.to_owned())
        })
        .collect()
}

#[test]
fn every_point_has_a_case() {
    let mut there = BTreeSet::new();
    for source in sources() {
        for call in CALLS {
            there.extend(arguments(&source, call));
        }
        // Each operation of the queue has a point before its commit and one behind it.
        let mut operations = arguments(&source, "self.write(");
        if source.contains("self.write(name,") {
            let named = source.split('"').filter(|text| text.starts_with("queue."));
            operations.extend(named.map(str::to_owned));
        }
        for name in operations
            .into_iter()
            .filter(|name| name.starts_with("queue."))
        {
            if name != "queue.vacuum" {
                there.insert(format!("{name}.done"));
            }
            there.insert(name);
        }
    }
    let table: BTreeSet<String> = POINTS
        .iter()
        .flat_map(|(_, points)| points.iter().map(|point| (*point).to_owned()))
        .collect();
    let missing: Vec<_> = there.difference(&table).collect();
    let gone: Vec<_> = table.difference(&there).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
    assert!(gone.is_empty(), "not in the sources: {gone:?}");
    assert!(there.len() > 100, "only {} points were found", there.len());
}
