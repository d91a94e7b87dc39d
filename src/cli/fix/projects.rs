//! Fixes of files that are no Python: what Golden Rules mend in a project's configuration.
//!
//! The tools have no part in them. A fix is made only if the file is still what was judged
//! and the result is TOML again; it is written as every other file is.

use super::laws::Laws;
use crate::failure::{Failure, Outcome};
use crate::fixers::golden::carried_out;
use crate::fixers::{Class, FixCount, Suggestion};
use crate::golden::Edit;
use crate::golden::paths::is_python_or_stub;
use crate::golden::project::contains;
use crate::report::{FileReport, Mode, Status};
use crate::writing::{Writer, Written, read_at_most};

impl Laws<'_> {
    /// Makes the fixes that may be made, or says what they would make of the files.
    pub(super) fn mend_projects(&self, files: &mut [FileReport], mode: Mode) -> Outcome<()> {
        if mode == Mode::Check {
            return Ok(());
        }
        let mut writer = None;
        for file in files {
            let fixable = file.findings.iter().any(|finding| finding.fixable);
            if !fixable || file.status != Status::Unchanged || is_python_or_stub(&file.relative) {
                continue;
            }
            if writer.is_none() && mode == Mode::Fix {
                let opened = match &self.house.place {
                    Some(place) => Writer::for_repository(place),
                    None => Writer::beside(),
                };
                writer = Some(opened.map_err(|error| {
                    Failure::internal("hive's own directory cannot be used").caused_by(error)
                })?);
            }
            mend(file, writer.as_ref(), self.house.settings.max_file_size.0);
        }
        if let Some(writer) = writer {
            writer.settle();
        }
        Ok(())
    }
}

fn mend(file: &mut FileReport, writer: Option<&Writer>, max: u64) {
    let Ok(snapshot) = read_at_most(&file.path, max) else {
        return;
    };
    let fixes: Vec<&Suggestion> = file
        .findings
        .iter()
        .filter(|finding| finding.fixable)
        .filter_map(|finding| finding.golden.as_ref()?.suggestion.as_ref())
        .collect();
    let Some(after) = carried_out(snapshot.bytes(), &together(&fixes)) else {
        return;
    };
    let is_toml = file.relative.rsplit('.').next() == Some("toml");
    if is_toml && !has_each(&after, snapshot.bytes(), &fixes) {
        let note = "the fixes would not be TOML with what each of them adds; they are not made";
        file.notes.push(note.to_owned());
        return;
    }
    match writer {
        None => {
            file.status = Status::WouldChange;
            file.texts = Some((snapshot.bytes().to_vec(), after));
        }
        Some(writer) => match writer.replace(&snapshot, &after) {
            Ok(Written::Replaced) => file.status = Status::Fixed,
            Ok(Written::Overtaken) => {
                let reason = "was saved by somebody else meanwhile; that was kept";
                file.status = Status::Left(reason.to_owned());
                return;
            }
            Err(error) => {
                file.status = Status::Left(error.to_string());
                return;
            }
        },
    }
    let (fixed, left) = std::mem::take(&mut file.findings)
        .into_iter()
        .partition::<Vec<_>, _>(|finding| finding.fixable);
    file.findings = left;
    file.fixes.extend(fixed.into_iter().map(|finding| FixCount {
        code: finding.code,
        class: Class::Golden,
        count: 1,
    }));
}

/// All fixes as one. Of what is inserted at one place tables stand last: what follows the
/// head of a table is in it.
fn together(fixes: &[&Suggestion]) -> Suggestion {
    let mut edits: Vec<Edit> = fixes
        .iter()
        .flat_map(|fix| fix.edits.iter().cloned())
        .collect();
    let is_table = |edit: &Edit| edit.text.trim_start().starts_with('[');
    edits.sort_by(|a, b| (a.range, is_table(a), &a.text).cmp(&(b.range, is_table(b), &b.text)));
    edits.dedup();
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut() {
            Some(last) if last.range == edit.range && edit.range.0 == edit.range.1 => {
                last.text.push_str(&edit.text);
            }
            _ => merged.push(edit),
        }
    }
    Suggestion {
        title: String::new(),
        edits: merged,
    }
}

/// Whether a text is TOML and holds everything that it holds with any one of the fixes.
fn has_each(after: &[u8], before: &[u8], fixes: &[&Suggestion]) -> bool {
    let read =
        |bytes: &[u8]| -> Option<toml::Table> { std::str::from_utf8(bytes).ok()?.parse().ok() };
    let Some(after) = read(after) else {
        return false;
    };
    fixes.iter().all(|fix| {
        let alone = carried_out(before, fix).and_then(|bytes| read(&bytes));
        alone.is_some_and(|alone| contains(&after, &alone))
    })
}
