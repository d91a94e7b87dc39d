//! Every row of the table.

use std::collections::HashMap;

use super::{
    Answer, Contents, Copies, Dirty, FileMode, Fixed, IndexState, Judge, Side, WorktreeState,
    reconcile,
};
use crate::repo::{Oid, RepoPath};

/// Blobs by content, and the line endings that a checkout writes.
pub(super) struct Repository {
    crlf: bool,
    blobs: HashMap<Oid, Vec<u8>>,
}

impl Repository {
    pub(super) fn new(crlf: bool) -> Self {
        Self {
            crlf,
            blobs: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) -> Oid {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes);
        let oid = Oid::from(id.unwrap());
        self.blobs.insert(oid, bytes.to_vec());
        oid
    }
}

impl Contents for Repository {
    fn blob(&mut self, oid: &Oid) -> Result<Vec<u8>, String> {
        let found = self.blobs.get(oid).cloned();
        found.ok_or_else(|| format!("blob {} cannot be read", oid.short()))
    }

    fn smudge(&mut self, path: &RepoPath, canonical: &[u8]) -> Result<Vec<u8>, String> {
        if !self.crlf {
            return Ok(canonical.to_vec());
        }
        let stored = self.clean(path, canonical)?;
        Ok(String::from_utf8(stored)
            .unwrap()
            .replace('\n', "\r\n")
            .into_bytes())
    }

    fn clean(&mut self, _: &RepoPath, raw: &[u8]) -> Result<Vec<u8>, String> {
        let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
        Ok(text.into_bytes())
    }
}

/// Knows one rule: an import whose name does not come again is F401; merged text must
/// parse and may not lack the import of a name it uses.
struct Imports;

fn unused(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("import os\n") && text.matches("os").count() == 1
}

impl Judge for Imports {
    fn merged(&self, _: &RepoPath, _: &[u8], merged: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(merged);
        ruff_python_parser::parse_module(&text).map_err(|_| "it does not parse".to_owned())?;
        if text.contains("os.") && !text.contains("import os\n") {
            return Err("`os` would be undefined".to_owned());
        }
        Ok(())
    }

    fn has_findings(&self, _: &RepoPath, bytes: &[u8], codes: &[String]) -> Result<bool, String> {
        Ok(codes.iter().all(|code| code == "F401" && unused(bytes)))
    }
}

const T: &str = "import os\nimport sys\n\nx=1\n\n\ndef f():\n    return sys\n";
const F: &str = "import sys\n\nx = 1\n\n\ndef f():\n    return sys\n";
const SAVED: &str = "import os\nimport sys\n\nx = 1\n\n\ndef f():\n    return sys\n";

struct Case {
    tree: (FileMode, &'static [u8]),
    index: Option<&'static str>,
    flags: [bool; 3],
    index_mode: FileMode,
    worktree: Result<Option<&'static str>, &'static str>,
    executable: bool,
    dirty: Dirty,
    same_class: bool,
    crlf: bool,
    saved: Option<&'static str>,
}

const PLAIN: Case = Case {
    tree: (FileMode::File, T.as_bytes()),
    index: Some(T),
    flags: [false; 3],
    index_mode: FileMode::File,
    worktree: Ok(Some(T)),
    executable: false,
    dirty: Dirty::Merge,
    same_class: false,
    crlf: false,
    saved: Some(SAVED),
};

fn answer(case: &Case) -> Answer {
    let mut repository = Repository::new(case.crlf);
    let path = RepoPath::new("a.py").unwrap();
    let tip = repository.add(case.tree.1);
    let index = case.index.map(|text| repository.add(text.as_bytes()));
    let worktree = match case.worktree {
        Err(reason) => WorktreeState::Irregular(reason.to_owned()),
        Ok(None) => WorktreeState::Absent,
        Ok(Some(text)) => WorktreeState::File {
            raw: text.as_bytes().to_vec(),
            clean: repository.clean(&path, text.as_bytes()).unwrap(),
            executable: case.executable,
        },
    };
    let copies = Copies {
        path: &path,
        tree: (tip, case.tree.0, case.tree.1),
        index: index.map_or(IndexState::Absent, |oid| IndexState::Entry {
            oid,
            mode: case.index_mode,
            skip_worktree: case.flags[0],
            assume_valid: case.flags[1],
            intent_to_add: case.flags[2],
        }),
        worktree,
        fixed: Fixed {
            bytes: F.as_bytes(),
            same_class: case.same_class,
            codes: &["F401".to_owned()],
            on_save: case.saved.map(str::as_bytes),
        },
        dirty: case.dirty,
    };
    let answer = reconcile(&copies, &mut repository, &Imports);
    assert_eq!(reconcile(&copies, &mut repository, &Imports), answer);
    answer
}

fn shown(answer: Answer) -> String {
    let side = |side: Side| match side {
        Side::Keep => "keep".to_owned(),
        Side::Set(bytes) => String::from_utf8(bytes).unwrap(),
    };
    match answer {
        Answer::Go { index, worktree } => format!("I {} W {}", side(index), side(worktree)),
        Answer::Defer(reason) => format!("defer: {reason}"),
        Answer::Skip(reason) => format!("skip: {reason}"),
    }
}

#[test]
fn each_row_of_the_table() {
    const EDITED: &str =
        "import os\nimport sys\n\nx=1\n\n\ndef f():\n    return sys\n\n\nmine = 1\n";
    const SAVED_EDITED: &str =
        "import os\nimport sys\n\nx = 1\ny = 2\n\n\ndef f():\n    return sys\n";
    const SAVED_MEETS: &str =
        "import os  # mine\nimport sys\n\nx = 1\n\n\ndef f():\n    return sys\n";
    const MERGED: &str = "import sys\n\nx = 1\n\n\ndef f():\n    return sys\n\n\nmine = 1\n";
    const USES: &str = "import os\nimport sys\n\nx=1\n\n\ndef f():\n    return os.sep\n";
    const MEETS: &str = "import os\nimport sys\n\nx=2\n\n\ndef f():\n    return sys\n";
    const CRLF: &str =
        "import os\r\nimport sys\r\n\r\nx=1\r\n\r\n\r\ndef f():\r\n    return sys\r\n";
    const CRLF_FIXED: &str = "import sys\r\n\r\nx = 1\r\n\r\n\r\ndef f():\r\n    return sys\r\n";
    const MIXED: &str = "import os\r\nimport sys\n\nx=1\r\n\n\ndef f():\n    return sys\n";
    const MIXED_FIXED: &str = "import sys\n\nx = 1\n\n\ndef f():\n    return sys\n";
    const MIXED_EDITED: &str =
        "import os\nimport sys\n\nx=1\n\n\ndef f():\r\n    return sys\n\n\nmine = 1\r\n";
    const MIXED_MERGED: &str =
        "import sys\n\nx = 1\n\n\ndef f():\r\n    return sys\n\n\nmine = 1\r\n";
    const LFS: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n";
    let go = |index: &str, worktree: &str| format!("I {index} W {worktree}");
    let cases: Vec<(&str, Case, String)> = vec![
        ("same, same", PLAIN, go(F, F)),
        (
            "same, same, CRLF checkout",
            Case {
                worktree: Ok(Some(CRLF)),
                crlf: true,
                ..PLAIN
            },
            go(F, CRLF_FIXED),
        ),
        (
            "same, on-save",
            Case {
                worktree: Ok(Some(SAVED)),
                ..PLAIN
            },
            go(F, F),
        ),
        // Against the tip, the layout made on save meets that of the fix: only what hive
        // made on save tells the person's own line.
        (
            "same, on-save and edited",
            Case {
                worktree: Ok(Some(SAVED_EDITED)),
                ..PLAIN
            },
            go(
                F,
                "import sys\n\nx = 1\ny = 2\n\n\ndef f():\n    return sys\n",
            ),
        ),
        (
            "same, on-save and edited where the fix is",
            Case {
                worktree: Ok(Some(SAVED_MEETS)),
                ..PLAIN
            },
            "defer: the fix and your edits meet in the same lines (the working ones)".to_owned(),
        ),
        (
            "same, fixed already",
            Case {
                worktree: Ok(Some(F)),
                dirty: Dirty::Defer,
                ..PLAIN
            },
            go(F, "keep"),
        ),
        (
            "same, only line endings differ",
            Case {
                worktree: Ok(Some(CRLF)),
                dirty: Dirty::Defer,
                ..PLAIN
            },
            go(F, CRLF_FIXED),
        ),
        (
            "same, some line endings differ",
            Case {
                worktree: Ok(Some(MIXED)),
                ..PLAIN
            },
            go(F, MIXED_FIXED),
        ),
        (
            "same, edited",
            Case {
                worktree: Ok(Some(EDITED)),
                ..PLAIN
            },
            go(F, MERGED),
        ),
        (
            "same, edited with other line endings",
            Case {
                worktree: Ok(Some(MIXED_EDITED)),
                ..PLAIN
            },
            go(F, MIXED_MERGED),
        ),
        (
            "same, edited, defer",
            Case {
                worktree: Ok(Some(EDITED)),
                dirty: Dirty::Defer,
                ..PLAIN
            },
            "defer: it has working edits, and `dirty` says to wait".to_owned(),
        ),
        (
            "same, edited in the same line",
            Case {
                worktree: Ok(Some(MEETS)),
                saved: None,
                ..PLAIN
            },
            "defer: the fix and your edits meet in the same lines (the working ones)".to_owned(),
        ),
        (
            "same, edited so that the fix is wrong",
            Case {
                worktree: Ok(Some(USES)),
                ..PLAIN
            },
            "defer: with the working edits F401 no longer applies".to_owned(),
        ),
        (
            "same, edited so that the merge is wrong",
            Case {
                worktree: Ok(Some(USES)),
                same_class: true,
                ..PLAIN
            },
            "defer: merged with the working edits: `os` would be undefined".to_owned(),
        ),
        (
            "staged, same as staged",
            Case {
                index: Some(EDITED),
                worktree: Ok(Some(EDITED)),
                ..PLAIN
            },
            go(MERGED, MERGED),
        ),
        (
            "staged, as committed",
            Case {
                index: Some(EDITED),
                ..PLAIN
            },
            go(MERGED, F),
        ),
        (
            "staged, file wrong",
            Case {
                index: Some(EDITED),
                worktree: Ok(Some(USES)),
                ..PLAIN
            },
            "defer: with the working edits F401 no longer applies".to_owned(),
        ),
        (
            "staged wrong",
            Case {
                index: Some(USES),
                ..PLAIN
            },
            "defer: with the staged edits F401 no longer applies".to_owned(),
        ),
        (
            "staged, defer",
            Case {
                index: Some(EDITED),
                worktree: Ok(Some(EDITED)),
                dirty: Dirty::Defer,
                ..PLAIN
            },
            "defer: it has staged edits, and `dirty` says to wait".to_owned(),
        ),
        (
            "hive's own on-save staged",
            Case {
                index: Some(SAVED),
                worktree: Ok(Some(SAVED)),
                dirty: Dirty::Defer,
                ..PLAIN
            },
            go(F, F),
        ),
        (
            "staged beyond the fix",
            Case {
                index: Some(MERGED),
                worktree: Ok(Some(MERGED)),
                ..PLAIN
            },
            go("keep", "keep"),
        ),
        (
            "fix staged",
            Case {
                index: Some(F),
                worktree: Ok(Some(F)),
                ..PLAIN
            },
            go("keep", "keep"),
        ),
        (
            "fix staged, file edited",
            Case {
                index: Some(F),
                worktree: Ok(Some(USES)),
                ..PLAIN
            },
            go("keep", "keep"),
        ),
        (
            "absent",
            Case {
                worktree: Ok(None),
                ..PLAIN
            },
            go(F, "keep"),
        ),
        (
            "absent, staged edits",
            Case {
                index: Some(EDITED),
                worktree: Ok(None),
                ..PLAIN
            },
            go(MERGED, "keep"),
        ),
        (
            "absent, fix staged",
            Case {
                index: Some(F),
                worktree: Ok(None),
                ..PLAIN
            },
            go("keep", "keep"),
        ),
        (
            "no entry",
            Case {
                index: None,
                ..PLAIN
            },
            "skip: its deletion is staged".to_owned(),
        ),
        (
            "no entry, absent",
            Case {
                index: None,
                worktree: Ok(None),
                ..PLAIN
            },
            "skip: its deletion is staged".to_owned(),
        ),
        (
            "sparse",
            Case {
                flags: [true, false, false],
                worktree: Ok(None),
                ..PLAIN
            },
            "skip: it is outside of the sparse checkout".to_owned(),
        ),
        (
            "assume valid",
            Case {
                flags: [false, true, false],
                ..PLAIN
            },
            "skip: git was told to assume that it does not change".to_owned(),
        ),
        (
            "intent to add",
            Case {
                flags: [false, false, true],
                ..PLAIN
            },
            "skip: only the intent to add it is staged".to_owned(),
        ),
        (
            "mode staged",
            Case {
                index_mode: FileMode::Executable,
                ..PLAIN
            },
            "skip: a change of its mode is staged".to_owned(),
        ),
        (
            "mode changed",
            Case {
                executable: true,
                ..PLAIN
            },
            "skip: the mode of the file is not the committed one".to_owned(),
        ),
        (
            "executable",
            Case {
                tree: (FileMode::Executable, T.as_bytes()),
                index_mode: FileMode::Executable,
                executable: true,
                ..PLAIN
            },
            go(F, F),
        ),
        (
            "symlink",
            Case {
                tree: (FileMode::Symlink, b"b.py"),
                ..PLAIN
            },
            "skip: it is a symbolic link".to_owned(),
        ),
        (
            "symlink staged",
            Case {
                index_mode: FileMode::Symlink,
                ..PLAIN
            },
            "skip: it is staged as a symbolic link".to_owned(),
        ),
        (
            "submodule",
            Case {
                tree: (FileMode::Gitlink, b""),
                ..PLAIN
            },
            "skip: it is a submodule".to_owned(),
        ),
        (
            "irregular",
            Case {
                worktree: Err("it has 2 hard links"),
                ..PLAIN
            },
            "skip: it has 2 hard links".to_owned(),
        ),
        (
            "LFS",
            Case {
                tree: (FileMode::File, LFS.as_bytes()),
                ..PLAIN
            },
            "skip: the committed content is a Git LFS pointer".to_owned(),
        ),
        (
            "LFS staged",
            Case {
                index: Some(LFS),
                ..PLAIN
            },
            "skip: the staged content is a Git LFS pointer".to_owned(),
        ),
        (
            "binary",
            Case {
                tree: (FileMode::File, b"a\0b"),
                ..PLAIN
            },
            "skip: the committed content is binary".to_owned(),
        ),
        (
            "binary file",
            Case {
                worktree: Ok(Some("a\0b")),
                ..PLAIN
            },
            "skip: the working content is binary".to_owned(),
        ),
    ];
    for (name, case, expected) in cases {
        assert_eq!(shown(answer(&case)), expected, "{name}");
    }
}

#[test]
fn conflicts_and_unreadable_blobs_stay() {
    let path = RepoPath::new("a.py").unwrap();
    let mut repository = Repository::new(false);
    let tip = repository.add(T.as_bytes());
    let lost = Repository::new(false).add(b"lost\n");
    let entry = IndexState::Entry {
        oid: lost,
        mode: FileMode::File,
        skip_worktree: false,
        assume_valid: false,
        intent_to_add: false,
    };
    let short = lost.short();
    for (index, expected) in [
        (
            IndexState::Conflicted,
            "skip: it has unresolved conflicts in the index".to_owned(),
        ),
        (entry, format!("defer: blob {short} cannot be read")),
    ] {
        let copies = Copies {
            path: &path,
            tree: (tip, FileMode::File, T.as_bytes()),
            index,
            worktree: WorktreeState::Absent,
            fixed: Fixed {
                bytes: F.as_bytes(),
                same_class: true,
                codes: &[],
                on_save: None,
            },
            dirty: Dirty::Merge,
        };
        assert_eq!(
            shown(reconcile(&copies, &mut repository, &Imports)),
            expected
        );
    }
}
