//! Completion as the shells do it.

use std::fs;

use hive_test_support::Sandbox;

use super::{HIVE, with_hive_in_path};

/// A repository with an open question, a task, and a plan.
fn asked() -> Sandbox {
    let sandbox = with_hive_in_path(&[]);
    sandbox.write("hive.toml", "lint = \"ruff\"\n");
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("first");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox.write("b.py", "print(undefined)\n");
    sandbox.git(&["add", "-A"]).expect(0);
    sandbox
        .git(&["-c", "core.hooksPath=/dev/null", "commit", "-qm", "second"])
        .expect(0);
    sandbox.hive(&["wait", "--timeout", "2m"]);
    sandbox
        .hive(&["plan", "create", "tidy-up", "a.py"])
        .expect(0);
    hive_test_support::wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
    sandbox
}

fn complete(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let args: Vec<&str> = ["complete", "--"].iter().chain(words).copied().collect();
    let ran = sandbox.hive(&args).expect(0);
    assert_eq!(ran.stderr, "");
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn what_the_repository_knows_is_completed_and_nothing_is_written() {
    let sandbox = asked();
    let before = names(&sandbox);
    let database = sandbox.bytes(".git/hive/hive.db");
    assert_eq!(
        complete(&sandbox, &["escalations", "show", ""]),
        ["words", "1\tF821 b.py:1"]
    );
    assert_eq!(
        complete(&sandbox, &["dismiss", "1"]),
        ["words", "1\tF821 b.py:1"]
    );
    assert_eq!(complete(&sandbox, &["dismiss", "2"]), ["words"]);
    let why = complete(&sandbox, &["why", ""]);
    assert_eq!(why, ["files", "1\tF821 b.py:1"]);
    let tasks = complete(&sandbox, &["queue", "show", ""]);
    assert!(tasks.contains(&"1\tb.py".to_owned()), "{tasks:?}");
    let plans = complete(&sandbox, &["plan", "start", "t"]);
    assert!(plans[1].starts_with("tidy-up\t"), "{plans:?}");
    let rules = complete(&sandbox, &["next", "--rule", ""]);
    assert_eq!(rules[1], "F821\t1 question");
    let rules = complete(&sandbox, &["rules", "explain", "use-"]);
    assert!(rules[1].starts_with("use-logger\t"), "{rules:?}");
    let keys = complete(&sandbox, &["config", "explain", "commit.mo"]);
    assert!(keys[1].starts_with("commit.mode\t"), "{keys:?}");
    let help = complete(&sandbox, &["help", "landing"]);
    assert!(help[1].starts_with("landing\t"), "{help:?}");
    let help = complete(&sandbox, &["help", "esc"]);
    assert_eq!(help.len(), 2, "{help:?}");
    assert!(help[1].starts_with("escalations\t"), "{help:?}");
    assert_eq!(complete(&sandbox, &["fix", ""]), ["files"]);
    assert_eq!(names(&sandbox), before);
    assert_eq!(sandbox.bytes(".git/hive/hive.db"), database);
    assert_eq!(sandbox.processes(), [""; 0]);
}

#[test]
fn where_nothing_is_known_nothing_is_made_and_nothing_fails() {
    let sandbox = Sandbox::repository(HIVE);
    assert_eq!(complete(&sandbox, &["dismiss", ""]), ["words"]);
    assert!(!sandbox.path(".git/hive").exists());
    sandbox.write(".git/hive/hive.db", "no database");
    sandbox.write(".git/hive/id", "0123456789abcdef\n");
    assert_eq!(complete(&sandbox, &["dismiss", ""]), ["words"]);
    assert_eq!(sandbox.read(".git/hive/hive.db"), "no database");
    let outside = Sandbox::new(HIVE);
    assert_eq!(complete(&outside, &["dismiss", ""]), ["words"]);
    for words in [
        &["nonsense", ""][..],
        &["--"],
        &[],
        &["fix", "--nonsense=", ""],
    ] {
        let answer = complete(&outside, words);
        assert!(
            matches!(answer[0].as_str(), "words" | "files"),
            "{words:?}: {answer:?}"
        );
    }
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path(".git/hive")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What bash offers for a line, with the cursor at its end.
fn bash(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let script = sandbox.home().join("hive.bash");
    fs::write(
        &script,
        sandbox.hive(&["completions", "bash"]).expect(0).stdout,
    )
    .unwrap();
    // The words as readline has them: it takes `--scope=f` apart at the `=`.
    let words: Vec<String> = line
        .split(' ')
        .flat_map(|word| match word.split_once('=') {
            Some((name, "")) => vec![name.to_owned(), "=".to_owned()],
            Some((name, value)) => vec![name.to_owned(), "=".to_owned(), value.to_owned()],
            None => vec![word.to_owned()],
        })
        .collect();
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let program = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; _hive; \
         [ ${{#COMPREPLY[@]}} = 0 ] || printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        quoted.join(" "),
        words.len() - 1
    );
    let ran = sandbox.run("bash", &["--norc", "-c", &program]).expect(0);
    assert_eq!(ran.stderr, "", "{line}");
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_verbs_values_files_and_numbers() {
    let sandbox = asked();
    for (line, expected) in [
        ("hive esc", &["escalations"][..]),
        ("hive fix --scope ", &["file", "lines"]),
        ("hive fix --scope=f", &["file"]),
        ("hive fix --scope=", &["file", "lines"]),
        ("hive fix a", &["a.py"]),
        ("hive dismiss ", &["1"]),
        ("hive queue show nothing", &[]),
        ("hive plan start ", &["tidy-up"]),
    ] {
        assert_eq!(bash(&sandbox, line), expected, "{line}");
    }
    sandbox.write("with space.py", "");
    assert_eq!(bash(&sandbox, "hive fix with"), ["with space.py"]);
}

/// zsh and fish, where the machine has them.
#[test]
fn zsh_and_fish_offer_the_same() {
    let sandbox = asked();
    let there = |shell: &str| {
        sandbox
            .run("sh", &["-c", &format!("command -v {shell}")])
            .code
            == Some(0)
    };
    for shell in ["zsh", "fish"] {
        let script = sandbox.hive(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("complete -- "), "{shell}: {script}");
        fs::write(sandbox.home().join(format!("hive.{shell}")), script).unwrap();
    }
    if there("fish") {
        let home = sandbox.home();
        let program = format!(
            "source {}/hive.fish; complete -C 'hive dismiss '; complete -C 'hive fix --scope '",
            home.display()
        );
        let ran = sandbox
            .run("fish", &["--no-config", "-c", &program])
            .expect(0);
        assert_eq!(
            ran.stdout,
            "1\tF821 b.py:1\nfile\tWhole files\nlines\tChanged statements, and import blocks with a changed line\n"
        );
    }
    if there("zsh") {
        let home = sandbox.home();
        // What `_describe` is given, without the editor of lines around it.
        let program = format!(
            "compdef() {{ : }}; _files() {{ print files }}; \
             _describe() {{ local name=${{@[-1]}}; print -l -- \"${{(@P)name}}\" }}; \
             source {}/hive.zsh; words=(hive dismiss ''); CURRENT=3; _hive; \
             words=(hive fix --scope l); CURRENT=4; _hive; words=(hive fix ''); CURRENT=3; _hive",
            home.display()
        );
        let ran = sandbox.run("zsh", &["-f", "-c", &program]).expect(0);
        assert_eq!(ran.stderr, "");
        assert_eq!(
            ran.stdout,
            "1:F821 b.py:1\nlines:Changed statements, and import blocks with a changed line\nfiles\n"
        );
    }
}

#[test]
fn the_other_shells_have_verbs_and_flags() {
    let sandbox = Sandbox::new(HIVE);
    for shell in ["elvish", "powershell"] {
        let script = sandbox.hive(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("stdin-filename"), "{shell}");
        assert!(!script.contains("heartbeat"), "{shell}");
    }
}
