//! Judging the whole: what is due, how often, and what becomes of its questions.

use super::*;

fn due(tip: u32, bases: &[u32]) -> Inspection {
    Inspection {
        reference: "refs/heads/main".to_owned(),
        tip: oid(tip),
        source: Some(oid(tip)),
        bases: bases.iter().map(|base| oid(*base)).collect(),
    }
}

fn gone(tip: u32) -> Inspection {
    Inspection {
        source: None,
        ..due(tip, &[tip])
    }
}

fn begun(queue: &Queue) -> Inspection {
    match queue.begin_inspection("refs/heads/main").unwrap() {
        Begun::Begun(due) => due,
        other => panic!("{other:?}"),
    }
}

fn whole(rule: &str, snippet: &str) -> Question {
    Question {
        stage: Stage::Golden,
        worker: None,
        ..question(rule, "a.py", snippet)
    }
}

fn open(queue: &Queue) -> Vec<String> {
    let open = queue.escalations(&EscalationFilter::default()).unwrap();
    let mut open: Vec<String> = open
        .iter()
        .map(|one| format!("{} {}", one.question.rule, one.question.line))
        .collect();
    open.sort();
    open
}

#[test]
fn one_that_waits_takes_in_what_comes() {
    let world = world();
    let queue = &world.queue;
    queue.inspect_later(due(5, &[4])).unwrap();
    // A second commit, one on top of a merge, and a look for what is gone.
    queue.inspect_later(due(6, &[5])).unwrap();
    queue.inspect_later(due(9, &[6, 8])).unwrap();
    queue.inspect_later(gone(10)).unwrap();
    let mut expected = due(9, &[4, 8]);
    expected.tip = oid(10);
    assert_eq!(begun(queue), expected);
    assert!(!queue.is_inspection_due("refs/heads/other").unwrap());
    // The first commit of all has nothing below it, whatever follows.
    let world = super::world();
    world.queue.inspect_later(due(1, &[])).unwrap();
    world.queue.inspect_later(due(2, &[1])).unwrap();
    assert_eq!(begun(&world.queue).bases, Vec::<Oid>::new());
}

#[test]
fn one_that_never_ends_is_given_up() {
    let world = world();
    let queue = &world.queue;
    queue.inspect_later(due(5, &[4])).unwrap();
    for _ in 0..3 {
        begun(queue);
    }
    let given_up = queue.begin_inspection("refs/heads/main").unwrap();
    assert_eq!(given_up, Begun::GivenUp(due(5, &[4])));
    let after = queue.begin_inspection("refs/heads/main").unwrap();
    assert_eq!(after, Begun::None);
    // A new commit is another try.
    queue.inspect_later(due(6, &[5])).unwrap();
    begun(queue);
}

#[test]
fn what_was_asked_for_meanwhile_stays_due() {
    let world = world();
    let queue = &world.queue;
    queue.inspect_later(due(5, &[4])).unwrap();
    let first = begun(queue);
    queue.inspect_later(due(6, &[5])).unwrap();
    queue
        .end_inspection(&first, Inspected::default(), Vec::new())
        .unwrap();
    let second = begun(queue);
    assert_eq!(second, due(6, &[4]));
    queue
        .end_inspection(&second, Inspected::default(), Vec::new())
        .unwrap();
    assert!(!queue.is_inspection_due("refs/heads/main").unwrap());
}

#[test]
fn only_an_inspection_ends_what_an_inspection_asked() {
    let world = world();
    let queue = &world.queue;
    let end = |tip, found, elsewhere| {
        queue.inspect_later(due(tip, &[tip - 1])).unwrap();
        queue
            .end_inspection(&begun(queue), found, elsewhere)
            .unwrap();
    };
    let asked = |asked: &[Question], there: &[Question], unjudged: &[&str]| Inspected {
        asked: asked.to_vec(),
        there: there.to_vec(),
        unjudged: unjudged
            .iter()
            .map(|rule| ((*rule).to_owned(), "why".to_owned()))
            .collect(),
    };
    assert_eq!(queue.inspected().unwrap(), None);
    let (cycle, lock) = (whole("GR07", "import b"), whole("GR28", ""));
    end(
        5,
        asked(&[cycle.clone(), lock.clone()], &[], &[]),
        Vec::new(),
    );
    assert_eq!(queue.inspected().unwrap(), Some(vec![oid(1)]));
    // The end of a task of the file is none of theirs.
    assert_eq!(
        queue
            .resolve_absent(&path("a.py"), Stage::Golden, &[])
            .unwrap(),
        0
    );
    assert_eq!(open(queue), ["GR07 3", "GR28 3"]);
    // Still there, elsewhere in the file; and a rule that could not judge.
    let moved = Question {
        line: 8,
        ..cycle.clone()
    };
    end(6, asked(&[], &[moved], &["GR28"]), Vec::new());
    assert_eq!(open(queue), ["GR07 8", "GR28 3"]);
    // A branch that does not have their commit says nothing of them.
    end(7, asked(&[], &[], &[]), vec![oid(1)]);
    assert_eq!(open(queue), ["GR07 8", "GR28 3"]);
    end(8, asked(&[], &[], &[]), Vec::new());
    assert_eq!(open(queue), Vec::<String>::new());
    end(9, asked(&[cycle], &[], &[]), Vec::new());
    assert_eq!(open(queue), ["GR07 3"]);
}
