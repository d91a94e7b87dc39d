//! hive at work in a repository: what it costs, and how long a fix takes.
//!
//! `cargo bench --bench agent` measures everything and prints tables; `-- NAME…` only
//! the parts whose names contain one of the words (`landing`, `drain`, `save`,
//! `idle`, `replay`, `tidy`; `disk` is what a flush costs), `-- --runs N` sets how often each thing is done. The source of
//! Django comes through pip once and stays below the target directory. What hooks cost
//! beside those of others is in `--bench compare`. `HIVE_BINARY` names
//! another hive than the one built with this. docs/performance.md holds figures.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark times whole programs and prints tables"
)]

mod disk;
mod figures;
mod ground;
mod idle;
mod landing;
mod replay;
mod tidy;

/// A part: its name, what does it, how often by default.
type Part = (&'static str, fn(usize), usize);

const PARTS: [Part; 7] = [
    ("disk", disk::measure, 500),
    ("landing", landing::with_agent, 60),
    ("drain", landing::with_drain, 40),
    ("save", landing::of_saves, 30),
    ("idle", idle::measure, 60),
    ("replay", replay::measure, 200),
    ("tidy", tidy::measure, 200),
];

fn main() {
    let mut runs = None;
    let mut words = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => {
                let number = args.next().and_then(|number| number.parse().ok());
                runs = Some(number.expect("--runs takes a number"));
            }
            "--bench" => {}
            _ => words.push(arg),
        }
    }
    for (name, measure, usual) in PARTS {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            measure(runs.unwrap_or(usual));
            println!();
        }
    }
}
