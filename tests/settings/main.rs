//! Settings and trust, through the real binary and real repositories.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test of the binary starts the binary, and its helpers fail it"
)]

mod trust;
mod world;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use hive::settings;

use world::{Said, World};

const EXPLAIN_HINT: &str =
    "  hint: `hive config explain KEY` says what a key does and what it takes\n";

#[test]
fn every_layer_overrides_the_weaker_ones_and_is_named() {
    let world = World::new();
    world.write(
        "config/hive/config.toml",
        "lint = \"off\"\n[worker]\nmax = 1\ndeadline = \"10s\"\nmemory = \"1GiB\"\n",
    );
    world.write(
        "work/hive.toml",
        "extend = \"qa/base.toml\"\nformat = \"black\"\n[output]\nlog = \"/tmp/x\"\n",
    );
    world.write(
        "work/qa/base.toml",
        "format = \"off\"\nimports = \"isort\"\nworker.memory = \"3GiB\"\n",
    );
    world.write(
        "work/.git/hive/config.toml",
        "scope = \"file\"\nworker.max = 3\n",
    );
    let said = world.hive_with(
        &["config"],
        &[
            ("HIVE_WORKER_MAX", "4"),
            ("HIVE_LINT", "ruff"),
            ("HIVE_LOG", "debug"),
            ("HIVE_TRUST", "1"),
        ],
    );
    let out = r#"required-version = (not set)
extend           = "qa/base.toml"            team (hive.toml:1)
lint             = "auto"                    default (hive.toml.example:?)
imports          = "isort"                   extended (qa/base.toml:2)
format           = "black"                   team (hive.toml:2)
engine           = "auto"                    default (hive.toml.example:?)
scope            = "auto"                    default (hive.toml.example:?)
extend_safe      = ["F841"]                  default (hive.toml.example:?)
exclude          = []                        default (hive.toml.example:?)
max_file_size    = "1MiB"                    default (hive.toml.example:?)
on_save = "fix" default (hive.toml.example:?)
save.quiet = "700ms" default (hive.toml.example:?)
save.ceiling = "5s" default (hive.toml.example:?)
hooks.when_idle = "drain" default (hive.toml.example:?)
commit.mode = "direct" default (hive.toml.example:?)
commit.pushed = "hold" default (hive.toml.example:?)
commit.protected = ["release/*","hotfix/*"] default (hive.toml.example:?)
commit.max_lines = 400 default (hive.toml.example:?)
commit.author = "user" default (hive.toml.example:?)
commit.subject = "chore({stage}): auto-fix {fixes} {violations} in {files} {files_word} [{workers}]" default (hive.toml.example:?)
commit.ticket = "" default (hive.toml.example:?)
commit.budget = "80ms" default (hive.toml.example:?)
commit.quiet = "400ms" default (hive.toml.example:?)
commit.dirty = "merge" default (hive.toml.example:?)
fold.age = "10m" default (hive.toml.example:?)
push.wait = "2s" default (hive.toml.example:?)
fixes.same = "land" default (hive.toml.example:?)
fixes.linter = "land" default (hive.toml.example:?)
golden.preset = "start" default (hive.toml.example:?)
golden.enable = [] default (hive.toml.example:?)
golden.disable = [] default (hive.toml.example:?)
golden.RULE = (not set)
rule = (not set)
queue.attempts = 3 default (hive.toml.example:?)
queue.grace = "15s" default (hive.toml.example:?)
worker.min = 0 default (hive.toml.example:?)
worker.max       = 4                         environment (HIVE_WORKER_MAX)
worker.background = 0 default (hive.toml.example:?)
worker.idle = "5m" default (hive.toml.example:?)
worker.deadline  = "10s"                     user (~/config/hive/config.toml:4)
worker.memory    = "3GiB"                    extended (qa/base.toml:3)
memo.max_size    = "256MiB"                  default (hive.toml.example:?)
output.colour    = "auto"                    default (hive.toml.example:?)
output.log       = ""                        default (hive.toml.example:?)
"#;
    let out = columns(&with_lines(out));
    let err = "warning: `lint` in ~/config/hive/config.toml:1 (user layer) is ignored: a personal layer cannot change a team answer
warning: `output.log` in hive.toml:4 (team layer) is ignored: a repository cannot decide which of your files is written
warning: `scope` in .git/hive/config.toml:1 (personal layer) is ignored: a personal layer cannot change a team answer
warning: `lint` in HIVE_LINT (environment layer) is ignored: a personal layer cannot change a team answer
";
    assert_eq!(
        (said.code, columns(&said.out), said.err.as_str()),
        (Some(0), out, err)
    );

    let json = world.hive(&["config", "show", "--json"]);
    let tree: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(tree["version"], 1);
    let root = world.root.join("hive.toml");
    let format = &tree["settings"][4];
    assert_eq!(
        format.to_string().replace(
            '~',
            world.home.path().canonicalize().unwrap().to_str().unwrap()
        ),
        format!(
            r#"{{"key":"format","value":"black","owner":"team","layer":"team","file":"{}","line":2}}"#,
            root.display()
        )
    );
}

/// Puts in the lines in which the sample sets the keys.
fn with_lines(table: &str) -> String {
    table
        .lines()
        .map(|row| {
            let key = row.split(' ').next().unwrap_or(row);
            let (section, last) = key.rsplit_once('.').unwrap_or(("", key));
            let begin = settings::SAMPLE
                .lines()
                .position(|line| line == format!("[{section}]"))
                .unwrap_or(0);
            let sets = |line: &str| line.starts_with(&format!("{last} = "));
            let number = settings::SAMPLE
                .lines()
                .skip(begin)
                .position(sets)
                .map_or(0, |at| begin + at + 1);
            row.replace('?', &number.to_string()) + "\n"
        })
        .collect()
}

/// Runs of blanks as one, so that a test does not count them.
fn columns(text: &str) -> String {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let world = World::new();
    world.write(
        "work/pyproject.toml",
        "[project]\nname = \"x\"\n\n[tool.hive]\nlnit = \"ruff\"\nformat = \"blakc\"\n",
    );
    world.write("work/.git/hive/config.toml", "[worker]\n\tmax = \"two\"\n");
    let said = world.hive_with(
        &["config"],
        &[("HIVE_WORKERS_MAX", "2"), ("HIVE_WORKER_DEADLINE", "1ms")],
    );
    let expected = r#"error: 5 mistakes in the settings

pyproject.toml:5:1: unknown key `lnit`; did you mean `lint`?
  |
5 | lnit = "ruff"
  | ^^^^

pyproject.toml:6:10: `format`: expected "auto", "ruff", "black" or "off", found "blakc"; did you mean "black"?
  |
6 | format = "blakc"
  |          ^^^^^^^

.git/hive/config.toml:2:8: `worker.max`: expected an integer, found a string
  |
2 | 	max = "two"
  | 	      ^^^^^

HIVE_WORKERS_MAX: hive has no setting of this name; did you mean HIVE_WORKER_MAX?

HIVE_WORKER_DEADLINE: expected at least 100ms, found 1ms

"#;
    assert_eq!(said, Said::refused(&format!("{expected}{EXPLAIN_HINT}")));
}

#[test]
fn two_team_files_are_one_too_many() {
    let world = World::new();
    world.write("work/hive.toml", "lint = \"off\"\n");
    world.write("work/pyproject.toml", "[tool.ruff]\n");
    assert_eq!(world.hive(&["config", "show"]).code, Some(0));
    world.write("work/pyproject.toml", "[tool.hive]\n");
    assert_eq!(
        world.hive(&["config", "show"]),
        Said::refused(
            "error: the team's settings stand in two places: hive.toml and [tool.hive] in pyproject.toml
  hint: move everything into one of the two and remove the other\n"
        )
    );
}

#[test]
fn another_hive_is_asked_for_before_anything_else_is_judged() {
    let world = World::new();
    world.write(
        "work/hive.toml",
        "from_the_future = 1\nrequired-version = \">=99\"\n",
    );
    assert_eq!(
        world.hive(&["config"]),
        Said::refused(&format!(
            "error: hive.toml:2 requires hive >=99, and this is hive {}
  hint: install a hive that meets it, or change `required-version` in hive.toml\n",
            env!("CARGO_PKG_VERSION")
        ))
    );
}

#[test]
fn extend_leads_nowhere_else_and_shows_nothing() {
    let world = World::new();
    world.write("secret.toml", "password = \"hunter2\"\n");
    world.write("work/.git/token.toml", "password = \"hunter2\"\n");
    symlink(
        world.home.path().join("secret.toml"),
        world.root.join("link.toml"),
    )
    .unwrap();
    let outside = "lies outside the repository and hive's configuration directory; its content does not count";
    for (target, reason) in [
        ("../secret.toml", outside),
        ("link.toml", outside),
        ("~/secret.toml", outside),
        (".git/token.toml", outside),
        (
            "hive.toml",
            "extends itself, directly or through other files",
        ),
        (
            "gone.toml",
            "cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        world.write("work/hive.toml", &format!("extend = \"{target}\"\n"));
        let carets = "^".repeat(target.len() + 2);
        assert_eq!(
            world.hive(&["config"]),
            Said::refused(&format!(
                "error: hive.toml:1:10: `extend`: {target} {reason}\n  |\n1 | extend = \"{target}\"\n  |          {carets}\n{EXPLAIN_HINT}"
            ))
        );
    }
    world.write(
        "config/hive/mine.toml",
        "lint = \"ruff\"\nextend = \"more.toml\"\n",
    );
    world.write(
        "config/hive/more.toml",
        "lint = \"off\"\nimports = \"off\"\n",
    );
    world.write("work/hive.toml", "extend = \"~/config/hive/mine.toml\"\n");
    let said = world.hive(&["config"]);
    let out = columns(&said.out);
    assert!(out.contains("lint = \"ruff\" extended (~/config/hive/mine.toml:1)\nimports = \"off\" extended (~/config/hive/more.toml:2)\n"), "{out}");

    fs::remove_file(world.root.join("hive.toml")).unwrap();
    symlink("../secret.toml", world.root.join("hive.toml")).unwrap();
    assert_eq!(
        world.hive(&["config"]),
        Said::refused(&format!("error: hive.toml: {outside}\n{EXPLAIN_HINT}"))
    );

    fs::remove_file(world.root.join("hive.toml")).unwrap();
    symlink("../secret.toml", world.root.join("pyproject.toml")).unwrap();
    assert_eq!(world.hive(&["config"]).code, Some(0));
    world.write("secret.toml", "[tool.hive]\npassword = \"hunter2\"\n");
    assert_eq!(
        world.hive(&["config"]),
        Said::refused(&format!("error: pyproject.toml: {outside}\n{EXPLAIN_HINT}"))
    );
}

#[test]
fn outside_a_repository_the_user_and_the_environment_speak() {
    let world = World::new();
    world.write("config/hive/config.toml", "[worker]\nmax = 1\n");
    let outside = world.home.path().join("elsewhere");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("hive.toml"), "lint = \"off\"\n").unwrap();
    let said = world.hive_in(&outside, &["config"], &[("HIVE_MEMO_MAX_SIZE", "1GiB")]);
    let out = columns(&said.out);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(
        out.contains("worker.max = 1 user (~/config/hive/config.toml:2)\n"),
        "{out}"
    );
    assert!(
        out.contains("memo.max_size = \"1GiB\" environment (HIVE_MEMO_MAX_SIZE)\n"),
        "{out}"
    );
    assert!(out.contains("lint = \"auto\" default"), "{out}");
    assert_eq!(
        world.hive_in(&outside, &["config", "set", "worker.max", "2"], &[]),
        Said::refused(
            "error: there is no personal file here: this is no git repository
  hint: write `worker.max` into ~/config/hive/config.toml to set it everywhere\n"
        )
    );
}

#[test]
fn explain_says_what_a_key_is_and_who_set_it() {
    let world = World::new();
    world.write("work/hive.toml", "# ours\nengine = \"embedded\"\n");
    let words = "engine (team)

Where ruff runs: inside hive or as the project's own program.
auto uses the version that counts, which is CI's: the ruff inside hive where it is that version, else the project's. embedded never runs a ruff of the project; project always does, which needs `hive trust`.

type      \"auto\" | \"embedded\" | \"project\"
default   \"auto\"
set by    the team's file
";
    assert_eq!(
        world.hive(&["config", "explain", "engine"]),
        Said::clean(
            &format!("{words}now       \"embedded\"  team (hive.toml:2)\n"),
            ""
        )
    );
    assert_eq!(
        world.hive(&["config", "explain", "worker.mx"]),
        Said::refused(
            "error: unknown key `worker.mx`; did you mean `worker.max`?\n  hint: `hive config show` lists every key\n"
        )
    );
    let mode = world.hive(&["config", "explain", "commit.mode"]).out;
    let by = "set by    any file, or HIVE_COMMIT_MODE\n";
    assert!(mode.contains(by), "{mode}");
    // With a broken file the words still come, then the mistake.
    world.write("work/hive.toml", "engine = 1\n");
    let said = world.hive(&["config", "explain", "engine"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), words));
}

#[test]
fn set_writes_the_personal_file_and_nothing_else() {
    let world = World::new();
    world.write(
        "work/.git/hive/config.toml",
        "# mine\n[worker]\nmax = 1 # one\n",
    );
    assert_eq!(
        world.hive(&["config", "set", "worker.max", "2"]),
        Said::clean("", "worker.max = 2 in .git/hive/config.toml\n")
    );
    assert_eq!(
        world.hive_with(
            &["config", "set", "output.log", "~/hive.log"],
            &[("HIVE_OUTPUT_LOG", "/x")]
        ),
        Said::clean(
            "",
            "output.log = ~/hive.log in .git/hive/config.toml
warning: HIVE_OUTPUT_LOG is set in the environment and is stronger\n"
        )
    );
    let file = world.root.join(".git/hive/config.toml");
    let written = "# mine\n[worker]\nmax = 2 # one\n\n[output]\nlog = \"~/hive.log\"\n";
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    for (key, value, error) in [
        (
            "lint",
            "off",
            "`lint` is a team key: a personal layer cannot change a team answer\n  hint: set it in hive.toml at the root of the repository, or below [tool.hive] in pyproject.toml",
        ),
        (
            "worker.max",
            "two",
            "`worker.max`: expected an integer, found a string",
        ),
        (
            "output.log",
            "x.log",
            "`output.log`: expected an absolute path or one that begins with \"~/\", found \"x.log\"",
        ),
        (
            "color",
            "auto",
            "unknown key `color`\n  hint: `hive config show` lists every key",
        ),
    ] {
        assert_eq!(
            world.hive(&["config", "set", key, value]),
            Said::refused(&format!("error: {error}\n"))
        );
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn the_schema_is_json_and_names_its_dialect() {
    let world = World::new();
    let said = world.hive(&["config", "schema"]);
    let tree: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert_eq!(
        tree["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(tree["title"], "hive.toml");
}
