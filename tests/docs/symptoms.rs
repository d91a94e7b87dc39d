//! Troubleshooting names texts that hive prints, so that a search finds them.

use std::fs;
use std::path::Path;

use crate::{document, root};

const PAGE: &str = "docs/troubleshooting.md";

/// All sources as one text, with strings that go over several lines joined.
fn sources() -> String {
    let mut text = String::new();
    read(&root().join("src"), &mut text);
    let mut joined = String::with_capacity(text.len());
    let mut pieces = text.split("\\\n");
    joined.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        joined.push_str(piece.trim_start());
    }
    joined.replace("\\\"", "\"")
}

fn read(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The pieces of a symptom between what differs, which stand in the sources in their order
/// and near each other.
fn is_printed(sources: &str, symptom: &str) -> bool {
    let pieces: Vec<&str> = symptom.split('…').filter(|piece| piece.len() > 1).collect();
    let Some((first, rest)) = pieces.split_first() else {
        return false;
    };
    sources.match_indices(first).any(|(at, _)| {
        let mut from = at + first.len();
        rest.iter().all(|piece| {
            let mut near: usize = (from + 120).min(sources.len());
            while !sources.is_char_boundary(near) {
                near -= 1;
            }
            let found = sources[from..near].find(piece);
            from += found.map_or(0, |found| found + piece.len());
            found.is_some()
        })
    })
}

#[test]
fn every_symptom_is_a_text_of_hive() {
    let page = document(PAGE);
    let sources = sources();
    let symptoms: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .collect();
    assert!(symptoms.len() > 30, "only {} symptoms", symptoms.len());
    let wrong: Vec<&&str> = symptoms
        .iter()
        .filter(|symptom| !is_printed(&sources, symptom))
        .collect();
    assert!(wrong.is_empty(), "hive does not print {wrong:#?}");
    assert!(!is_printed(&sources, "has the tipp already"));
    assert!(!is_printed(&sources, "… was amended to …, which is mine"));
}
