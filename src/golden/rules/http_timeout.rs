//! GR39: HTTP requests without a timeout.

use crate::escalation::Level;
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

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

Detected by the linter's S113. Where the project ignores S113, by configuration or with `# noqa: \
S113`, this rule is silent, too.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::linter(&["S113"])]),
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
                "import requests\n\n\ndef load(url):\n    return requests.get(url, timeout=10)\n",
            )],
            &[],
        ),
    ],
};
