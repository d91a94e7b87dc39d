//! Who may read what hive keeps, and whose repository it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{LOOKING, MESSY, ended, repository};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a directory.
fn below(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let kind = entry.file_type().unwrap();
        found.push(entry.path());
        if kind.is_dir() {
            found.extend(below(&entry.path()));
        }
    }
    found
}

#[test]
fn state_is_the_users_alone_whatever_the_umask() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("begin");
    let binary = env!("CARGO_BIN_EXE_hive");
    let script = format!(
        "umask 0; {binary} init --yes; {binary} config set commit.quiet 20ms; echo queue > .git/hive/hooks\n\
         printf 'import os\\n' > b.py; git add --all; git commit -q -m b; {binary} watch --once; \
         {binary} fix; {binary} status"
    );
    sandbox.run("sh", &["-c", &script]).expect(0);
    let hive = sandbox.path(".git/hive");
    assert_eq!(mode(&hive), 0o700);
    for path in below(&hive) {
        let open = mode(&path) & 0o077;
        // What the test itself has written, and what everybody may know.
        let known = path.file_name().is_some_and(|name| name == "hooks");
        // The directory above is closed, so these modes are a second door.
        let secret = path.extension().is_some_and(|end| end == "db")
            || path.to_string_lossy().contains("hive.db")
            || path.is_dir();
        assert!(
            open == 0 || known || !secret,
            "{} has mode {:o}",
            path.display(),
            mode(&path)
        );
    }
    for name in ["hive.db", "hive.db-wal", "hive.db-shm"] {
        let path = hive.join(name);
        if path.exists() {
            assert_eq!(mode(&path), 0o600, "{name}");
        }
    }
    let state = sandbox.home().join(".local/state/hive");
    assert!(state.exists());
    assert_eq!(mode(&state), 0o700, "{}", state.display());
    for path in below(&state) {
        assert_eq!(
            mode(&path) & 0o077,
            0,
            "{} has mode {:o}",
            path.display(),
            mode(&path)
        );
    }
    let sockets = below(&sandbox.directory().join("run"));
    for path in sockets {
        assert_eq!(
            mode(&path) & 0o077,
            0,
            "{} has mode {:o}",
            path.display(),
            mode(&path)
        );
    }
}

/// A state directory that came open is closed.
#[test]
fn an_open_state_directory_is_closed() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("begin");
    let hive = sandbox.path(".git/hive");
    fs::create_dir(&hive).unwrap();
    fs::set_permissions(&hive, fs::Permissions::from_mode(0o777)).unwrap();
    sandbox.hive(&["init", "--yes"]).expect(0);
    assert_eq!(mode(&hive), 0o700);
}

/// A repository of somebody else's, which git refuses to work in: hive installs nothing,
/// writes nothing, runs nothing.
#[test]
fn a_repository_of_somebody_else_is_left_alone() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can give a repository away");
        return;
    }
    let sandbox = repository();
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    sandbox.run("chown", &["-R", "65534:65534", "."]).expect(0);
    let refused = sandbox.git(&["status"]);
    assert!(
        refused.stderr.contains("dubious ownership"),
        "{}",
        refused.stderr
    );
    let before = below(&sandbox.path(".git"));
    for verb in LOOKING.iter().copied().chain([
        &["fix"][..],
        &["init", "--yes"],
        &["watch", "--once"],
        &["drain"],
        &["hook", "post-commit"],
        &["config", "set", "commit.quiet", "1s"],
        &["queue", "pause"],
        &["trust", "--yes"],
    ]) {
        let ran = sandbox.hive(verb);
        ended(&ran, &format!("{verb:?}"));
        assert_eq!(sandbox.read("a.py"), MESSY, "{verb:?} wrote");
        assert_eq!(
            below(&sandbox.path(".git")),
            before,
            "{verb:?} wrote into .git"
        );
    }
    let ran = sandbox.hive(&["init", "--yes"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("safe.directory"),
        "{:?} {}",
        ran.code,
        ran.stderr
    );
    // Whoever says that it is theirs may work there, as with git.
    let root = sandbox.root().display().to_string();
    sandbox
        .git(&["config", "--global", "--add", "safe.directory", &root])
        .expect(0);
    sandbox.hive(&["check"]).expect(1);
    sandbox.hive(&["init", "--yes"]).expect(0);
}
