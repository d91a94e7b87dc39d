//! What is large, deep, endless or blocks when it is opened.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use hive_test_support::{Ran, Sandbox};

use super::{MESSY, ended, repository};

/// Runs hive with a little time (a minute and a half for the busiest machines) and 3 GiB of address space.
fn bounded(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let line = format!(
        "ulimit -v 3145728; exec timeout -k 1 150 {} {}",
        env!("CARGO_BIN_EXE_hive"),
        args.join(" ")
    );
    sandbox.run("sh", &["-c", &line])
}

const VERBS: [&[&str]; 2] = [&["check"], &["doctor"]];

/// The files that hive looks for by name.
const CONFIGURATION: [&str; 14] = [
    "hive.toml",
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
    ".isort.cfg",
    ".pre-commit-config.yaml",
    "lefthook.yml",
    "Makefile",
    "noxfile.py",
    "uv.lock",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
];

/// The files that git and the walk read, too.
const GITS: [&str; 4] = [".gitignore", ".gitattributes", ".ignore", "a.py"];

#[test]
fn huge_and_deep_configuration_is_refused_or_read() {
    let sandbox = repository();
    sandbox.write("a.py", MESSY);
    let deep = 200_000;
    let texts = [
        ("a huge comment", format!("# {}\n", "x".repeat(24 << 20))),
        (
            "many keys",
            (0..200_000).fold(String::new(), |text, n| text + &format!("key{n} = {n}\n")),
        ),
        (
            "deep lists",
            format!("x = {}{}\n", "[".repeat(deep), "]".repeat(deep)),
        ),
        (
            "deep tables",
            format!("x = {}1{}\n", "{a=".repeat(20_000), "}".repeat(20_000)),
        ),
        ("a deep key", format!("{}x = 1\n", "a.".repeat(50_000))),
        (
            "a deep header",
            format!("[{}x]\ny = 1\n", "a.".repeat(50_000)),
        ),
        ("deep flow", format!("x: {}\n", "[".repeat(deep))),
        (
            "deep maps",
            (0..5_000).fold(String::new(), |text, n| text + &" ".repeat(n) + "a:\n"),
        ),
        ("deep sequences", "- ".repeat(50_000)),
        (
            "a bomb",
            (0..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
                text + &format!("a{}: &a{} [*a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
            }),
        ),
        (
            "a long line of shell",
            format!("lint:\n\t{}\n", "$(".repeat(100_000)),
        ),
        (
            "open quotes",
            format!("run: |\n  {}\n", "\"'`".repeat(100_000)),
        ),
        (
            "nested globs",
            format!("[tool.ruff]\nexclude = [\"{}\"]\n", "{a,".repeat(5_000)),
        ),
        (
            "a heavy pattern",
            format!(
                "repos:\n- repo: x\n  rev: '1'\n  hooks:\n  - id: ruff\n    files: '{}'\n",
                "(a+)+".repeat(200)
            ),
        ),
    ];
    for (what, text) in &texts {
        for file in CONFIGURATION {
            sandbox.write(file, text);
        }
        for verb in VERBS {
            let ran = bounded(&sandbox, verb);
            let begin = |text: &str| text.chars().take(2000).collect::<String>();
            let short = Ran {
                code: ran.code,
                stdout: begin(&ran.stdout),
                stderr: begin(&ran.stderr),
            };
            ended(&short, &format!("{what} {verb:?}"));
        }
    }
}

/// What never ends or never opens, under every name that is read: each with one of three
/// commands, in turn, and with all of them if `HIVE_ROUNDS` is set.
#[test]
fn pipes_devices_and_loops_do_not_hang() {
    let verbs = [&["fix"][..], &["check"], &["doctor"]];
    let all = std::env::var_os("HIVE_ROUNDS").is_some();
    for (turn, (what, make)) in [
        (
            "a pipe",
            (|path: PathBuf| {
                let done = std::process::Command::new("mkfifo").arg(path).status();
                assert!(done.unwrap().success());
            }) as fn(PathBuf),
        ),
        ("/dev/zero", |path| symlink("/dev/zero", path).unwrap()),
        ("a loop", |path| {
            symlink(path.file_name().unwrap(), &path).unwrap();
        }),
        ("a directory", |path| fs::create_dir(path).unwrap()),
    ]
    .into_iter()
    .enumerate()
    {
        for (at, name) in CONFIGURATION.into_iter().chain(GITS).enumerate() {
            let sandbox = repository();
            if name != "a.py" {
                sandbox.write("a.py", MESSY);
            }
            sandbox.write("pkg/b.py", "x = 1\n");
            let path = sandbox.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            make(path);
            let one = &verbs[(turn + at) % 3..][..1];
            for verb in if all { &verbs[..] } else { one } {
                ended(
                    &bounded(&sandbox, verb),
                    &format!("{name} is {what}: {verb:?}"),
                );
            }
        }
    }
}

/// The same under the names of an unpacked `.git`.
#[test]
fn odd_files_in_the_git_directory_do_not_hang() {
    for name in [
        "hive/config.toml",
        "hive/hive.db",
        "hive/hive.db.open",
        "hive/id",
        "hive/hooks",
        "hive/tick",
        "hive/wake",
        "hive/notice",
        "info/exclude",
        "commondir",
        "packed-refs",
    ] {
        let sandbox = repository();
        sandbox.write("a.py", MESSY);
        sandbox.commit("begin");
        let path = sandbox.path(".git").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        let done = std::process::Command::new("mkfifo").arg(path).status();
        assert!(done.unwrap().success());
        for verb in [
            &["check"][..],
            &["status"],
            &["status", "--short"],
            &["hook", "post-commit"],
            &["hook", "pre-push"],
        ] {
            ended(
                &bounded(&sandbox, verb),
                &format!("{name} is a pipe: {verb:?}"),
            );
        }
    }
}

/// Python that is hard on a parser costs its own file, not the others.
#[test]
fn heavy_code_costs_only_itself() {
    let sandbox = repository();
    sandbox.write("good.py", MESSY);
    sandbox.write("minus.py", format!("x = {}1\n", "-".repeat(200_000)));
    sandbox.write(
        "brackets.py",
        format!("x = {}{}\n", "(".repeat(20_000), ")".repeat(20_000)),
    );
    sandbox.write("ors.py", format!("x = {}1\n", "a or ".repeat(50_000)));
    sandbox.write("deep.ipynb", "[".repeat(100_000));
    sandbox.write("zero.py", vec![0; 100_000]);
    let ran = sandbox.hive(&["fix"]);
    ended(&ran, "fix");
    assert!(
        !sandbox.read("good.py").contains("sys"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}
