//! What Golden Rules mend in a project's own files, which are no Python.

use super::repository;

const SETTINGS: &str = "[golden]\npreset = \"none\"\nenable = [\"python-version-spec\"]\n\
     [golden.python-version-spec]\nbound = \">=3.11\"\nland = true\n";
const BEFORE: &str = "[project]\nname = \"x\"\nversion = \"1\"  # one\ndependencies = []\n";
const AFTER: &str = "[project]\nname = \"x\"\nversion = \"1\"  # one\n\
     requires-python = \">=3.11\"\ndependencies = []\n";

#[test]
fn the_fix_of_a_projects_file_is_shown_made_and_not_made_again() {
    let sandbox = repository();
    sandbox.write("hive.toml", SETTINGS);
    sandbox.write("pyproject.toml", BEFORE);
    sandbox.write("a.py", "x = 1\n");
    sandbox
        .hive(&["fix", "--diff"])
        .expect(1)
        .says("+requires-python = \">=3.11\"");
    assert_eq!(sandbox.read("pyproject.toml"), BEFORE);
    sandbox
        .hive(&["fix"])
        .expect(0)
        .is("pyproject.toml: fixed GR32\n");
    assert_eq!(sandbox.read("pyproject.toml"), AFTER);
    sandbox.hive(&["fix"]).expect(0).is("");
    assert_eq!(sandbox.read("pyproject.toml"), AFTER);
}

#[test]
fn a_fix_that_is_only_suggested_is_not_made() {
    let sandbox = repository();
    sandbox.write("hive.toml", SETTINGS.replace("land = true\n", ""));
    sandbox.write("pyproject.toml", BEFORE);
    sandbox.write("a.py", "x = 1\n");
    sandbox.hive(&["fix"]).says("GR32");
    assert_eq!(sandbox.read("pyproject.toml"), BEFORE);
}
