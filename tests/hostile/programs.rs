//! Programs that a repository would like to have run, and what a program sees that may.

use std::fs;
use std::os::unix::fs::symlink;

use hive_test_support::{Sandbox, older_ruff, tools};

use super::{LOOKING, MESSY, ended, repository};

/// A program that leaves a witness, and then behaves as if nothing were wrong.
fn evil(sandbox: &Sandbox, path: &str) -> String {
    let witness = sandbox.directory().join("witness");
    sandbox.script(
        path,
        &format!(
            "#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat 2>/dev/null\nexit 0\n",
            witness.display()
        ),
    );
    sandbox.path(path).display().to_string()
}

#[track_caller]
fn nothing_ran(sandbox: &Sandbox, what: &str) {
    let witness = fs::read_to_string(sandbox.directory().join("witness"));
    assert!(witness.is_err(), "{what} ran {}", witness.unwrap());
}

/// The configuration of an unpacked archive: git itself would run all of this.
fn configure(sandbox: &Sandbox) {
    let evil = evil(sandbox, ".git/evil");
    fs::create_dir_all(sandbox.path(".git/evil-hooks")).unwrap();
    for hook in [
        "post-commit",
        "pre-commit",
        "commit-msg",
        "post-index-change",
        "reference-transaction",
    ] {
        let inner = self::evil(sandbox, &format!(".git/evil-hooks/{hook}"));
        assert!(inner.ends_with(hook));
    }
    let shell = format!("!{evil}");
    for (key, value) in [
        ("core.fsmonitor", evil.as_str()),
        ("core.pager", &evil),
        ("core.editor", &evil),
        ("core.sshCommand", &evil),
        ("core.askPass", &evil),
        ("sequence.editor", &evil),
        ("diff.external", &evil),
        ("diff.evil.command", &evil),
        ("diff.evil.textconv", &evil),
        ("merge.evil.driver", &evil),
        ("filter.evil.clean", &evil),
        ("filter.evil.smudge", &evil),
        ("filter.evil.process", &evil),
        ("filter.evil.required", "true"),
        ("credential.helper", &shell),
        ("gpg.program", &evil),
        ("gpg.ssh.program", &evil),
        ("gpg.ssh.defaultKeyCommand", &evil),
        ("alias.status", &shell),
        ("alias.config", &shell),
        ("trailer.x.command", &evil),
        ("interactive.diffFilter", &evil),
        ("uploadpack.packObjectsHook", &evil),
        ("core.hooksPath", ".git/evil-hooks"),
    ] {
        let file = sandbox.path(".git/config").display().to_string();
        sandbox
            .git(&["config", "--file", &file, key, value])
            .expect(0);
    }
    sandbox.write(".gitattributes", "*.py filter=evil diff=evil merge=evil\n");
}

#[test]
fn a_repository_that_was_only_unpacked_runs_nothing() {
    let sandbox = repository();
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    configure(&sandbox);
    sandbox.write("b.py", MESSY);
    for verb in LOOKING {
        ended(&sandbox.hive(verb), &format!("{verb:?}"));
        nothing_ran(&sandbox, &format!("{verb:?}"));
    }
    ended(&sandbox.hive(&["fix"]), "fix");
    ended(
        &sandbox.hive_with(&["fix", "-", "--stdin-filename", "a.py"], b"x=1\n"),
        "filter",
    );
    nothing_ran(&sandbox, "fix");
}

/// Everything by which a repository names programs of its own.
#[test]
fn tools_of_the_repository_do_not_run_untrusted() {
    for pins in [
        "[tool.ruff]\n[tool.black]\n[tool.isort]\n",
        "[tool.ruff]\nrequired-version = \"==0.1.0\"\n[tool.ruff.format]\n",
        "[tool.black]\nrequired-version = \"24.1.0\"\n[tool.isort]\nprofile = \"evil\"\nsettings_path = \"/\"\n",
    ] {
        let sandbox = repository();
        sandbox.write("pyproject.toml", pins);
        sandbox.write(
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - id: evil\n    language: system\n    entry: ./evil\n- repo: https://example.org/black\n  rev: 24.1.0\n  hooks:\n  - id: black\n",
        );
        sandbox.write("Makefile", "lint:\n\t./evil\n\tblack .\n");
        sandbox.write("tox.ini", "[testenv]\ncommands = ./evil\n");
        sandbox.write("noxfile.py", "import os\nos.system('./evil')\n");
        sandbox.write("setup.py", "import os\nos.system('./evil')\n");
        sandbox.write("conftest.py", "import os\nos.system('./evil')\n");
        evil(&sandbox, "evil");
        for directory in [
            ".venv",
            "venv",
            "env",
            "node_modules/.bin",
            "bin",
            ".tox/lint",
        ] {
            for name in ["ruff", "black", "isort", "python", "python3", "git", "sh"] {
                evil(&sandbox, &format!("{directory}/bin/{name}"));
            }
            sandbox.write(
                &format!("{directory}/pyvenv.cfg"),
                "home = /usr/bin\nversion = 3.12.0\n",
            );
            for (name, version) in [("ruff", "0.1.0"), ("black", "24.1.0"), ("isort", "5.0.0")] {
                sandbox.write(
                    &format!("{directory}/lib/python3.12/site-packages/{name}-{version}.dist-info/METADATA"),
                    format!("Name: {name}\nVersion: {version}\n"),
                );
            }
        }
        sandbox.write("a.py", MESSY);
        sandbox.git(&["add", "a.py", "pyproject.toml"]).expect(0);
        sandbox.git(&["commit", "-q", "-m", "begin"]).expect(0);
        for verb in LOOKING {
            ended(&sandbox.hive(verb), &format!("{verb:?}"));
            nothing_ran(&sandbox, &format!("{pins} {verb:?}"));
        }
        // Installed, but not trusted: nobody was there to be asked.
        ended(&sandbox.hive(&["init"]), "init");
        sandbox.write(".git/hive/hooks", "queue\n");
        sandbox.write("b.py", MESSY);
        sandbox.git(&["add", "b.py"]).expect(0);
        sandbox.git(&["commit", "-q", "-m", "more"]).expect(0);
        ended(&sandbox.hive(&["watch", "--once"]), "watch --once");
        ended(&sandbox.hive(&["status"]), "status");
        nothing_ran(&sandbox, "the agent");
    }
}

/// hive.toml has no key that runs a command, and one that is made up is refused.
#[test]
fn settings_with_commands_are_refused() {
    let sandbox = repository();
    let evil = evil(&sandbox, "evil");
    sandbox.write("a.py", MESSY);
    for text in [
        format!("command = \"{evil}\"\n"),
        format!("[hooks]\npost-commit = \"{evil}\"\n"),
        format!("[tools]\nruff = \"{evil}\"\n"),
        format!("lint = \"{evil}\"\n"),
        format!("format = \"{evil}\"\n"),
    ] {
        sandbox.write("hive.toml", &text);
        let ran = sandbox.hive(&["check"]);
        ended(&ran, &text);
        assert_eq!(ran.code, Some(2), "{text}: {}", ran.stderr);
        nothing_ran(&sandbox, &text);
    }
}

/// Modules that stand where a trusted tool is started are not what it imports.
#[test]
fn trusted_tools_do_not_import_from_the_repository() {
    let sandbox = repository();
    symlink(tools().canonicalize().unwrap(), sandbox.path(".venv")).unwrap();
    sandbox.write(".gitignore", ".venv\n");
    sandbox.write(
        "pyproject.toml",
        "[tool.black]\n[tool.isort]\nprofile = \"black\"\n",
    );
    let witness = sandbox.directory().join("witness");
    let shadow = format!(
        "open({:?}, 'a').write(__file__)\n",
        witness.display().to_string()
    );
    for name in [
        "sitecustomize",
        "usercustomize",
        "black",
        "isort",
        "tokenize",
        "typing",
        "click",
        "pathlib",
        "json",
        "ast",
        "tomllib",
        "platformdirs",
        "pathspec",
        "blib2to3",
    ] {
        sandbox.write(&format!("{name}.py"), &shadow);
    }
    sandbox.write("pkg/a.py", "import sys\nimport os\nx = {  'a':1 }\n");
    let ran = sandbox.hive(&["fix", "--trust", "pkg"]);
    ended(&ran, "fix --trust");
    nothing_ran(&sandbox, "fix --trust");
    assert_eq!(
        sandbox.read("pkg/a.py"),
        "import os\nimport sys\n\nx = {\"a\": 1}\n",
        "the tools did run: {}{}",
        ran.stdout,
        ran.stderr
    );
}

/// What a trusted program of the repository sees of the person's environment.
#[test]
fn a_tool_sees_a_scrubbed_environment() {
    let mut sandbox = repository();
    sandbox.write(".gitignore", ".venv/\n");
    sandbox.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    sandbox.write(
        ".venv/lib/python3.12/site-packages/ruff-0.14.0.dist-info/METADATA",
        "Name: ruff\nVersion: 0.14.0\n",
    );
    let seen = sandbox.directory().join("seen");
    sandbox.script(
        ".venv/bin/ruff",
        &format!(
            "#!/bin/sh\nenv >> '{}'\nls -l /proc/$$/fd | grep -c hive.db >> '{}.fds'\nexec '{}' \"$@\"\n",
            seen.display(),
            seen.display(),
            older_ruff().join("bin/ruff").canonicalize().unwrap().display()
        ),
    );
    sandbox.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
    sandbox.write("a.py", MESSY);
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", "hush"),
        ("GITHUB_TOKEN", "hush"),
        ("SSH_AUTH_SOCK", "/hush"),
        ("GPG_AGENT_INFO", "hush"),
        ("PYTHONPATH", "/hush"),
        ("PYTHONSTARTUP", "/hush"),
        ("VIRTUAL_ENV", "/hush"),
        ("LD_PRELOAD", ""),
        ("GIT_CONFIG_COUNT", "0"),
        ("GIT_SSH_COMMAND", "hush"),
        ("RUFF_OUTPUT_FILE", "/hush"),
        ("HIVE_LOG", "error"),
        ("HTTPS_PROXY", "http://u:hush@h"),
        ("DATABASE_URL", "hush"),
    ] {
        sandbox.set(name, value);
    }
    let ran = sandbox.hive(&["fix", "--trust"]);
    let seen = fs::read_to_string(&seen).unwrap_or_default();
    assert!(
        seen.contains("PATH="),
        "the tool did not run: {}{}",
        ran.stdout,
        ran.stderr
    );
    for line in seen.lines() {
        assert!(!line.contains("hush"), "a tool sees {line}");
        for prefix in [
            "GIT_",
            "HIVE_",
            "PYTHON",
            "SSH_",
            "AWS_",
            "RUFF_OUTPUT",
            "LD_PRELOAD",
        ] {
            assert!(!line.starts_with(prefix), "a tool sees {line}");
        }
    }
    let held = fs::read_to_string(sandbox.directory().join("seen.fds")).unwrap();
    assert!(
        held.lines().all(|count| count == "0"),
        "a tool holds the database: {held}"
    );
}

/// Paths that a trusted tool reports are not believed.
#[test]
fn paths_in_a_tools_output_lead_nowhere() {
    let sandbox = repository();
    let outside = sandbox.directory().join("outside.py");
    fs::write(&outside, MESSY).unwrap();
    sandbox.write(".gitignore", ".venv/\n");
    sandbox.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
    sandbox.write(
        ".venv/lib/python3.12/site-packages/ruff-0.14.0.dist-info/METADATA",
        "Name: ruff\nVersion: 0.14.0\n",
    );
    let place = |name: &str| {
        format!(
            r#"{{"cell":null,"code":"F401","end_location":{{"column":1,"row":2}},"filename":"{name}","fix":{{"applicability":"safe","edits":[{{"content":"PWNED","end_location":{{"column":1,"row":0}},"location":{{"column":9,"row":99}}}}],"message":"x"}},"location":{{"column":1,"row":1}},"message":"x","noqa_row":1,"url":null}}"#
        )
    };
    let all: Vec<String> = [
        outside.display().to_string(),
        "../outside.py".to_owned(),
        "../../../outside.py".to_owned(),
        "/etc/passwd".to_owned(),
        "a.py".to_owned(),
        String::new(),
    ]
    .iter()
    .map(|name| place(name))
    .collect();
    sandbox.script(
        ".venv/bin/ruff",
        &format!(
            "#!/bin/sh\ncat >/dev/null 2>&1 </dev/null\necho '[{}]'\nexit 1\n",
            all.join(",")
        ),
    );
    sandbox.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
    sandbox.write("a.py", MESSY);
    sandbox.commit("begin");
    for args in [
        &["fix", "--trust"][..],
        &["check", "--trust"],
        &["fix", "--trust", "--scope", "lines"],
    ] {
        sandbox.write("a.py", format!("{MESSY}\n\nx  =  1\n"));
        let ran = sandbox.hive(args);
        ended(&ran, &format!("{args:?}"));
        assert_eq!(fs::read_to_string(&outside).unwrap(), MESSY, "{args:?}");
        assert!(!sandbox.read("a.py").contains("PWNED"), "{args:?}");
    }
}
