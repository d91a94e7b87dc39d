//! The embedded linter with the selection of the Golden Rules.
//!
//! The project's own word counts: what its configuration ignores, for all files or for
//! some, and what a `noqa` comment names, is not reported. Its `select` does not count:
//! the rules are the team's own selection.

use ruff_db::diagnostic::Diagnostic;
use ruff_linter::Locator;
use ruff_linter::directives::{Flags, extract_directives};
use ruff_linter::linter::check_path;
use ruff_linter::registry::Rule;
use ruff_linter::settings::LinterSettings;
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_linter::suppression::Suppressions;
use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_codegen::Stylist;
use ruff_python_index::Indexer;
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;

use crate::fixers::ruff::package::Package;
use crate::fixers::ruff::settings::for_golden;
use crate::fixers::{Job, Recipe, Trouble};
use crate::golden::{Draft, Edit, Fix, Hit, Remedy};

/// The linter's settings for some of its rules in a project.
pub(super) fn settings(recipe: &Recipe, codes: &[&'static str]) -> Result<LinterSettings, Trouble> {
    let rules: Vec<Rule> = codes
        .iter()
        .map(|code| {
            Rule::from_code(code).map_err(|_| Trouble::Configuration {
                tool: "Golden Rules".to_owned(),
                message: format!("the embedded linter has no rule {code}"),
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(for_golden(recipe, &rules))
}

/// What the linter says about a text.
pub(super) fn hits(
    job: &Job,
    text: &str,
    parsed: &Parsed<ModModule>,
    settings: &LinterSettings,
) -> Vec<Hit> {
    let kind = SourceKind::Python {
        code: text.to_owned(),
        is_stub: false,
    };
    let locator = Locator::new(text);
    let stylist = Stylist::from_tokens(parsed.tokens(), text);
    let indexer = Indexer::from_tokens(parsed.tokens(), text);
    let flags = Flags::from_settings(settings);
    let directives = extract_directives(parsed.tokens(), flags, &locator, &indexer);
    let suppressions = Suppressions::from_tokens(text, parsed.tokens(), &indexer, settings);
    check_path(
        &job.path,
        job.package.as_ref().map(Package::as_ruff),
        &locator,
        &stylist,
        &indexer,
        &directives,
        settings,
        Noqa::Enabled,
        &kind,
        PySourceType::Python,
        parsed,
        settings.resolve_target_version(&job.path),
        &suppressions,
    )
    .iter()
    .filter(|diagnostic| !diagnostic.is_invalid_syntax())
    .map(hit)
    .collect()
}

fn hit(diagnostic: &Diagnostic) -> Hit {
    let fix = diagnostic.fix().map(|fix| Fix {
        // The linter's word on safety is about other promises than those of a rule.
        remedy: Remedy::Suggest,
        title: diagnostic
            .first_help_text()
            .unwrap_or("Apply the linter's fix")
            .to_owned(),
        edits: fix
            .edits()
            .iter()
            .map(|edit| Edit::replace(edit.range(), edit.content().unwrap_or_default()))
            .collect(),
    });
    let code = diagnostic.secondary_code_or_id().to_owned();
    Hit {
        draft: Draft {
            linter: Some(code.clone()),
            range: diagnostic.range().unwrap_or_default(),
            message: diagnostic.concise_message().to_str().into_owned(),
            help: None,
            fix,
        },
        code,
    }
}
