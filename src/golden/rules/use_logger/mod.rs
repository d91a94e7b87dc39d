//! GR09: `print` in library code, and loggers that go around the team's factory.
//!
//! `plan` decides what becomes of one call, `place` where the module's logger is or goes.

mod place;
mod plan;
mod printers;
mod proof;

use ruff_python_ast::ExprCall;
use ruff_text_size::{Ranged, TextRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::place::Logger;
use self::printers::Printers;
use crate::escalation::Level;
use crate::golden::found::{Edit, Found};
use crate::golden::module::{At, Module, Part};
use crate::golden::rule::{Check, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR09",
    slug: "use-logger",
    summary: "a `print` in library code",
    origin: Origin::Native,
    level: Level::Error,
    preset: Preset::Full,
    remedy: Remedy::Safe,
    docs: "\
What a library prints can be neither switched off nor found again. A logger knows where a message \
comes from, how bad it is, and who wants to hear it.

Calls of the builtin `print` are found, not those of something else with its name, nor those that \
write into a file they are given, nor those with `# noqa: T201`. Command lines and \
user interfaces (by their path, or because they import argparse, click, curses or the like), tests, documentation and scripts may print, as may an `if __name__ == \
\"__main__\"` block, and functions whose doctest expects the output. So may what is there to print: functions \
that say so by a word of their name (`print_report`, `dump`, `show_all`) or in the first line of their \
docstring, classes named for a console or derived from a `Command`, functions that ask by `input`, the \
`main` that such a block calls, functions that do little else than print (three times or more), and what stands below \
`if print_it:`.

The fix turns a call that stands by itself into one of the module's logger, whatever its name; where \
there is none, `logger = logging.getLogger(__name__)` is added below the imports. A single string \
stays as it is; other values are passed as arguments of a `\"%s\"` format, a literal `sep` between \
them. Calls with `end`, `file`, `flush`, `*args` or another `sep` are left for a person. Mind that a \
logger that nobody configured shows nothing below `warning`: `method` chooses the level. Classes \
that serve the logging (handlers, filters, formatters) are left for a person, too, and in an \
`__init__.py`, whose modules the new names might hide, a new logger is only suggested.

With `factory` set (`\"shop.log.get_logger\"`), new loggers come from it, and calls of \
`logging.getLogger` and `logging.basicConfig` outside of its module are found, too.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        for method in [Some(&params.method), params.stderr.as_ref()].into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) {
                let methods = METHODS.join(", ");
                return Err(format!("`{method}` is no method of a logger: say one of {methods}"));
            }
        }
        Ok(vec![Check::file(UseLogger { params })])
    },
    proof: proof::EXAMPLES,
};

const METHODS: [&str; 6] = ["debug", "info", "warning", "error", "exception", "critical"];

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The method that replaces `print`.
    method: String,
    /// The method that replaces `print(..., file=sys.stderr)`; without it such a call is
    /// left for a person.
    stderr: Option<String>,
    /// The dotted path of the function that makes the team's loggers.
    factory: Option<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            method: "info".to_owned(),
            stderr: None,
            factory: None,
        }
    }
}

struct UseLogger {
    params: Params,
}

/// What modules import that talk to a person.
const TERMINALS: [&str; 14] = [
    "argparse",
    "click",
    "cmd",
    "curses",
    "docopt",
    "fire",
    "getpass",
    "optparse",
    "prompt_toolkit",
    "rich",
    "textual",
    "tkinter",
    "typer",
    "getopt",
];

const MAY_PRINT: [Part; 4] = [Part::Tests, Part::CommandLine, Part::Docs, Part::Scripts];

impl FileCheck for UseLogger {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        if module.station.is_any(&MAY_PRINT) || TERMINALS.iter().any(|it| module.imports(it)) {
            return;
        }
        self.prints(module, found);
        if let Some(factory) = &self.params.factory {
            loggers(module, factory, found);
        }
    }
}

impl UseLogger {
    fn prints(&self, module: &Module<'_>, found: &mut Found) {
        let mut logger = None;
        let mut printers = Printers::new(module);
        for at in &module.index.calls {
            let statement = module.index.statement(at.statement);
            if statement.context.main_guard
                || !module.names(&at.node.func, at.scope, &["builtins", "print"])
                || writes_elsewhere(module, at)
                || is_excused(module, at.node)
                || printers.may_print(at)
            {
                continue;
            }
            let draft = found.at(at.node, "`print` in library code");
            if printers::serves_logging(module, at) {
                draft
                    .help("use a logger; not done by itself: it may run while something is logged");
                continue;
            }
            let logger = logger.get_or_insert_with(|| place::logger(module, &self.params));
            match plan::fix(module, at, logger, &self.params) {
                Ok((title, edits)) => {
                    let remedy = if hides_a_module(module, logger, &edits) {
                        Remedy::Suggest
                    } else {
                        Remedy::Safe
                    };
                    draft.fix(remedy, title, edits)
                }
                Err(reason) => draft.help(format!("use a logger; not done by itself: {reason}")),
            };
        }
    }
}

/// Whether a fix brings new names into a package, where a module of the package may have
/// the same.
fn hides_a_module(module: &Module<'_>, logger: &Result<Logger, String>, edits: &[Edit]) -> bool {
    let brings = |logger: &Logger| logger.edits.iter().any(|edit| edits.contains(edit));
    module.station.file_name() == "__init__.py" && logger.as_ref().is_ok_and(brings)
}

/// Whether a comment on the first line of a call tells the linter that it may print.
fn is_excused(module: &Module<'_>, call: &ExprCall) -> bool {
    module.is_excused(TextRange::empty(call.start()), "T201")
}

/// Whether a call prints into a file or a buffer that it is given, and not for a person.
fn writes_elsewhere<'a>(module: &Module<'a>, at: &At<'a, ExprCall>) -> bool {
    let mut keywords = at.node.arguments.keywords.iter();
    let file = keywords.find(|keyword| keyword.arg.as_deref() == Some("file"));
    file.is_some_and(|file| {
        let path = module.qualified(&file.value, at.scope);
        let standard = path.is_some_and(|path| {
            matches!(
                path[..],
                ["sys", "stdout" | "stderr" | "__stdout__" | "__stderr__"]
            )
        });
        !standard && !file.value.is_none_literal_expr()
    })
}

/// Loggers that do not come from the factory.
fn loggers(module: &Module<'_>, factory: &str, found: &mut Found) {
    let home = factory.rsplit_once('.').map_or("", |(home, _)| home);
    if module.station.module.join(".") == home {
        return;
    }
    for at in &module.index.calls {
        let Some(path) = module.qualified(&at.node.func, at.scope) else {
            continue;
        };
        if module.index.statement(at.statement).context.main_guard {
            continue;
        }
        if matches!(path[..], ["logging", "getLogger" | "basicConfig"]) {
            let message = format!("`{}` outside of {home}", path.join("."));
            found
                .at(at.node, message)
                .help(format!("loggers come from `{factory}` here"));
        }
    }
}
