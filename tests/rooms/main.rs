//! The rules of docs/architecture.md, checked by reading the sources.
//!
//! `source` reads them, `rules` says what is allowed; here every rule is asked
//! about every file, and about a few lines that break it.

mod rules;
mod source;

use std::path::Path;

use rules::{CATALOGUES, ROOMS};
use source::Source;

#[test]
fn every_file_keeps_the_rules() {
    let sources = source::all();
    assert!(
        sources.len() > 100,
        "only {} sources were found",
        sources.len()
    );
    let wrong: Vec<String> = sources.iter().flat_map(rules::breaches).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map_and_says_what_it_is() {
    let sources = source::all();
    let map = sources
        .iter()
        .find(|one| one.path == Path::new("lib.rs"))
        .expect("src/lib.rs");
    let mut wrong = Vec::new();
    for (room, _) in &ROOMS {
        if !map.doc.contains(&format!("[`{room}`]")) {
            wrong.push(format!("src/lib.rs does not show the room {room}"));
        }
        if !sources.iter().any(|one| one.room() == *room) {
            wrong.push(format!("the table has a room {room} that is not there"));
        }
    }
    for source in &sources {
        wrong.extend(rules::opening(source));
        if source.path.components().count() > 1 || !source.is_root() {
            let known = ROOMS.iter().any(|(room, _)| *room == source.room());
            if !known {
                wrong.push(format!(
                    "{} is in a room that the table lacks",
                    source.shown()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The table is a picture of what is, not a wish list.
#[test]
fn every_permission_is_used() {
    let sources = source::all();
    let mut idle = Vec::new();
    for (room, allowed) in &ROOMS {
        for other in *allowed {
            let of_room = sources.iter().filter(|one| one.room() == *room);
            if !of_room.into_iter().any(|one| rules::names(one, other)) {
                idle.push(format!("{room} may use {other} and does not"));
            }
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn the_list_of_long_files_is_short_and_true() {
    let sources = source::all();
    for (path, reason) in CATALOGUES {
        let found = sources.iter().find(|one| one.path == Path::new(path));
        let lines = found.map_or(0, |one| one.lines);
        assert!(
            lines > rules::LONG,
            "{path} has {lines} lines and needs no exception"
        );
        assert!(reason.len() > 20, "{path} has no reason");
    }
}

/// Every piece of unsafe code says why it is sound, right above it.
#[test]
fn unsafe_code_is_argued_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pieces = 0;
    for file in [
        "src/process/child.rs",
        "src/process/detached.rs",
        "src/process/leave.rs",
        "src/process/rest.rs",
        "src/writing/kernel.rs",
        "tests/support/src/inject.rs",
        "tests/support/src/pty.rs",
    ] {
        let text = std::fs::read_to_string(root.join(file)).expect("a home of unsafe code");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.contains("unsafe {") {
                continue;
            }
            pieces += 1;
            let above = lines[..at].iter().rev().take(12);
            let argued = above
                .take_while(|line| !line.trim().is_empty() && line.trim() != "}")
                .any(|line| line.contains("SAFETY:"));
            assert!(argued, "{file}:{}: no `SAFETY:` above", at + 1);
        }
    }
    assert!(pieces >= 8, "only {pieces} pieces were found");
}

#[test]
fn files_that_say_they_are_pure_are_looked_at() {
    let pure = source::all().iter().filter(|one| one.is_pure()).count();
    assert!(pure >= 8, "only {pure} files say `Pure.`");
}

/// Each line is one breach, or none, in a file of that path.
#[test]
fn a_broken_rule_is_found() {
    for (path, text, breach) in [
        ("intake/a.rs", "use crate::cli::Context;", "may not use cli"),
        (
            "intake/a.rs",
            "use crate::{fixers::Kind, writing};",
            "may not use writing",
        ),
        (
            "intake/a.rs",
            "fn f() { crate::report::render() }",
            "may not use report",
        ),
        (
            "intake/mod.rs",
            "use super::worker::Pool;",
            "leaves its room",
        ),
        (
            "intake/deep/a.rs",
            "use super::super::super::memo::Memo;",
            "leaves its room",
        ),
        ("intake/deep/a.rs", "use super::super::walk;", ""),
        ("intake/a.rs", "use crate::fixers::Kind;", ""),
        ("intake/a.rs", "use rusqlite::Connection;", "`rusqlite`"),
        ("store/a.rs", "use rusqlite::Connection;", ""),
        ("writing/a.rs", "let repo = gix::open(path);", "`gix`"),
        ("repo/a.rs", "let repo = gix::open(path);", ""),
        ("fixers/a.rs", "Command::new(path)", "`Command::new`"),
        ("process/a.rs", "Command::new(path)", ""),
        ("report/a.rs", "println!(\"x\");", "`println!`"),
        ("report/a.rs", "io::stdout().lock()", "`stdout()`"),
        ("terminal.rs", "eprintln!(\"x\");", ""),
        ("screen/tty.rs", "execute!(io::stdout(), Hide)", ""),
        ("screen/parts.rs", "io::stdout().flush()", "`stdout()`"),
        ("monitor/draw.rs", "io::stdout().flush()", "`stdout()`"),
        (
            "screen/parts.rs",
            "use ratatui::crossterm::cursor;",
            "`crossterm`",
        ),
        ("cli/a.rs", "use ratatui::Frame;", "`ratatui`"),
        (
            "cli/worker.rs",
            "worker::serve(io::stdin(), io::stdout())",
            "",
        ),
        (
            "cli/fix/a.rs",
            "worker::serve(io::stdin(), io::stdout())",
            "`stdout()`",
        ),
        ("evidence/a.rs", "env::var_os(\"PATH\")", "`env::var_os`"),
        ("evidence/a.rs", "use std::env::var;", "`env::var`"),
        (
            "evidence/a.rs",
            "directories::BaseDirs::new()",
            "`BaseDirs`",
        ),
        ("settings/environment.rs", "env::var_os(\"PATH\")", ""),
        ("worker/a.rs", "Instant::now()", "`Instant::now`"),
        ("worker/a.rs", "begun.elapsed()", "`elapsed()`"),
        ("clock.rs", "Instant::now()", ""),
        (
            "memo/a.rs",
            "//! A table. Pure.\nfn f() { fs::read(path) }",
            "`fs`",
        ),
        (
            "memo/a.rs",
            "//! A table. Pure.\nfn f() { path.is_file() }",
            "`is_file`",
        ),
        (
            "memo/a.rs",
            "//! A table. Pure.\nuse crate::clock;",
            "`clock`",
        ),
        (
            "memo/a.rs",
            "//! A table. Pure.\nfn f(fs: u8) -> bool { fs > 1 }",
            "",
        ),
        ("memo/a.rs", "//! A table.\nfn f() { fs::read(path) }", ""),
        ("memo/a.rs", "fn f() { unsafe { g() } }", "`unsafe`"),
        ("memo/a.rs", "fn f() { let unsafe_fixes = 1; }", ""),
        ("process/child.rs", "fn f() { unsafe { g() } }", ""),
        // What is written about, quoted or only for tests breaks nothing.
        (
            "memo/a.rs",
            "// unlike println!(), this\n/* gix::x */ let a = \"gix::open\";",
            "",
        ),
        (
            "memo/a.rs",
            "let a = r#\"println!(\"#; let b = '\"'; let c = \"gix::x\";",
            "",
        ),
        (
            "memo/a.rs",
            "fn f<'a>(x: &'a str) { println!(\"x\") }",
            "`println!`",
        ),
        (
            "memo/a.rs",
            "#[cfg(test)]\nmod tests {\n    println!(\"x\");\n}\n",
            "",
        ),
        (
            "memo/a.rs",
            "#[cfg(test)]\nmod tests {\n}\nfn f() { println!(\"x\") }",
            "`println!`",
        ),
    ] {
        let found = rules::breaches(&Source::new(Path::new(path), text));
        match (breach, found.as_slice()) {
            ("", []) => {}
            ("", found) => panic!("{path}: {text}\nbreaks nothing, but: {found:?}"),
            (breach, found) => assert!(
                found.len() == 1 && found[0].contains(breach),
                "{path}: {text}\nbreaks {breach}, but: {found:?}"
            ),
        }
    }
}

#[test]
fn a_long_file_and_a_silent_room_are_found() {
    let long = "fn f() {}\n".repeat(rules::LONG + 1);
    let found = rules::breaches(&Source::new(Path::new("memo/a.rs"), &long));
    assert!(
        found.len() == 1 && found[0].contains("401 lines"),
        "{found:?}"
    );
    let fits = "fn f() {}\n".repeat(rules::LONG);
    assert!(rules::breaches(&Source::new(Path::new("memo/a.rs"), &fits)).is_empty());

    let words = "//! A room.\n//!\n//! In: a. Out: b. Always: c. This room does not know d.\n";
    let mod_rs = Path::new("memo/mod.rs");
    assert!(rules::opening(&Source::new(mod_rs, words)).is_empty());
    for word in ["In:", "Out:", "Always", "does not know"] {
        let silent = words.replace(word, "…");
        let found = rules::opening(&Source::new(mod_rs, &silent));
        assert!(
            found.len() == 1 && found[0].contains(word),
            "{word}: {found:?}"
        );
    }
}
