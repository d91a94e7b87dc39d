//! Projects whose tools are programs of the tests' own.

use hive_test_support::{Sandbox, older_ruff};

/// Puts a script in place of the project's ruff, as an environment that git ignores.
/// It notes each start in `home/trace`; `$RUFF` is a real one, not the embedded
/// version.
pub(super) fn ruff(sandbox: &Sandbox, version: &str, script: &str) {
    sandbox.write(".gitignore", ".venv/\n");
    sandbox.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    let info = format!(".venv/lib/python3.12/site-packages/ruff-{version}.dist-info/METADATA");
    sandbox.write(&info, format!("Name: ruff\nVersion: {version}\n"));
    sandbox.script(
        ".venv/bin/ruff",
        &format!(
            "#!/bin/sh\necho started >> '{}'\nRUFF='{}'\n{script}\nexec \"$RUFF\" \"$@\"\n",
            sandbox.home().join("trace").display(),
            older_ruff()
                .join("bin/ruff")
                .canonicalize()
                .unwrap()
                .display(),
        ),
    );
    sandbox.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
}

/// Whether the script has been started.
pub(super) fn started(sandbox: &Sandbox) -> bool {
    sandbox.home().join("trace").exists()
}
