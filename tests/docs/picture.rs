//! The picture in the README: what a real terminal shows when the real hive works, as SVG.

use std::fmt::Write as _;
use std::path::Path;

use hive_test_support::Pty;

use crate::ground::Ground;
use crate::root;
use crate::story::{Story, ids};
use crate::worlds;

const FILE: &str = "docs/images/first-minutes.svg";

/// The terminal, in columns and rows.
const SIZE: (u16, u16) = (72, 32);
/// A letter's width and a row's height, in pixels of the picture.
const CELL: (f32, f32) = (8.43, 19.0);
const MARGIN: f32 = 16.0;

/// What is typed. Whoever watches sees the prompt, the line, and what it prints.
const TYPED: [&str; 6] = [
    "git commit -qam 'Save data'",
    "hive wait",
    "git log --oneline -2",
    "git show --format= -U0 HEAD",
    "git add load.py; git commit -qm 'Load data'; hive wait",
    "hive suppress 1 -m 'a broken file counts as none'",
];

/// A repository in which hive is at work, and somebody has written two modules.
fn world() -> Ground {
    let ground = worlds::hurried();
    ground.commit("app.py", "", "Begin");
    ground.settled();
    for name in ["app.py", "load.py"] {
        let text = std::fs::read_to_string(ground.outside("ready").join(name)).unwrap();
        ground.write(name, &text);
    }
    ground
}

/// Plays it, and says what is seen at the end: text with `{style}` before each piece.
fn played() -> String {
    let story = Story::new(world());
    let sandbox = &story.ground.sandbox;
    let mut script = String::from("export GIT_PAGER=cat TERM=xterm-256color\n");
    for line in TYPED {
        let shown = line.replace('\'', "'\\''");
        let _ = writeln!(
            script,
            "printf '\\033[32m$\\033[m \\033[1m%s\\033[m\\n' '{shown}'"
        );
        let _ = writeln!(script, "{line}");
        if line == "hive wait" {
            // What the next hook tells is written a moment after hive is quiet.
            script.push_str("until test -s .git/hive/notice; do sleep 0.02; done\n");
        }
    }
    script.push_str("printf '\\033[32m$\\033[m '\nread -r _\n");
    let shell = sandbox.command(Path::new("/bin/sh"), &["-c", &script]);
    let mut terminal = Pty::start(shell, SIZE.0, SIZE.1);
    terminal.waits_until("the last prompt", |seen| seen.trim_end().ends_with("\n$"));
    let seen = terminal.shows_colours();
    terminal.types("\n");
    assert_eq!(terminal.ends(), Some(0), "{seen}");
    story.ground.settled();
    ids(&seen)
}

/// The pieces of a row: where each begins, its style and its text.
fn pieces(row: &str) -> Vec<(usize, String, String)> {
    let mut all: Vec<(usize, String, String)> = Vec::new();
    let (mut at, mut style) = (0, String::new());
    for part in row.split('{') {
        let (new, text) = match part.split_once('}') {
            Some((new, text)) => (new.to_owned(), text),
            None => (style.clone(), part),
        };
        style = new;
        let length = text.chars().count();
        if !text.trim().is_empty() {
            let blank = length - text.trim_start().chars().count();
            all.push((at + blank, style.clone(), text.trim().to_owned()));
        }
        at += length;
    }
    all
}

/// The picture of what a terminal shows.
fn svg(seen: &str) -> String {
    let rows: Vec<&str> = seen.trim_end().lines().collect();
    let width = f32::from(SIZE.0) * CELL.0 + 2.0 * MARGIN;
    let height = rows.len() as f32 * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n\
         <title>A terminal in which hive follows a commit and asks about another</title>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"w\" x=\".5\" y=\".5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n\
         <g xml:space=\"preserve\">\n",
        width - 1.0,
        height - 1.0
    );
    for (at, row) in rows.iter().enumerate() {
        let y = MARGIN + (at as f32 + 0.75) * CELL.1;
        for (column, style, text) in pieces(row) {
            let x = MARGIN + column as f32 * CELL.0;
            let length = text.chars().count() as f32 * CELL.0;
            let class = match style.as_str() {
                "" => String::new(),
                style => format!(" class=\"{style}\""),
            };
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\"{class}>{text}</text>"
            );
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Light, and dark where the reader's system is.
const STYLE: &str = "
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328}
.w{fill:#f6f8fa;stroke:#d0d7de}
.bold{font-weight:600}.dim{opacity:.65}
.red{fill:#b42318}.green{fill:#116329}.yellow{fill:#7d4e00}.blue{fill:#0550ae}.magenta{fill:#8250df}.cyan{fill:#0a6b78}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.w{fill:#0d1117;stroke:#30363d}
.red{fill:#ff8a80}.green{fill:#56d364}.yellow{fill:#e3b341}.blue{fill:#79c0ff}.magenta{fill:#d2a8ff}.cyan{fill:#76e3ea}
}
";

/// What can be read in a picture, letter by letter: colours are git's as much as hive's, and
/// may differ between versions of git.
fn letters(picture: &str) -> String {
    let texts = picture.lines().filter_map(|line| {
        let (_, text) = line.strip_prefix("<text")?.split_once('>')?;
        text.strip_suffix("</text>")
    });
    texts
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// The picture shows what hive prints today.
#[test]
fn the_picture_shows_what_is_seen() {
    let picture = svg(&played());
    assert!(picture.len() < 12_000, "{} bytes", picture.len());
    let found = std::fs::read_to_string(root().join(FILE)).unwrap_or_default();
    assert!(
        letters(&found) == letters(&picture) && found.contains(STYLE),
        "{FILE} is stale; cargo test --test docs draw -- --ignored draws it again\n{picture}"
    );
}

#[test]
#[ignore = "writes the picture"]
fn draw() {
    let file = root().join(FILE);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, svg(&played())).unwrap();
}

#[test]
fn a_row_is_cut_at_its_styles() {
    let seen = pieces("{green}$ {bold}git  log{} a < b");
    let text = |at, style: &str, text: &str| (at, style.to_owned(), text.to_owned());
    assert_eq!(
        seen,
        [
            text(0, "green", "$"),
            text(2, "bold", "git  log"),
            text(11, "", "a < b")
        ]
    );
    let picture = svg("{red}<&>{}");
    assert!(
        picture.contains(" class=\"red\">&lt;&amp;&gt;</text>"),
        "{picture}"
    );
}
