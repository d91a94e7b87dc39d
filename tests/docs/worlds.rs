//! The repositories in which the lines of pages are run, and what is to be known of lines
//! that are special. Each entry is about lines that a page has; tests see to that.

use crate::ground::Ground;

/// Where the lines of a page are run.
pub(crate) struct World {
    /// The page, by its name from the root of this repository.
    pub(crate) page: &'static str,
    /// Makes the repository.
    pub(crate) ground: fn() -> Ground,
    /// What somebody else does right before a line that begins so: a script for `sh`.
    pub(crate) before: &'static [(&'static str, &'static str)],
}

/// Pages that need something else than [`ordinary`].
pub(crate) const WORLDS: &[World] = &[
    World {
        page: "README.md",
        ground: first_minute,
        before: &[(
            "git commit -am",
            "printf 'import os\\n\\n\\ndef two( x ):\\n    return x\\n' > src/two.py; git add src/two.py",
        )],
    },
    World {
        page: "docs/plans.md",
        ground: with_plans,
        before: &[("hive plan start all", "hive queue pause 'somebody looks'")],
    },
    World {
        page: "docs/guide/first-day.md",
        ground: first_day,
        before: FIRST_DAY,
    },
    World {
        page: "docs/guide/modes.md",
        ground: patient,
        before: MODES,
    },
    World {
        page: "docs/guide/questions.md",
        ground: hurried,
        before: QUESTIONS,
    },
    World {
        page: "docs/guide/undo.md",
        ground: hurried,
        before: UNDO,
    },
    World {
        page: "docs/guide/teams.md",
        ground: team,
        before: TEAMS,
    },
    World {
        page: "docs/install.md",
        ground: ordinary,
        before: &[
            (
                "hive completions bash",
                "mkdir -p ~/.local/share/bash-completion/completions",
            ),
            ("hive completions zsh", "mkdir -p ~/.zfunc"),
            (
                "hive completions fish",
                "mkdir -p ~/.config/fish/completions",
            ),
        ],
    },
    World {
        page: "docs/managers.md",
        ground: ordinary,
        before: &[("hive init --from pre-commit", PRE_COMMIT)],
    },
    World {
        page: "docs/guide/coding-agents.md",
        ground: hurried,
        before: AGENTS,
    },
];

/// Lines that do not end with 0 where the page shows no output: the page, how the line
/// begins, its exit code, and why that is right.
pub(crate) const ENDS: &[(&str, &str, i32, &str)] = &[];

/// Lines that are run by tests of their own: the page, the section, and the test.
pub(crate) const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("README.md", "## A first day", "tests/people/day.rs"),
    ("docs/review.md", "## By command", "tests/people/jobs.rs"),
];

/// Programs that fill a terminal or run until they are stopped: what is waited for, and the
/// keys that are pressed then. They must end with 0.
pub(crate) const LIVE: &[(&str, &[(&str, &str)])] = &[
    (
        "hive init",
        &[
            ("1-6 or the word [1]:", "\n"),
            ("Protect main", "n\n"),
            ("until one of it changes? [y/N]", "y\n"),
        ],
    ),
    ("hive watch", &[("Ctrl-C stops", "\x03")]),
    ("hive monitor", &[("q quit", "q")]),
];

/// Lines that no test runs: the page or `*`, how the line begins, and why.
pub(crate) const UNRUN: &[(&str, &str, &str)] = &[
    (
        "*",
        "cargo install",
        "it compiles hive for many minutes, and this test has compiled it already",
    ),
    (
        "*",
        "pipx install",
        "it compiles hive as a wheel; tests/reach looks at what a wheel is made of",
    ),
    (
        "docs/install.md",
        "man hive-fix",
        "a machine need not have a program that shows manual pages",
    ),
    (
        "README.md",
        "hive lsp",
        "it serves an editor until that ends it, which tests/served does",
    ),
    (
        "*",
        "cargo test",
        "a test that runs all tests would run itself",
    ),
    (
        "*",
        "HIVE_CORPUS=",
        "it needs source trees of hundreds of megabytes",
    ),
    (
        "docs/queue.md",
        "hive stats --openmetrics > /var/lib",
        "it writes where only a machine with a monitoring system has a directory",
    ),
];

/// So many lines may go unrun. Who adds one says so here, too.
pub(crate) const MOST_UNRUN: usize = 13;

/// The world of a page.
pub(crate) fn world(page: &str) -> World {
    let known = WORLDS.iter().find(|world| world.page == page);
    known.map_or(
        World {
            page: "",
            ground: ordinary,
            before: &[],
        },
        |world| World { ..*world },
    )
}

/// A module as it is written in a hurry.
const APP: &str = "\
import sys
import os
from json import  dumps


def save( path,data ):
    with open(path, \"w\") as file:
        file.write(dumps(data))
    return os.path.getsize(path)
";

/// One in which something needs a person.
const LOAD: &str = "\
from json import loads


def load(path):
    try:
        with open(path) as file:
            return loads(file.read())
    except:
        return None
";

/// hive has fixed a commit, and asks about another.
fn ordinary() -> Ground {
    let ground = Ground::new();
    land(&ground, "src/app.py", APP, "Save data");
    land(&ground, "src/load.py", LOAD, "Load data");
    ground
}

fn land(ground: &Ground, path: &str, text: &str, message: &str) {
    ground.commit(path, text, message);
    ground.hive(&["wait"]);
    ground.settled();
}

/// A repository that has not seen hive, with a commit that others have.
fn first_minute() -> Ground {
    let ground = Ground::bare();
    ground.commit("src/app.py", APP, "Save data");
    shared(&ground);
    ground
}

/// Gives the repository a remote that has its branch.
fn shared(ground: &Ground) {
    let remote = ground.outside("origin.git");
    let remote = remote.to_str().unwrap();
    ground.git(&["clone", "--quiet", "--bare", ".", remote]);
    ground.git(&["remote", "add", "origin", remote]);
    ground.git(&["fetch", "--quiet", "origin"]);
    ground.git(&["remote", "set-head", "origin", "main"]);
    ground.git(&["branch", "--set-upstream-to", "origin/main"]);
}

/// hive is set up, and nothing else is there; files of the pages lie ready.
pub(crate) fn hurried() -> Ground {
    files(Ground::new())
}

/// Beside the work tree: what the scripts below put into it.
fn files(ground: Ground) -> Ground {
    let ready = ground.outside("ready");
    std::fs::create_dir(&ready).unwrap();
    for (name, text) in [("app.py", APP), ("load.py", LOAD)] {
        std::fs::write(ready.join(name), text).unwrap();
    }
    ground
}

/// A first day begins without hive.
fn first_day() -> Ground {
    files(Ground::bare())
}

/// A commit waits for layout as long as it takes on a slow machine.
fn patient() -> Ground {
    let mut ground = hurried();
    ground.sandbox.set("HIVE_COMMIT_BUDGET", "10s");
    ground
}

/// A branch of a repository that others have, too.
fn team() -> Ground {
    let ground = files(Ground::new());
    shared(&ground);
    ground.git(&["switch", "--quiet", "--create", "feature", "--no-track"]);
    ground.settled();
    ground
}

/// The campaign that the page about plans writes down.
fn with_plans() -> Ground {
    let ground = ordinary();
    for name in ["app/models.py", "app/views.py"] {
        ground.write(name, "import sys\n\nprint(sys.path)\n");
    }
    ground.write("web/app.ts", "export const app = 1;\n");
    ground.sandbox.commit("app");
    ground.hive(&["wait"]);
    ground.settled();
    let page = crate::document("docs/plans.md");
    let lines = page
        .lines()
        .skip_while(|line| !line.contains("name = \"spring\""));
    let plan: String = lines
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .map(|line| line.trim_start().to_owned() + "\n")
        .collect();
    ground.write("spring.toml", &plan);
    let settings = ground.read("hive.toml") + "\n[golden]\nenable = [\"GR02\"]\n";
    ground.write("hive.toml", &settings);
    ground.hive(&["trust", "--yes"]).expect(0);
    ground
}

/// Hooks of another manager, that do what hive does.
const PRE_COMMIT: &str = "printf '%s\\n' 'repos:' '- repo: local' '  hooks:' \\
    '  - {id: ruff-check, name: ruff, entry: ruff check --fix, language: system, types: [python]}' \\
    > .pre-commit-config.yaml";

const FIRST_DAY: &[(&str, &str)] = &[
    ("git add app.py", "cp ../ready/app.py app.py"),
    ("git add load.py", "cp ../ready/load.py load.py"),
];

const MODES: &[(&str, &str)] = &[
    ("git add app.py", "cp ../ready/app.py app.py"),
    (
        "git add tidy.py",
        "printf 'import sys\\nimport os\\nx=[ os,sys ]\\n' > tidy.py",
    ),
    (
        "git add fold.py",
        "printf 'import sys\\nimport os\\nx=[ os ]\\n' > fold.py",
    ),
    (
        "git add hold.py",
        "printf 'import sys\\nimport os\\nx=[ os ]\\n' > hold.py",
    ),
];

const QUESTIONS: &[(&str, &str)] = &[("git add load.py", "cp ../ready/load.py load.py")];

const UNDO: &[(&str, &str)] = &[("git add app.py", "cp ../ready/app.py app.py")];

const TEAMS: &[(&str, &str)] = &[("git add load.py", "cp ../ready/load.py load.py")];

const AGENTS: &[(&str, &str)] = &[
    (
        "git add -A && git commit -qm 'Save data'",
        "cp ../ready/app.py app.py",
    ),
    (
        "git add -A && git commit -qm 'Load data'",
        "cp ../ready/load.py load.py",
    ),
];
