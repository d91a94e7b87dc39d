//! Rules about the repository as a whole, behind a commit.

use serde_json::Value;

use crate::ground::{Ground, both};

const A: &str = "import shop.b\n\nTOTAL = shop.b.PRICE\n";
const B: &str = "PRICE = 1\n";
/// The other half of a cycle.
const CLOSED: &str = "import shop.a\n\nPRICE = 1\n\n\ndef total():\n    return shop.a.TOTAL\n";

/// Questions about the whole, once the work tree is quiet, in some states.
fn asked(ground: &Ground, states: &str) -> Vec<Value> {
    let waited = ground.hive(&["wait", "--timeout", "2m"]);
    assert!(
        matches!(waited.code, Some(0 | 1)),
        "{}{}",
        waited.stdout,
        waited.stderr
    );
    let mut args = vec!["escalations", "list", "--json"];
    for state in states.split(',') {
        args.extend(["--state", state]);
    }
    let list = ground.hive(&args).expect(0);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    list["escalations"].as_array().expect("a list").clone()
}

fn shop(ground: &Ground) {
    ground.write("shop/__init__.py", "");
    ground.write("shop/a.py", A);
    ground.write("shop/b.py", B);
    ground.sandbox.commit("shop");
    ground.settled();
    // Judged together with the next commit, both its imports would be new.
    assert_eq!(asked(ground, "open"), Vec::<Value>::new());
}

/// Commits as somebody else, as a pull brings it: hive does not look at it.
fn theirs(ground: &Ground, path: &str, text: &str) {
    ground.write(path, text);
    ground.git(&["add", path]);
    let them = ["user.name=B", "user.email=b@example.org"];
    ground.git(&["-c", them[0], "-c", them[1], "commit", "-qm", "theirs"]);
}

#[test]
fn a_cycle_that_a_commit_closes_is_asked_about_once_until_it_is_gone() {
    both(|ground| {
        shop(&ground);
        assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
        ground.commit("shop/b.py", CLOSED, "feat: total");
        let open = asked(&ground, "open");
        assert_eq!(open.len(), 1, "{open:?}");
        let one = &open[0];
        assert_eq!(
            (&one["rule"], &one["stage"], &one["level"]),
            (&"GR07".into(), &"golden".into(), &"error".into()),
            "{one}"
        );
        assert_eq!(
            (&one["path"], &one["line"]),
            (&"shop/b.py".into(), &1.into())
        );
        let reason = one["reason"].as_str().unwrap();
        assert!(
            reason.contains("shop/b.py → shop/a.py → shop/b.py"),
            "{reason}"
        );

        // Neither another commit nor one of that very file asks again, or takes it for gone.
        ground.commit("other.py", "x = 1\n", "feat: other");
        ground.commit("shop/b.py", &format!("# prices\n{CLOSED}"), "docs: prices");
        let open = asked(&ground, "open");
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!((&open[0]["id"], &open[0]["count"]), (&one["id"], &1.into()));
        assert_eq!(open[0]["line"], 2, "its place is that of now");

        ground.commit("shop/b.py", B, "refactor: no total");
        assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
        let over = asked(&ground, "resolved");
        assert_eq!(over[0]["id"], one["id"]);
        assert_eq!(over[0]["ending"], "gone");

        ground.commit("shop/b.py", CLOSED, "feat: total again");
        let open = asked(&ground, "open");
        assert_eq!(open.len(), 1);
        assert_eq!(open[0]["id"], one["id"], "the same question is open again");
    });
}

#[test]
fn an_amended_commit_and_a_pull_take_a_question_away() {
    let ground = Ground::new().watch();
    shop(&ground);
    ground.commit("shop/b.py", CLOSED, "feat: total");
    assert_eq!(asked(&ground, "open").len(), 1);
    ground.write("shop/b.py", B);
    ground.git(&[
        "commit",
        "--quiet",
        "--all",
        "--amend",
        "--allow-empty",
        "-m",
        "feat: none",
    ]);
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());

    ground.commit("shop/b.py", CLOSED, "feat: total");
    assert_eq!(asked(&ground, "open").len(), 1);
    theirs(&ground, "shop/b.py", B);
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
}

#[test]
fn what_others_brought_and_what_was_there_is_not_asked() {
    let ground = Ground::new().watch();
    shop(&ground);
    ground.write(
        "hive.toml",
        "[golden]\nenable = [\"python-version-spec\"]\n",
    );
    ground.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
    let project = "[project]\nname = \"shop\"\n";
    theirs(&ground, "pyproject.toml", project);
    theirs(&ground, "shop/b.py", CLOSED);
    ground.commit("other.py", "x = 1\n", "feat: other");
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());

    // A colleague's branch, merged.
    ground.git(&["switch", "--quiet", "--create", "topic"]);
    theirs(
        &ground,
        "topic/pyproject.toml",
        &project.replace("shop", "topic"),
    );
    ground.git(&["switch", "--quiet", "main"]);
    ground.commit("more.py", "x = 1\n", "feat: more");
    ground.git(&["merge", "--quiet", "--no-edit", "topic"]);
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());

    ground.commit(
        "own/pyproject.toml",
        &project.replace("shop", "own"),
        "feat: own",
    );
    let open = asked(&ground, "open");
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (&open[0]["rule"], &open[0]["path"]),
        (&"GR32".into(), &"own/pyproject.toml".into())
    );
}

/// Commits while nobody hears of it, as `who` if somebody else does.
fn unheard(ground: &Ground, path: &str, text: &str, who: &[&str]) {
    ground.write(path, text);
    ground.git(&["add", path]);
    let mut args = vec!["-c", "core.hooksPath=/dev/null"];
    args.extend(who);
    args.extend(["commit", "--quiet", "-m", "feat: unheard"]);
    ground.git(&args);
}

#[test]
fn of_commits_among_others_only_what_they_brought_is_asked() {
    const THEM: [&str; 4] = ["-c", "user.name=B", "-c", "user.email=b@example.org"];
    let ground = Ground::new();
    shop(&ground);
    ground.write(
        "hive.toml",
        "[golden]\nenable = [\"python-version-spec\"]\n",
    );
    ground.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
    let project = |name: &str| format!("[project]\nname = \"{name}\"\n");
    let paths = |ground: &Ground| -> Vec<String> {
        let open = asked(ground, "open");
        open.iter()
            .map(|one| one["path"].as_str().unwrap().to_owned())
            .collect()
    };
    // Own, theirs, own, theirs, all before anybody looks.
    unheard(&ground, "one/pyproject.toml", &project("one"), &[]);
    unheard(&ground, "theirs/pyproject.toml", &project("theirs"), &THEM);
    unheard(&ground, "shop/b.py", CLOSED, &THEM);
    unheard(&ground, "two/pyproject.toml", &project("two"), &[]);
    unheard(&ground, "last/pyproject.toml", &project("last"), &THEM);
    ground.drain();
    let mut found = paths(&ground);
    found.sort();
    assert_eq!(found, ["one/pyproject.toml", "two/pyproject.toml"]);

    // A pull that rebases.
    let unheard_of = ["-c", "core.hooksPath=/dev/null"];
    let git = |args: &[&str]| ground.git(&[&unheard_of[..], args].concat());
    git(&["switch", "--quiet", "--create", "topic"]);
    unheard(&ground, "topic/pyproject.toml", &project("topic"), &THEM);
    git(&["switch", "--quiet", "main"]);
    unheard(&ground, "three/pyproject.toml", &project("three"), &[]);
    git(&["rebase", "--quiet", "topic"]);
    ground.drain();
    let mut found = paths(&ground);
    found.sort();
    assert_eq!(
        found,
        [
            "one/pyproject.toml",
            "three/pyproject.toml",
            "two/pyproject.toml"
        ]
    );
}

#[test]
fn a_question_of_another_branch_stays_and_a_rule_that_is_switched_off_asks_nothing() {
    let ground = Ground::new().watch();
    shop(&ground);
    ground.git(&["switch", "--quiet", "--create", "topic"]);
    ground.commit("shop/b.py", CLOSED, "feat: total");
    assert_eq!(asked(&ground, "open").len(), 1);
    ground.git(&["switch", "--quiet", "main"]);
    ground.commit("other.py", "x = 1\n", "feat: other");
    assert_eq!(asked(&ground, "open").len(), 1, "nobody knows of its end");
    ground.git(&["switch", "--quiet", "topic"]);
    assert_eq!(asked(&ground, "open").len(), 1);
    ground.write("hive.toml", "[golden]\ndisable = [\"no-import-cycles\"]\n");
    ground.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
}

#[test]
fn a_retry_judges_the_whole_again_and_dismissed_stays_dismissed() {
    let ground = Ground::new().watch();
    shop(&ground);
    ground.commit("shop/b.py", CLOSED, "feat: total");
    let id = asked(&ground, "open")[0]["id"].to_string();
    let said = ground.hive(&["escalations", "retry", &id]).expect(0);
    assert!(
        said.stdout.contains("looked at again as a whole")
            || said.stderr.contains("looked at again as a whole"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let open = asked(&ground, "open");
    assert_eq!(open.len(), 1, "{open:#?}");
    ground.hive(&["escalations", "dismiss", &id]).expect(0);
    ground.commit("shop/b.py", B, "refactor: none");
    ground.commit("shop/b.py", CLOSED, "feat: total");
    assert_eq!(asked(&ground, "open"), Vec::<Value>::new());
}

/// What is due stands in the database: an agent that dies in the middle loses nothing.
#[test]
fn an_inspection_that_was_killed_is_done_by_the_next_agent() {
    let mut ground = Ground::new();
    shop(&ground);
    ground.sandbox.set("HIVE_CRASH", "queue.inspect.begin.done");
    ground.start();
    ground.commit("shop/b.py", CLOSED, "feat: total");
    ground.dies();
    ground.sandbox.forget("HIVE_CRASH");
    ground.start();
    assert_eq!(asked(&ground, "open").len(), 1);
}
