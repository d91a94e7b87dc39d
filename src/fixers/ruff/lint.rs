//! Lints a text and applies fixes until none is left.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use ruff_db::diagnostic::Diagnostic;
use ruff_linter::Locator;
use ruff_linter::directives::{self, Flags};
use ruff_linter::linter::{check_path, parse_unchecked_source};
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_linter::suppression::Suppressions;
use ruff_python_ast::{Mod, ModModule, PySourceType, PythonVersion};
use ruff_python_codegen::Stylist;
use ruff_python_index::Indexer;
use ruff_python_parser::{ParseOptions, Parsed};

use super::edits::{self, Applied};
use super::package::Package;
use super::policy;
use super::settings::RuffSettings;
use super::touched::Touched;
use crate::fixers::job::Kinds;
use crate::fixers::verify::{Claims, Rejection, verify_after, verify_parsed};
use crate::fixers::{Class, Kind, Trouble};

/// Rounds of fixes after which ruff itself gives up on a file.
const MAX_PASSES: usize = 100;

/// One lint of one text.
#[derive(Debug)]
pub struct Pass {
    /// The syntax tree.
    pub parsed: Parsed<ModModule>,
    /// The same tree as the formatter takes it, where one will run. Copying a tree
    /// takes a fraction of the time of parsing the text again.
    pub module: Option<Parsed<Mod>>,
    /// Everything the rules said, including syntax errors.
    pub findings: Vec<Diagnostic>,
}

impl Pass {
    /// Lints a text once.
    pub fn run(kind: &SourceKind, subject: Subject<'_>, settings: &RuffSettings) -> Self {
        let Subject {
            source_type,
            path,
            package,
            kinds,
        } = subject;
        let linter = &settings.settings.linter;
        let version = linter.resolve_target_version(path);
        let (parsed, module) = parse(kind, source_type, version.parser_version(), settings.format);
        let locator = Locator::new(kind.source_code());
        let stylist = Stylist::from_tokens(parsed.tokens(), locator.contents());
        let indexer = Indexer::from_tokens(parsed.tokens(), locator.contents());
        let directives = directives::extract_directives(
            parsed.tokens(),
            Flags::from_settings(linter),
            &locator,
            &indexer,
        );
        let suppressions =
            Suppressions::from_tokens(locator.contents(), parsed.tokens(), &indexer, linter);
        let mut findings = check_path(
            path,
            package.map(Package::as_ruff),
            &locator,
            &stylist,
            &indexer,
            &directives,
            linter,
            Noqa::Enabled,
            kind,
            source_type,
            &parsed,
            version,
            &suppressions,
        );
        let (lint, imports) = (kinds.has(Kind::Lint), kinds.has(Kind::Imports));
        if !(lint && imports) {
            findings.retain(|finding| {
                finding.is_invalid_syntax()
                    || if is_import_rule(finding) {
                        imports
                    } else {
                        lint
                    }
            });
        }
        Self {
            parsed,
            module,
            findings,
        }
    }
}

/// Parses a text for the linter and, for a module that will be formatted, for the
/// formatter.
fn parse(
    kind: &SourceKind,
    source_type: PySourceType,
    version: PythonVersion,
    formats: bool,
) -> (Parsed<ModModule>, Option<Parsed<Mod>>) {
    if let SourceKind::Python { code, .. } = kind
        && formats
    {
        let options = ParseOptions::from(source_type).with_target_version(version);
        let module = ruff_python_parser::parse_unchecked(code, options);
        if let Some(parsed) = module.clone().try_into_module() {
            return (parsed, Some(module));
        }
    }
    (parse_unchecked_source(kind, source_type, version), None)
}

/// A text after linting, at its fixed point.
pub struct Linted {
    /// The new text, or `None` when nothing was fixed.
    pub kind: Option<SourceKind>,
    /// How often each rule was fixed, with the class of the fix.
    pub counts: BTreeMap<(String, Class), u32>,
    /// What verification says of the moves of imports: the first refusal.
    pub refusal: Option<Rejection>,
    /// What the input had that no fix was applied to, in the input's positions.
    pub standing: Vec<Diagnostic>,
    /// The lint of the input, when something was fixed.
    pub first: Option<Pass>,
    /// The lint of the result.
    pub last: Pass,
    /// What may change of the result.
    pub touched: Option<Touched>,
}

/// What a lint is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Python, stub or notebook.
    pub source_type: PySourceType,
    /// Absolute path, for per-file settings.
    pub path: &'a Path,
    /// The package that the file belongs to.
    pub package: Option<&'a Package>,
    /// Which kinds of tools take part for this file.
    pub kinds: Kinds,
}

/// Fixes what the settings allow inside the touched ranges (everywhere when
/// `touched` is `None`), until nothing applicable is left.
///
/// Import sorting and other fixes share a pass, as in ruff itself: taken in turns,
/// a comment would come to stand beside another import. Fixes of one pass never
/// overlap, so each move of imports is still verified by itself, on the trees
/// that linting needs anyway where it can be. Without `claims` nothing is verified.
pub fn fix(
    input: &SourceKind,
    subject: Subject<'_>,
    settings: &RuffSettings,
    touched: Option<&Touched>,
    claims: Option<&Claims>,
    mut tick: impl FnMut(),
) -> Result<Linted, Trouble> {
    let mut touched = touched.cloned();
    let mut current: Option<SourceKind> = None;
    let mut counts: BTreeMap<(String, Class), u32> = BTreeMap::new();
    let mut refusal = None;
    let mut first: Option<Pass> = None;
    let mut previous: Option<Pass> = None;
    let mut moved_from: Option<SourceKind> = None;
    let mut standing = Vec::new();
    let mut seen: HashSet<blake3::Hash> = HashSet::new();

    for round in 0..=MAX_PASSES {
        tick();
        let kind = current.as_ref().unwrap_or(input);
        let mut pass = Pass::run(kind, subject, settings);
        if let Some(before) = &first
            && !before.findings.iter().any(Diagnostic::is_invalid_syntax)
            && let Some(error) = pass.parsed.errors().first()
        {
            let rules: Vec<&str> = counts.keys().map(|(code, _)| code.as_str()).collect();
            return Err(Trouble::Tool {
                tool: "ruff".to_owned(),
                message: format!(
                    "a fix of {} made the file unreadable: {}",
                    rules.join(", "),
                    error.error
                ),
            });
        }
        if let (Some(before), Some(claims)) = (moved_from.take(), claims)
            && let Some(old) = previous.as_ref().or(first.as_ref())
        {
            let (old, new) = (&old.parsed, &pass.parsed);
            let verdict = verify_parsed(&before, old, kind, new, claims, subject.source_type);
            refusal = refusal.or(verdict.err());
        }
        let chosen: Vec<&Diagnostic> = pass
            .findings
            .iter()
            .filter(|finding| {
                policy::applies(finding, &pass.parsed, settings)
                    && in_scope(finding, touched.as_ref())
            })
            .collect();
        if round == 0 {
            let fixed: HashSet<*const Diagnostic> = chosen
                .iter()
                .map(|finding| std::ptr::from_ref(*finding))
                .collect();
            standing = pass
                .findings
                .iter()
                .filter(|finding| !fixed.contains(&std::ptr::from_ref(*finding)))
                .cloned()
                .collect();
        }
        let Some(applied) = edits::apply(kind.source_code(), chosen) else {
            return Ok(Linted {
                kind: current,
                counts,
                refusal,
                standing,
                first,
                last: pass,
                touched,
            });
        };
        if !seen.insert(blake3::hash(applied.text.as_bytes())) {
            let rules: Vec<String> = applied.counts.into_keys().collect();
            return Err(Trouble::Oscillation {
                between: format!("ruff's fixes of {}", rules.join(" and ")),
                one: kind.source_code().as_bytes().to_vec(),
                other: applied.text.into_bytes(),
            });
        }
        for (code, count) in &applied.counts {
            let class = if is_import_code(code) {
                Class::Same
            } else {
                Class::Linter
            };
            *counts.entry((code.clone(), class)).or_default() += count;
        }
        touched = touched.map(|touched| touched.through(&applied.edits));
        if let Some(claims) = claims {
            let (moves, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
                applied.done.iter().partition(|it| is_import_rule(it));
            if others.is_empty() {
                moved_from = Some(kind.clone());
            } else if let Some(moved) = edits::apply(kind.source_code(), moves) {
                let after = updated(kind, moved);
                let source_type = subject.source_type;
                let verdict = verify_after(kind, &pass.parsed, &after, claims, source_type);
                refusal = refusal.or(verdict.err());
            }
        }
        let next = updated(kind, applied);
        current = Some(next);
        pass.module = None;
        if first.is_none() {
            first = Some(pass);
        } else {
            previous = Some(pass);
        }
    }
    let rules: Vec<&str> = counts.keys().map(|(code, _)| code.as_str()).collect();
    Err(Trouble::Tool {
        tool: "ruff".to_owned(),
        message: format!(
            "fixing {} did not come to an end after {MAX_PASSES} rounds",
            rules.join(", ")
        ),
    })
}

/// The text after a pass; a notebook's cells are cut again where the edits moved them.
fn updated(kind: &SourceKind, applied: Applied<'_>) -> SourceKind {
    match kind {
        SourceKind::IpyNotebook(notebook) => {
            let mut notebook = notebook.clone();
            notebook.update(&applied.map, applied.text);
            SourceKind::IpyNotebook(notebook)
        }
        SourceKind::Python { is_stub, .. } => SourceKind::Python {
            code: applied.text,
            is_stub: *is_stub,
        },
        SourceKind::Markdown(_) => SourceKind::Markdown(applied.text),
    }
}

fn in_scope(finding: &Diagnostic, touched: Option<&Touched>) -> bool {
    touched.is_none_or(|touched| finding.range().is_some_and(|range| touched.meets(range)))
}

/// Whether a finding is about the order of imports (I001) or required ones (I002).
pub fn is_import_rule(finding: &Diagnostic) -> bool {
    finding
        .secondary_code()
        .is_some_and(|code| is_import_code(code.as_str()))
}

fn is_import_code(code: &str) -> bool {
    matches!(code, "I001" | "I002")
}
