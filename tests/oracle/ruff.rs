//! The embedded ruff and the ruff of the same version.

use hive_test_support::tools;

use super::corpus;
use super::judge::Bench;

/// Few rules, as a project that has just adopted ruff.
pub(crate) const FEW: &str = "[tool.ruff.lint]\nselect = [\"E4\", \"E7\", \"E9\", \"F\", \"I\"]\n";

/// Many rules with fixes that meet each other, and longer lines.
pub(crate) const MANY: &str = "[tool.ruff]\nline-length = 100\n\n[tool.ruff.lint]\n\
     select = [\"E\", \"F\", \"I\", \"W\", \"UP\", \"B\", \"SIM\", \"C4\"]\n";

/// The tools as they are, inside hive.
pub(crate) const EMBEDDED: [&str; 9] = [
    "--plain",
    "--engine",
    "embedded",
    "--lint",
    "ruff",
    "--imports",
    "ruff",
    "--format-with",
    "ruff",
];

#[test]
fn few_rules_give_the_same_bytes() {
    same(FEW);
}

#[test]
fn many_rules_give_the_same_bytes() {
    same(MANY);
}

fn same(pyproject: &str) {
    let bench = Bench::new(|sandbox| {
        sandbox.write("pyproject.toml", pyproject);
        corpus::copy_packages(&sandbox.root());
    });
    let ruff = tools().join("bin/ruff");
    let expected = bench.by_hand(&[
        (
            ruff.clone(),
            &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
        ),
        (ruff, &["format", "--quiet", "--no-cache"]),
    ]);
    bench.demand(&EMBEDDED, &expected);
}

/// What a remembered answer depends on is also what stands beside the file.
#[test]
fn a_module_that_comes_to_be_changes_the_answer() {
    let bench = Bench::new(|sandbox| {
        sandbox.write("pyproject.toml", FEW);
        sandbox.write("pack/__init__.py", "");
        sandbox.write(
            "a.py",
            "import pack.sub\nimport requests\n\nprint(pack, requests)\n",
        );
    });
    let ruff = tools().join("bin/ruff");
    let commands: [(_, &[&str]); 1] = [(
        ruff,
        &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
    )];
    for (file, changed) in [("other.py", 0), ("pack/sub.py", 1), ("requests.py", 1)] {
        assert_eq!(bench.fix("check", &EMBEDDED)["totals"]["changed"], 0);
        bench.hive.write(file, "");
        bench.tools.write(file, "");
        let expected = bench.by_hand(&commands);
        let report = bench.fix("fix", &EMBEDDED);
        assert_eq!(report["totals"]["changed"], changed, "{file}");
        assert_eq!(corpus::read(&bench.hive.root()), expected, "{file}");
    }
}

/// Comments behind imports that a fix removes: which import they come to stand
/// beside depends on whether sorting and removing share a pass.
#[test]
fn comments_of_removed_imports_go_where_ruff_puts_them() {
    let bench = Bench::new(|sandbox| {
        sandbox.write("pyproject.toml", MANY);
        sandbox.write(
            "moved.py",
            "from collections.abc import (\n\tSequence)\nfrom typing import (\n\
             \tCallable,  # one\n\tLiteral,\n\tOptional)  # two\n\n\
             x: Optional[Callable[[Sequence], Literal['a']]]\n",
        );
        sandbox.write(
            "unused.py",
            "from a import (\n\tb)\n\n# about c\nfrom .a import (\n\tc as d)\n\nb()\n",
        );
    });
    let ruff = tools().join("bin/ruff");
    let expected = bench.by_hand(&[
        (
            ruff.clone(),
            &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
        ),
        (ruff, &["format", "--quiet", "--no-cache"]),
    ]);
    bench.demand(&EMBEDDED, &expected);
}

/// A fix that only the formatted text has: the file was once compared with the
/// tree of another text.
#[test]
fn a_fix_of_the_second_round_is_verified_against_the_original() {
    let bench = Bench::new(|sandbox| {
        sandbox.write("pyproject.toml", MANY);
        sandbox.write(
            "test_late.py",
            concat!(
                "def test_late(patch, mocked_call, gadget, raises):\n",
                "    with patch(\n",
                "        \"some.long.path.of.a.module.which\", mocked_call(return_value=\"/sbin/gadget\")\n",
                "    ), patch.dict(gadget.contents, {\"command\": mocked_call}):\n",
                "        with raises(gadget.CommandExecutionErrorOf):\n",
                "            gadget.command(\"eth0\", \"-a\")\n",
            ),
        );
    });
    let ruff = tools().join("bin/ruff");
    let expected = bench.by_hand(&[
        (
            ruff.clone(),
            &["check", "--fix", "--quiet", "--exit-zero", "--no-cache"],
        ),
        (ruff, &["format", "--quiet", "--no-cache"]),
    ]);
    bench.demand(&EMBEDDED, &expected);
}
