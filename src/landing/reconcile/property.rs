//! What must hold for any copies: no line of the person is lost, none comes back, no
//! marker appears, untouched lines keep their endings.

use super::tests::Repository;
use super::{
    Answer, Contents, Copies, Dirty, FileMode, Fixed, IndexState, Judge, Side, WorktreeState,
    reconcile,
};
use crate::repo::RepoPath;

/// Numbers that are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What a person did to a text: the new lines, and which were added and taken away.
struct Edited {
    lines: Vec<String>,
    added: Vec<String>,
    removed: Vec<String>,
}

/// Adds lines that exist nowhere else and takes lines away; every line of the texts
/// here is unique, so that it can be looked for afterwards.
fn edit(lines: &[String], mark: &str, numbers: &mut Numbers) -> Edited {
    let mut edited = Edited {
        lines: Vec::new(),
        added: Vec::new(),
        removed: Vec::new(),
    };
    for line in lines {
        if numbers.chance(6) {
            let new = format!("{mark}_{} = {}", edited.added.len(), numbers.below(1000));
            edited.added.push(new.clone());
            edited.lines.push(new);
        }
        if line.starts_with("keep") && numbers.chance(5) {
            edited.removed.push(line.clone());
        } else {
            edited.lines.push(line.clone());
        }
    }
    edited
}

fn text(lines: &[String], crlf: bool, numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        let ending = if crlf && numbers.chance(50) {
            "\r\n"
        } else {
            "\n"
        };
        bytes.extend_from_slice(format!("{line}{ending}").as_bytes());
    }
    bytes
}

fn has(bytes: &[u8], line: &str) -> bool {
    String::from_utf8_lossy(bytes)
        .lines()
        .any(|found| found == line)
}

/// Accepts what parses: these texts have no names to lose.
struct Syntax;

impl Judge for Syntax {
    fn merged(&self, _: &RepoPath, _: &[u8], merged: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(merged);
        let parsed = ruff_python_parser::parse_module(&text);
        parsed.map(drop).map_err(|error| error.to_string())
    }

    fn has_findings(&self, _: &RepoPath, _: &[u8], _: &[String]) -> Result<bool, String> {
        Ok(true)
    }
}

#[test]
fn no_line_of_the_person_is_lost_in_any_merge() {
    let path = RepoPath::new("a.py").unwrap();
    let (mut gone, mut merged) = (0, 0);
    for seed in 1..3_000_u64 {
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Lines that hive reformats, lines it takes away, lines it leaves.
        let kinds: Vec<usize> = (0..=numbers.below(40)).map(|_| numbers.below(12)).collect();
        let line = |(at, kind): (usize, &usize)| match kind {
            0 => format!("format_{at}={at}"),
            1 => format!("unused_{at} = {at}"),
            _ => format!("keep_{at} = {at}"),
        };
        let tree: Vec<String> = kinds.iter().enumerate().map(line).collect();
        let fixed: Vec<String> = tree
            .iter()
            .filter(|line| !line.starts_with("unused"))
            .map(|line| match line.split_once('=') {
                Some((name, value)) if line.starts_with("format") => format!("{name} = {value}"),
                _ => line.clone(),
            })
            .collect();
        let crlf = seed % 3 == 0;
        let staged = if seed % 2 == 0 {
            edit(&tree, "staged", &mut numbers)
        } else {
            Edited {
                lines: tree.clone(),
                added: Vec::new(),
                removed: Vec::new(),
            }
        };
        let saved = edit(&staged.lines, "saved", &mut numbers);

        let mut repository = Repository::new(false);
        let [tree_text, fixed_text, staged_text] =
            [&tree, &fixed, &staged.lines].map(|lines| text(lines, false, &mut Numbers(1)));
        let raw = text(&saved.lines, crlf, &mut numbers);
        let clean = repository.clean(&path, &raw).unwrap();
        let tip = repository.add(&tree_text);
        let copies = Copies {
            path: &path,
            tree: (tip, FileMode::File, &tree_text),
            index: IndexState::Entry {
                oid: repository.add(&staged_text),
                mode: FileMode::File,
                skip_worktree: false,
                assume_valid: false,
                intent_to_add: false,
            },
            worktree: WorktreeState::File {
                raw: raw.clone(),
                clean,
                executable: false,
            },
            fixed: Fixed {
                bytes: &fixed_text,
                same_class: false,
                codes: &[],
                on_save: None,
            },
            dirty: Dirty::Merge,
        };
        let Answer::Go { index, worktree } = reconcile(&copies, &mut repository, &Syntax) else {
            continue;
        };
        gone += 1;
        let of = |side: Side, kept: &[u8]| match side {
            Side::Keep => kept.to_vec(),
            Side::Set(bytes) => bytes,
        };
        let (index, worktree) = (of(index, &staged_text), of(worktree, &raw));
        merged += usize::from(worktree != raw && !saved.added.is_empty());
        for (side, edits) in [(&index, &[&staged][..]), (&worktree, &[&staged, &saved])] {
            assert!(
                !side
                    .windows(7)
                    .any(|part| part == b"<<<<<<<" || part == b">>>>>>>")
            );
            let gone = |line: &String| edits.iter().any(|edit| edit.removed.contains(line));
            for line in edits
                .iter()
                .flat_map(|edit| &edit.added)
                .filter(|line| !gone(line))
            {
                assert!(has(side, line), "seed {seed} lost {line}");
            }
            for line in edits.iter().flat_map(|edit| &edit.removed) {
                assert!(!has(side, line), "seed {seed} brought back {line}");
            }
            for line in tree
                .iter()
                .filter(|line| line.starts_with("keep") && !gone(line))
            {
                assert!(has(side, line), "seed {seed} lost {line}");
            }
            for line in tree.iter().filter(|line| !line.starts_with("keep")) {
                assert!(!has(side, line), "seed {seed} did not fix {line}");
            }
        }
        // Lines that neither side touched keep their endings.
        let with_cr = |bytes: &[u8], line: &str| {
            let wanted = format!("{line}\r\n");
            bytes
                .windows(wanted.len())
                .any(|part| part == wanted.as_bytes())
        };
        for line in saved.lines.iter().filter(|line| line.starts_with("keep")) {
            assert_eq!(
                with_cr(&raw, line),
                with_cr(&worktree, line),
                "seed {seed} {line}"
            );
        }
    }
    assert!(
        gone > 300 && merged > 100,
        "{gone} went, {merged} with merged edits"
    );
}
