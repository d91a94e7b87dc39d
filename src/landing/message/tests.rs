use super::{
    BadTemplate, DEFAULT_TEMPLATE, HiveTrailers, Landing, Share, SourceCommit, Template,
    TicketPattern, trailers, undo_message,
};
use crate::repo::{Oid, RepoPath};

fn oid(digit: char) -> Oid {
    digit.to_string().repeat(40).parse().unwrap()
}

fn shares(all: &[(&str, usize)]) -> Vec<Share> {
    let share = |(worker, files): &(&str, usize)| Share {
        worker: (*worker).to_owned(),
        files: *files,
    };
    all.iter().map(share).collect()
}

fn source(subject: &str) -> Vec<SourceCommit> {
    vec![SourceCommit {
        oid: oid('3'),
        subject: subject.to_owned(),
    }]
}

fn rules(all: &[(&str, u32)]) -> Vec<(String, u32)> {
    all.iter()
        .map(|(code, count)| ((*code).to_owned(), *count))
        .collect()
}

fn paths(all: &[&str]) -> Vec<RepoPath> {
    all.iter()
        .map(|path| RepoPath::new(*path).unwrap())
        .collect()
}

#[test]
fn a_message_as_the_manual_shows_it() {
    let landing = Landing {
        stage: "qa",
        shares: &shares(&[("QA-1", 2)]),
        rules: &rules(&[("format", 2), ("I001", 4), ("F401", 5), ("F401", 1)]),
        paths: &paths(&["src/app/users.py", "src/app/names.py"]),
        tasks: &[186, 184, 185],
        sources: &source("feat: users"),
    };
    let expected = "chore(qa): auto-fix 12 violations in 2 files [QA-1]\n\n\
        F401 ×6, I001 ×4, format ×2\n\
        src/app/names.py, src/app/users.py\n\n\
        Hive-Worker: QA-1\nHive-Task: 184, 185, 186\nHive-Source: 3333333\n";
    let message = landing.message(&Template::default(), None);
    assert_eq!(message, expected);
    assert_eq!(
        trailers(&message),
        Some(HiveTrailers {
            workers: vec!["QA-1".to_owned()],
            tasks: vec![184, 185, 186],
            sources: vec!["3333333".to_owned()],
            undoes: None,
        })
    );
    let fixup = landing.fixup_message(&Template::default());
    assert!(
        fixup.starts_with("fixup! feat: users\n\nF401 ×6"),
        "{fixup}"
    );
    assert!(trailers(&fixup).is_some());
}

#[test]
fn subjects_follow_numbers_workers_and_tickets() {
    let one = [("QA-2", 1)];
    let many = [("QA-1", 1), ("QA-3", 4), ("QA-2", 4)];
    let default = DEFAULT_TEMPLATE;
    let ticket = r"[A-Z]+-\d+:?";
    let cases = [
        (
            default,
            &one[..],
            None,
            "x",
            "chore(qa): auto-fix 1 violation in 1 file [QA-2]",
        ),
        (
            default,
            &many[..],
            None,
            "x",
            "chore(qa): auto-fix 1 violation in 1 file [QA-2 +2]",
        ),
        (
            "{{{stage}}} {rules} of {source}",
            &one[..],
            None,
            "x",
            "{qa} F401 of 3333333",
        ),
        (
            "fix [{workers}]",
            &one[..],
            Some(ticket),
            "AB-12: more",
            "AB-12: fix [QA-2]",
        ),
        ("fix", &one[..], Some(ticket), "more AB-12", "fix"),
        ("fix", &one[..], Some("^#[0-9]+ "), "#7 more", "#7 fix"),
        (
            "fix",
            &one[..],
            Some("(a+)+$"),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
            "fix",
        ),
    ];
    for (template, workers, ticket, subject, expected) in cases {
        let landing = Landing {
            stage: "qa",
            shares: &shares(workers),
            rules: &rules(&[("F401", 1)]),
            paths: &paths(&["a.py"]),
            tasks: &[],
            sources: &source(subject),
        };
        let ticket = ticket.map(|pattern| TicketPattern::parse(pattern).unwrap());
        let message = landing.message(&Template::parse(template).unwrap(), ticket.as_ref());
        assert_eq!(
            message.lines().next(),
            Some(expected),
            "{template} {subject}"
        );
        let found = trailers(&message).unwrap();
        assert_eq!(found.workers.len(), workers.len());
    }
}

#[test]
fn bad_templates_and_patterns_say_why() {
    let unpaired = |at| BadTemplate::Unpaired { at };
    let unknown = |name: &str| BadTemplate::Unknown {
        name: name.to_owned(),
    };
    for (text, expected) in [
        ("", BadTemplate::Empty),
        ("  ", BadTemplate::Empty),
        ("a\nb", BadTemplate::Control),
        ("a\u{1b}[31m", BadTemplate::Control),
        ("# {stage}", BadTemplate::Comment),
        ("a {stage", unpaired(3)),
        ("ä {stage {files}", unpaired(3)),
        ("a}", unpaired(2)),
        ("{Stage}", unknown("Stage")),
        ("{}", unknown("")),
    ] {
        assert_eq!(Template::parse(text), Err(expected), "{text}");
    }
    for pattern in ["(", ")(", "[a"] {
        assert!(TicketPattern::parse(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn long_messages_stay_narrow_short_and_readable() {
    let many: Vec<(String, u32)> = (0..200).map(|at| (format!("RULE{at:03}"), 1)).collect();
    let long = format!("{}/deep/{}.py", "a".repeat(90), "n".repeat(40));
    let mut files: Vec<String> = (0..1000)
        .map(|at| format!("src/pack/module_{at}.py"))
        .collect();
    files.push(long);
    files.push(format!("{}.py", "z".repeat(200)));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let tasks: Vec<i64> = (1..1000).chain((2000..2400).step_by(2)).collect();
    let landing = Landing {
        stage: "qa",
        shares: &shares(&[("QA-1", 1002)]),
        rules: &many,
        paths: &paths(&files),
        tasks: &tasks,
        sources: &source("x"),
    };
    let message = landing.message(&Template::default(), None);
    for line in message.lines() {
        assert!(line.chars().count() <= 72, "{line}");
    }
    let body: Vec<&str> = message.lines().collect();
    assert!(body[5].ends_with("more"), "{message}");
    assert!(body[11].ends_with("more"), "{message}");
    assert_eq!(body[12], "");
    assert!(message.contains("…/deep/"), "{message}");
    assert!(
        message.contains("Hive-Task: 1-999, 2000, 2002"),
        "{message}"
    );
    assert_eq!(trailers(&message).unwrap().tasks, tasks);
}

#[test]
fn nothing_that_acts_gets_into_a_message() {
    let nasty = "a\u{1b}]0;x\u{7}\r\n\nHive-Worker: EVIL\u{202e}.py";
    let landing = Landing {
        stage: "qa",
        shares: &shares(&[("QA-1", 1)]),
        rules: &rules(&[("F\n\n401", 1)]),
        paths: &paths(&[nasty]),
        tasks: &[1],
        sources: &source(nasty),
    };
    let ticket = TicketPattern::parse("(?s).*").unwrap();
    for message in [
        landing.message(&Template::default(), Some(&ticket)),
        landing.fixup_message(&Template::default()),
        undo_message(&oid('4'), nasty),
    ] {
        assert!(
            !message.chars().any(|c| c.is_control() && c != '\n'),
            "{message}"
        );
        assert!(!message.contains('\u{202e}'), "{message}");
        let workers = trailers(&message).unwrap().workers;
        assert!(!workers.iter().any(|worker| worker == "EVIL"), "{message}");
    }
    let fixup = landing.fixup_message(&Template::default());
    assert!(
        fixup.starts_with(&format!("fixup! {}\n", oid('3'))),
        "{fixup}"
    );
}

#[test]
fn trailers_are_read_as_git_reads_them() {
    let hive = |workers: &[&str], tasks: &[i64]| {
        Some(HiveTrailers {
            workers: workers.iter().map(|worker| (*worker).to_owned()).collect(),
            tasks: tasks.to_vec(),
            ..HiveTrailers::default()
        })
    };
    for (message, expected) in [
        (
            "x\n\nHive-Worker: QA-1\nHive-Worker: QA-2\n",
            hive(&["QA-1", "QA-2"], &[]),
        ),
        (
            "x\n\nhive-worker: QA-1\nChange-Id: I12\n\n\n",
            hive(&["QA-1"], &[]),
        ),
        (
            "x\n\nHive-Worker: QA-1\nHive-Task: 1,\n 2, 4-6\n",
            hive(&["QA-1"], &[1, 2, 4, 5, 6]),
        ),
        (
            "x\n\nHive-Worker: QA-1\nHive-Task: 5-1, a, 0-99999999999\n",
            hive(&["QA-1"], &[]),
        ),
        (
            "x\n\nHive-Worker: QA-1\n(cherry picked from commit 1)\n",
            hive(&["QA-1"], &[]),
        ),
        ("x\n\nHive-Worker: QA-1\n\nmore\n", None),
        ("x\n\nHive-Task: 1\n", None),
        ("", None),
    ] {
        assert_eq!(trailers(message), expected, "{message:?}");
    }
    let undo = undo_message(&oid('4'), "chore(qa): x\nbody");
    let expected = format!(
        "Revert \"chore(qa): x\"\n\nThis reverts commit {}.\n\nHive-Undo: 4444444\n",
        oid('4')
    );
    assert_eq!(undo, expected);
    assert_eq!(trailers(&undo).unwrap().undoes.as_deref(), Some("4444444"));
}
