//! Fixes, landings, ownership.

use super::*;

fn landing(fixes: Vec<FixId>, n: u32) -> NewLanding {
    NewLanding {
        commits: vec![(oid(n), Stage::Qa)],
        tip_before: oid(n - 1),
        tip_after: oid(n),
        reference: "refs/heads/main".to_owned(),
        mode: "direct".to_owned(),
        kind: LandingKind::Own,
        instead_of: None,
        fixes,
        held_us: 150,
    }
}

#[test]
fn a_fix_waits_lands_and_is_history() {
    let world = world();
    let queue = &world.queue;
    let claimed = world.claimed("src/a.py", 1);
    queue
        .finish(claimed.token, fixed(&claimed, b"x = 1\n"), None)
        .unwrap();
    let waiting = queue.waiting_fixes().unwrap().remove(0);
    assert_eq!(waiting.after, b"x = 1\n");
    assert_eq!(waiting.state, WaitingState::Ready);
    assert_eq!(waiting.counts[0].code, "F401");
    assert_eq!(waiting.classes, [FixClass::Same, FixClass::Linter]);
    assert_eq!((waiting.base, waiting.burst), (Some(oid(0)), claimed.burst));

    queue
        .defer_fix(waiting.id, "the file is edited", "w1")
        .unwrap();
    queue
        .defer_fix(waiting.id, "the file is edited", "w2")
        .unwrap();
    let state = queue.waiting_fix(waiting.id).unwrap().unwrap().state;
    let reason = "the file is edited".to_owned();
    let seen = "w2".to_owned();
    assert_eq!(state, WaitingState::Deferred { reason, seen });
    queue.hold_fix(waiting.id, "the tip is pushed").unwrap();
    queue.ready_fix(waiting.id).unwrap();

    let id = queue.landed(landing(vec![waiting.id], 50)).unwrap();
    assert!(queue.waiting_fixes().unwrap().is_empty());
    let error = queue.drop_fix(waiting.id, "late").unwrap_err();
    assert_eq!(error.to_string(), "fix 1 is landed: it cannot be dropped");
    let error = queue.hold_fix(FixId(99), "x").unwrap_err();
    assert_eq!(error.to_string(), "there is no fix 99");

    for (path, rule, count) in [
        (None, None, 1),
        (Some("src/a.py"), None, 1),
        (Some("src/"), Some("F401"), 1),
        (Some("sr"), None, 0),
        (None, Some("E501"), 0),
    ] {
        let filter = FixFilter {
            path: path.map(str::to_owned),
            rule: rule.map(str::to_owned),
            ..FixFilter::default()
        };
        let found = queue.fixes(&filter).unwrap();
        assert_eq!(found.len(), count, "{filter:?}");
        for fix in found {
            let FixState::Landed {
                landing, commit, ..
            } = fix.state
            else {
                panic!("{:?}", fix.state);
            };
            assert_eq!((landing, commit), (id, Some(oid(50))));
        }
    }
    assert_eq!(queue.fixed_before(&path("src/a.py"), &oid(101)).unwrap(), 1);
}

#[test]
fn only_the_commit_itself_is_hives_own() {
    let world = world();
    let queue = &world.queue;
    queue.landed(landing(Vec::new(), 50)).unwrap();
    let folded = NewLanding {
        kind: LandingKind::Fold,
        ..landing(Vec::new(), 60)
    };
    queue.landed(folded).unwrap();
    // Whoever recorded it died before it could say so, and the next one records it again.
    assert_eq!(queue.landed(landing(Vec::new(), 50)).unwrap().0, 1);
    assert!(queue.is_own(&oid(50)).unwrap());
    assert!(
        !queue.is_own(&oid(60)).unwrap(),
        "a folded commit is the person's"
    );
    assert!(!queue.is_own(&oid(51)).unwrap());
    queue.reowned(&oid(50), &oid(51)).unwrap();
    assert!(!queue.is_own(&oid(51)).unwrap());
    let landing = queue.landing_of(&oid(50)).unwrap().unwrap();
    assert_eq!(landing.commits[0].reowned_by, Some(oid(51)));
    let ids: Vec<i64> = queue
        .landings(9)
        .unwrap()
        .iter()
        .map(|one| one.id.0)
        .collect();
    assert_eq!(ids, [2, 1]);
}

#[test]
fn a_file_goes_on_to_the_next_stage_with_the_fix_of_the_last() {
    let world = world();
    let queue = &world.queue;
    let claimed = world.claimed("a.py", 1);
    let burst = claimed.burst.unwrap();
    queue
        .finish(claimed.token, fixed(&claimed, b"x\n"), Some(Stage::Golden))
        .unwrap();
    assert_eq!(queue.burst_open(burst).unwrap(), 1);
    let golden = queue
        .claim(Stage::Golden, "GOLDEN-1", 1, LEASE)
        .unwrap()
        .remove(0);
    assert_eq!((golden.burst, golden.tip), (Some(burst), Some(oid(1))));
    let previous = queue
        .waiting_fix(golden.previous.unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(previous.after, b"x\n");
    let made = NewFix {
        before: oid(200),
        worker: "GOLDEN-1".to_owned(),
        ..fix(&golden, b"y\n")
    };
    queue
        .finish(golden.token, Done::Fixed(Box::new(made)), None)
        .unwrap();
    let stages: Vec<Stage> = queue
        .waiting_fixes()
        .unwrap()
        .iter()
        .map(|one| one.stage)
        .collect();
    assert_eq!(stages, [Stage::Qa, Stage::Golden]);
    assert_eq!(queue.burst_open(burst).unwrap(), 0);
}

#[test]
fn a_fix_of_content_that_is_old_does_not_wait() {
    let world = world();
    let claimed = world.claimed("a.py", 1);
    world.take(vec![change("a.py", 2)]);
    let queue = &world.queue;
    queue
        .finish(claimed.token, fixed(&claimed, b"x"), Some(Stage::Golden))
        .unwrap();
    assert!(queue.waiting_fixes().unwrap().is_empty());
    assert!(
        queue
            .claim(Stage::Golden, "GOLDEN-1", 1, LEASE)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        queue.fixes(&FixFilter::default()).unwrap()[0].state.name(),
        "superseded"
    );
    assert_eq!(world.claim(1)[0].base, Some(oid(0)));
}

#[test]
fn a_save_during_the_run_leaves_the_fix_of_the_commit() {
    let world = world();
    let claimed = world.claimed("a.py", 1);
    world.take(vec![save("a.py")]);
    world
        .queue
        .finish(claimed.token, fixed(&claimed, b"x"), None)
        .unwrap();
    assert_eq!(world.queue.waiting_fixes().unwrap().len(), 1);
}

#[test]
fn a_no_is_remembered_in_every_work_tree() {
    let world = world();
    let key = DeclineKey {
        path: path("a.py"),
        rule: "F401".to_owned(),
        symbol: String::new(),
        text_hash: "1234".to_owned(),
    };
    let queue = &world.queue;
    assert!(!queue.declined(&key).unwrap());
    queue.decline(&key, "reverted by 1234567").unwrap();
    queue.decline(&key, "again").unwrap();
    let other = Queue::open(&world.place, WorktreeId::stored("0123456789abcdef")).unwrap();
    assert!(other.declined(&key).unwrap());
    assert_eq!(other.declines().unwrap()[0].how, "reverted by 1234567");
    let rule = "I001".to_owned();
    assert!(!other.declined(&DeclineKey { rule, ..key }).unwrap());
}

#[test]
fn a_golden_fix_of_older_content_hands_its_commits_to_the_newer_content() {
    let world = world();
    let queue = &world.queue;
    let claimed = world.claimed("a.py", 1);
    queue
        .finish(claimed.token, Done::Clean, Some(Stage::Golden))
        .unwrap();
    let golden = queue.claim(Stage::Golden, "GOLDEN-1", 1, LEASE).unwrap();
    // The file is committed again while the stage is at work on it.
    world.take(vec![change("a.py", 2)]);
    queue
        .finish(golden[0].token, fixed(&golden[0], b"x\n"), None)
        .unwrap();
    assert!(queue.waiting_fixes().unwrap().is_empty());
    assert_eq!(world.state(golden[0].token.task).name(), "superseded");
    let newer = world.claim(1).remove(0);
    assert_eq!(newer.commits, [oid(1), oid(2)]);
    assert_eq!((newer.base, newer.tip), (Some(oid(0)), Some(oid(2))));
    queue
        .finish(newer.token, Done::Clean, Some(Stage::Golden))
        .unwrap();
    let golden = queue.claim(Stage::Golden, "GOLDEN-1", 1, LEASE).unwrap();
    assert_eq!(golden[0].commits, [oid(1), oid(2)]);
}
