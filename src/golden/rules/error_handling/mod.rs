//! GR08: exceptions that are caught without saying which, swallowed, or not the team's own.
//!
//! The linter finds handlers; `classes` looks at where exception classes come from.

mod classes;

use ruff_text_size::{Ranged, TextRange, TextSize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::{Draft, Edit};
use crate::golden::module::Module;
use crate::golden::rule::{
    Check, Delegated, Example, Keep, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR08",
    slug: "error-handling",
    summary: "an `except` that hides errors, or an exception of no known family",
    origin: Origin::Both,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Suggest,
    docs: "\
A bare `except:` also catches what nobody meant to catch: a misspelt name, `KeyboardInterrupt`, \
`SystemExit`. Say which exceptions are expected. One that raises again what it caught is fine.

With the preset `full`, handlers of all exceptions that do nothing but `pass` or `continue` are found, \
too: what they swallow is never seen again. Log it, catch what is expected, or say why in a comment \
within the handler.

With `exception_base` set (`\"shop.errors.ShopError\"`), exception classes that do not derive from it \
are found, wherever it was imported from: callers can then catch the family. Warnings and tests are \
left alone.

The linter's E722, S110 and S112 find the handlers. `except Exception:` is suggested for a bare one; \
it does not catch interrupts, so a person has to agree.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let mut codes = vec!["E722"];
        if given.full {
            codes.extend(["S110", "S112"]);
        }
        let mut checks = vec![Check::Linter(Delegated {
            codes,
            refine: Some(refine),
        })];
        if let Some(base) = params.exception_base {
            checks.push(Check::tree(classes::Family::new(&base)?));
        }
        Ok(checks)
    },
    proof: &[
        Example::new(
            &[(
                "shop/load.py",
                "def load(path):\n    try:\n        return open(path)\n    except:\n        return None\n",
            )],
            &[("shop/load.py", 4, 5)],
        )
        .fixed("def load(path):\n    try:\n        return open(path)\n    except Exception:\n        return None\n"),
        Example::new(
            &[(
                "shop/load.py",
                "def load(paths):\n    for path in paths:\n        try:\n            return open(path)\n        except Exception:\n            continue\n    try:\n        return open('x')\n    except Exception:  # pylint: disable=broad-except\n        pass\n",
            )],
            &[("shop/load.py", 5, 9), ("shop/load.py", 9, 5)],
        ),
        Example::new(
            &[(
                "shop/load.py",
                "def load(path):\n    try:\n        return open(path)\n    except OSError:\n        pass\n    try:\n        return open(path)\n    except:\n        print('except:')\n        raise\n\n\ndef close(file):\n    try:\n        file.close()\n    except Exception:\n        # There is nothing left to lose.\n        pass\n    try:\n        file.close()\n    except Exception:\n        pass  # closed already\n",
            )],
            &[],
        ),
        classes::STRANGERS,
        classes::FAMILY,
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The dotted path of the class that the repository's exceptions derive from.
    exception_base: Option<String>,
}

fn refine(module: &Module<'_>, code: &str, draft: &mut Draft) -> Keep {
    if code == "E722" {
        "a bare `except` catches everything, interrupts too".clone_into(&mut draft.message);
        let edit = Edit::insert(draft.range.end(), " Exception");
        draft.fix(Remedy::Suggest, "Catch `Exception`", vec![edit]);
    } else if says_why(module, draft.range) {
        return Keep::No;
    } else {
        "whatever goes wrong here is swallowed".clone_into(&mut draft.message);
        draft.help("log it, or catch only what is expected");
    }
    Keep::Yes
}

/// Whether a comment in a handler says why it does nothing; one for a tool says nothing.
fn says_why(module: &Module<'_>, handler: TextRange) -> bool {
    const TOOLS: [&str; 7] = [
        "noqa", "pylint", "type:", "pragma", "nosec", "mypy", "pyright",
    ];
    let rest = module.text[handler.end().to_usize()..].split('\n').next();
    let end = handler.end() + TextSize::of(rest.unwrap_or_default());
    let handler = TextRange::new(handler.start(), end);
    let comments = module
        .parsed
        .tokens()
        .iter()
        .filter(|token| token.kind().is_comment());
    let mut ours = comments.filter(|token| handler.contains_range(token.range()));
    ours.any(|token| {
        let said = module.text_of(&token.range());
        let said = said.trim_start_matches('#').trim();
        said.len() > 3 && !TOOLS.iter().any(|tool| said.starts_with(tool))
    })
}
