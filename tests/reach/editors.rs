//! The filter as editors and `jj fix` use it; the recipes of docs/editors.md.

use std::fs;

use hive_test_support::{Ran, Sandbox};

use super::{MESSY, NEAT, blocks, with_hive_in_path};

/// What cannot be fixed, fixed as far as it can be.
const LEFT: &str = "import os\nx=undefined\n";
const LEFT_FIXED: &str = "x = undefined\n";
const BROKEN: &str = "x = (\n";

/// A project below a repository whose settings differ from those around it.
fn repository() -> Sandbox {
    let sandbox = with_hive_in_path(&[]);
    sandbox.write("src/a.py", MESSY);
    sandbox.write("src/excluded.py", MESSY);
    sandbox.write(
        "pyproject.toml",
        "[tool.ruff]\nforce-exclude = true\nextend-exclude = [\"src/excluded.py\"]\n[tool.ruff.lint]\nselect = [\"F\"]\n[tool.ruff.format]\nquote-style = \"single\"\n",
    );
    sandbox.commit("first");
    sandbox
}

/// Runs a command line as an editor does: by a shell, from some directory, with the buffer
/// on standard input.
fn filter(sandbox: &Sandbox, directory: &std::path::Path, words: &[String], buffer: &[u8]) -> Ran {
    use std::io::Write;
    let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let mut command = sandbox.command(words[0].as_ref(), &args);
    command
        .current_dir(directory)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(buffer).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The whole contract of a recipe, for an absolute or relative name of the file.
fn keeps_the_contract(
    sandbox: &Sandbox,
    directory: &std::path::Path,
    words: impl Fn(&str) -> Vec<String>,
) {
    let run =
        |name: &str, buffer: &str| filter(sandbox, directory, &words(name), buffer.as_bytes());
    let ran = run("src/a.py", MESSY);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (Some(0), "x = 1\n", ""),
        "{ran:?}"
    );
    // The buffer counts, not the file; the settings are the file's.
    let ran = run("src/a.py", "y = \"q\"\n");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "y = 'q'\n"),
        "{ran:?}"
    );
    // Findings that remain are no failure: editors throw the output of one away.
    let ran = run("src/a.py", LEFT);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), LEFT_FIXED),
        "{ran:?}"
    );
    // Nothing to fix, a new file, an excluded one, an empty one: the same bytes.
    for (name, text) in [
        ("src/a.py", NEAT),
        ("src/new.py", NEAT),
        ("src/excluded.py", MESSY),
        ("src/a.py", ""),
    ] {
        let ran = run(name, text);
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (Some(0), text, ""),
            "{name}: {ran:?}"
        );
    }
    // What is being typed need not parse.
    let ran = run("src/a.py", BROKEN);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), BROKEN),
        "{ran:?}"
    );
    // No result: nothing is printed, and it is said why.
    let ran = filter(sandbox, directory, &words("src/a.py"), b"x = '\xff'\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.stderr.contains("is not UTF-8"), "{ran:?}");
    let ran = run("gone/a.py", MESSY);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(sandbox.read("src/a.py"), MESSY);
}

/// The words between quotes in a text.
fn quoted(text: &str) -> Vec<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn helix_runs_it_from_the_root_with_a_relative_name() {
    let sandbox = repository();
    let recipe = blocks("docs/editors.md", "toml").remove(0);
    let line = recipe
        .lines()
        .find(|line| line.starts_with("formatter"))
        .unwrap();
    let words = quoted(line);
    assert_eq!(words[0], "hive");
    keeps_the_contract(&sandbox, &sandbox.root(), |name| {
        words
            .iter()
            .map(|word| word.replace("%{buffer_name}", name))
            .collect()
    });
}

#[test]
fn emacs_runs_it_beside_the_file_with_an_absolute_name() {
    let sandbox = repository();
    let recipe = blocks("docs/editors.md", "elisp").remove(0);
    let (program, args) = recipe.split_once(":args").unwrap();
    let mut words = quoted(program);
    let args = args.lines().next().unwrap();
    words.extend(quoted(args).into_iter().filter(|word| word != "unnamed.py"));
    assert_eq!(words.last().map(String::as_str), Some("--stdin-filename"));
    let root = sandbox.root();
    keeps_the_contract(&sandbox, &root.join("src"), |name| {
        let path = root.join(name).to_str().unwrap().to_owned();
        words.iter().cloned().chain([path]).collect()
    });
}

#[test]
fn vs_code_runs_it_by_a_shell_from_anywhere() {
    let sandbox = repository();
    let recipe = blocks("docs/editors.md", "json").remove(0);
    let settings: serde_json::Value = serde_json::from_str(&recipe).unwrap();
    let command = settings["customLocalFormatters.formatters"][0]["command"]
        .as_str()
        .unwrap()
        .to_owned();
    let root = sandbox.root();
    keeps_the_contract(&sandbox, &sandbox.home(), |name| {
        let path = root.join(name).to_str().unwrap().to_owned();
        vec![
            "sh".to_owned(),
            "-c".to_owned(),
            command.replace("${file}", &path),
        ]
    });
}

/// jj is not asked: what it does is put in its place, by its documentation. It replaces
/// `$root` and `$path` in the words, and takes the output where the exit code is 0.
#[test]
fn jj_runs_it_for_files_of_any_commit() {
    let sandbox = repository();
    let recipes = blocks("docs/editors.md", "toml");
    let recipe = recipes
        .iter()
        .find(|recipe| recipe.contains("[fix.tools.hive]"))
        .unwrap();
    let line = recipe
        .lines()
        .find(|line| line.starts_with("command"))
        .unwrap();
    let words = quoted(line);
    let root = sandbox.root();
    keeps_the_contract(&sandbox, &sandbox.root(), |name| {
        words
            .iter()
            .map(|word| {
                word.replace("$root", root.to_str().unwrap())
                    .replace("$path", name)
            })
            .collect()
    });
    // A work tree without git's directory, as jj has them without colocation.
    fs::remove_dir_all(sandbox.path(".git")).unwrap();
    keeps_the_contract(&sandbox, &sandbox.root(), |name| {
        words
            .iter()
            .map(|word| {
                word.replace("$root", root.to_str().unwrap())
                    .replace("$path", name)
            })
            .collect()
    });
}

/// vim itself, where the machine has it; else the command of the recipe.
#[test]
fn vim_fixes_its_buffer_and_keeps_one_that_cannot_be_fixed() {
    let sandbox = repository();
    let recipe = blocks("docs/editors.md", "vim").remove(0);
    let plugin = sandbox.home().join("hive.vim");
    fs::write(&plugin, &recipe).unwrap();
    assert!(
        recipe.contains("hive fix -q - --stdin-filename '"),
        "{recipe}"
    );
    if sandbox.run("sh", &["-c", "command -v vim"]).code != Some(0) {
        return;
    }
    let root = sandbox.root();
    let longer = "import os\nimport sys\n\n\n\ndef f( a ):\n  return {'a':1,'b':a,'cccccccccccccccccccccc':3,'dddddddddddddddddddddddddddd':4,'e':5}\n";
    sandbox.write("src/long.py", longer);
    for (name, before) in [
        ("src/a.py", MESSY),
        ("src/long.py", longer),
        ("src/broken.py", BROKEN),
        // There is no result: the settings cannot be used.
        ("src/kept.py", MESSY),
    ] {
        sandbox.write(name, before);
        if name == "src/kept.py" {
            sandbox.write("hive.toml", "lnit = 1\n");
        }
        let filtered = filter(
            &sandbox,
            &root,
            &["hive", "fix", "-q", "-", "--stdin-filename", name].map(str::to_owned),
            before.as_bytes(),
        );
        assert_eq!(
            filtered.code == Some(0),
            name != "src/kept.py",
            "{filtered:?}"
        );
        let after = if filtered.code == Some(0) {
            filtered.stdout
        } else {
            before.to_owned()
        };
        let open = format!("edit {name}");
        let args = [
            "-es",
            "-N",
            "-u",
            "NONE",
            "-i",
            "NONE",
            "-S",
            plugin.to_str().unwrap(),
            "-c",
            &open,
            "-c",
            "write",
            "-c",
            "quitall!",
        ];
        let ran = sandbox.run("vim", &args);
        assert_eq!(sandbox.read(name), after, "{name}: {ran:?}");
    }
}
