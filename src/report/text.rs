//! The report for people.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use console::Style;

use super::{FileReport, Finds, Mode, Run, Status, frame, patch};
use crate::fixers::{FixCount, Trouble};
use crate::terminal::{one_name, plain};

/// The styles of the stream that the text goes to.
#[derive(Debug, Clone)]
pub struct Styles {
    base: Style,
}

impl Styles {
    /// Builds on a style that knows whether the stream has colour.
    pub fn new(base: Style) -> Self {
        Self { base }
    }

    /// Paths.
    pub fn path(&self) -> Style {
        self.base.clone().bold()
    }

    /// Rule codes and failures.
    pub fn code(&self) -> Style {
        self.base.clone().red().bold()
    }

    /// What went well.
    pub fn good(&self) -> Style {
        self.base.clone().green()
    }

    /// What deserves a look.
    pub fn odd(&self) -> Style {
        self.base.clone().yellow()
    }

    /// Punctuation and asides.
    pub fn dim(&self) -> Style {
        self.base.clone().dim()
    }

    /// As it is.
    pub fn base(&self) -> Style {
        self.base.clone()
    }
}

/// One line per changed file and per failure; per finding one line, or its frame where the
/// text is known that it is about.
pub(super) fn render(run: &Run, styles: &Styles, verbose: bool) -> Vec<u8> {
    if run.mode == Mode::Diff {
        let texts = |file: &FileReport| {
            let (old, new) = file.texts.as_ref()?;
            Some(patch::coloured(&file.relative, old, new, styles))
        };
        return run.files.iter().filter_map(texts).flatten().collect();
    }
    lines(run, styles, verbose).into_bytes()
}

/// The lines beside a patch, which itself says what would be fixed.
pub(super) fn beside_patch(run: &Run, styles: &Styles) -> String {
    lines(run, styles, false)
}

fn lines(run: &Run, styles: &Styles, verbose: bool) -> String {
    let mut out = String::new();
    for file in &run.files {
        render_file(&mut out, run.mode, file, styles, verbose);
    }
    for verdict in &run.verdicts {
        if let Finds::Error(error) = &verdict.finds {
            let code = styles.code().apply_to(&verdict.code);
            let _ = writeln!(out, "{code}: could not judge: {}", plain(error));
        }
    }
    out
}

fn render_file(out: &mut String, mode: Mode, file: &FileReport, styles: &Styles, verbose: bool) {
    let shown = one_name(&file.shown);
    let path = styles.path().apply_to(&shown);
    // Writing to a string cannot fail.
    let _ = match &file.status {
        Status::Fixed | Status::WouldChange if mode == Mode::Diff => Ok(()),
        Status::Fixed | Status::WouldChange => {
            let word = if mode == Mode::Fix {
                "fixed"
            } else {
                "would fix"
            };
            writeln!(
                out,
                "{path}: {} {}",
                styles.good().apply_to(word),
                counts(&file.fixes)
            )
        }
        Status::Failed(trouble) => {
            let word = styles.code().apply_to("failed");
            writeln!(
                out,
                "{path}: {word} {}",
                plain(&trouble.to_string()).replace('\n', "\n    ")
            )
        }
        Status::Left(reason) => {
            let fixes = counts(&file.fixes);
            let what = if fixes.is_empty() {
                String::new()
            } else {
                format!(" ({fixes})")
            };
            writeln!(
                out,
                "{path}: {} {}{what}",
                styles.odd().apply_to("not fixed, it"),
                plain(reason)
            )
        }
        Status::Skipped(reason) if verbose => {
            writeln!(
                out,
                "{path}: {} {}",
                styles.dim().apply_to("skipped, it"),
                plain(reason)
            )
        }
        Status::Unchanged if verbose && file.findings.is_empty() => {
            writeln!(out, "{path}: {}", styles.dim().apply_to("clean"))
        }
        Status::Skipped(_) | Status::Unchanged => Ok(()),
    };
    let lines: Option<Vec<&str>> = file.source.as_ref().map(|source| source.lines().collect());
    for finding in &file.findings {
        if let Some(lines) = &lines {
            frame::render(out, &shown, finding, lines, styles);
            continue;
        }
        let place = styles
            .dim()
            .apply_to(format!(":{}:{}:", finding.line, finding.column));
        let code = styles.code().apply_to(&finding.code);
        let _ = writeln!(out, "{path}{place} {code} {}", plain(&finding.told()));
    }
    for note in &file.notes {
        let _ = writeln!(
            out,
            "{path}: {} {}",
            styles.odd().apply_to("note"),
            plain(note)
        );
    }
}

/// `F401 ×3, format` in order of code, layout last.
pub(super) fn counts(fixes: &[FixCount]) -> String {
    let mut sums: BTreeMap<(bool, &str), u32> = BTreeMap::new();
    for fix in fixes {
        *sums
            .entry((fix.code == "format" || fix.code == "imports", &fix.code))
            .or_default() += fix.count;
    }
    let parts: Vec<String> = sums
        .into_iter()
        .map(|((layout, code), count)| {
            if layout || count == 1 {
                code.to_owned()
            } else {
                format!("{code} ×{count}")
            }
        })
        .collect();
    parts.join(", ")
}

/// What happened, in one line.
pub(super) fn summary(run: &Run, styles: &Styles) -> String {
    let totals = run.totals();
    let mut parts = Vec::new();
    let changed = match run.mode {
        Mode::Fix => "fixed",
        Mode::Check | Mode::Diff => "would change",
    };
    if totals.changed > 0 {
        let fixed = format!("{} {changed}", files(totals.changed));
        parts.push(styles.good().apply_to(fixed).to_string());
    }
    if totals.findings > 0 {
        let findings = format!(
            "{} in {}",
            count(totals.findings, "finding"),
            files(totals.with_findings)
        );
        parts.push(styles.code().apply_to(findings).to_string());
    }
    if totals.left > 0 {
        let left = format!("{} not fixed", files(totals.left));
        parts.push(styles.odd().apply_to(left).to_string());
    }
    for (number, what) in [
        (totals.failed, "failed"),
        (totals.misconfigured, "without a usable configuration"),
        (totals.unreadable, "unreadable"),
    ] {
        if number > 0 {
            parts.push(
                styles
                    .code()
                    .apply_to(format!("{} {what}", files(number)))
                    .to_string(),
            );
        }
    }
    let troubled = run
        .verdicts
        .iter()
        .filter(|it| matches!(it.finds, Finds::Error(_)))
        .count();
    if troubled > 0 {
        let troubled = format!("{} failed", count(troubled, "rule"));
        parts.push(styles.code().apply_to(troubled).to_string());
    }
    if !run.held.is_empty() {
        let held = format!("{} held", count(run.held.len(), "tool"));
        parts.push(styles.odd().apply_to(held).to_string());
    }
    if parts.is_empty() {
        parts.push(styles.good().apply_to("all clean").to_string());
    }
    let mut aside = vec![format!(
        "{} in {}",
        files(totals.seen()),
        duration(run.took)
    )];
    if run.remembered > 0 {
        aside.push(format!("{} known", run.remembered));
    }
    if run.frozen > 0 {
        aside.push(format!("{} frozen", run.frozen));
    }
    if totals.skipped > 0 {
        aside.push(format!("{} skipped", totals.skipped));
    }
    let aside = styles
        .dim()
        .apply_to(format!("({})", aside.join(", ")))
        .to_string();
    format!("{} {aside}", parts.join(", "))
}

fn files(number: usize) -> String {
    count(number, "file")
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

fn duration(took: Duration) -> String {
    let millis = took.as_millis();
    if millis < 1000 {
        format!("{millis} ms")
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// A short name for a failure, for machines.
pub(super) fn trouble_kind(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Unreadable { .. } => "unreadable",
        Trouble::Configuration { .. } => "configuration",
        Trouble::Tool { .. } => "tool",
        Trouble::Verification { .. } => "verification",
        Trouble::Oscillation { .. } => "oscillation",
        Trouble::Worker { .. } => "worker",
        Trouble::System { .. } => "system",
    }
}

#[cfg(test)]
mod tests {
    use super::counts;
    use crate::fixers::{Class, FixCount};

    #[test]
    fn counts_read_well() {
        let fix = |code: &str, count| FixCount {
            code: code.to_owned(),
            class: Class::Linter,
            count,
        };
        assert_eq!(
            counts(&[fix("format", 2), fix("I001", 1), fix("F401", 3)]),
            "F401 ×3, I001, format"
        );
        assert_eq!(counts(&[]), "");
    }
}
