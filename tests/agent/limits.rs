//! What hive does not do unasked: it asks, with the patch.

use crate::ground::{Ground, MESSY, NEAT};

/// An old file: bad layout all over, and an unused import.
const OLD: &str = "import os\nimport sys\n\nx = {  'a':1 }\n\n\ndef f( a ):\n    return sys.path,a\n\n\ndef g( b ):\n    return b+x['a']\n";

#[test]
fn an_old_dirty_file_changes_where_it_was_touched() {
    let ground = Ground::bare();
    ground.write("old.py", OLD);
    ground.sandbox.commit("old");
    ground.init();
    let tree = ground.tree();
    let touched = OLD.replace("return b+x['a']", "return b+x['a']+1");
    let mine = tree.commit("old.py", &touched, "fix: g");
    tree.followed(&mine);
    assert_eq!(
        tree.read("old.py"),
        touched.replace("return b+x['a']+1", "return b + x[\"a\"] + 1")
    );
    tree.is_clean();
}

#[test]
fn a_clean_file_is_kept_clean() {
    let ground = Ground::new();
    let tree = ground.tree();
    let clean = tree.commit("app.py", NEAT, "feat: app");
    tree.settled();
    assert_eq!(tree.head(), clean);
    // The use of `os` goes, so its import is unused, on a line that nobody touched.
    let mine = tree.commit(
        "app.py",
        NEAT.replace("os.path.join(x, b)", "x+b"),
        "fix: f",
    );
    tree.followed(&mine);
    assert_eq!(
        tree.read("app.py"),
        "from a import b\n\n\ndef f(x):\n    return x + b\n"
    );
    tree.is_clean();
}

#[test]
fn too_large_a_change_is_a_question() {
    let ground = Ground::with_team("[commit]\nmax_lines = 2\n");
    let tree = ground.tree();
    let first = "import os\nimport sys\nimport json\nimport re\n\nprint(os, sys, json, re)\n";
    let sorted = "import json\nimport os\nimport re\nimport sys\n\nprint(os, sys, json, re)\n";
    let mine = tree.commit("app.py", first, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), sorted);
    let changed = sorted.replace("print(os, sys, json, re)", "print( )");
    let mine = tree.commit("app.py", &changed, "fix: less");
    let question = tree.question("app.py");
    assert_eq!(question["rule"], "max_lines", "{question}");
    let patch = question["patch"].as_str().unwrap();
    assert!(patch.contains("-import json"), "{patch}");
    assert_eq!(tree.head(), mine);
    assert_eq!(tree.read("app.py"), changed);
    tree.is_clean();
}

#[test]
fn a_class_that_is_only_suggested_is_a_question() {
    let ground = Ground::with_team("[fixes]\nlinter = \"suggest\"\n");
    let tree = ground.tree();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    let kept = NEAT.replace("import os\n", "import os\nimport sys\n");
    assert_eq!(tree.read("app.py"), kept);
    let question = tree.question("app.py");
    assert_eq!(question["rule"], "F401", "{question}");
    let patch = question["patch"].as_str().unwrap();
    assert!(patch.contains("-import sys"), "{patch}");
    tree.is_clean();
}

#[test]
fn a_name_that_others_import_stays() {
    let ground = Ground::new();
    let tree = ground.tree();
    tree.write("user.py", "from app import sys\n\nprint(sys)\n");
    tree.write("app.py", MESSY);
    let mine = tree.commit_all("feat: both");
    tree.followed(&mine);
    let kept = NEAT.replace("import os\n", "import os\nimport sys\n");
    assert_eq!(tree.read("app.py"), kept);
    let question = tree.question("app.py");
    let reason = question["reason"].as_str().unwrap();
    assert!(
        reason.contains("`sys` is imported from here by user.py:1"),
        "{reason}"
    );
    let patch = question["patch"].as_str().unwrap();
    assert!(patch.contains("-import sys"), "{patch}");
    tree.is_clean();
}

#[test]
fn imports_for_others_stay() {
    let ground = Ground::new();
    let tree = ground.tree();
    let paths = ["pkg/__init__.py", "tests/conftest.py", "tests/test_a.py"];
    for path in paths {
        tree.write(path, MESSY);
    }
    let mine = tree.commit_all("feat: package");
    tree.followed(&mine);
    let kept = NEAT.replace("import os\n", "import os\nimport sys\n");
    for path in paths {
        assert_eq!(tree.read(path), kept, "{path}");
    }
    tree.is_clean();
}
