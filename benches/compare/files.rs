//! `hive check` and `hive fix` on real packages and on single files.

use std::path::{Path, PathBuf};

use hive_test_support::{older_ruff, tools};

use crate::corpus::{SELECT, beside, black_cache, corpus, differing, mirror, program, words};
use crate::side::{Side, in_turn};
use crate::table::Line;
use crate::{Wanted, hive};

/// One comparison.
struct Row {
    name: &'static str,
    aim: Option<f64>,
    hive: Side,
    peer: &'static str,
    theirs: Side,
    /// How often each side runs at most: one that takes minutes is not run often.
    at_most: usize,
    /// Whether both sides are tools of one kind, which have to say the same.
    alike: bool,
    /// Two directories that ought to hold the same afterwards.
    results: Option<(PathBuf, PathBuf)>,
}

pub(crate) fn compare(wanted: &Wanted, tell: &mut impl FnMut(Line)) {
    for row in rows(wanted) {
        let ran = in_turn(
            &[&row.hive, &row.theirs],
            wanted.runs.unwrap_or(7).min(row.at_most),
        );
        let (ours, theirs) = (&ran[0], &ran[1]);
        assert!(
            !row.alike || ours.1 == theirs.1,
            "{}: hive says {:?}, its peer {:?}",
            row.name,
            ours.1,
            theirs.1
        );
        let mut line = Line::new(row.name, row.peer, row.aim, &ours.0, &theirs.0);
        if let Some((ours, theirs)) = &row.results {
            line.note = format!("{} files differ", differing(ours, theirs));
        }
        tell(line);
    }
}

/// The embedded ruff, as ruff alone would be run.
const EMBEDDED: [&str; 9] = [
    "--engine",
    "embedded",
    "--lint",
    "ruff",
    "--imports",
    "ruff",
    "--format-with",
    "ruff",
    "--plain",
];

/// A command line of hive's.
pub(crate) fn command(verb: &str, more: &[&str]) -> Vec<String> {
    let mut command = vec![hive()];
    command.extend(words(&[verb, "-q"]));
    command.extend(words(&EMBEDDED));
    command.extend(words(more));
    command
}

fn rows(wanted: &Wanted) -> Vec<Row> {
    const ONE: &str = "django/db/models/query.py";
    const SMALL: &str = "django/apps/config.py";
    let tool = |name: &str| program(tools(), name);
    let ruff = tool("ruff");
    let checks = |more: &[&str], path: &str| -> Vec<Vec<String>> {
        ["check --fix", "format"]
            .iter()
            .map(|verb| {
                let mut command = vec![ruff.clone()];
                command.extend(verb.split(' ').map(str::to_owned));
                command.extend(words(&["--no-cache", "-q"]));
                command.extend(words(more));
                command.push(path.to_owned());
                command
            })
            .collect()
    };
    let django = corpus("Django", "5.2");
    let check = |name, aim, more: &[&str], path: &str| {
        let more = [more, &[path]].concat();
        Row {
            name,
            aim: Some(aim),
            hive: Side::hive(&django, vec![command("check", &more)]),
            peer: "ruff check + format",
            theirs: Side::peer(&django, checks(&["--diff"], path)),
            at_most: usize::MAX,
            alike: true,
            results: None,
        }
    };
    let mut rows = vec![
        check("check Django, cold", 1.0, &["--no-memo"], "."),
        check("check Django, warm", 0.2, &[], "."),
        check("check one small file, cold", 1.5, &["--no-memo"], SMALL),
        check("check one large file, cold", 1.5, &["--no-memo"], ONE),
        Row {
            name: "check Django, cold",
            aim: Some(1.0 / 30.0),
            hive: Side::hive(&django, vec![command("check", &["--no-memo", "."])]),
            peer: "isort + black",
            theirs: Side::peer(
                &django,
                vec![
                    words(&[
                        &tool("isort"),
                        "-q",
                        "--check-only",
                        "--profile",
                        "black",
                        ".",
                    ]),
                    words(&[&tool("black"), "-q", "--check", "."]),
                ],
            )
            .prepared(|| drop(std::fs::remove_dir_all(black_cache()))),
            // Those do not lint.
            at_most: 2,
            alike: false,
            results: None,
        },
        Row {
            name: "one file as a filter",
            aim: Some(1.5),
            hive: Side::hive(
                &django,
                vec![command("fix", &["-", "--stdin-filename", SMALL])],
            )
            .reading(&django.join(SMALL)),
            peer: "ruff format -",
            theirs: Side::peer(
                &django,
                vec![words(&[
                    &ruff,
                    "format",
                    "-q",
                    "--stdin-filename",
                    SMALL,
                    "-",
                ])],
            )
            .reading(&django.join(SMALL)),
            at_most: usize::MAX,
            alike: true,
            results: None,
        },
        Row {
            name: "hive --version",
            aim: None,
            hive: Side::hive(&django, vec![vec![hive(), "--version".to_owned()]]),
            peer: "/bin/true",
            theirs: Side::peer(&django, vec![words(&["/bin/true"])]),
            at_most: usize::MAX,
            alike: true,
            results: None,
        },
    ];
    rows.retain(|row| wanted.has(row.name));
    if wanted.has("fix sympy") {
        rows.extend(sympy(&|path| checks(&[], path)));
    }
    if wanted.has(PROJECT) {
        rows.push(project_ruff(&django));
    }
    rows
}

/// Most files of sympy are changed; the second time hive knows the answers.
fn sympy(fixes: &dyn Fn(&str) -> Vec<Vec<String>>) -> [Row; 2] {
    let sympy = corpus("sympy", "1.13.3");
    [
        ("fix sympy, verified, cold", 2.0, "cold", true),
        ("fix sympy, verified, warm", 0.15, "warm", false),
    ]
    .map(|(name, aim, kind, cold)| {
        let (ours, theirs) = (
            beside(&sympy, &format!("hive-{kind}")),
            beside(&sympy, &format!("peer-{kind}")),
        );
        let reset = |copy: &Path| {
            let (source, copy) = (sympy.clone(), copy.to_path_buf());
            move || mirror(&source, &copy)
        };
        let more: &[&str] = if cold { &["--no-memo", "."] } else { &["."] };
        Row {
            name,
            aim: Some(aim),
            hive: Side::hive(&ours, vec![command("fix", more)]).prepared(reset(&ours)),
            peer: "ruff check + format",
            theirs: Side::peer(&theirs, fixes(".")).prepared(reset(&theirs)),
            at_most: usize::MAX,
            alike: true,
            results: Some((ours, theirs)),
        }
    })
}

const PROJECT: &str = "check Django by the project's own ruff";

/// The project's own ruff, another version than the embedded one, in a copy of Django
/// whose environment has it.
fn project_ruff(django: &Path) -> Row {
    let older = program(older_ruff(), "ruff");
    let copy = beside(django, "older");
    mirror(django, &copy);
    let said = std::process::Command::new(&older).arg("--version").output();
    let said = said.expect("ruff runs").stdout;
    let version = String::from_utf8_lossy(&said).trim().replace("ruff ", "");
    let pinned = format!("[tool.ruff]\nrequired-version = \"=={version}\"\n{SELECT}");
    std::fs::write(copy.join("pyproject.toml"), pinned).expect("a configuration");
    let environment = copy.join(".venv");
    let _ = std::fs::remove_file(&environment);
    std::os::unix::fs::symlink(older_ruff(), &environment).expect("a link");
    let mut ours = vec![hive()];
    ours.extend(words(&["check", "-q", "--trust", "--engine", "project"]));
    ours.extend(words(&EMBEDDED[2..]));
    ours.extend(words(&["--no-memo", "."]));
    let theirs = ["check --fix --diff", "format --diff"].map(|verb| {
        let mut command = vec![older.clone()];
        command.extend(verb.split(' ').map(str::to_owned));
        command.extend(words(&["--no-cache", "-q", "."]));
        command
    });
    Row {
        name: PROJECT,
        aim: Some(1.5),
        hive: Side::hive(&copy, vec![ours]),
        peer: "that ruff",
        theirs: Side::peer(&copy, theirs.to_vec()),
        at_most: usize::MAX,
        alike: true,
        results: None,
    }
}
