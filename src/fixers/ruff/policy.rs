//! Which of ruff's fixes are applied.

use ruff_db::diagnostic::Diagnostic;
use ruff_diagnostics::Applicability;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{ModModule, Stmt};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange};

use super::settings::RuffSettings;

/// Whether a finding's fix is applied under the settings and hive's policy,
/// scope aside.
pub fn applies(finding: &Diagnostic, parsed: &Parsed<ModModule>, settings: &RuffSettings) -> bool {
    let required = settings.settings.unsafe_fixes.required_applicability();
    let Some(fix) = finding.fix().filter(|fix| fix.applies(required)) else {
        return false;
    };
    let code = finding.secondary_code_or_id();
    if settings.keep.iter().any(|kept| kept == code) {
        return false;
    }
    let by_hive = settings.extend_safe.iter().any(|extended| extended == code);
    if !by_hive || required != Applicability::Safe || code != "F841" {
        return true;
    }
    // hive calls the removal of an unused variable safe where nothing but the
    // variable goes. ruff deletes the whole statement exactly when the right-hand
    // side has no effect; otherwise it leaves `foo()` where `x = foo()` stood,
    // which is for a person to want.
    let Some(target) = finding.range() else {
        return false;
    };
    let mut search = Enclosing {
        target,
        found: None,
    };
    search.visit_body(parsed.suite());
    let Some(statement) = search.found else {
        return false;
    };
    fix.edits()
        .iter()
        .any(|edit| edit.start() <= statement.start() && edit.end() >= statement.end())
}

/// Finds the assignment that binds a name at a range.
struct Enclosing {
    target: TextRange,
    found: Option<TextRange>,
}

impl<'a> StatementVisitor<'a> for Enclosing {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if !statement.range().contains_range(self.target) {
            return;
        }
        if matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_)) {
            self.found = Some(statement.range());
        }
        walk_stmt(self, statement);
    }
}
