//! GR00: suppressions without a reason, and those that suppress nothing.

use crate::escalation::Level;
use crate::golden::rule::{Example, Origin, Params, Preset, Remedy, Rule};

/// The rule. The check itself is made where all other rules have spoken; see
/// [`RuleSet::judge`](crate::golden::RuleSet::judge).
pub(super) const RULE: Rule = Rule {
    code: "GR00",
    slug: "unused-suppression",
    summary: "a suppression without a reason, or one that suppresses nothing",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Start,
    remedy: Remedy::Never,
    docs: "\
A suppression is a decision that somebody will want to understand later, so it says why. One that \
suppresses nothing any more is a lie about the line it stands on.

Suppressions look like `# golden-rule-ignore: GR09 - reason`, with a code or a slug, or a list of \
them, on the line of the violation or alone on the line above. `# golden-rule-ignore-file: …` in \
the first block of comments counts for the whole file. A suppression of a rule that is not active \
is left alone.",
    params: Params::NONE,
    prepare: |_| Ok(Vec::new()),
    proof: &[
        Example::new(
            &[(
                "app.py",
                "import os\n\nvalue = os.sep  # golden-rule-ignore: GR99 - none\n",
            )],
            &[("app.py", 3, 17)],
        ),
        Example::new(
            &[("app.py", "value = 1  # golden-rule-ignore: GR00\n")],
            &[("app.py", 1, 12)],
        ),
        Example::new(&[("app.py", "text = '# golden-rule-ignore: GR00'\n")], &[]),
    ],
};
