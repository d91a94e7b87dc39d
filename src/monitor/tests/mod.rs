//! What entries make of the dashboard, and frames of all sizes.

mod news;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::draw::draw;
use super::keys::{Order, press};
use super::model::{Doing, Focus, Model};
use crate::agent::lock::{Holder, Kind};
use crate::escalation::{Level, State};
use crate::journal::{Entry, Event};
use crate::queue::{
    Cause, DeadLetter, ErrorClass, EscalationId, EscalationRow, Plan, PlanId, PlanStatus, Task,
    TaskId, TaskState, WorkerRow,
};
use crate::repo::{RepoPath, WorktreeId};
use crate::schedule::{Priority, Stage};
use crate::screen::{Key, Palette};

const NOW: i64 = 1_000_000_000;

fn path() -> RepoPath {
    RepoPath::new("src/app.py").unwrap()
}

fn entry(id: i64, at_ms: i64, event: Event) -> Entry {
    Entry {
        id,
        at_ms,
        worktree: WorktreeId::stored("w".to_owned()),
        event,
    }
}

fn enqueued(task: i64) -> Event {
    Event::TaskEnqueued {
        task: TaskId(task),
        path: path(),
        stage: Stage::Qa,
        cause: Cause::Commit,
        priority: Priority::High,
        burst: None,
        folded: false,
    }
}

fn started(task: i64) -> Event {
    Event::TaskStarted {
        task: TaskId(task),
        path: path(),
        stage: Stage::Qa,
        worker: "QA-1".to_owned(),
        attempt: 1,
    }
}

fn completed(task: i64) -> Event {
    Event::TaskCompleted {
        task: TaskId(task),
        path: path(),
        stage: Stage::Qa,
        worker: "QA-1".to_owned(),
        outcome: "fixed".to_owned(),
        ms: 12,
        fixes: 3,
        questions: 1,
    }
}

fn model() -> Model {
    let mut model = Model::new("/home/ada/app".to_owned(), NOW);
    model.agent = Some(Holder {
        pid: 7,
        kind: Kind::Watch,
        since_ms: NOW,
    });
    model.workers.push(WorkerRow {
        name: "QA-1".to_owned(),
        stage: Stage::Qa,
        kind: None,
        pid: 8,
        started_ms: NOW,
        beat_ms: NOW,
        ended_ms: None,
        reason: None,
        task: None,
        path: None,
    });
    model
}

#[test]
fn entries_are_folded() {
    let mut model = model();
    let waits = |model: &Model| model.number(Some(Stage::Qa), Some(Priority::High), &["ready"]);
    let registered = Event::WorkerRegistered {
        worker: "QA-1".to_owned(),
        stage: Stage::Qa,
        pid: 8,
    };
    model.fold(&entry(1, NOW, registered));
    model.fold(&entry(2, NOW, enqueued(1)));
    model.fold(&entry(3, NOW, enqueued(2)));
    assert_eq!(waits(&model), 2);
    model.fold(&entry(4, NOW, started(1)));
    assert_eq!(
        (waits(&model), model.number(None, None, &["running"])),
        (1, 1)
    );
    assert_eq!(model.doing(&model.workers[0]), Doing::Works);
    assert_eq!(model.workers[0].path, Some(path()));
    model.fold(&entry(5, NOW, completed(1)));
    let tally = model.tallies["QA-1"];
    assert_eq!(
        (tally.done, tally.fixed, tally.asked, tally.starts),
        (1, 3, 1, 1)
    );
    assert_eq!(model.number(None, None, &["running"]), 0);
    assert_eq!(model.doing(&model.workers[0]), Doing::Idle);
    assert_eq!((model.flow.per_minute(NOW), model.flow.took().p99), (1, 12));
    let last = model.feed.back().unwrap();
    assert!(last.2.contains("3 violations"), "{last:?}");
}

#[test]
fn a_worker_that_is_not_heard_of_is_stale() {
    let mut model = model();
    model.fold(&entry(1, NOW, enqueued(1)));
    model.fold(&entry(2, NOW, started(1)));
    assert_eq!(model.next_change(NOW), Some(NOW + 30_001));
    model.now_ms = NOW + 30_000;
    assert_eq!(model.doing(&model.workers[0]), Doing::Works);
    model.now_ms = NOW + 30_001;
    assert_eq!(model.doing(&model.workers[0]), Doing::Stale);
    assert_eq!(model.next_change(model.now_ms), None);
    // Of an agent that is gone nothing works; what other programs have needs none.
    model.agent = None;
    assert_eq!(model.doing(&model.workers[0]), Doing::Ended);
    model.workers[0].kind = Some("docs".to_owned());
    assert_eq!(model.doing(&model.workers[0]), Doing::Stale);
}

fn asked(id: i64) -> EscalationRow {
    EscalationRow {
        id: EscalationId(id),
        rule: "E722".to_owned(),
        level: Level::Error,
        stage: Stage::Qa,
        path: path(),
        line: 0,
        column: 0,
        symbol: String::new(),
        reason: "Do not use bare `except`".to_owned(),
        state: State::Open,
        count: 1,
        first_ms: 0,
        last_ms: 0,
        owner: None,
        has_patch: false,
        ending: None,
        note: None,
    }
}

#[test]
fn keys_give_orders() {
    let mut model = model();
    assert_eq!(press(&mut model, Key::Enter), None, "no question is open");
    model.questions = vec![asked(4), asked(2)];
    press(&mut model, Key::Down);
    press(&mut model, Key::Down);
    assert_eq!(
        press(&mut model, Key::Enter),
        Some(Order::Open(Some(EscalationId(2))))
    );
    assert_eq!(press(&mut model, Key::Char('e')), Some(Order::Open(None)));
    assert_eq!(press(&mut model, Key::Char('p')), Some(Order::Pause));
    assert_eq!(press(&mut model, Key::Char('r')), None, "no task is dead");
    press(&mut model, Key::Tab);
    assert_eq!((model.focus, model.at), (Focus::Dead, 0));
    assert_eq!(press(&mut model, Key::Char('r')), None);
    assert_eq!(press(&mut model, Key::Char('?')), None);
    assert!(model.help);
    assert_eq!(press(&mut model, Key::Char('x')), None);
    assert_eq!(press(&mut model, Key::Char('q')), Some(Order::Quit));
}

fn dead(id: i64) -> Task {
    let letter = DeadLetter {
        class: ErrorClass::Crash,
        message: "the worker died\nof a stack that was too small".to_owned(),
        tool: None,
        successor: None,
    };
    Task {
        id: TaskId(id),
        stage: Stage::Qa,
        path: path(),
        state: TaskState::Dead {
            letter,
            ended_ms: NOW - 60_000,
        },
        cause: Cause::Commit,
        saved: false,
        priority: Priority::Normal,
        tip: None,
        blob: None,
        base: None,
        commits: Vec::new(),
        burst: None,
        previous: None,
        origin: None,
        first_seen_ms: 0,
        generation: 1,
        attempt: 2,
        max_attempts: 3,
        crashes: 2,
        own: false,
        depth: 0,
        dependants: 0,
        plan: None,
    }
}

#[test]
fn a_dead_task_says_why() {
    let mut model = model();
    model.dead = vec![dead(184), dead(185)];
    press(&mut model, Key::Tab);
    press(&mut model, Key::Down);
    assert_eq!(press(&mut model, Key::Enter), None);
    let shown = frame(&model, 80, 24);
    for text in [
        "task 185 is dead",
        "src/app.py (qa, commit): dead for 60 s after 2 attempts",
        "crash: the worker died",
        "  of a stack that was too small",
        "hive why 185 tells of each attempt",
        "r retry",
    ] {
        assert!(shown.contains(text), "no `{text}` in\n{shown}");
    }
    frame(&model, 1, 1);
    frame(&model, 20, 5);
    assert_eq!(press(&mut model, Key::Enter), None, "back");
    assert!(frame(&model, 80, 24).contains("activity"));
    press(&mut model, Key::Enter);
    assert_eq!(
        press(&mut model, Key::Char('r')),
        Some(Order::Retry(TaskId(185)))
    );
    assert!(model.alone().is_none());
}

fn plan(name: &str, done: usize, status: PlanStatus) -> Plan {
    Plan {
        id: PlanId(1),
        name: name.to_owned(),
        about: String::new(),
        status,
        created_ms: 0,
        since_ms: NOW - 600_000,
        worked_ms: 0,
        total: 900,
        done,
        before: 0,
        dead: 0,
        cancelled: 0,
        landing: 0,
    }
}

/// What is under way is seen with the time that is left, at every size.
#[test]
fn plans_are_seen_while_they_are_under_way() {
    let mut model = model();
    assert!(!frame(&model, 80, 24).contains("plans"));
    model.plans = vec![
        plan("all", 300, PlanStatus::Executing),
        plan("prints", 0, PlanStatus::Executing),
        plan("docs", 10, PlanStatus::Paused),
    ];
    (model.plans[0].dead, model.plans[0].cancelled) = (2, 14);
    for (columns, rows) in [(80, 24), (200, 50), (131, 30)] {
        let shown = frame(&model, columns, rows);
        for text in [
            "plans",
            "300 of 900  about 19 min left, 2 dead",
            "  low ",
            "  critical ",
            "breakers",
        ] {
            assert!(shown.contains(text), "no `{text}` in\n{shown}");
        }
        let others = if rows == 24 {
            ["and 2 more", "activity"]
        } else {
            ["  0 of 900  has just begun", " 10 of 900  paused"]
        };
        for text in others {
            assert!(shown.contains(text), "no `{text}` in\n{shown}");
        }
    }
    assert!(frame(&model, 200, 50).contains("19 min left, 2 dead, 14 cancelled"));
    assert!(!frame(&model, 131, 30).contains("14 "));
    model.plans = vec![plan("types", 900, PlanStatus::Executing)];
    model.plans[0].landing = 3;
    assert!(frame(&model, 80, 24).contains("900 of 900  3 fixes wait to land"));
    model.plans = (0..30)
        .map(|at| plan(&format!("p{at}"), at, PlanStatus::Executing))
        .collect();
    for (columns, rows) in [(80, 24), (200, 50)] {
        let shown = frame(&model, columns, rows);
        assert!(shown.contains(" more"), "{shown}");
        assert!(shown.contains("activity"), "{shown}");
    }
}

/// On a large terminal nothing is left empty below the left column: the curves have it.
#[test]
fn curves_fill_a_large_terminal() {
    let mut model = model();
    for task in 0..40 {
        model.fold(&entry(task, NOW, completed(task)));
    }
    let shown = frame(&model, 200, 50);
    let rows: Vec<&str> = shown.lines().collect();
    let at = |text: &str| {
        let found = rows.iter().position(|row| row.contains(text));
        found.unwrap_or_else(|| panic!("no `{text}` in\n{shown}"))
    };
    let (files, slowest, axis) = (at("≤ 40"), at("slowest"), at("5 min ago"));
    assert!(slowest - files > 5, "{shown}");
    assert_eq!(axis - slowest, slowest - files, "{shown}");
    assert!(at("breakers") >= 45, "{shown}");
    let curves = &rows[files..axis];
    assert!(curves.iter().all(|row| row.contains('█')), "{shown}");
    // Where there are fewer columns, the numbers are of what is drawn.
    model.now_ms = NOW + 250_000;
    let shown = frame(&model, 80, 50);
    assert!(
        shown.contains("≤ 0") && !shown.contains("5 min ago"),
        "{shown}"
    );
}

fn frame(model: &Model, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(frame, model, Palette::new(true)))
        .unwrap();
    terminal.backend().to_string()
}

#[test]
fn frames_of_all_sizes_are_drawn() {
    let mut model = model();
    for task in 0..300 {
        model.fold(&entry(task, NOW, enqueued(task)));
    }
    model.questions = (1..60).map(asked).collect();
    model.at = 58;
    for help in [false, true] {
        model.help = help;
        for (columns, rows) in [
            (1, 1),
            (3, 2),
            (20, 5),
            (80, 24),
            (131, 6),
            (200, 50),
            (500, 200),
        ] {
            frame(&model, columns, rows);
        }
    }
    model.help = false;
    let least = frame(&model, 20, 5);
    for text in ["0 run  300 wait", "▸ 0 questions", "? help  q quit"] {
        assert!(least.contains(text), "no `{text}` in\n{least}");
    }
    for (columns, rows) in [(80, 24), (200, 50)] {
        let shown = frame(&model, columns, rows);
        for text in [
            "/home/ada/app",
            "hive watch, process 7",
            "QA-1",
            "300",
            "#59",
            "all closed",
            "(commit)",
            "p pause",
        ] {
            assert!(shown.contains(text), "no `{text}` in\n{shown}");
        }
    }
}
