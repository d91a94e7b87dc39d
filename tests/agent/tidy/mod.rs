//! The mode `tidy`: what of a commit is laid out while it is made, byte by byte, and what
//! is left as it was. docs/tidy.md has the table; `rows` goes through it.

mod deaths;
mod hooks;
mod managers;
mod rows;

use std::path::Path;

use hive_test_support::Ran;

use crate::ground::Ground;

/// A file that only its layout and the order of its imports are wrong with.
pub(crate) const UNTIDY: &str = "import os\nfrom a import  b\nimport abc\n\n\ndef f( x ):\n    return os.path.join( x,b, abc.__name__ )\n";

/// What becomes of it.
pub(crate) const TIDY: &str = "import abc\nimport os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b, abc.__name__)\n";

/// The same with an import that nobody uses, whose removal is not laying out.
const UNUSED: &str =
    "import os\nfrom a import  b\nimport abc\n\n\ndef f( x ):\n    return os.path.join( x,b )\n";
const UNUSED_TIDY: &str =
    "import abc\nimport os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b)\n";
const UNUSED_FIXED: &str =
    "import os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b)\n";

/// A repository in this mode. The budget is one that a busy machine and a binary that is
/// not optimised keep; what the usual one holds, the benchmark says.
fn ground() -> Ground {
    with_tidy(Ground::new())
}

/// Puts a repository into this mode. What follows a commit waits for longer than a test
/// needs to look at what there is before it.
fn with_tidy(mut ground: Ground) -> Ground {
    ground.sandbox.set("HIVE_COMMIT_BUDGET", "10s");
    ground.sandbox.set("HIVE_COMMIT_QUIET", "3s");
    ground
        .hive(&["config", "set", "commit.mode", "tidy"])
        .expect(0)
        .warns("pre-commit: installed (.git/hooks/pre-commit)");
    ground
}

/// The same scenario with a running agent and with the helper of the hook.
fn both(scenario: impl Fn(Ground)) {
    scenario(ground().watch());
    scenario(ground());
}

impl Ground {
    /// What is staged of a file.
    #[track_caller]
    pub(crate) fn staged(&self, path: &str) -> String {
        self.stored("", path)
    }

    /// Runs `git commit`, which must succeed, and returns what it and its hooks said.
    #[track_caller]
    pub(crate) fn commits(&self, args: &[&str]) -> Ran {
        let args: Vec<&str> = ["commit", "-q"].iter().chain(args).copied().collect();
        self.sandbox.git(&args).expect(0)
    }

    /// Demands that a file has these bytes in HEAD's commit, in the index and in the work
    /// tree, and that nothing of hive's lies about.
    #[track_caller]
    fn is_everywhere(&self, path: &str, bytes: &str) {
        assert_eq!(self.stored("HEAD", path), bytes, "the commit");
        assert_eq!(self.staged(path), bytes, "the index");
        assert_eq!(self.read(path), bytes, "the work tree");
        self.nothing_lies_about();
    }

    /// Demands that no lock, no intent and no temporary file is left.
    #[track_caller]
    fn nothing_lies_about(&self) {
        hive_test_support::wait_for("an end of the helper", || self.left_over().is_empty());
    }

    fn left_over(&self) -> Vec<String> {
        let git = self.sandbox.path(".git");
        let names = |directory: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
            entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        };
        let mut left = names(&git);
        left.retain(|name| Path::new(name).extension().is_some_and(|end| end == "lock"));
        let temporary = ["hive/landing", "hive/landing/tmp", "hive/tmp"];
        for name in temporary.iter().flat_map(|it| names(&git.join(it))) {
            // A session that died before it began leaves an empty file for an hour.
            let begun = name.ends_with(".session") || name.ends_with(".unborn");
            let known = name == "tmp" || begun;
            if !known {
                left.push(name);
            }
        }
        left
    }
}
