//! What golden-freeze.txt hides from a check, and what it does not.

use super::repository;

const PATH: &str = "import sys\n\nsys.path.append(\"x\")\n";

#[test]
fn a_check_of_one_file_counts_the_directory_that_is_frozen() {
    let sandbox = repository();
    sandbox.write(
        "hive.toml",
        "[golden]\npreset = \"none\"\nenable = [\"GR01\"]\n",
    );
    for name in ["s/a.py", "s/b.py"] {
        sandbox.write(name, PATH);
    }
    sandbox.commit("first");
    sandbox.hive(&["rules", "freeze"]).expect(0);
    let frozen = sandbox.read("golden-freeze.txt");
    assert!(frozen.contains("\nGR01 s 2\n"), "{frozen}");
    sandbox.hive(&["check"]).expect(0);
    sandbox.hive(&["check", "s/a.py"]).expect(0);
    sandbox.hive(&["check", "s"]).expect(0);
    sandbox.write("s/new.py", PATH);
    for args in [
        &["check", "s/new.py"][..],
        &["check", "--since", "HEAD"],
        &["check", "s"],
        &["check"],
    ] {
        sandbox.hive(args).says("GR01");
    }
    let text = PATH.as_bytes();
    let args = ["check", "-", "--stdin-filename", "s/other.py"];
    sandbox.hive_with(&args, text).says("GR01");
}

#[test]
fn what_is_suppressed_and_critical_is_listed_beside_what_is_frozen() {
    let sandbox = repository();
    sandbox.write("hive.toml", "[golden]\npreset = \"none\"\nenable = [\"GR01\"]\n[golden.no-sys-path]\nlevel = \"critical\"\n");
    sandbox.write("a.py", PATH);
    sandbox.write("golden-freeze.txt", "GR01 . 1\n");
    sandbox.hive(&["check"]).expect(0);
    sandbox.write(
        "b.py",
        PATH.replace("\")\n", "\")  # golden-rule-ignore: GR01 - a plugin\n"),
    );
    sandbox.hive(&["check"]).says("b.py");
}

#[test]
fn wrong_settings_of_a_rule_are_named_with_their_line() {
    let sandbox = repository();
    sandbox.write(
        "hive.toml",
        "[golden]\npreset = \"none\"\n\n[golden.deprecated-symbol]\nsymbols = { \"a.*\" = \"b.c\" }\n",
    );
    sandbox.write("a.py", "x = 1\n");
    sandbox
        .hive(&["check"])
        .expect(2)
        .warns("hive.toml:4")
        .warns("is a pattern");
}
