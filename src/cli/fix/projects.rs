//! Fixes of files that are no Python: what Golden Rules mend in a project's configuration.
//!
//! The tools have no part in them. A fix is made only if the file is still what was judged
//! and the result is TOML again; it is written as every other file is.

use super::laws::Laws;
use crate::failure::{Failure, Outcome};
use crate::fixers::golden::carried_out;
use crate::fixers::{Class, FixCount, Suggestion};
use crate::golden::paths::is_python_or_stub;
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
    let mut all = Suggestion {
        title: String::new(),
        edits: Vec::new(),
    };
    for finding in file.findings.iter().filter(|finding| finding.fixable) {
        let golden = finding.golden.as_ref();
        if let Some(suggestion) = golden.and_then(|golden| golden.suggestion.as_ref()) {
            all.edits.extend(suggestion.edits.iter().cloned());
        }
    }
    all.edits.sort();
    all.edits.dedup();
    let Some(after) = carried_out(snapshot.bytes(), &all) else {
        return;
    };
    let is_toml = file.relative.rsplit('.').next() == Some("toml");
    if is_toml && toml::from_str::<toml::Table>(&String::from_utf8_lossy(&after)).is_err() {
        file.notes
            .push("the fix would not be TOML; it is not made".to_owned());
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
