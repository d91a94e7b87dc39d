//! Putting a stored patch, or a fix that is held, into the working file.

use super::desk::{Desk, verify};
use super::patch::{Misfit, Patch};
use crate::escalation::{Escalation, State};
use crate::failure::{Failure, Outcome};
use crate::landing::reconcile::{Judge, MergeError, merge};
use crate::notice::Notice;
use crate::queue::{FixClass, FixId, WaitingFix, WaitingState};
use crate::repo::RepoPath;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The file.
    pub path: RepoPath,
    /// What was in it before.
    pub before: Vec<u8>,
    /// The hash of what is in it now.
    pub after: blake3::Hash,
    /// Whether it was merged into edits, or lines that had moved.
    pub merged: bool,
}

/// Puts the patch of a question into the file as it is now: as it stands where nothing
/// has changed, else by a merge of three. The result is verified; a patch that does not
/// fit any more says why and writes nothing.
pub(super) fn apply(desk: &Desk, one: &Escalation) -> Outcome<Applied> {
    let (id, path) = (one.id, &one.question.path);
    let text = one.question.patch.as_deref().ok_or_else(|| {
        Failure::usage(format!("question {id} has no patch")).hint(format!(
            "hive escalations open {id} opens the place in your editor"
        ))
    })?;
    // A question that was asked behind a fix is about the text that the fix makes.
    let mut waiting = desk.queue.waiting_fixes()?;
    waiting.retain(|fix| fix.path == *path);
    let unfit = |why: &str| {
        let failure = Failure::usage(format!(
            "the patch of question {id} does not fit any more: {why}"
        ));
        failure.hint(match waiting.last().map(|fix| &fix.state) {
            Some(WaitingState::Held { .. }) => format!(
                "it was made behind a fix that is held: hive apply puts that into the file, \
                 then hive apply {id} goes"
            ),
            Some(_) => "it was made behind a fix that waits: hive status says for what".to_owned(),
            None => format!(
                "hive escalations show {id} has it; hive escalations open {id} opens the file"
            ),
        })
    };
    let patch = Patch::read(text).map_err(|error| unfit(&error.to_string()))?;
    let snapshot = desk.snapshot(path)?;
    let now = Lines::of(snapshot.bytes());
    let bases: Vec<Vec<u8>> = [desk.tip()?, one.question.commit]
        .into_iter()
        .flatten()
        .filter_map(|commit| desk.stored(&commit, path))
        .chain(waiting.iter().map(|fix| fix.after.clone()))
        .collect();
    let (new, merged) =
        fit(&patch, &now.text, &bases).map_err(|error| unfit(&error.to_string()))?;
    if new == now.text {
        let there = unfit("the file has the change already");
        return Err(match one.state {
            State::Open | State::Snoozed { .. } => {
                there.hint(format!("hive escalations resolve {id} closes the question"))
            }
            State::Resolved { .. } | State::Dismissed { .. } => there,
        });
    }
    write(desk, path, &snapshot, &now, &new, merged)
}

/// The text with the patch in it, and whether it had to be merged. `bases` are texts that
/// the patch may have been made of.
pub(super) fn fit(patch: &Patch, now: &[u8], bases: &[Vec<u8>]) -> Result<(Vec<u8>, bool), Unfit> {
    if let Ok(new) = patch.exact(now) {
        return Ok((new, false));
    }
    let mut met = None;
    for base in bases {
        let Ok(after) = patch.exact(base) else {
            continue;
        };
        match merge(base, now, &after) {
            Ok(new) => return Ok((new, true)),
            Err(error) => met = Some(error),
        }
    }
    match (patch.moved(now), met) {
        (Ok(new), _) => Ok((new, true)),
        (Err(_), Some(error)) => Err(Unfit::Meets(error)),
        (Err(error), None) => Err(Unfit::Misfit(error)),
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error(transparent)]
    Meets(MergeError),
    #[error(transparent)]
    Misfit(Misfit),
}

/// What a question's patch makes of a text in an editor, whose lines may have moved; nothing
/// is written, and nothing verified. An error says why the patch does not fit.
pub fn patched(patch: &str, text: &[u8]) -> Result<Vec<u8>, String> {
    let patch = Patch::read(patch).map_err(|misfit| misfit.to_string())?;
    let now = Lines::of(text);
    let new = patch.exact(&now.text).or_else(|_| patch.moved(&now.text));
    new.map(|new| now.ended(&new))
        .map_err(|misfit| misfit.to_string())
}

/// Puts the fixes that are held, or wait for edits, into the working files: of these
/// numbers, or all held ones. Each is a result of its own; one that was written waits no
/// longer.
pub fn apply_held(desk: &Desk, ids: &[FixId]) -> Outcome<Vec<(RepoPath, Outcome<Applied>)>> {
    let waiting = desk.queue.waiting_fixes()?;
    let wanted = waiting.into_iter().filter(|fix| {
        if ids.is_empty() {
            matches!(fix.state, WaitingState::Held { .. })
        } else {
            ids.contains(&fix.id)
        }
    });
    let done: Vec<(RepoPath, Outcome<Applied>)> = wanted
        .map(|fix| {
            let done = held(desk, &fix).and_then(|applied| {
                let how = "put into the file by hive apply";
                desk.queue.drop_fix(fix.id, how)?;
                Ok(applied)
            });
            (fix.path, done)
        })
        .collect();
    let written = done.iter().filter(|(_, done)| done.is_ok());
    desk.settled(Notice {
        settled: written.map(|(path, _)| path.to_string()).collect(),
        ..Notice::default()
    });
    Ok(done)
}

fn held(desk: &Desk, fix: &WaitingFix) -> Outcome<Applied> {
    let path = &fix.path;
    let unfit = |why: String| {
        Failure::usage(format!("the fix of {path} does not fit: {why}"))
            .hint(format!("hive fix {path} makes it anew"))
    };
    let base = desk
        .blob(&fix.before)
        .ok_or_else(|| unfit("what it was made of is gone".to_owned()))?;
    let snapshot = desk.snapshot(path)?;
    let now = Lines::of(snapshot.bytes());
    let new = merge(&base, &now.text, &fix.after).map_err(|error| unfit(error.to_string()))?;
    if new == now.text {
        return Err(unfit("the file has it already".to_owned()));
    }
    let same = fix.classes.iter().all(|class| *class == FixClass::Same);
    if now.text != base && !same {
        // An import that was unused at the tip may be used by now: the merge would be
        // clean and wrong.
        let codes: Vec<String> = fix
            .counts
            .iter()
            .filter(|count| count.class != FixClass::Same)
            .map(|count| count.code.clone())
            .collect();
        let judge = desk.judge(path)?;
        match judge.has_findings(path, &now.text, &codes) {
            Ok(true) => {}
            Ok(false) => {
                let codes = codes.join(", ");
                return Err(unfit(format!("with your edits {codes} no longer applies")));
            }
            Err(reason) => return Err(unfit(reason)),
        }
    }
    let merged = now.text != base;
    write(desk, path, &snapshot, &now, &new, merged)
}

fn write(
    desk: &Desk,
    path: &RepoPath,
    snapshot: &crate::writing::Snapshot,
    now: &Lines,
    new: &[u8],
    merged: bool,
) -> Outcome<Applied> {
    let judge = desk.judge(path)?;
    verify(&judge, path, &now.text, new).map_err(|reason| {
        Failure::usage(format!("{path} is not written: {reason}"))
            .hint("nothing has changed; the patch is shown by hive escalations show")
    })?;
    let bytes = now.ended(new);
    desk.write(path, snapshot, &bytes)?;
    Ok(Applied {
        path: path.clone(),
        before: snapshot.bytes().to_vec(),
        after: blake3::hash(&bytes),
        merged,
    })
}

/// A file's text with line feeds alone, as blobs have it, and whether its lines end in
/// carriage returns, too.
pub(super) struct Lines {
    pub(super) text: Vec<u8>,
    carriage: bool,
}

impl Lines {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
        let returns = bytes.iter().filter(|byte| **byte == b'\r').count();
        let both = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
        // One that stands alone is part of the text, and would be lost.
        let carriage = feeds > 0 && feeds == both && returns == both;
        let mut text = bytes.to_vec();
        if carriage {
            text.retain(|byte| *byte != b'\r');
        }
        Self { text, carriage }
    }

    /// A text with this file's line ends.
    pub(super) fn ended(&self, text: &[u8]) -> Vec<u8> {
        if !self.carriage {
            return text.to_vec();
        }
        let mut ended = Vec::with_capacity(text.len() + text.len() / 20);
        for byte in text {
            if *byte == b'\n' {
                ended.push(b'\r');
            }
            ended.push(*byte);
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::unified;

    #[test]
    fn a_patch_finds_its_way_or_says_why_not() {
        let base = "import os\nimport sys\n\n\n\nx = sys\ny = 1\nz = 2\n";
        let after = "import sys\n\n\n\nx = sys\ny = 1\nz = 2\n";
        let text = unified("a.py", base.as_bytes(), after.as_bytes());
        let patch = Patch::read(std::str::from_utf8(&text).unwrap()).unwrap();
        let bases = [base.as_bytes().to_vec()];
        let fits = |now: &str| {
            fit(&patch, now.as_bytes(), &bases)
                .map(|(text, merged)| (String::from_utf8(text).unwrap(), merged))
        };
        assert_eq!(fits(base), Ok((after.to_owned(), false)));
        let edited = base.replace("z = 2", "z = 3");
        let merged = after.replace("z = 2", "z = 3");
        assert_eq!(fits(&edited), Ok((merged, false)));
        let before = format!("# head\n\n\n\n{base}");
        assert!(fits(&before).is_ok_and(|(text, merged)| merged && !text.contains("import os")));
        let met = base.replace("import os\n", "import os, re\n");
        assert!(matches!(fits(&met), Err(Unfit::Meets(_))));
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        for bytes in [
            &b"a\r\nb\r\n"[..],
            b"a\nb\n",
            b"a\r\nb\n",
            b"s = 'a\rb'\r\nc\r\n",
            b"a\r\r\n",
            b"",
        ] {
            let lines = Lines::of(bytes);
            assert_eq!(lines.ended(&lines.text), bytes);
        }
        assert_eq!(Lines::of(b"a\r\nb\r\n").text, b"a\nb\n");
    }
}
