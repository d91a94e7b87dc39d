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

#[test]
fn two_fixes_at_one_place_do_not_end_in_each_others_table() {
    for before in ["[project]\nname = \"x\"", "[project]\nname = \"x\"\n"] {
        let sandbox = repository();
        let settings = SETTINGS.replace("enable = [", "enable = [\"ruff-config\", ");
        let template = "[golden.ruff-config]\ntemplate = \"[tool.ruff]\\nline-length = 99\"\n";
        sandbox.write("hive.toml", settings + template);
        sandbox.write("pyproject.toml", before);
        sandbox.write("a.py", "x = 1\n");
        sandbox
            .hive(&["fix"])
            .expect(0)
            .is("pyproject.toml: fixed GR31, GR32\n");
        assert_eq!(
            sandbox.read("pyproject.toml").trim_end(),
            "[project]\nname = \"x\"\nrequires-python = \">=3.11\"\n\n[tool.ruff]\nline-length = 99"
        );
        sandbox.hive(&["fix"]).expect(0).is("");
    }
}
