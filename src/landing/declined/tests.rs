use super::*;

const MESSY: &str =
    "import sys\nimport os\nfrom a import  b\n\n\ndef f( x ):\n    return os.path.join( x,b )\n";
const NEAT: &str = "import os\n\nfrom a import b\n\n\ndef f(x):\n    return os.path.join(x, b)\n";

fn codes() -> Vec<String> {
    ["F401", "I001", "format"].map(str::to_owned).to_vec()
}

fn rules(keys: &[(String, Spot)]) -> Vec<&str> {
    let mut rules: Vec<&str> = keys.iter().map(|(rule, _)| rule.as_str()).collect();
    rules.sort_unstable();
    rules
}

#[test]
fn what_was_taken_back_is_found() {
    let used = MESSY.replace("b )", "sys )");
    let added = format!("{MESSY}\n\ny = 1\n");
    let only_sys = format!("import sys\n{NEAT}");
    let only_layout = NEAT.replace("def f(x)", "def f( x )");
    for (said, base, now, expected) in [
        ("all", Some(NEAT), MESSY, 4),
        ("all, and more", Some(NEAT), &added[..], 4),
        ("nothing", Some(NEAT), NEAT, 0),
        ("it was so before", Some(MESSY), MESSY, 0),
        ("gone from history", None, MESSY, 4),
        ("gone, but made by hand", None, NEAT, 0),
        ("the import", Some(NEAT), &only_sys, 1),
        ("the layout of a line", Some(NEAT), &only_layout, 1),
        ("an import that is used now", Some(NEAT), &used, 2),
    ] {
        let found = taken_back(
            (MESSY.as_bytes(), NEAT.as_bytes()),
            base.map(str::as_bytes),
            now.as_bytes(),
            &codes(),
        );
        assert_eq!(found.len(), expected, "{said}: {found:?}");
    }
}

#[test]
fn each_change_has_its_rule() {
    for (before, after, expected) in [
        (MESSY, NEAT, vec!["F401", "format", "format", "format"]),
        (
            "import b\nimport a\n",
            "import a\nimport b\n",
            vec!["I001", "I001"],
        ),
        (
            "x = 1\ndef f(): pass\n",
            "x = 1\n\n\ndef f(): pass\n",
            vec!["format"],
        ),
        ("x = (1)\n", "x = 1\n", vec!["format"]),
    ] {
        let found = of_fix(before.as_bytes(), after.as_bytes(), &codes());
        assert_eq!(rules(&found), expected, "{before}");
    }
    let codes = ["F401", "E711", "format"].map(str::to_owned);
    let found = of_fix(b"if x == None: y\n", b"if x is None: y\n", &codes);
    assert_eq!(rules(&found), ["E711"]);
}

#[test]
fn a_no_survives_edits_elsewhere_and_ends_with_its_line() {
    let keys = of_fix(MESSY.as_bytes(), NEAT.as_bytes(), &codes());
    let declined = Declined::new(keys);
    let lines = |text: &str| -> Vec<u32> {
        let kept = declined.lines(text.as_bytes());
        kept.into_iter().map(|(line, _)| line).collect()
    };
    assert_eq!(lines(MESSY), [0, 2, 5, 6]);
    assert_eq!(lines(NEAT), [0_u32; 0]);
    assert_eq!(lines(&format!("\"\"\"Doc.\"\"\"\n\n{MESSY}")), [2, 4, 7, 8]);
    // In another function the same line is another one.
    assert_eq!(lines(&MESSY.replace("def f(", "def g(")), [0, 2]);
    assert_eq!(
        lines(&MESSY.replace("import sys", "import sys, re")),
        [2, 5, 6]
    );
}

#[test]
fn kept_lines_are_left_out() {
    let declined = Declined::new(of_fix(MESSY.as_bytes(), NEAT.as_bytes(), &codes()));
    let text = MESSY.as_bytes();
    assert_eq!(declined.others(text), [(1, 2), (3, 5)]);
    for (ranges, expected) in [
        (vec![(0, 1)], vec![]),
        (vec![(0, 2), (5, 7)], vec![(1, 2)]),
        (vec![(3, 4)], vec![(3, 4)]),
        (vec![(2, 6)], vec![(3, 5)]),
    ] {
        assert_eq!(declined.without(text, &ranges), expected, "{ranges:?}");
    }
    assert_eq!(
        Vec::from_iter(declined.broken(text, NEAT.as_bytes())),
        ["F401", "format"]
    );
    let other = MESSY.replace("import os", "import os as o");
    assert!(declined.broken(text, other.as_bytes()).is_empty());
}
