//! Commands in the middle of a sentence: verbs and flags that hive has.

use std::collections::BTreeMap;
use std::process::Command;

use crate::blocks::spans;
use crate::{document, pages};

/// What `--help` of a verb says, asked once for each.
#[derive(Default)]
struct Helps(BTreeMap<Vec<String>, Option<String>>);

impl Helps {
    fn of(&mut self, verb: &[String]) -> Option<&str> {
        let ask = || {
            let ran = Command::new(env!("CARGO_BIN_EXE_hive"))
                .args(verb)
                .arg("--help")
                .output()
                .unwrap();
            let text = String::from_utf8(ran.stdout).unwrap();
            ran.status.success().then_some(text)
        };
        self.0.entry(verb.to_vec()).or_insert_with(ask).as_deref()
    }
}

/// What is wrong with a command as it is written in a sentence.
fn fault(helps: &mut Helps, span: &str) -> Option<String> {
    let text = span.split([';', '|', '<', '>', '#', '(']).next()?;
    let mut words = text.split_whitespace().skip(1).peekable();
    let mut verb: Vec<String> = Vec::new();
    while let Some(word) = words.peek() {
        let plain = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let longer: Vec<String> = verb.iter().cloned().chain([(*word).to_owned()]).collect();
        let is_flag = word.starts_with('-');
        if !plain || is_flag || verb.len() == 2 || helps.of(&longer).is_none() {
            // A verb that has verbs takes no other word.
            let wants_verb = verb.is_empty() || helps.of(&verb).is_some_and(has_verbs);
            if wants_verb && plain && !is_flag {
                let of = [&["hive".to_owned()], verb.as_slice()].concat().join(" ");
                return Some(format!("{of} has no verb `{word}`"));
            }
            break;
        }
        verb = longer;
        words.next();
        if !has_verbs(helps.of(&verb)?) {
            break;
        }
    }
    let help = helps.of(&verb)?.to_owned();
    words
        .map(|word| word.split('=').next().unwrap_or(word))
        .map(|word| word.trim_matches(['[', ']', ',']))
        .filter(|word| word.starts_with('-') && word.len() > 1 && *word != "--")
        .find(|flag| !knows(&help, flag))
        .map(|flag| format!("hive {} has no flag `{flag}`", verb.join(" ")))
}

fn has_verbs(help: &str) -> bool {
    help.contains("\nCommands:\n")
}

fn knows(help: &str, flag: &str) -> bool {
    let ends = |rest: &str| {
        rest.chars()
            .next()
            .is_none_or(|c| !c.is_alphanumeric() && c != '-')
    };
    help.match_indices(flag).any(|(at, _)| {
        let begins = help[..at].ends_with([' ', ',']);
        begins && ends(&help[at + flag.len()..])
    })
}

/// What hive says, and nobody types.
const VALUES: [&str; 1] = ["hive defaults"];

/// Every `hive …` in a sentence names verbs and flags that there are.
#[test]
fn commands_in_sentences_exist() {
    let mut helps = Helps::default();
    let (mut seen, mut faults) = (0, Vec::new());
    for page in pages() {
        for (number, span) in spans(&document(&page)) {
            if span.starts_with("hive ") && !VALUES.contains(&span.as_str()) {
                seen += 1;
                faults.extend(
                    fault(&mut helps, &span).map(|it| format!("{page}:{number}: `{span}`: {it}")),
                );
            }
        }
    }
    assert!(seen > 150, "only {seen} commands");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_no_command_is_noticed() {
    let mut helps = Helps::default();
    for (span, wrong) in [
        ("hive fix --commit PATH", false),
        ("hive queue retry", false),
        ("hive escalations snooze 3 --for 2d", false),
        ("hive lease PATH --ttl 60s", false),
        ("hive fixx", true),
        ("hive queue pauze", true),
        ("hive fix --comit", true),
        ("hive trust --forget", true),
        ("hive queue list --sage x", true),
    ] {
        assert_eq!(fault(&mut helps, span).is_some(), wrong, "{span}");
    }
}
