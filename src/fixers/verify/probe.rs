//! Whether a fix made names undefined, redefined or the syntax wrong.
//!
//! The embedded linter runs with only the rules below, on the text before and on
//! the text after, without regard to `noqa` and ignored files. Findings are
//! compared as a multiset of rule and offending text, since a fix moves lines.

use std::path::Path;

use ruff_db::diagnostic::Diagnostic;
use ruff_linter::Locator;
use ruff_linter::codes::Rule;
use ruff_linter::directives::{Flags, extract_directives};
use ruff_linter::linter::{check_path, parse_unchecked_source};
use ruff_linter::settings::types::CompiledPerFileIgnoreList;
use ruff_linter::settings::{LinterSettings, flags::Noqa};
use ruff_linter::source_kind::SourceKind;
use ruff_linter::suppression::Suppressions;
use ruff_python_ast::{ModModule, PySourceType, PythonVersion};
use ruff_python_codegen::Stylist;
use ruff_python_index::Indexer;
use ruff_python_parser::Parsed;
use rustc_hash::FxHashMap;

/// Names, and the errors of syntax that the linter reports as rules.
const RULES: [Rule; 17] = [
    Rule::UndefinedName,
    Rule::UndefinedExport,
    Rule::UndefinedLocal,
    Rule::RedefinedWhileUnused,
    Rule::LateFutureImport,
    Rule::FutureFeatureNotDefined,
    Rule::BreakOutsideLoop,
    Rule::ContinueOutsideLoop,
    Rule::ReturnOutsideFunction,
    Rule::YieldOutsideFunction,
    Rule::AwaitOutsideAsync,
    Rule::DefaultExceptNotLast,
    Rule::MultipleStarredExpressions,
    Rule::ExpressionsInStarAssignment,
    Rule::LoadBeforeGlobalDeclaration,
    Rule::NonlocalWithoutBinding,
    Rule::UndefinedLocalWithNestedImportStarUsage,
];

/// One finding of the probe, without its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeFinding {
    /// The rule (`F821`), or `invalid-syntax`.
    pub code: String,
    /// The source text it is about; the message for an error of syntax.
    pub text: String,
}

/// The embedded linter with only the rules that may veto a fix.
#[derive(Debug, Clone)]
pub struct Probe {
    settings: Box<LinterSettings>,
}

impl Probe {
    /// A probe for a target version, with ruff's defaults otherwise.
    pub fn new(target: PythonVersion) -> Self {
        Self {
            settings: Box::new(LinterSettings {
                unresolved_target_version: target.into(),
                ..LinterSettings::for_rules(RULES)
            }),
        }
    }

    /// A probe with a project's own settings: its target versions, builtins,
    /// typing modules. Ignored files and rules count all the same.
    pub fn with_settings(settings: &LinterSettings) -> Self {
        Self {
            settings: Box::new(LinterSettings {
                rules: RULES.into_iter().collect(),
                per_file_ignores: CompiledPerFileIgnoreList::default(),
                ..settings.clone()
            }),
        }
    }

    /// Lints a text that is parsed already, as [`verify`](super::verify) hands
    /// it back; the order of findings is the linter's.
    pub fn run(
        &self,
        source: &SourceKind,
        parsed: &Parsed<ModModule>,
        path: &Path,
        source_type: PySourceType,
    ) -> Vec<ProbeFinding> {
        let locator = Locator::new(source.source_code());
        let stylist = Stylist::from_tokens(parsed.tokens(), locator.contents());
        let indexer = Indexer::from_tokens(parsed.tokens(), locator.contents());
        let flags = Flags::from_settings(&self.settings);
        let directives = extract_directives(parsed.tokens(), flags, &locator, &indexer);
        let text = locator.contents();
        let suppressions =
            Suppressions::from_tokens(text, parsed.tokens(), &indexer, &self.settings);
        check_path(
            path,
            None,
            &locator,
            &stylist,
            &indexer,
            &directives,
            &self.settings,
            Noqa::Disabled,
            source,
            source_type,
            parsed,
            self.settings.resolve_target_version(path),
            &suppressions,
        )
        .iter()
        .map(|diagnostic| finding(diagnostic, text))
        .collect()
    }

    /// Parses and lints a text.
    pub fn read(
        &self,
        source: &SourceKind,
        path: &Path,
        source_type: PySourceType,
    ) -> Vec<ProbeFinding> {
        let version = self.settings.resolve_target_version(path).parser_version();
        let parsed = parse_unchecked_source(source, source_type, version);
        self.run(source, &parsed, path, source_type)
    }
}

fn finding(diagnostic: &Diagnostic, text: &str) -> ProbeFinding {
    let offending = match diagnostic.range() {
        Some(range) if !diagnostic.is_invalid_syntax() => text[range].to_owned(),
        _ => diagnostic.concise_message().to_string(),
    };
    ProbeFinding {
        code: diagnostic.secondary_code_or_id().to_owned(),
        text: offending,
    }
}

/// The findings of `after` that are not in `before`, each as often as it is new.
pub fn new_findings(before: &[ProbeFinding], after: &[ProbeFinding]) -> Vec<ProbeFinding> {
    let mut known: FxHashMap<&ProbeFinding, usize> = FxHashMap::default();
    for finding in before {
        *known.entry(finding).or_default() += 1;
    }
    after
        .iter()
        .filter(|finding| match known.get_mut(finding) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    );

    fn python(code: &str) -> SourceKind {
        SourceKind::Python {
            code: code.to_owned(),
            is_stub: false,
        }
    }

    #[test]
    fn new_names_and_errors_are_found_by_text_not_by_line() {
        let cases: &[Case] = &[
            ("import os\nos.x\n", "\n\nimport os\nos.x\n", &[]),
            ("import os\nos.x\n", "os.x\n", &[("F821", "os")]),
            ("os.x\nos.y\n", "os.y\n", &[]),
            ("os.x\n", "os.x\nos.y\n", &[("F821", "os")]),
            ("x  # noqa\n", "x  # noqa\ny  # noqa\n", &[("F821", "y")]),
            (
                "def f(): pass\nf()\ndef f(): pass\n",
                "def f(): pass\ndef f(): pass\n",
                &[("F811", "f")],
            ),
            ("__all__ = []\n", "__all__ = ['a']\n", &[("F822", "'a'")]),
            (
                "def f():\n    return 1\n",
                "return 1\n",
                &[("F706", "return 1")],
            ),
            ("for x in y: break\n", "break\n", &[("F701", "break")]),
        ];
        let probe = Probe::new(PythonVersion::PY310);
        let read = |code| probe.read(&python(code), Path::new("a.py"), PySourceType::Python);
        for (before, after, expected) in cases {
            let new = new_findings(&read(before), &read(after));
            let new: Vec<_> = new.iter().map(|f| (&*f.code, &*f.text)).collect();
            assert_eq!(&new, expected, "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn syntax_that_is_too_new_for_the_project_is_new() {
        let before = python("with (a as b, c): pass\n");
        let after = python("type X = int\nwith (a as b, c): pass\n");
        for (version, expected) in [(PythonVersion::PY311, 1), (PythonVersion::PY312, 0)] {
            let probe = Probe::new(version);
            let read = |code| probe.read(code, Path::new("a.py"), PySourceType::Python);
            let new = new_findings(&read(&before), &read(&after));
            assert_eq!(new.len(), expected, "{version}: {new:?}");
        }
    }
}
