//! `hive help`: verbs and topics, which are pages of the book.

use hive_test_support::Sandbox;

use crate::document;

fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    sandbox.set("COLUMNS", "80");
    sandbox
}

/// The topics as `hive help` lists them.
fn topics(sandbox: &Sandbox) -> Vec<String> {
    let help = sandbox.hive(&["help"]).expect(0).stdout;
    let (_, rest) = help.split_once("\nTopics:\n").unwrap();
    let (list, _) = rest.split_once("\n\n").unwrap();
    list.split([',', '\n'])
        .map(|topic| topic.trim().to_owned())
        .filter(|topic| !topic.is_empty())
        .collect()
}

#[test]
fn every_topic_says_what_its_page_says() {
    let sandbox = sandbox();
    let topics = topics(&sandbox);
    assert!(topics.len() > 10, "{topics:?}");
    for topic in &topics {
        let text = sandbox.hive(&["help", topic]).expect(0).stdout;
        let page = document(&format!("docs/topics/{topic}.md"));
        let title = page.lines().next().unwrap().trim_start_matches("# ");
        assert_eq!(text.lines().next(), Some(title), "{topic}");
        // A line of words is the same in both.
        let words = page.lines().skip(1).find(|line| {
            !line.is_empty() && !line.contains(['|', '[', '*', '#']) && line.len() > 20
        });
        let words = words.unwrap();
        assert!(text.lines().any(|line| line == words), "{topic}: {words}");
    }
    let rules = sandbox.hive(&["help", "rules"]).expect(0).stdout;
    assert!(
        rules.ends_with("\n`hive rules --help` lists the flags.\n"),
        "{rules}"
    );
    assert!(rules.contains("\n    GR09  use-logger"), "{rules}");
    let settings = sandbox.hive(&["help", "settings"]).expect(0).stdout;
    assert!(settings.contains("\n    commit.mode "), "{settings}");
}

#[test]
fn help_about_a_verb_is_its_help() {
    let sandbox = sandbox();
    for path in [&["fix"][..], &["queue"], &["queue", "show"]] {
        let asked = [&["help"], path].concat();
        let told = [path, &["--help"]].concat();
        let help = sandbox.hive(&asked).expect(0).stdout;
        assert_eq!(help, sandbox.hive(&told).expect(0).stdout, "{path:?}");
    }
    let all = sandbox.hive(&["help"]).expect(0).stdout;
    assert_eq!(all, sandbox.hive(&["--help"]).expect(0).stdout);
}

#[test]
fn a_word_that_is_unknown_gets_a_suggestion() {
    let sandbox = sandbox();
    for (words, said) in [
        (
            &["lnading"][..],
            "error: there is no help about `lnading`; did you mean `landing`?\n  \
             hint: `hive help` lists the verbs and the topics\n",
        ),
        (
            &["undoo"],
            "error: there is no help about `undoo`; did you mean `undo`?\n  \
             hint: `hive help` lists the verbs and the topics\n",
        ),
        (
            &["queue", "retyr"],
            "error: there is no help about `retyr`; did you mean `retry`?\n  \
             hint: `hive queue --help` lists its verbs\n",
        ),
        (
            &["everything"],
            "error: there is no help about `everything`\n  \
             hint: `hive help` lists the verbs and the topics\n",
        ),
    ] {
        let args = [&["help"], words].concat();
        let ran = sandbox.hive(&args).expect(2);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", said));
    }
}

/// Exit codes stand in the README, too.
#[test]
fn the_readme_has_the_exit_codes_of_the_topic() {
    let codes = |page: &str| -> Vec<u8> {
        let lines = page.lines().filter_map(|line| line.strip_prefix("| "));
        lines
            .filter_map(|line| line.split(' ').next()?.parse().ok())
            .collect()
    };
    let topic = codes(&document("docs/topics/exit-codes.md"));
    let readme = document("README.md");
    let (_, section) = readme.split_once("## Exit codes\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    assert_eq!(codes(section), topic);
}
