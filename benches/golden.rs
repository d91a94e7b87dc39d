//! The Golden Rules and the import graph against ruff, and against the clock.
//!
//! `cargo bench --bench golden` prints a table; `-- NAME…` runs only the rows whose names
//! contain one of the words, `-- --runs N` sets how often each side runs (default 7). Both
//! sides of a row alternate in one run, so that a machine that speeds up or slows down
//! does so for both; the ratio is that of the medians. Django comes as a source package
//! through pip once and stays below the target directory; `HIVE_BINARY` measures another
//! binary than the one that was built.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark times whole programs and prints a table"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hive::golden::{Config, Preset, RuleSet, Wanted};
use hive_test_support::tools;

/// A file that many import, and that imports many.
const CHANGED: &str = "django/db/models/query.py";

/// What is run, after what is brought about.
struct Side {
    prepare: Box<dyn Fn()>,
    command: Vec<String>,
    directory: PathBuf,
}

/// What a row is measured by.
enum Against {
    /// Another program, and the aim for the ratio.
    Peer(Side, f64),
    /// The clock, and the aim in milliseconds.
    Clock(f64),
    /// The clock, without an aim: it depends on how much there is to print.
    Nothing,
}

struct Row {
    name: &'static str,
    hive: Side,
    against: Against,
}

impl Side {
    fn run(&self) -> Duration {
        (self.prepare)();
        let begun = Instant::now();
        let status = Command::new(&self.command[0])
            .args(&self.command[1..])
            .current_dir(&self.directory)
            .env("HIVE_TRUST", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the command starts");
        let took = begun.elapsed();
        assert!(
            matches!(status.code(), Some(0..=1)),
            "{:?} ended with {status}",
            self.command
        );
        took
    }
}

fn main() {
    let mut runs = 7;
    let mut words = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => {
                let number = args.next().and_then(|number| number.parse().ok());
                runs = number.expect("--runs takes a number");
            }
            "--bench" => {}
            _ => words.push(arg),
        }
    }
    println!(
        "{:<52} {:>9} {:>9} {:>6} {:>8}",
        "", "hive", "ruff", "ratio", "aim"
    );
    for row in rows() {
        if words.is_empty() || words.iter().any(|word| row.name.contains(word.as_str())) {
            measure(&row, runs);
        }
    }
}

fn measure(row: &Row, runs: usize) {
    row.hive.run();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(row.hive.run());
        if let Against::Peer(peer, _) = &row.against {
            theirs.push(peer.run());
        }
    }
    let ours = median(&mut ours);
    match &row.against {
        Against::Peer(_, aim) => {
            let theirs = median(&mut theirs);
            let ratio = ours / theirs;
            println!(
                "{:<52} {:>6.1} ms {:>6.1} ms {ratio:>5.2}× {aim:>7.1}×",
                row.name,
                ours * 1e3,
                theirs * 1e3,
            );
        }
        Against::Clock(aim) => println!(
            "{:<52} {:>6.1} ms {:>9} {:>6} {aim:>5.0} ms",
            row.name,
            ours * 1e3,
            "",
            ""
        ),
        Against::Nothing => println!("{:<52} {:>6.1} ms", row.name, ours * 1e3),
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn rows() -> Vec<Row> {
    let django = django();
    let ruff = tools().join("bin/ruff").to_string_lossy().into_owned();

    let hive =
        std::env::var("HIVE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hive").to_owned());
    let side = |prepare: Box<dyn Fn()>, command: &[&str]| Side {
        prepare,
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        directory: django.clone(),
    };
    let nothing = || Box::new(|| ()) as Box<dyn Fn()>;
    let cold = || {
        let kept = django.join(".git/hive");
        Box::new(move || {
            let _ = fs::remove_dir_all(&kept);
        }) as Box<dyn Fn()>
    };
    let changed = || {
        let file = django.join(CHANGED);
        Box::new(move || {
            let text = fs::read_to_string(&file).expect("a file of Django");
            fs::write(&file, format!("{text}# changed\n")).expect("it is writable");
        }) as Box<dyn Fn()>
    };
    let rules = [
        "--lint",
        "off",
        "--imports",
        "off",
        "--format-with",
        "off",
        "-q",
    ];
    let check = |more: &[&'static str]| {
        let mut command = vec![hive.as_str(), "check"];
        command.extend(rules);
        command.extend(more);
        command
    };
    let codes = codes();
    println!(
        "{} codes of the linter are delegated with `full`",
        codes.split(',').count()
    );
    let select = [
        ruff.as_str(),
        "check",
        "--isolated",
        "--no-cache",
        "-q",
        "--select",
        &codes,
        ".",
    ];
    vec![
        Row {
            name: "check Django, preset full and nothing else, cold",
            hive: side(nothing(), &check(&["--no-memo", "."])),
            against: Against::Peer(side(nothing(), &select), 1.5),
        },
        Row {
            name: "check one file that has changed, and the whole",
            hive: side(changed(), &check(&[CHANGED])),
            against: Against::Clock(20.0),
        },
        Row {
            name: "check all of Django after one file has changed",
            hive: side(changed(), &check(&["."])),
            against: Against::Nothing,
        },
        Row {
            name: "graph of Django, cold",
            hive: side(cold(), &[&hive, "graph", "--format", "json"]),
            against: Against::Peer(side(nothing(), &[&ruff, "analyze", "graph"]), 0.5),
        },
        Row {
            name: "graph of Django after one file has changed",
            hive: side(changed(), &[&hive, "graph", "--dependants", CHANGED]),
            against: Against::Clock(50.0),
        },
    ]
}

/// The linter's codes that the rules of the preset `full` delegate to.
fn codes() -> String {
    let wanted = Wanted {
        preset: Some(Preset::Full),
        ..Wanted::default()
    };
    let config = Config::new(&wanted).expect("the preset is sound");
    let set = RuleSet::prepare(&config).expect("its rules are");
    set.linter_codes().join(",")
}

/// Django as a source package, unpacked, with all rules switched on.
fn django() -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data/golden");
    let directory = home.join("Django-5.2");
    if !directory.join("hive.toml").exists() {
        fs::create_dir_all(&home).expect("the target directory is writable");
        let pip = tools().join("bin/pip");
        run(Command::new(pip)
            .args(["download", "--quiet", "--no-deps", "--no-binary", ":all:"])
            .arg("-d")
            .arg(&home)
            .arg("Django==5.2"));
        let archive = fs::read_dir(&home)
            .expect("the directory is readable")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|ending| ending == "gz"))
            .expect("pip leaves the archive");
        fs::create_dir_all(&directory).expect("the target directory is writable");
        run(Command::new("tar")
            .args(["xzf"])
            .arg(archive)
            .args(["--strip-components", "1", "-C"])
            .arg(&directory));
        // What a project says of the linter would count on hive's side only.
        let _ = fs::remove_file(directory.join("pyproject.toml"));
        let _ = fs::remove_file(directory.join("setup.cfg"));
        fs::write(directory.join("hive.toml"), "[golden]\npreset = \"full\"\n")
            .expect("a configuration");
        // Imports are compared with a commit.
        let git = |args: &[&str]| run(Command::new("git").arg("-C").arg(&directory).args(args));
        git(&["init", "--quiet"]);
        git(&["add", "--all"]);
        let bench = ["user.name=bench", "user.email=bench@example.org"];
        git(&[
            "-c", bench[0], "-c", bench[1], "commit", "--quiet", "-m", "Django",
        ]);
    }
    directory
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command starts");
    assert!(status.success(), "{command:?} failed");
}
