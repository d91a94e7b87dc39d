//! `--scope lines`: what nobody touched stays as it is.

use super::repository;

const OLD: &str = "import sys\nimport os\nx=1\ndef f( ):\n    return  x\ny=2\nz=3\n";

#[test]
fn one_touched_line_changes_no_other() {
    let sandbox = repository();
    sandbox.write("a.py", OLD);
    sandbox.commit("one");
    let touched = OLD.replace("y=2", "y=22");
    sandbox.write("a.py", &touched);
    sandbox
        .hive(&["fix", "--scope", "lines"])
        .expect(0)
        .is("a.py: fixed format\n");
    assert_eq!(sandbox.read("a.py"), touched.replace("y=22", "y = 22"));
    // The whole file, when that is asked for.
    sandbox
        .hive(&["check", "--scope", "lines"])
        .expect(0)
        .is("");
    sandbox
        .hive(&["check", "--scope", "file"])
        .expect(1)
        .is("a.py: would fix F401 ×2, format\n");
}

#[test]
fn an_import_block_is_sorted_only_when_it_is_touched() {
    let sandbox = repository();
    let old = "import sys\nimport os\n\nprint(os, sys)\ny = 1\n";
    sandbox.write("a.py", old);
    sandbox.commit("one");
    sandbox.write("a.py", old.replace("y = 1", "y=2"));
    sandbox.hive(&["fix", "--scope", "lines"]).expect(0);
    assert_eq!(sandbox.read("a.py"), old.replace("y = 1", "y = 2"));
    let touched = old
        .replace("import os\n", "import os\nimport abc\n")
        .replace("(os", "(abc, os");
    sandbox.write("a.py", touched);
    sandbox.hive(&["fix", "--scope", "lines"]).expect(0);
    let sorted = "import abc\nimport os\nimport sys\n\nprint(abc, os, sys)\ny = 1\n";
    assert_eq!(sandbox.read("a.py"), sorted);
}

#[test]
fn new_files_are_taken_whole_and_untouched_ones_left() {
    let sandbox = repository();
    sandbox.write("old.py", OLD);
    sandbox.commit("one");
    sandbox.write("new.py", "x=1\ny=2\n");
    sandbox
        .hive(&["fix", "--scope", "lines"])
        .expect(0)
        .is("new.py: fixed format\n");
    assert_eq!(sandbox.read("old.py"), OLD);
    assert_eq!(sandbox.read("new.py"), "x = 1\ny = 2\n");
}

#[test]
fn a_syntax_error_counts_wherever_it_is() {
    let sandbox = repository();
    sandbox.write("a.py", "x = (\n\n\n\ny = 1\n");
    sandbox.commit("one");
    sandbox.write("a.py", "x = (\n\n\n\ny = 2\n");
    let ran = sandbox.hive(&["check", "--scope", "lines"]).expect(1);
    assert!(ran.stdout.contains("--> a.py:5:3\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("invalid-syntax"), "{}", ran.stdout);
    sandbox
        .hive(&["fix", "--scope", "lines", "--plain"])
        .expect(2);
}
