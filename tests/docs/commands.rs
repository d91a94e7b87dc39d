//! Every command line of every page is run, in the order of the page, in a repository of
//! the page's own, by a shell and with the real hive.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hive_test_support::Pty;

use crate::blocks::{self, Line, agrees};
use crate::story::{Story, compare};
use crate::worlds::{ELSEWHERE, ENDS, LIVE, MOST_UNRUN, UNRUN, World, world};
use crate::{document, pages, root};

/// What to do about a line that does not do what its page says.
const REMEDY: &str = "a page must say what is so: correct it, or say in tests/docs/worlds.rs what \
                      the page needs (WORLDS), how the command ends (ENDS), or why it cannot run \
                      in a test (UNRUN). UPDATE=1 writes the output that was seen into the page.";

/// What is wrong with the lines of a page.
fn faults(page: &str) -> Vec<String> {
    let lines = shown_here(page);
    let mut wanted = lines
        .iter()
        .filter(|line| unrun(page, line).is_none())
        .peekable();
    if wanted.peek().is_none() {
        return Vec::new();
    }
    let World { ground, before, .. } = world(page);
    let mut story = Story::new(ground());
    // What is typed is about the commands, and not about who reads them.
    story.ground.sandbox.set("TERM", "dumb");
    let mut faults = Vec::new();
    let mut seen: Vec<(usize, usize, String)> = Vec::new();
    for line in wanted {
        for (_, script) in before
            .iter()
            .filter(|(prefix, _)| line.command.starts_with(prefix))
        {
            story.ground.sandbox.run("sh", &["-ec", script]).expect(0);
        }
        let place = format!("{page}:{}: `{}`", line.number, line.command);
        if let Some((_, steps)) = LIVE.iter().find(|(command, _)| *command == bare(line)) {
            let code = live(&story, bare(line), steps);
            if code != Some(0) {
                faults.push(format!("{place} ended with {code:?}"));
            }
            settle(&story);
            continue;
        }
        let (code, said) = story.runs(&line.command, "");
        let said = blocks::timeless(&said);
        settle(&story);
        let ends = ENDS
            .iter()
            .find(|(of, prefix, _, _)| *of == page && line.command.starts_with(prefix))
            .map_or(0, |(_, _, code, _)| *code);
        let Some(shown) = &line.shown else {
            if code != Some(ends) {
                faults.push(format!("{place} ended with {code:?}, not {ends}:\n{said}"));
            }
            continue;
        };
        let mut said = said.trim_end().to_owned();
        if code != Some(0) {
            let _ = write!(said, "\n[exit code {}]", code.unwrap_or(-1));
        }
        let said = said.trim_start_matches('\n').to_owned();
        if !agrees(shown, &said) {
            faults.push(format!("{place} shows\n{shown}\nand prints\n{said}"));
            if !shown.lines().any(|line| line == "…") {
                seen.push((line.number, shown.lines().count(), said));
            }
        }
    }
    if std::env::var_os("UPDATE").is_some() && !seen.is_empty() {
        rewrite(page, &seen);
        return Vec::new();
    }
    faults
}

/// Nothing of hive's is under way, where hive has been set up and is not told to pause.
fn settle(story: &Story) {
    if story.ground.sandbox.path(".git/hive").is_dir() {
        let status = story.ground.hive(&["status", "--json"]).stdout;
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        if status["paused"].is_null() {
            story.ground.settled();
        }
    }
}

/// Runs a program on a terminal, and does there what its page tells.
fn live(story: &Story, command: &str, steps: &[(&str, &str)]) -> Option<i32> {
    let shell = Path::new("/bin/sh");
    // Ctrl-C reaches the program, and no shell that would die of it.
    let script = format!("exec {command}");
    let mut started = story.ground.sandbox.command(shell, &["-c", &script]);
    started.env_remove("TERM");
    let mut terminal = Pty::start(started, 100, 40);
    for (seen, keys) in steps {
        terminal.waits_for(seen);
        terminal.types(keys);
    }
    terminal.ends()
}

/// Puts what was seen in the place of what a page shows.
fn rewrite(page: &str, seen: &[(usize, usize, String)]) {
    let mut lines: Vec<String> = document(page).lines().map(str::to_owned).collect();
    for (number, count, said) in seen.iter().rev() {
        let indent = if lines[number - 1].starts_with("    ") {
            "    "
        } else {
            ""
        };
        let said = said
            .lines()
            .map(|line| format!("{indent}{line}").trim_end().to_owned());
        lines.splice(*number..number + count, said);
    }
    compare(&root().join(page), &(lines.join("\n") + "\n"));
}

/// The command without a remark behind it.
fn bare(line: &Line) -> &str {
    line.command.split("  #").next().unwrap_or_default().trim()
}

/// The command lines of a page that no other test runs.
fn shown_here(page: &str) -> Vec<Line> {
    let text = document(page);
    let mut lines = blocks::commands(&text);
    for (of, section, test) in ELSEWHERE {
        assert!(root().join(test).exists(), "{test} does not exist");
        if *of == page {
            let (from, to) = range(&text, section);
            let all = lines.len();
            lines.retain(|line| line.number < from || line.number >= to);
            assert!(
                lines.len() < all,
                "{page} has no commands below `{section}`"
            );
        }
    }
    lines
}

/// The lines of a section, from its heading to the next of its level.
fn range(text: &str, heading: &str) -> (usize, usize) {
    let level = heading.split(' ').next().unwrap_or_default();
    let mut numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let from = numbered.find(|(_, line)| *line == heading);
    let from = from.unwrap_or_else(|| panic!("there is no `{heading}`")).0;
    let next = numbered.find(|(_, line)| line.split(' ').next() == Some(level));
    (from, next.map_or(usize::MAX, |(number, _)| number))
}

/// Why a line is not run.
fn unrun(page: &str, line: &Line) -> Option<&'static str> {
    UNRUN
        .iter()
        .find(|(of, prefix, _)| (*of == page || *of == "*") && line.command.starts_with(prefix))
        .map(|(_, _, why)| *why)
}

#[test]
fn every_command_runs_and_prints_what_its_page_shows() {
    let pages = pages();
    let (mut lines, mut faults) = (0, Vec::new());
    // A page waits for hive most of the time: two at once take half as long.
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..2)
            .map(|part| {
                let pages = pages.iter().skip(part).step_by(2);
                scope.spawn(move || {
                    pages
                        .flat_map(|page| self::faults(page))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for part in parts {
            faults.extend(part.join().unwrap());
        }
    });
    for page in &pages {
        lines += shown_here(page).len();
    }
    assert!(lines > 40, "only {lines} command lines were found");
    assert!(faults.is_empty(), "{}\n\n{REMEDY}", faults.join("\n\n"));
}

/// What no test runs is known, has a reason, and is little.
#[test]
fn commands_that_are_not_run_are_few_and_say_why() {
    let mut used = vec![false; UNRUN.len()];
    let mut list = Vec::new();
    for page in pages() {
        for line in shown_here(&page) {
            let Some(why) = unrun(&page, &line) else {
                continue;
            };
            let at = UNRUN.iter().position(|(of, prefix, reason)| {
                *reason == why && (*of == page || *of == "*") && line.command.starts_with(prefix)
            });
            used[at.unwrap()] = true;
            list.push(format!("{page}:{}: {}  ({why})", line.number, line.command));
            cargo_names_what_exists(&line.command);
        }
    }
    let list = list.join("\n");
    for (entry, used) in UNRUN.iter().zip(used) {
        assert!(used, "no page shows {entry:?}: take it out of UNRUN");
        assert!(entry.2.len() > 20, "{entry:?} has no reason");
    }
    let count = list.lines().count();
    assert!(count <= MOST_UNRUN, "{count} commands are not run:\n{list}");
    println!("{list}");
}

/// A test or a benchmark that a page names is there, though it is not run.
fn cargo_names_what_exists(command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    for pair in words.windows(2) {
        let directory = match pair[0] {
            "--test" => "tests",
            "--bench" => "benches",
            "--example" => "examples",
            _ => continue,
        };
        let file = root().join(directory).join(format!("{}.rs", pair[1]));
        let main = root().join(directory).join(pair[1]).join("main.rs");
        assert!(file.exists() || main.exists(), "{command}: no {}", pair[1]);
    }
}

/// Whatever else looks like a command of hive's is one.
#[test]
fn nothing_looks_like_a_command_that_is_none() {
    for page in pages() {
        let doubts = blocks::doubtful(&document(&page));
        assert!(
            doubts.is_empty(),
            "{page} has lines that begin like commands in a block that does not: {doubts:?}; \
             a block of commands begins with one, and what is seen begins with `$ `"
        );
    }
}

/// Tables about pages are about pages that are there.
#[test]
fn the_tables_name_pages() {
    for (page, prefix, _, why) in ENDS {
        let lines = shown_here(page);
        let found = lines.iter().any(|line| line.command.starts_with(prefix));
        assert!(found, "{page} does not show `{prefix}` ({why})");
    }
    for world in crate::worlds::WORLDS {
        assert!(
            fs::exists(root().join(world.page)).unwrap(),
            "{}",
            world.page
        );
    }
}
