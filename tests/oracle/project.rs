//! The project's own tools, as hive runs them and by hand.

use std::os::unix::fs::symlink;
use std::path::Path;

use hive_test_support::{Sandbox, older_ruff, tools};

use super::corpus;
use super::judge::Bench;

/// Both as their users have them: agreeing on the width.
pub(crate) const BLACK_AND_ISORT: &str = "[tool.black]\nline-length = 79\n\n\
     [tool.isort]\nprofile = \"black\"\nline_length = 79\n";

#[test]
fn black_and_isort_of_the_project_give_the_same_bytes() {
    let bench = Bench::new(|sandbox| {
        sandbox.write("pyproject.toml", BLACK_AND_ISORT);
        environment(sandbox, tools());
        corpus::copy_few(&sandbox.root());
    });
    let program = |name: &str| tools().join("bin").join(name);
    let expected = bench.by_hand(&[
        (program("isort"), &["--quiet", "."]),
        (program("black"), &["--quiet", "."]),
    ]);
    bench.demand(&["--plain", "--trust"], &expected);
}

#[test]
fn the_ruff_that_a_project_requires_gives_the_same_bytes() {
    let bench = Bench::new(|sandbox| {
        sandbox.write(
            "pyproject.toml",
            "[tool.ruff]\nrequired-version = \"==0.14.0\"\nline-length = 100\n\n\
             [tool.ruff.lint]\nselect = [\"E\", \"F\", \"I\", \"UP\", \"SIM\"]\n\n[tool.ruff.format]\n",
        );
        environment(sandbox, older_ruff());
        corpus::copy_few(&sandbox.root());
    });
    let ruff = older_ruff().join("bin/ruff");
    let expected = bench.by_hand(&[
        (
            ruff.clone(),
            &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
        ),
        (ruff, &["format", "--quiet", "--no-cache"]),
    ]);
    bench.demand(&["--plain", "--trust"], &expected);
}

/// Puts an environment where a project has it.
pub(crate) fn environment(sandbox: &Sandbox, environment: &Path) {
    sandbox.write(".gitignore", ".venv\n");
    symlink(environment, sandbox.path(".venv")).expect("a link");
}
