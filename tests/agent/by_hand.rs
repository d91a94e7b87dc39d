//! `hive fix --commit`.

use hive_test_support::Ran;

use crate::ground::{Ground, MESSY, NEAT, long};
use crate::tree::Tree;

/// A repository whose hooks leave everything alone, with a messy commit.
fn left_alone() -> Ground {
    let ground = Ground::new();
    ground.settled();
    ground.set("hooks.when_idle", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    ground.commit("app.py", MESSY, "feat: app");
    ground
}

/// Runs it on files.
fn fix(tree: &Tree<'_>, args: &[&str]) -> Ran {
    tree.hive(&[&["fix", "--commit"], args].concat())
}

#[test]
fn what_is_committed_is_fixed_in_a_commit_that_history_and_undo_know() {
    let ground = left_alone();
    let tree = ground.tree();
    let mine = tree.head();
    tree.write("new.py", MESSY);
    let ran = fix(&tree, &["-v"]).expect(0);
    assert!(ran.stdout.contains("app.py: fixed"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("new.py: skipped, it is not committed"),
        "{}",
        ran.stdout
    );
    let head = tree.head();
    let said = format!(
        "committed as {} on main; `hive undo` takes it back",
        &head[..7]
    );
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert_eq!(tree.git(&["rev-parse", "HEAD^"]), mine);
    let message = tree.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("chore(qa): auto-fix 3 violations in 1 file [QA-1]\n"),
        "{message}"
    );
    assert!(
        message.contains(&format!("Hive-Source: {}", &mine[..7])),
        "{message}"
    );
    assert_eq!(tree.read("app.py"), NEAT);
    assert_eq!(tree.git(&["status", "--porcelain"]), "?? new.py");
    let history = tree.asked(&["history", "app.py", "--json"]);
    assert_eq!(history["fixes"][0]["commit"], head.as_str(), "{history}");
    assert_eq!(history["fixes"][0]["state"], "landed", "{history}");
    let tasks = tree.asked(&[
        "queue", "list", "--state", "done", "--path", "app.py", "--json",
    ]);
    assert_eq!(tasks["tasks"][0]["cause"], "person", "{tasks}");
    let log = tree.git(&["reflog", "-1", "--format=%gs"]);
    assert!(log.starts_with("commit: chore(qa)"), "{log}");
    // There is nothing more to do, and nothing is committed for that.
    fix(&tree, &[]).expect(0);
    assert_eq!(tree.head(), head);
    tree.hive(&["undo"]).expect(0);
    assert_eq!(tree.read("app.py"), MESSY);
    assert_eq!(tree.git(&["status", "--porcelain"]), "?? new.py");
}

#[test]
fn edits_survive_beside_it_and_those_in_its_way_keep_a_file_back() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.commit(
        "three.py",
        long("import sys\nimport os\nx = os\n"),
        "feat: three",
    );
    tree.commit("edge.py", MESSY, "feat: edge");
    let begin = tree.read("three.py");
    let staged = begin.replace("def two(x):\n    x += 1\n", "def two(x):\n    x += 10\n");
    tree.write("three.py", &staged);
    tree.git(&["add", "three.py"]);
    let edited = staged.replace(
        "def three(x):\n    x += 1\n",
        "def three(x):\n    x += 100\n",
    );
    tree.write("three.py", &edited);
    let in_the_way = MESSY.replace("import sys\n", "import sys  # kept\n");
    tree.write("edge.py", &in_the_way);
    let ran = fix(&tree, &[]).expect(1);
    assert!(
        ran.stdout.contains("edge.py: not fixed, it waits: "),
        "{}",
        ran.stdout
    );
    let fixed = |text: &str| text.replace("import sys\nimport os\n", "import os\n\n");
    assert_eq!(tree.git(&["show", "HEAD:three.py"]) + "\n", fixed(&begin));
    assert_eq!(tree.git(&["show", ":three.py"]) + "\n", fixed(&staged));
    assert_eq!(tree.read("three.py"), fixed(&edited));
    assert_eq!(tree.read("edge.py"), in_the_way);
    assert_eq!(tree.git(&["show", "HEAD:edge.py"]) + "\n", MESSY);
    assert_eq!(
        tree.git(&["status", "--porcelain"]),
        " M edge.py\nMM three.py"
    );
}

#[test]
fn it_lands_beside_an_agent_that_hears_of_it() {
    let ground = Ground::bare();
    ground.commit("old.py", MESSY, "feat: older than hive");
    ground.init();
    let ground = ground.watch();
    let tree = ground.tree();
    tree.settled();
    let before = tree.head();
    assert_eq!(tree.read("old.py"), MESSY);
    fix(&tree, &["old.py"]).expect(0);
    let head = tree.head();
    assert_eq!(tree.git(&["rev-parse", "HEAD^"]), before);
    assert_eq!(tree.read("old.py"), NEAT);
    ground.said(&format!("\"commits\":[\"{head}\"]"));
    // hive's own commit is no work for the agent.
    let mine = tree.commit("app.py", MESSY, "feat: app");
    assert_eq!(tree.git(&["rev-parse", "HEAD^"]), head);
    tree.followed(&mine);
    assert_eq!(ground.hives(), 2);
    tree.is_clean();
}

#[test]
fn a_branch_that_gets_no_commits_gets_none_and_it_is_said() {
    let ground = Ground::with_team("[commit]\nprotected = [\"main\"]\n");
    let tree = ground.tree();
    tree.settled();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.settled();
    let ran = fix(&tree, &["app.py"]).expect(1);
    let reason = "the branch is protected by commit.protected = \"main\"";
    assert!(
        ran.stdout
            .contains(&format!("app.py: not fixed, it is held: {reason}")),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr
            .contains(&format!("nothing is committed: {reason}")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`hive fix` without --commit"),
        "{}",
        ran.stderr
    );
    assert_eq!(tree.head(), mine);
    assert_eq!(tree.read("app.py"), MESSY);
    // Somewhere else it goes.
    tree.git(&["switch", "-q", "-c", "side"]);
    fix(&tree, &["app.py"]).expect(0);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
}

#[test]
fn pushed_tips_and_those_of_others_get_no_commit() {
    let ground = left_alone();
    let tree = ground.tree();
    let remote = ground.beside("remote.git");
    let remote = remote.to_str().unwrap();
    tree.git(&["init", "-q", "--bare", "-b", "main", remote]);
    tree.git(&["remote", "add", "origin", remote]);
    tree.git(&["push", "-q", "-u", "origin", "main"]);
    let pushed = tree.head();
    let ran = fix(&tree, &[]).expect(1);
    assert!(
        ran.stdout
            .contains("it is held: origin/main has the tip already"),
        "{}",
        ran.stdout
    );
    assert_eq!(tree.head(), pushed);
    tree.git(&[
        "-c",
        "user.email=bob@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "theirs",
    ]);
    let theirs = tree.head();
    let ran = fix(&tree, &[]).expect(1);
    assert!(
        ran.stdout
            .contains("it is held: the tip is somebody else's commit"),
        "{}",
        ran.stdout
    );
    assert_eq!(tree.head(), theirs);
    assert_eq!(tree.read("app.py"), MESSY);
    tree.is_clean();
}

#[test]
fn an_operation_in_progress_is_not_landed_in() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.git(&["bisect", "start"]);
    let head = tree.head();
    let ran = fix(&tree, &[]).expect(2);
    assert!(
        ran.stderr
            .contains("nothing lands now: a bisect is in progress"),
        "{}",
        ran.stderr
    );
    assert_eq!(tree.head(), head);
    tree.git(&["bisect", "reset"]);
    fix(&tree, &[]).expect(0);
    tree.is_clean();
}

#[test]
fn size_and_mode_bind_what_is_unasked_only() {
    let ground = Ground::with_team("[commit]\nmax_lines = 1\n");
    let tree = ground.tree();
    tree.settled();
    ground.set("commit.mode", "hold");
    tree.commit("app.py", "x = 1\n", "feat: short");
    tree.commit("app.py", MESSY, "feat: app");
    tree.settled();
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", MESSY);
    fix(&tree, &[]).expect(0);
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", NEAT);
    tree.is_clean();
}

#[test]
fn a_branch_of_hives_own_gets_it_where_that_is_the_mode() {
    let ground = left_alone();
    ground.set("commit.mode", "branch");
    let tree = ground.tree();
    let mine = tree.head();
    let ran = fix(&tree, &[]).expect(0);
    assert!(ran.stderr.contains(" on hive/main;"), "{}", ran.stderr);
    assert_eq!(tree.head(), mine);
    assert_eq!(tree.git(&["show", "hive/main:app.py"]) + "\n", NEAT);
    assert_eq!(tree.read("app.py"), MESSY);
    tree.is_clean();
}

#[test]
fn machines_are_told_the_commit() {
    let ground = left_alone();
    let tree = ground.tree();
    let told = tree.asked(&["fix", "--commit", "--format", "json"]);
    assert_eq!(told["commits"][0], tree.head().as_str(), "{told}");
    assert_eq!(told["files"][0]["status"], "fixed", "{told}");
    let told = tree.asked(&["fix", "--commit", "--format", "json"]);
    assert!(told["commits"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
fn a_name_that_others_import_stays() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.commit(
        "user.py",
        "from app import sys\n\nprint(sys)\n",
        "feat: user",
    );
    let ran = fix(&tree, &["-v", "app.py"]).expect(1);
    assert!(
        ran.stdout
            .contains("`sys` is imported from here by user.py:1"),
        "{}",
        ran.stdout
    );
    let text = tree.git(&["show", "HEAD:app.py"]);
    assert!(
        text.contains("import sys") && text.contains("def f(x):"),
        "{text}"
    );
    tree.is_clean();
}

#[test]
fn lines_are_those_of_the_last_commit_or_since_a_revision() {
    let ground = left_alone();
    let tree = ground.tree();
    let one = "def  one( ):\n    return 1\n\n\ndef two():\n    return 2\n";
    let two = one.replace("def two():\n", "def  two( ):\n");
    tree.commit("lines.py", one, "feat: one");
    tree.commit("lines.py", &two, "feat: two");
    fix(&tree, &["--scope", "lines", "lines.py"]).expect(0);
    assert_eq!(tree.git(&["show", "HEAD:lines.py"]) + "\n", one);
    fix(
        &tree,
        &["--scope", "lines", "--since", "HEAD~3", "lines.py"],
    )
    .expect(0);
    let neat = one.replace("def  one( )", "def one()");
    assert_eq!(tree.git(&["show", "HEAD:lines.py"]) + "\n", neat);
    // Files that do not differ from the revision are not looked at.
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", MESSY);
    fix(&tree, &["--since", "HEAD~1"]).expect(0);
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", MESSY);
    tree.is_clean();
}

#[test]
fn configuration_that_is_not_committed_keeps_files_back() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.write("pyproject.toml", "[tool.ruff]\nline-length = 24\n");
    let ran = fix(&tree, &["app.py"]).expect(1);
    let reason = "it waits: pyproject.toml has changes that are not committed";
    assert!(ran.stdout.contains(reason), "{}", ran.stdout);
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", MESSY);
}

#[test]
fn a_hook_that_refuses_the_message_holds_it() {
    let ground = left_alone();
    ground.sandbox.script(
        ".git/hooks/commit-msg",
        "#!/bin/sh\necho no such words >&2\nexit 1\n",
    );
    let tree = ground.tree();
    let mine = tree.head();
    let ran = fix(&tree, &[]).expect(1);
    assert!(
        ran.stdout.contains("app.py: not fixed, it is held: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("no such words"), "{}", ran.stderr);
    assert_eq!(tree.head(), mine);
    tree.is_clean();
}

#[test]
fn what_it_cannot_go_with_is_refused() {
    let ground = Ground::bare();
    for other in ["--diff", "--staged", "--plain"] {
        let ran = ground.hive(&["fix", "--commit", other]).expect(2);
        assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
    }
    let unborn = Ground::unborn();
    unborn.write("app.py", MESSY);
    let ran = unborn.hive(&["fix", "--commit"]).expect(2);
    assert!(
        ran.stderr.contains("there is no commit on this branch"),
        "{}",
        ran.stderr
    );
}

#[test]
fn both_stages_land_each_in_a_commit_and_what_remains_is_told() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.write("hive.toml", "[golden]\npreset = \"full\"\n");
    tree.hive(&["trust", "--yes"]).expect(0);
    tree.commit_all("laws");
    let code = "import os\nimport sys\nimport requests\n\n\ndef load(url):\n    print(\"loading\", url)\n    return requests.get( url,headers=os.environ )\n";
    let mine = tree.commit("load.py", code, "feat: load");
    let ran = fix(&tree, &["load.py"]).expect(1);
    assert!(ran.stdout.contains("load.py: fixed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("GR39"), "{}", ran.stdout);
    let subjects = tree.git(&["log", "--format=%s", &format!("{mine}..HEAD")]);
    let subjects: Vec<&str> = subjects.lines().collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(
        subjects[0].starts_with("chore(golden): ") && subjects[0].ends_with("[GOLDEN-1]"),
        "{subjects:?}"
    );
    assert!(subjects[1].starts_with("chore(qa): "), "{subjects:?}");
    let text = tree.read("load.py");
    assert!(
        text.contains("logger.info(\"%s %s\", \"loading\", url)"),
        "{text}"
    );
    assert!(!text.contains("import sys"), "{text}");
    assert_eq!(tree.git(&["status", "--porcelain"]), "");
    let history = tree.asked(&["history", "load.py", "--json"]);
    let stages: Vec<&str> = history["fixes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|fix| fix["stage"].as_str())
        .collect();
    assert_eq!(stages.len(), 2, "{history}");
    assert!(
        stages.contains(&"qa") && stages.contains(&"golden"),
        "{history}"
    );
    // There is nothing more to do; what remains is said again.
    let head = tree.head();
    let again = fix(&tree, &["load.py"]).expect(1);
    assert!(again.stdout.contains("GR39"), "{}", again.stdout);
    assert_eq!(tree.head(), head);
    // The last commit is taken back first.
    tree.hive(&["undo"]).expect(0);
    let text = tree.read("load.py");
    assert!(text.contains("print(\"loading\", url)"), "{text}");
    assert!(!text.contains("import sys"), "{text}");
}

#[test]
fn what_is_committed_is_judged_as_a_whole() {
    let ground = left_alone();
    let tree = ground.tree();
    tree.commit("shop/__init__.py", "", "feat: shop");
    tree.commit("shop/a.py", "import shop.b\n\nX = shop.b.Y\n", "feat: a");
    tree.git(&["branch", "--force", "base"]);
    tree.commit(
        "shop/b.py",
        "import shop.a\n\nY = 1\n\n\ndef f():\n    return shop.a.X\n",
        "feat: b",
    );
    // The work tree says otherwise, and is not asked.
    tree.write("shop/b.py", "Y = 1\n");
    let ran = fix(&tree, &["--since", "base", "shop"]).expect(1);
    assert!(ran.stdout.contains("GR07"), "{}", ran.stdout);
    assert_eq!(tree.read("shop/b.py"), "Y = 1\n");
}

/// The last step fails when the commit is on its branch: it has landed, and is said so.
#[test]
fn what_has_landed_is_said_to_have_landed_also_after_an_error() {
    let mut ground = left_alone();
    ground.sandbox.set("HIVE_CRASH", "landing.recorded:err");
    let tree = ground.tree();
    let mine = tree.head();
    let told = tree.asked(&["fix", "--commit", "--format", "json"]);
    assert_ne!(tree.head(), mine);
    assert_eq!(told["commits"][0], tree.head().as_str(), "{told}");
    assert_eq!(told["files"][0]["status"], "fixed", "{told}");
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
}
