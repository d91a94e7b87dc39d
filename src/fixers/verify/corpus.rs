//! Verification over real code: what real tools make of it must be accepted.

use std::fs;
use std::path::{Path, PathBuf};

use ruff_python_ast::PySourceType;
use ruff_python_formatter::{PyFormatOptions, format_module_source};

use super::{Changes, Claims, verify};
use crate::settings::environment;

/// Python files of the packages that are installed beside the test tools, in a
/// fixed order.
pub(super) fn real_files(limit: usize) -> Vec<(PathBuf, String)> {
    let tools = hive_test_support::tools().to_path_buf();
    let mut files = Vec::new();
    python_files(&tools.join("lib"), &mut files);
    assert!(
        !files.is_empty(),
        "no Python files below {}",
        tools.display()
    );
    files
        .into_iter()
        .filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text)))
        .filter(|(_, text)| text.len() > 500 && ruff_python_parser::parse_module(text).is_ok())
        .take(limit)
        .collect()
}

fn python_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("a readable directory");
    let mut entries: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            python_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| end == "py" || end == "pyi")
        {
            files.push(path);
        }
    }
}

/// The embedded formatter's result.
pub(super) fn formatted(text: &str) -> Option<String> {
    let options = PyFormatOptions::from_source_type(PySourceType::Python);
    Some(format_module_source(text, options).ok()?.into_code())
}

#[test]
fn what_the_formatter_makes_of_real_files_is_accepted() {
    let claims = Claims::new(Changes::Layout);
    let mut changed = 0;
    for (path, before) in real_files(500) {
        let after = formatted(&before).expect("what parses can be formatted");
        changed += usize::from(before != after);
        let verdict = verify(&before, &after, &claims, PySourceType::Python).map(drop);
        assert_eq!(verdict, Ok(()), "{}", path.display());
    }
    assert!(changed >= 100, "only {changed} files changed");
}

/// Compares two trees that hold one project before and after a tool. Run by hand:
/// `HIVE_TEST_BEFORE`, `HIVE_TEST_AFTER` (directories), `HIVE_TEST_CHANGES`
/// (`layout` or `imports`).
#[test]
#[ignore = "needs two directories, see its documentation"]
fn two_trees() {
    let directory = |name| environment::path(name).unwrap_or_else(|| panic!("{name} is not set"));
    let (before, after) = (directory("HIVE_TEST_BEFORE"), directory("HIVE_TEST_AFTER"));
    let imports = environment::value("HIVE_TEST_CHANGES").is_some_and(|value| value == "imports");
    let claims = Claims::new(if imports {
        Changes::Imports
    } else {
        Changes::Layout
    });
    let mut files = Vec::new();
    python_files(&before, &mut files);
    let (mut changed, mut rejected) = (0, 0);
    let started = crate::clock::now();
    for path in &files {
        let name = path.strip_prefix(&before).expect("inside");
        let (Ok(old), Ok(new)) = (
            fs::read_to_string(path),
            fs::read_to_string(after.join(name)),
        ) else {
            println!("not UTF-8: {}", name.display());
            continue;
        };
        if old == new {
            continue;
        }
        changed += 1;
        let source_type = PySourceType::try_from_path(path).unwrap_or_default();
        if let Err(rejection) = verify(&old, &new, &claims, source_type) {
            rejected += 1;
            println!("{}: {rejection}", name.display());
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} files, {changed} changed, {rejected} rejected, {seconds:.2} s",
        files.len()
    );
}
