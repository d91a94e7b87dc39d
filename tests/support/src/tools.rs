//! Virtual environments with the tools that the tests compare with.
//!
//! Made once per set of versions below the target directory and kept there; a
//! lock lets test processes that start together wait for the one that makes it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, flock};

/// The versions that the tests are written for.
const CURRENT: &[&str] = &[
    "ruff==0.16.4",
    "black==24.10.0",
    "isort==5.13.2",
    "pytest==8.3.4",
];
/// A ruff that is not the embedded one.
const OLDER: &[&str] = &["ruff==0.14.0"];

/// What npm calls the husky that the tests are written for.
const HUSKY: &str = "husky@9.1.7";

/// Managers of hooks, for the benchmark of what hooks cost.
const MANAGERS: &[&str] = &["pre-commit==4.7.0", "prek==0.5.11", "lefthook==2.2.2"];

/// Clients of the protocols that hive serves: those of their own projects.
const CLIENTS: &[&str] = &["mcp==2.3.0", "pygls==2.1.1"];

/// The environment with ruff (the embedded version), black, isort and pytest; its
/// programs are in `bin`.
pub fn tools() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(|| environment("current", CURRENT))
}

/// An environment with another version of ruff than the embedded one.
pub fn older_ruff() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(|| environment("older", OLDER))
}

/// An environment with pre-commit, prek and lefthook.
pub fn hook_managers() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(|| environment("managers", MANAGERS))
}

/// The program of husky, for `node`; `None` where there is no npm, which most who work on
/// Python code need for nothing else.
pub fn husky() -> Option<&'static Path> {
    static READY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = READY.get_or_init(|| {
        let npm = |directory: &Path| {
            let mut command = Command::new("npm");
            command.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
            run(command.arg(directory).arg(HUSKY))
        };
        run(Command::new("npm").arg("--version")).ok()?;
        let directory = kept("husky", HUSKY, |directory| {
            fs::create_dir_all(directory).expect("the target directory is writable");
            npm(directory)
                .unwrap_or_else(|error| panic!("\nnpm cannot install {HUSKY}:\n{error}\n"));
        });
        Some(directory.join("node_modules/husky/bin.js"))
    });
    found.as_deref()
}

/// An environment with clients of the Model Context Protocol and of language servers.
pub fn clients() -> &'static Path {
    static READY: OnceLock<PathBuf> = OnceLock::new();
    READY.get_or_init(|| environment("clients", CLIENTS))
}

fn environment(name: &str, requirements: &[&str]) -> PathBuf {
    kept(name, &requirements.join("\n"), |directory| {
        make_environment(directory, requirements);
    })
}

/// A directory below the target directory that is made once for what is wanted.
fn kept(name: &str, wanted: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let home = target().join("test-tools");
    fs::create_dir_all(&home).expect("the target directory is writable");
    let lock = File::create(home.join(format!("{name}.lock"))).expect("a lock file");
    flock(&lock, FlockOperation::LockExclusive).expect("a lock on it");
    let directory = home.join(name);
    let stamp = directory.join("hive-ready");
    if fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return directory;
    }
    let _ = fs::remove_dir_all(&directory);
    make(&directory);
    fs::write(&stamp, wanted).expect("the stamp is writable");
    directory
}

fn make_environment(directory: &Path, requirements: &[&str]) {
    let python = run(Command::new("python3").arg("--version"));
    assert!(
        python.is_ok(),
        "\nThe tests need python3 (with the venv module) to compare hive with real ruff, black and isort.\n\
         Install it (Debian: apt install python3 python3-venv; macOS: brew install python) and run them again.\n"
    );
    let made = run(Command::new("python3").args(["-m", "venv"]).arg(directory));
    made.unwrap_or_else(|error| {
        panic!("\npython3 -m venv failed; on Debian, apt install python3-venv.\n{error}\n")
    });
    let installed = run(Command::new(directory.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(requirements));
    installed.unwrap_or_else(|error| {
        panic!(
            "\n{} could not be installed by pip:\n{error}\n",
            requirements.join(", ")
        )
    });
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn target() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or(own, PathBuf::from)
}
