//! Rules about `pyproject.toml` and ruff's own configuration (RUF200 and friends).

use std::collections::BTreeMap;
use std::path::Path;

use ruff_db::diagnostic::Diagnostic;
use ruff_linter::toml::{TomlFixerResult, lint_fix_toml};
use ruff_python_ast::TomlSourceType;
use ruff_workspace::Settings;

/// A configuration file after linting.
pub struct LintedToml {
    /// The new text, or `None` when nothing was fixed.
    pub text: Option<String>,
    /// How often each rule was fixed.
    pub counts: BTreeMap<String, u32>,
    /// What remains.
    pub findings: Vec<Diagnostic>,
}

/// Lints and fixes a TOML file where an enabled rule looks at such files.
pub fn fix(text: &str, kind: TomlSourceType, path: &Path, settings: &Settings) -> LintedToml {
    let looked_at = matches!(kind, TomlSourceType::Pyproject | TomlSourceType::Ruff)
        && settings
            .linter
            .rules
            .iter_enabled()
            .any(|rule| rule.lint_source().is_toml());
    if !looked_at {
        return LintedToml {
            text: None,
            counts: BTreeMap::new(),
            findings: Vec::new(),
        };
    }
    let TomlFixerResult {
        diagnostics,
        transformed,
        fixed,
    } = lint_fix_toml(path, text, &settings.linter, kind, settings.unsafe_fixes);
    let counts = fixed
        .iter()
        .map(|(code, _, count)| {
            (
                code.as_str().to_owned(),
                u32::try_from(count).unwrap_or(u32::MAX),
            )
        })
        .collect();
    let changed = transformed != text;
    LintedToml {
        text: changed.then(|| transformed.into_owned()),
        counts,
        findings: diagnostics,
    }
}
