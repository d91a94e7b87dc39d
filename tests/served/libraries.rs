//! The clients of the protocols' own projects get along with hive.

use std::path::Path;

use hive_test_support::{Ran, clients};

use crate::ground::{Ground, MESSY, NEAT};

/// Runs a client's script with the binary and the root of the repository.
fn client(ground: &Ground, script: &str) -> Ran {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/served/clients");
    let root = ground.sandbox.root();
    ground.sandbox.run(
        clients().join("bin/python"),
        &[
            scripts.join(script).to_str().unwrap(),
            env!("CARGO_BIN_EXE_hive"),
            root.to_str().unwrap(),
        ],
    )
}

/// A repository with a question that has a patch, and a file to be fixed.
fn ready() -> Ground {
    let ground = Ground::new();
    ground.write("user.py", "from kept import os\n\nprint(os)\n");
    ground.write("kept.py", "import os\nimport sys\n\nX = sys.path\n");
    ground.sandbox.commit("feat: kept");
    ground.hive(&["wait"]);
    ground.settled();
    ground
}

#[test]
fn the_library_of_the_model_context_protocol() {
    let ground = ready();
    ground.write("messy.py", MESSY);
    let ran = client(&ground, "tools.py").expect(0);
    assert!(ran.stdout.ends_with("all is well\n"), "{ran:?}");
    assert_eq!(ground.read("messy.py"), NEAT);
    assert_eq!(ground.read("kept.py"), "import sys\n\nX = sys.path\n");
}

#[test]
fn a_library_of_language_servers() {
    let ground = ready();
    ground.write("messy.py", MESSY);
    let ran = client(&ground, "editor.py").expect(0);
    assert!(ran.stdout.ends_with("all is well\n"), "{ran:?}");
    // The server writes nothing.
    assert_eq!(ground.read("messy.py"), MESSY);
    assert!(ground.read("kept.py").starts_with("import os\n"));
}
