//! Keys by keys, and frames of all sizes.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::draw;
use super::keys::press;
use super::model::{Model, Order, Tone, View};
use crate::escalation::{Ending, Escalation, Level, Precedent, Question, State};
use crate::queue::{EscalationFilter, EscalationId, EscalationRow, TaskId};
use crate::repo::RepoPath;
use crate::review::{Action, Detail, Frame};
use crate::schedule::Stage;
use crate::screen::{Key, Palette};

const NOW: i64 = 10_000_000;

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn question(id: i64, rule: &str, place: &str) -> EscalationRow {
    EscalationRow {
        id: EscalationId(id),
        rule: rule.to_owned(),
        level: Level::Warning,
        stage: Stage::Qa,
        path: path(place),
        line: 4,
        column: 5,
        symbol: "read".to_owned(),
        reason: "Do not use bare `except`".to_owned(),
        state: State::Open,
        count: 1,
        first_ms: NOW - 7_200_000,
        last_ms: NOW,
        owner: None,
        has_patch: true,
        ending: None,
        note: None,
    }
}

fn model() -> Model {
    let mut model = Model::new(EscalationFilter::default(), NOW);
    let rows = [
        (9, "E722", "src/a.py"),
        (8, "I001", "tests/a.py"),
        (7, "I001", "src/b.py"),
        (6, "I001", "tests/deep/c.py"),
        (5, "F401", "tests.py"),
    ];
    let rows = rows.map(|(id, rule, place)| question(id, rule, place));
    model.take(rows.to_vec(), NOW);
    model
}

fn keys(model: &mut Model, keys: &str) -> Option<Order> {
    let mut order = None;
    for key in keys.chars() {
        order = press(
            model,
            match key {
                '\n' => Key::Enter,
                '\x1b' => Key::Escape,
                key => Key::Char(key),
            },
        );
    }
    order
}

fn ids(order: Option<Order>) -> Vec<i64> {
    match order {
        Some(Order::Act(ids, ..) | Order::Land(ids)) => ids.iter().map(|id| id.0).collect(),
        other => panic!("no answer: {other:?}"),
    }
}

#[test]
fn orders_are_for_the_chosen_one_or_for_those_that_are_marked() {
    let mut one = model();
    assert_eq!(ids(keys(&mut one, "jn")), [8]);
    // All of the rule, then those of them below the directory.
    let mut many = model();
    keys(&mut many, "jR");
    assert_eq!(many.marked.len(), 3);
    assert_eq!(ids(keys(&mut many, "Dy")), [8, 6]);
    let mut alike = model();
    assert_eq!(ids(keys(&mut alike, "8An")), [8, 6]);
    let mut directory = model();
    assert_eq!(ids(keys(&mut directory, "Dc")), [9, 7]);
    let mut by_hand = model();
    assert_eq!(ids(keys(&mut by_hand, "  t")), [9, 8]);
    keys(&mut by_hand, "\x1b");
    assert!(by_hand.marked.is_empty());
}

#[test]
fn words_are_asked_for_where_an_answer_needs_them() {
    let mut model = model();
    assert!(keys(&mut model, "i\n").is_none(), "a reason is needed");
    match keys(&mut model, "iit is so\n") {
        Some(Order::Act(_, Action::Suppress { reason }, None)) => assert_eq!(reason, "it is so"),
        other => panic!("{other:?}"),
    }
    match keys(&mut model, "r\n") {
        Some(Order::Act(_, Action::Resolve, None)) => {}
        other => panic!("{other:?}"),
    }
    match keys(&mut model, "z\n") {
        Some(Order::Act(_, Action::Snooze { until_ms }, None)) => {
            assert_eq!(until_ms, NOW + 86_400_000);
        }
        other => panic!("{other:?}"),
    }
    // What is proposed is typed over; a unit alone is one of it, at once.
    for (typed, hours) in [("z2h\n", 2), ("zw", 168), ("zh", 1)] {
        match keys(&mut model, typed) {
            Some(Order::Act(_, Action::Snooze { until_ms }, None)) => {
                assert_eq!(until_ms, NOW + hours * 3_600_000, "{typed}");
            }
            other => panic!("{typed}: {other:?}"),
        }
    }
    assert!(keys(&mut model, "zx\n").is_none(), "`x` is no span");
    assert!(keys(&mut model, "i\x1b").is_none());
    assert!(model.prompt.is_none());
    assert!(keys(&mut model, "u").is_none(), "nothing was done");
}

#[test]
fn search_and_filter_narrow_the_list() {
    let mut model = model();
    keys(&mut model, "/tests/");
    assert_eq!(model.shown.len(), 2);
    assert_eq!(ids(keys(&mut model, "\ny")), [8]);
    keys(&mut model, "\x1b");
    assert_eq!(model.shown.len(), 5);
    match keys(&mut model, "fsrc error\n") {
        Some(Order::Reload) => {}
        other => panic!("{other:?}"),
    }
    // A word without a name that is neither level nor path is a rule.
    assert_eq!(model.filter.rule.as_deref(), Some("src"));
    assert_eq!(model.filter.level, Some(Level::Error));
    assert!(matches!(keys(&mut model, "v"), Some(Order::Reload)));
    assert_eq!(model.filter.states, ["snoozed"]);
    assert!(keys(&mut model, "f=x\n").is_none());
    assert!(matches!(keys(&mut model, "q"), Some(Order::Quit)));
}

#[test]
fn a_number_leads_to_its_question() {
    let mut model = model();
    let mut rows = model.rows.clone();
    rows.push(question(12, "E501", "src/c.py"));
    rows.push(question(71, "E501", "src/d.py"));
    model.take(rows, NOW);
    let mut chosen = |typed: &str| {
        keys(&mut model, typed);
        let said = model.said.as_ref().map(|(_, said)| said.clone());
        (model.chosen().unwrap().id.0, said.unwrap_or_default())
    };
    assert_eq!(chosen("7"), (7, String::new()));
    // The same number goes on, and another key ends it.
    assert_eq!(chosen("1"), (71, String::new()));
    assert_eq!(chosen("8"), (8, String::new()));
    assert_eq!(chosen("1"), (8, "#1…".to_owned()));
    assert_eq!(chosen("2"), (12, String::new()));
    assert_eq!(chosen("j"), (71, String::new()));
    assert_eq!(
        chosen("4"),
        (71, "no question #4 is in this list".to_owned())
    );
    assert_eq!(chosen("9"), (9, String::new()));
}

#[test]
fn the_page_of_keys_fits_and_else_it_moves() {
    let mut model = model();
    keys(&mut model, "?");
    let shown = frame(&mut model, 80, 24);
    assert!(shown.contains("this page, and back; quit"), "{shown}");
    keys(&mut model, "jjjj");
    assert_eq!(frame(&mut model, 80, 24), shown);
    assert!(!frame(&mut model, 80, 12).contains("and back; quit"));
    for _ in 0..3 {
        press(&mut model, Key::PageDown);
        let end = frame(&mut model, 80, 12);
        if end.contains("this page, and back; quit") {
            keys(&mut model, "x");
            assert_eq!(model.view, View::List);
            return;
        }
    }
    panic!("the end of the page is not seen");
}

#[test]
fn the_cursor_stays_with_its_question() {
    let mut model = model();
    keys(&mut model, "jj");
    let mut rows = model.rows.clone();
    rows.remove(0);
    model.take(rows.clone(), NOW);
    assert_eq!(model.chosen().unwrap().id.0, 7);
    // One that is gone leaves its place to the next.
    rows.retain(|row| row.id.0 != 7);
    model.take(rows, NOW);
    assert_eq!(model.chosen().unwrap().id.0, 6);
    model.take(Vec::new(), NOW);
    assert!(model.chosen().is_none());
    for key in "jkgGynizrRD \n?".chars() {
        keys(&mut model, &key.to_string());
    }
}

fn detail() -> Detail {
    Detail {
        escalation: Escalation {
            id: EscalationId(9),
            question: Question {
                rule: "E722".to_owned(),
                level: Level::Warning,
                stage: Stage::Qa,
                path: path("src/a.py"),
                line: 4,
                column: 6,
                symbol: "read".to_owned(),
                snippet: "    except:".to_owned(),
                reason: "Do not use bare `except`".to_owned(),
                attempts: 2,
                worker: Some("QA-1".to_owned()),
                task: Some(TaskId(3)),
                commit: None,
                patch: Some("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n".repeat(9)),
            },
            state: State::Open,
            count: 2,
            first_ms: 0,
            last_ms: NOW,
            note: None,
            owner: Some("Ada".to_owned()),
            ending: None,
        },
        frame: Some(Frame {
            current: true,
            first: 3,
            lines: vec!["\tx = 1".to_owned(), "\texcept: \u{1b}[2J".to_owned()],
            at: 1,
            column: 6,
            inks: Vec::new(),
        }),
        similar: vec![Precedent {
            escalation: EscalationId(1),
            rule: "E722".to_owned(),
            path: path("src/z.py"),
            symbol: String::new(),
            message: String::new(),
            code: String::new(),
            ending: Ending::Dismissed,
            note: Some("not ours".to_owned()),
            patch: Some("--- a\n+++ b\n-x\n+y\n".to_owned()),
            at_ms: 0,
        }],
    }
}

fn frame(model: &mut Model, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(frame, model, Palette::new(true)))
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_question_shows_all_that_helps() {
    let mut model = model();
    model.detail = Some(Box::new(detail()));
    let shown = frame(&mut model, 100, 160);
    for text in [
        "5 questions are open",
        "#9 warning E722  src/a.py:4",
        "line of Ada · 2 attempts · QA-1, task 3",
        "▸ 4 │     except: \\u{1b}[2J",
        // A tab is four columns wide.
        "    │         ^",
        "-a",
        "like #1 in src/z.py, dismissed",
        "not ours",
        "y apply",
    ] {
        assert!(shown.contains(text), "no `{text}` in\n{shown}");
    }
}

#[test]
fn frames_of_all_sizes_are_drawn() {
    let mut model = model();
    model.detail = Some(Box::new(detail()));
    for view in [View::List, View::Detail, View::Help] {
        model.view = view;
        for (columns, rows) in [
            (1, 1),
            (2, 3),
            (20, 5),
            (40, 9),
            (131, 4),
            (200, 50),
            (500, 200),
        ] {
            for keys_first in ["", "jjjj", "\x1b/a", "\x1b", "i", "\x1b"] {
                if view == View::List {
                    keys(&mut model, keys_first);
                }
                frame(&mut model, columns, rows);
            }
        }
    }
    // The end of a long question is seen, and no further.
    model.at = 0;
    model.view = View::Detail;
    press(&mut model, Key::End);
    let shown = frame(&mut model, 80, 24);
    assert!(shown.contains("+y"), "{shown}");
    assert!(model.scroll > 0 && model.scroll < 100);
}

#[test]
fn marks_that_a_search_hides_are_kept_and_counted() {
    let mut model = model();
    keys(&mut model, "jR/tests/a\n");
    assert!(frame(&mut model, 80, 24).contains("1 of 3 marked"));
    assert_eq!(ids(keys(&mut model, "n")), [8]);
    keys(&mut model, "/F401\n");
    assert!(keys(&mut model, "n").is_none());
    assert!(frame(&mut model, 80, 24).contains("none of the marked ones is shown"));
}

#[test]
fn no_reason_is_asked_for_where_no_comment_suppresses() {
    let mut model = model();
    let mut rows = model.rows.clone();
    rows[0].rule = "crash".to_owned();
    rows[1].line = 0;
    model.take(rows, NOW);
    for keys_ in ["i", "ji"] {
        keys(&mut model, keys_);
        assert!(model.prompt.is_none(), "{keys_}");
        assert!(frame(&mut model, 80, 24).contains("no comment suppresses"));
    }
    keys(&mut model, "ji");
    assert!(model.prompt.is_some());
}

/// What does not fit in the last line is not lost.
#[test]
fn the_foot_shows_what_was_said_and_what_is_typed() {
    let mut model = model();
    let way_out = "the way out";
    model.say(
        Tone::Bad,
        format!("{} ({way_out})", "a long story ".repeat(9)),
    );
    assert!(frame(&mut model, 80, 24).contains(way_out));
    model.say(Tone::Bad, "a long story ".repeat(40));
    let shown = frame(&mut model, 80, 24);
    assert!(shown.contains('…') && shown.contains("? help"), "{shown}");
    keys(&mut model, &format!("i{}the end", "because ".repeat(15)));
    assert!(frame(&mut model, 80, 24).contains("because the end"));
    press(&mut model, Key::Home);
    assert!(frame(&mut model, 80, 24).contains("is? because because"));
}

#[test]
fn the_title_has_the_end_of_a_path() {
    let mut model = model();
    let mut rows = model.rows.clone();
    rows[0].path = path(&format!("{}/the_end.py", "deep".repeat(30)));
    model.take(rows, NOW);
    model.detail = Some(Box::new(detail()));
    model.view = View::Detail;
    let shown = frame(&mut model, 80, 10);
    assert!(
        shown.contains("the_end.py:4") && shown.contains("J ▼"),
        "{shown}"
    );
}
