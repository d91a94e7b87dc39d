//! The judge of replays (`fixtures/history/outside.py`): what counts as outside of what a
//! person touched.

use std::path::Path;

use hive_test_support::{Sandbox, tools};

const BEFORE: &str = "'''\nWhat it is.\n'''\nfrom b import y\n\n\ndef f( ):\n    return y\n";

fn outside(sandbox: &Sandbox) -> u64 {
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/history/outside.py");
    let ruff = tools().join("bin/ruff");
    let args = [judge, sandbox.root(), ruff].map(|path| path.to_str().unwrap().to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = sandbox.run("python3", &args).expect(0).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said["commits"], &said["unclean_files"]),
        (&1.into(), &1.into())
    );
    said["outside_unclean"].as_u64().unwrap()
}

/// ruff puts a blank line between a docstring and the imports that it sorts. That line
/// stands beside the docstring, which nobody touched, and beside the imports, which
/// somebody did: it is theirs. A statement that nobody touched is nobody's.
#[test]
fn the_place_between_two_statements_belongs_to_both() {
    let fixed = BEFORE.replace(
        "'''\nfrom b import y\n",
        "'''\n\nfrom a import x\nfrom b import y\n",
    );
    for (fixed, expected) in [
        (fixed.clone(), 0),
        (fixed.replace("def f( )", "def f()"), 1),
    ] {
        let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
        sandbox.write("a.py", BEFORE);
        sandbox.commit("first");
        sandbox.write(
            "a.py",
            BEFORE.replace("import y\n", "import y\nfrom a import x\n"),
        );
        sandbox.commit("an import");
        sandbox.write("a.py", &fixed);
        sandbox.commit("chore(qa): auto-fix 1 violation in 1 file [QA-1]");
        assert_eq!(outside(&sandbox), expected, "{fixed}");
    }
}
