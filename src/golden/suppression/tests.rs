//! What comments cover, and what is wrong with some.

use ruff_python_index::Indexer;
use ruff_python_parser::parse_module;

use super::Suppressions;

fn read(text: &str) -> Suppressions {
    let parsed = parse_module(text).unwrap();
    let indexer = Indexer::from_tokens(parsed.tokens(), text);
    Suppressions::read(text, indexer.comment_ranges())
}

#[test]
fn comments_cover_lines_and_files() {
    for (text, code, lines, suppressed) in [
        (
            "x  # golden-rule-ignore: GR09 - why\n",
            "GR09",
            (0, 0),
            true,
        ),
        ("x  # golden-rule-ignore: GR09\n", "GR09", (0, 0), false),
        (
            "x  # golden-rule-ignore: GR17 - why\n",
            "GR09",
            (0, 0),
            false,
        ),
        (
            "x  # golden-rule-ignore: use-logger - why\n",
            "GR09",
            (0, 0),
            true,
        ),
        (
            "x  # golden-rule-ignore: rule-9 - why\n",
            "GR09",
            (0, 0),
            true,
        ),
        (
            "x  # golden-rule-ignore: GR17, gr09 - why\n",
            "GR09",
            (0, 0),
            true,
        ),
        (
            "x  # noqa: E501 # golden-rule-ignore: GR09 - why\n",
            "GR09",
            (0, 0),
            true,
        ),
        (
            "x  # golden-rule-ignore: GR09 - #4711\n",
            "GR09",
            (0, 0),
            true,
        ),
        (
            "x  # golden-rule-ignore: GR09 - # noqa: T201\n",
            "GR09",
            (0, 0),
            false,
        ),
        (
            "x = '# golden-rule-ignore: GR09 - why'\n",
            "GR09",
            (0, 0),
            false,
        ),
        (
            "# golden-rule-ignore: GR09 - why\nx\ny\n",
            "GR09",
            (1, 1),
            true,
        ),
        (
            "# golden-rule-ignore: GR09 - why\n# more\nx\n",
            "GR09",
            (2, 2),
            true,
        ),
        (
            "# golden-rule-ignore: GR09 - why\nx\ny\n",
            "GR09",
            (2, 2),
            false,
        ),
        (
            "f(\n    1,\n)  # golden-rule-ignore: GR09 - why\n",
            "GR09",
            (0, 2),
            true,
        ),
        (
            "# golden-rule-ignore-file: GR09 - why\n\nx\ny\n",
            "GR09",
            (3, 3),
            true,
        ),
        (
            "x\n# golden-rule-ignore-file: GR09 - why\ny\nz\n",
            "GR09",
            (3, 3),
            false,
        ),
        (
            "x  # golden-rule-ignore: billing-clock - why\n",
            "billing-clock",
            (0, 0),
            true,
        ),
    ] {
        let found = read(text).reason(code, lines);
        assert_eq!(found.is_some(), suppressed, "{text:?}");
    }
}

#[test]
fn a_suppression_says_why_and_is_needed() {
    for (text, used, faults) in [
        (
            "x  # golden-rule-ignore: GR09 - why\n",
            Some("GR09"),
            &[][..],
        ),
        (
            "x  # golden-rule-ignore: GR09 - why\n",
            None,
            &["nothing here violates GR09"],
        ),
        (
            "x  # golden-rule-ignore: GR09, GR17 - why\n",
            Some("GR09"),
            &["nothing here violates GR17"],
        ),
        (
            "x  # golden-rule-ignore: GR09\n",
            Some("GR09"),
            &["this suppression gives no reason, so it suppresses nothing"],
        ),
        (
            "x  # golden-rule-ignore: GR99, rule-98 - why\n",
            None,
            &["there is no rule GR99", "there is no rule rule-98"],
        ),
        (
            "x  # golden-rule-ignore: - why\n",
            None,
            &["this suppression names no rule"],
        ),
    ] {
        let mut suppressions = read(text);
        if let Some(code) = used {
            suppressions.reason(code, (0, 0));
        }
        let found: Vec<String> = suppressions
            .faults(|_| true)
            .into_iter()
            .map(|(_, message)| message)
            .collect();
        assert_eq!(found, faults, "{text:?}");
    }
    assert!(
        read("x  # golden-rule-ignore: GR09 - why\n")
            .faults(|_| false)
            .is_empty()
    );
}
