//! Two hundred commits of a person, one by one, with the agent running: how many commits
//! hive adds, how soon, and whether it keeps to what the person touched.
//!
//! The commits are edits that `fixtures/history/edit.py` makes in the source of Django
//! and of sympy, the same in every run but for what hive has made of the files before.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hive_test_support::tools;

use crate::figures::{Times, head};
use crate::ground::Ground;

const QUIET: Duration = Duration::from_millis(400);
/// The settings of the project: everything is somebody's.
const CONFIGURATION: &str =
    "[tool.ruff.lint]\nselect = [\"E4\", \"E7\", \"E9\", \"F\", \"I\"]\n\n[tool.ruff.format]\n";

pub(crate) fn measure(commits: usize) {
    for (name, version, package) in [("Django", "5.2", "django"), ("sympy", "1.13.3", "sympy")] {
        replay(name, version, package, commits);
    }
}

fn replay(name: &str, version: &str, package: &str, commits: usize) {
    let ground = Ground::new(0);
    copied(&ground, name, version, package);
    let ground = ground.with_hive("").watched();
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut landed, mut made) = (Times::default(), 0);
    for number in 0..commits {
        let changed = edit(&ground, number);
        if changed.trim().is_empty() {
            continue;
        }
        ground.sandbox.git(&["add", "--all"]).expect(0);
        ground.commit(&format!("change {number}"), &path);
        made += 1;
        let committed = Instant::now();
        let mine = ground.tip();
        // Not every commit leaves something to fix: what came is known when all is quiet.
        let mut last = committed;
        loop {
            let tip = ground.tip();
            if tip != mine {
                landed.push(committed.elapsed());
                break;
            }
            if last.elapsed() > Duration::from_millis(150) {
                last = Instant::now();
                if committed.elapsed() > Duration::from_secs(1) && ground.is_settled() {
                    break;
                }
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        ground.settled();
    }
    head(&format!("replay of {made} commits on {name}"));
    landed.line("  commit → fix commit", Duration::ZERO);
    landed.line("  the same beyond commit.quiet (400 ms)", QUIET);
    let judge = scripts().join("outside.py");
    let ruff = tools().join("bin/ruff");
    let judged = Command::new("python3")
        .arg(judge)
        .args([&ground.root, &ruff])
        .output()
        .expect("python3");
    assert!(
        judged.status.success(),
        "{}",
        String::from_utf8_lossy(&judged.stderr)
    );
    let judged: serde_json::Value = serde_json::from_slice(&judged.stdout).expect("JSON");
    let figure = |name: &str| judged[name].as_u64().expect("a figure");
    println!("  commits of hive's own {:>28}", figure("commits"));
    println!(
        "  files in them {:>36} ({} clean before, {} new, {} not clean)",
        figure("files"),
        figure("clean_files"),
        figure("new_files"),
        figure("unclean_files"),
    );
    println!("  lines changed {:>36}", figure("lines"));
    println!(
        "  of files not clean, outside what was touched {:>5} and {} blank",
        figure("outside_unclean"),
        figure("outside_unclean_blank"),
    );
    for place in judged["places"].as_array().into_iter().flatten().take(20) {
        println!("    {}", place.as_str().unwrap_or_default());
    }
    let left = ground
        .sandbox
        .git(&["status", "--porcelain"])
        .expect(0)
        .stdout;
    println!(
        "  files that git calls changed at the end {:>10}",
        left.lines().count()
    );
    ground
        .sandbox
        .git(&["fsck", "--strict", "--no-dangling"])
        .expect(0);
}

/// Puts the source of a project into a repository and commits it.
pub(crate) fn copied(ground: &Ground, name: &str, version: &str, package: &str) {
    run(Command::new("cp")
        .arg("-r")
        .arg(source(name, version).join(package))
        .arg(&ground.root));
    ground.sandbox.write("pyproject.toml", CONFIGURATION);
    ground.sandbox.commit(&format!("{name} {version}"));
}

/// Makes the edits of one commit; returns the paths, none where there are none.
pub(crate) fn edit(ground: &Ground, number: usize) -> String {
    let script = scripts().join("edit.py");
    let script = script.to_str().expect("a readable path");
    let root = ground.root.to_str().expect("a readable path");
    let edited = ground
        .sandbox
        .run("python3", &[script, root, "hive", &number.to_string()]);
    edited.expect(0).stdout
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/history")
}

/// A source package, unpacked below the target directory.
fn source(name: &str, version: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data/history");
    let directory = home.join(format!("{}-{version}", name.to_lowercase()));
    if directory.exists() {
        return directory;
    }
    std::fs::create_dir_all(&home).expect("the target directory is writable");
    run(Command::new(tools().join("bin/pip"))
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
    let archive = std::fs::read_dir(&home)
        .expect("a directory")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .to_lowercase();
            file.starts_with(&name.to_lowercase()) && file.ends_with(".tar.gz")
        })
        .expect("pip leaves the archive");
    let unpacked = home.join("unpacked");
    std::fs::create_dir_all(&unpacked).expect("a directory");
    run(Command::new("tar")
        .args(["xzf"])
        .arg(archive)
        .arg("--strip-components=1")
        .arg("-C")
        .arg(&unpacked));
    std::fs::rename(&unpacked, &directory).expect("a rename");
    directory
}

fn run(command: &mut Command) {
    let status = command.status().expect("the command starts");
    assert!(status.success(), "{command:?} failed");
}
