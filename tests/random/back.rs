//! Taking any of the last landings back leaves exactly what is the person's.
//!
//! Each landing is taken back in a copy of the repository, and the outcome is compared
//! with what git's own merge makes of the same three texts.

use std::path::Path;

use crate::ground::Ground;

/// How many landings are taken back.
pub(crate) const LANDINGS: usize = 100;

/// What came of taking landings back.
#[derive(Default, Clone)]
pub(crate) struct Back {
    /// Commits that were taken back, at least in part.
    pub(crate) taken: u64,
    /// Commits that hive would not touch: amended by the person, or edited since.
    pub(crate) refused: u64,
    /// Files that have what they had before the fix, with the person's later edits.
    pub(crate) files: u64,
    /// Files that stayed as they were, since the same lines were edited.
    pub(crate) left: u64,
}

/// Takes each of the last commits of hive's on the present branch back, each from the
/// same state.
pub(crate) fn each(ground: &Ground, most: usize) -> Back {
    let mut back = Back::default();
    for (number, commit) in landed(ground, most).iter().enumerate() {
        // Each has a place of its own: what an undo woke may still be at work in the last.
        let copy = ground.outside(&format!("copy-{number}"));
        fresh(ground, &copy);
        one(ground, &copy, commit, &mut back);
        let _ = std::fs::remove_dir_all(copy);
    }
    back
}

/// The last commits of hive's on the present branch, at most so many.
pub(crate) fn landed(ground: &Ground, most: usize) -> Vec<String> {
    if most == 0 {
        return Vec::new();
    }
    let most = format!("-{most}");
    let grep = "--grep=^Hive-Worker: ";
    let landed = ground.git(&["log", "--first-parent", "--format=%H", grep, &most]);
    landed.lines().map(str::to_owned).collect()
}

/// A copy of the repository at rest, with nothing uncommitted.
fn fresh(ground: &Ground, copy: &Path) {
    let root = ground.sandbox.root();
    let (from, to) = (root.to_str().unwrap(), copy.to_str().unwrap());
    ground.sandbox.run("cp", &["-a", from, to]).expect(0);
    let quietly = &["-c", "core.hooksPath=/dev/null"][..];
    for args in [&["reset", "--hard", "--quiet"][..], &["clean", "-dfq"]] {
        ground.git_in(copy, &[quietly, args].concat());
    }
}

fn one(ground: &Ground, copy: &Path, commit: &str, back: &mut Back) {
    let git = |args: &[&str]| ground.git_in(copy, args);
    let tip = git(&["rev-parse", "HEAD"]);
    let names = git(&["diff-tree", "--no-commit-id", "--name-only", "-r", commit]);
    let text = |revision: &str, path: &str| -> Option<String> {
        let name = format!("{revision}:{path}");
        let shown = ground
            .sandbox
            .git(&["-C", copy.to_str().unwrap(), "cat-file", "blob", &name]);
        (shown.code == Some(0)).then_some(shown.stdout)
    };
    let ran = ground.sandbox.hive_in(copy, &["undo", commit]);
    match ran.code {
        Some(0 | 1) => back.taken += 1,
        Some(2) => back.refused += 1,
        _ => panic!("undo of {commit}: {ran:?}"),
    }
    let mut touched: Vec<String> = git(&["diff", "--name-only", &tip, "HEAD"])
        .lines()
        .map(str::to_owned)
        .collect();
    for path in names.lines() {
        let now = text(&tip, path);
        let after = text("HEAD", path);
        touched.retain(|other| other != path);
        if after == now {
            // It had gone already, or the same lines were edited: it is said which.
            let said = ran.code == Some(2) || ran.stderr.contains(&format!("{path} stays"));
            assert!(said, "{path} stays without a word: {ran:?}");
            back.left += 1;
            continue;
        }
        let parent = format!("{commit}^");
        let expected = merged(ground, copy, now, text(commit, path), text(&parent, path));
        assert_eq!(after, expected, "undo of {commit} in {path}");
        let file = std::fs::read_to_string(copy.join(path)).ok();
        assert_eq!(file, after, "{path} in the work tree");
        back.files += 1;
    }
    assert!(
        touched.is_empty(),
        "undo of {commit} also changed {touched:?}"
    );
    assert_eq!(
        git(&["status", "--porcelain"]),
        "",
        "after the undo of {commit}"
    );
}

/// What git makes of the change from `fixed` back to `before` in `now`.
fn merged(
    ground: &Ground,
    copy: &Path,
    now: Option<String>,
    fixed: Option<String>,
    before: Option<String>,
) -> Option<String> {
    let texts = [now?, fixed?, before?];
    let names = ["now", "fixed", "before"].map(|name| copy.with_extension(name));
    for (name, text) in names.iter().zip(&texts) {
        std::fs::write(name, text).unwrap();
    }
    let paths: Vec<&str> = names.iter().map(|name| name.to_str().unwrap()).collect();
    let merge = [
        &["merge-file", "--stdout", "--diff-algorithm=histogram"][..],
        &paths,
    ]
    .concat();
    let ran = ground.sandbox.git(&merge);
    assert_eq!(ran.code, Some(0), "git would not merge: {ran:?}");
    Some(ran.stdout)
}
