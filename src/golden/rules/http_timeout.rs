//! GR39: HTTP requests without a timeout.

use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::Module;
use crate::golden::rule::{Check, Delegated, Example, Keep, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR39",
    slug: "http-timeout",
    summary: "an HTTP request without a timeout",
    origin: Origin::Delegated,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Never,
    docs: "\
`requests` waits for ever where no timeout is given: one server that accepts a connection and says \
nothing stops the worker that asked it. Say how long an answer may take: \
`requests.get(url, timeout=10)`.

Detected by the linter's S113. A call with `**options` is left alone: the timeout may be among them. Where the project ignores S113, by configuration or with `# noqa: \
S113`, this rule is silent, too.",
    params: Params::NONE,
    prepare: |_| {
        Ok(vec![Check::Linter(Delegated {
            codes: vec!["S113"],
            refine: Some(refine),
        })])
    },
    proof: &[
        Example::new(
            &[(
                "app.py",
                "import requests\n\n\ndef load(url):\n    return requests.get(url)\n",
            )],
            &[("app.py", 5, 12)],
        ),
        Example::new(
            &[(
                "app.py",
                "import requests\n\n\ndef load(url):\n    return requests.get(url, timeout=10)\n\n\ndef more(url, options):\n    return requests.get(url, **options)\n",
            )],
            &[],
        ),
    ],
};

fn refine(module: &Module<'_>, _: &str, draft: &mut Draft) -> Keep {
    let mut calls = module.index.calls.iter();
    let call =
        calls.rfind(|at| at.node.range() == draft.range || at.node.func.range() == draft.range);
    let open = |at: &crate::golden::module::At<'_, ruff_python_ast::ExprCall>| {
        at.node
            .arguments
            .keywords
            .iter()
            .any(|keyword| keyword.arg.is_none())
    };
    if call.is_some_and(open) {
        Keep::No
    } else {
        Keep::Yes
    }
}
