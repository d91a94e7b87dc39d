//! hive against the commands that it replaces, side by side.
//!
//! `cargo bench --bench compare` runs all comparisons, prints a line for each, and writes
//! them as a table and a plot (`target/compare/table.md`, `plot.svg`); `-- NAME…` only
//! those whose names contain one of the words, `-- --runs N` sets how often each side runs
//! (default 7, commits 40). All sides of a comparison take turns in one run, so that a
//! machine that speeds up or slows down does so for all; the ratio is that of the medians,
//! the spread that of two runs one after the other. Both sides are given the same work:
//! that they say the same of it is checked, as is what they make of it. Peers, Django and
//! sympy come through pip once and stay below the target directory. `HIVE_BINARY` names
//! another hive than the one built with this.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark times whole programs and prints a table"
)]

mod commits;
mod corpus;
mod files;
#[path = "../agent/ground.rs"]
#[expect(dead_code, reason = "the agent's benchmark waits for more of it")]
mod ground;
mod side;
mod staged;
mod table;

use std::fs;
use std::path::Path;

use table::Line;

/// The hive that is measured.
fn hive() -> String {
    std::env::var("HIVE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hive").to_owned())
}

/// What is asked for: words that names contain, and how often.
struct Wanted {
    words: Vec<String>,
    runs: Option<usize>,
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let mut wanted = Wanted {
        words: Vec::new(),
        runs: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => {
                let number = args.next().and_then(|number| number.parse().ok());
                wanted.runs = Some(number.expect("--runs takes a number"));
            }
            "--bench" => {}
            _ => wanted.words.push(arg),
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut tell = |line: Line| {
        println!("{}", table::plain(&line));
        lines.push(line);
    };
    commits::compare(&wanted, &mut tell);
    staged::compare(&wanted, &mut tell);
    files::compare(&wanted, &mut tell);
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/compare");
    fs::create_dir_all(&home).expect("the target directory is writable");
    fs::write(home.join("table.md"), table::markdown(&lines)).expect("the table");
    fs::write(home.join("plot.svg"), table::plot(&lines)).expect("the plot");
    println!("\n{}", home.join("table.md").display());
}
