//! `hive fix` and `hive check` against the commands they replace.
//!
//! `cargo bench --bench fix` prints a table; `cargo bench --bench fix -- NAME…` runs
//! only the rows whose names contain one of the words, `-- --runs N` sets how often
//! each side runs (default 7). Both sides of a row alternate in one run, so that
//! a machine that speeds up or slows down does so for both; the ratio is that of
//! the medians. The real ruff, and Django and sympy as source packages, come
//! through pip once and stay below the target directory.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark times whole programs and prints a table"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hive_test_support::{older_ruff, tools};

const HIVE: &str = env!("CARGO_BIN_EXE_hive");

/// What the corpora are judged by.
const SELECT: &str = "[tool.ruff.lint]\nselect = [\"E4\", \"E7\", \"E9\", \"F\", \"I\"]\n";

/// One row: what hive does, what its users would do, and the aim for the ratio.
struct Row {
    name: &'static str,
    aim: &'static str,
    hive: Side,
    peer: Side,
}

/// One side of a row.
struct Side {
    /// Brings the work tree into the state before the run; not timed.
    prepare: Box<dyn Fn()>,
    /// Commands, timed together.
    commands: Vec<Vec<String>>,
    directory: PathBuf,
}

impl Side {
    fn run(&self) -> Duration {
        (self.prepare)();
        let begun = Instant::now();
        for command in &self.commands {
            let status = Command::new(&command[0])
                .args(&command[1..])
                .current_dir(&self.directory)
                .env("HIVE_TRUST", "1")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("the command starts");
            let code = status.code();
            // 2 is what `ruff format` says of a file with a syntax error; Django has some.
            assert!(
                matches!(code, Some(0..=2)),
                "{command:?} ended with {status}"
            );
        }
        begun.elapsed()
    }
}

fn main() {
    let mut runs = 7;
    let mut words = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--runs" => {
                runs = args
                    .next()
                    .and_then(|n| n.parse().ok())
                    .expect("--runs takes a number");
            }
            "--bench" => {}
            _ => words.push(arg),
        }
    }
    println!(
        "{:<44} {:>9} {:>9} {:>6} {:>13} {:>6}",
        "", "hive", "peer", "ratio", "spread", "aim"
    );
    for row in rows() {
        if words.is_empty() || words.iter().any(|word| row.name.contains(word.as_str())) {
            measure(&row, runs);
        }
    }
}

fn measure(row: &Row, runs: usize) {
    row.hive.run();
    row.peer.run();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(row.hive.run());
        theirs.push(row.peer.run());
    }
    let mut ratios: Vec<f64> = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| a.as_secs_f64() / b.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    println!(
        "{:<44} {:>6.1} ms {:>6.1} ms {:>5.2}× {:>5.2}–{:<5.2}× {:>6}",
        row.name,
        ours * 1e3,
        theirs * 1e3,
        ours / theirs,
        ratios[0],
        ratios[ratios.len() - 1],
        row.aim,
    );
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn rows() -> Vec<Row> {
    let django = corpus("Django", "5.2");
    let sympy = corpus("sympy", "1.13.3");
    let ruff = program(tools(), "ruff");
    let older = program(older_ruff(), "ruff");
    let check = |ruff: &str| {
        vec![
            words(&[ruff, "check", "--fix", "--diff", "--no-cache", "-q", "."]),
            words(&[ruff, "format", "--diff", "--no-cache", "-q", "."]),
        ]
    };
    let nothing = || Box::new(|| ()) as Box<dyn Fn()>;
    let one = "django/db/models/query.py";
    let small = "django/apps/config.py";
    let reset = |source: &Path, copy: PathBuf| {
        let source = source.to_path_buf();
        Box::new(move || mirror(&source, &copy)) as Box<dyn Fn()>
    };
    let (ours, theirs) = (beside(&sympy, "hive"), beside(&sympy, "peer"));
    let embedded = [
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
    let hive = |verb: &str, more: &[&str]| {
        let mut command = words(&[HIVE, verb, "-q"]);
        command.extend(words(&embedded));
        command.extend(words(more));
        vec![command]
    };
    vec![
        Row {
            name: "check Django, cold",
            aim: "1.3×",
            hive: Side {
                prepare: nothing(),
                commands: hive("check", &["--no-memo", "."]),
                directory: django.clone(),
            },
            peer: Side {
                prepare: nothing(),
                commands: check(&ruff),
                directory: django.clone(),
            },
        },
        Row {
            name: "check Django, warm",
            aim: "0.2×",
            hive: Side {
                prepare: nothing(),
                commands: hive("check", &["."]),
                directory: django.clone(),
            },
            peer: Side {
                prepare: nothing(),
                commands: check(&ruff),
                directory: django.clone(),
            },
        },
        Row {
            name: "fix sympy, verified, cold",
            aim: "2.5×",
            hive: Side {
                prepare: reset(&sympy, ours.clone()),
                commands: hive("fix", &["--no-memo", "."]),
                directory: ours,
            },
            peer: Side {
                prepare: reset(&sympy, theirs.clone()),
                commands: vec![
                    words(&[&ruff, "check", "--fix", "--no-cache", "-q", "."]),
                    words(&[&ruff, "format", "--no-cache", "-q", "."]),
                ],
                directory: theirs,
            },
        },
        Row {
            name: "check one small file, cold",
            aim: "1.5×",
            hive: Side {
                prepare: nothing(),
                commands: hive("check", &["--no-memo", small]),
                directory: django.clone(),
            },
            peer: Side {
                prepare: nothing(),
                commands: vec![
                    words(&[&ruff, "check", "--fix", "--diff", "--no-cache", "-q", small]),
                    words(&[&ruff, "format", "--diff", "--no-cache", "-q", small]),
                ],
                directory: django.clone(),
            },
        },
        Row {
            name: "check one large file, cold",
            aim: "1.5×",
            hive: Side {
                prepare: nothing(),
                commands: hive("check", &["--no-memo", one]),
                directory: django.clone(),
            },
            peer: Side {
                prepare: nothing(),
                commands: vec![
                    words(&[&ruff, "check", "--fix", "--diff", "--no-cache", "-q", one]),
                    words(&[&ruff, "format", "--diff", "--no-cache", "-q", one]),
                ],
                directory: django.clone(),
            },
        },
        project_ruff(&django, &older),
        Row {
            name: "hive --version against /bin/true (+3 ms)",
            aim: "",
            hive: Side {
                prepare: nothing(),
                commands: vec![words(&[HIVE, "--version"])],
                directory: django.clone(),
            },
            peer: Side {
                prepare: nothing(),
                commands: vec![words(&["/bin/true"])],
                directory: django,
            },
        },
    ]
}

/// The project's own ruff, another version than the embedded one, in a copy of
/// Django whose environment has it.
fn project_ruff(django: &Path, older: &str) -> Row {
    let copy = beside(django, "older");
    mirror(django, &copy);
    let version = Command::new(older)
        .arg("--version")
        .output()
        .expect("ruff runs")
        .stdout;
    let version = String::from_utf8_lossy(&version)
        .trim()
        .replace("ruff ", "");
    let pinned = format!("[tool.ruff]\nrequired-version = \"=={version}\"\n{SELECT}");
    fs::write(copy.join("pyproject.toml"), pinned).expect("a configuration");
    let environment = copy.join(".venv");
    let _ = fs::remove_file(&environment);
    std::os::unix::fs::symlink(older_ruff(), &environment).expect("a link");
    let nothing = || Box::new(|| ()) as Box<dyn Fn()>;
    let parts = [
        "--lint",
        "ruff",
        "--imports",
        "ruff",
        "--format-with",
        "ruff",
        "--plain",
        "--no-memo",
        ".",
    ];
    let mut command = words(&[HIVE, "check", "-q", "--trust", "--engine", "project"]);
    command.extend(words(&parts));
    Row {
        name: "check Django by the project's own ruff",
        aim: "1.5×",
        hive: Side {
            prepare: nothing(),
            commands: vec![command],
            directory: copy.clone(),
        },
        peer: Side {
            prepare: nothing(),
            commands: vec![
                words(&[older, "check", "--fix", "--diff", "--no-cache", "-q", "."]),
                words(&[older, "format", "--diff", "--no-cache", "-q", "."]),
            ],
            directory: copy,
        },
    }
}

/// A source package, unpacked, with the configuration of the comparison.
fn corpus(name: &str, version: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    let directory = home.join(format!("{name}-{version}"));
    if !directory.join("pyproject.toml").exists() {
        fs::create_dir_all(&home).expect("the target directory is writable");
        let pip = program(tools(), "pip");
        run(Command::new(pip)
            .args([
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
                "-d",
            ])
            .arg(&home)
            .arg(format!("{name}=={version}")));
        let archive = fs::read_dir(&home)
            .expect("the directory is readable")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let file = path
                    .file_name()
                    .and_then(|file| file.to_str())
                    .unwrap_or_default()
                    .to_lowercase();
                file.starts_with(&name.to_lowercase()) && file.ends_with(".tar.gz")
            })
            .expect("pip leaves the archive");
        run(Command::new("tar")
            .arg("xzf")
            .arg(archive)
            .arg("-C")
            .arg(&home));
        let unpacked = fs::read_dir(&home)
            .expect("the directory is readable")
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let file = path
                    .file_name()
                    .and_then(|file| file.to_str())
                    .unwrap_or_default()
                    .to_lowercase();
                path.is_dir() && file == format!("{}-{version}", name.to_lowercase())
            })
            .expect("the archive holds the package");
        if unpacked != directory {
            fs::rename(unpacked, &directory).expect("a rename");
        }
        let _ = fs::remove_file(directory.join("setup.cfg"));
        fs::write(directory.join("pyproject.toml"), SELECT).expect("a configuration");
    }
    directory
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command starts");
    assert!(status.success(), "{command:?} failed");
}

fn beside(directory: &Path, suffix: &str) -> PathBuf {
    let mut name = directory.file_name().expect("it has a name").to_owned();
    name.push(".");
    name.push(suffix);
    directory.with_file_name(name)
}

/// Makes `copy` what `source` is.
fn mirror(source: &Path, copy: &Path) {
    if copy.exists() {
        fs::remove_dir_all(copy).expect("the copy goes");
    }
    run(Command::new("cp").arg("-r").arg(source).arg(copy));
    // What the copy left to be written must not be flushed inside the timing.
    run(&mut Command::new("sync"));
}

fn program(environment: &Path, name: &str) -> String {
    environment
        .join("bin")
        .join(name)
        .to_str()
        .expect("a readable path")
        .to_owned()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
