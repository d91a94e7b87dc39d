//! Whole projects against the real command lines.

use std::fs;

use super::tests::{TIME, tools};
use super::{Answer, Request, Tool};
use crate::settings::environment;

/// Compares with a tree that the command line has dealt with. Run by hand:
/// `HIVE_TEST_BEFORE`, `HIVE_TEST_AFTER` (directories; the project's settings are
/// read from the first), `HIVE_TEST_TOOL` (`black` or `isort`).
#[test]
#[ignore = "needs two directories, see its documentation"]
fn two_trees() {
    let directory = |name| environment::path(name).unwrap_or_else(|| panic!("{name} is not set"));
    let (before, after) = (directory("HIVE_TEST_BEFORE"), directory("HIVE_TEST_AFTER"));
    let black = environment::value("HIVE_TEST_TOOL").is_some_and(|tool| tool == "black");
    let tool = if black { Tool::Black } else { Tool::Isort };
    let mut server = tools().server();
    let (mut files, mut changed, mut excluded, mut different) = (0, 0, 0, 0);
    let started = crate::clock::now();
    for entry in ignore::WalkBuilder::new(&before)
        .standard_filters(false)
        .build()
    {
        let path = entry.expect("an entry").into_path();
        if path.extension().is_none_or(|end| end != "py") {
            continue;
        }
        files += 1;
        let source = fs::read(&path).expect("a file");
        let expected = fs::read(after.join(path.strip_prefix(&before).expect("inside")));
        let request = Request {
            tool,
            path: &path,
            project: &before,
            boundary: &before,
            args: &[],
            source: &source,
            lines: None,
            walked: true,
        };
        let bytes = match server.answer(&request, TIME) {
            Ok(Answer::Changed(bytes)) => {
                changed += 1;
                bytes
            }
            Ok(Answer::Unchanged) => source,
            Ok(Answer::Excluded { why }) => {
                excluded += 1;
                println!("{}: {why}", path.display());
                source
            }
            Err(trouble) => {
                println!("{}: {trouble}", path.display());
                source
            }
        };
        if bytes != expected.expect("a file") {
            different += 1;
            println!("{}: not what the command line wrote", path.display());
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{}: {files} files, {changed} changed, {excluded} excluded, {different} different, {seconds:.1} s",
        tool.name()
    );
}
