//! Errands that died, and what takes them up again.

use super::*;

fn errand(name: &str) -> NewErrand {
    NewErrand {
        stage: Stage::Qa,
        path: path(name),
        kind: None,
        payload: None,
        rules: vec!["F401".to_owned()],
        cause: Cause::Person,
        priority: Priority::Normal,
        needs: Vec::new(),
        run_at_ms: 0,
        max_attempts: 3,
    }
}

impl World {
    /// An errand about a file, which has died.
    fn dead_errand(&self, name: &str) -> TaskId {
        let id = self.queue.enqueue(vec![errand(name)]).unwrap()[0];
        let one = self.claim(1).remove(0);
        assert_eq!(one.token.task, id);
        let class = ErrorClass::Permanent;
        self.queue.fail(one.token, class, None, "it broke").unwrap();
        assert_eq!(self.state(id).name(), "dead");
        id
    }

    fn successor(&self, id: TaskId) -> Option<TaskId> {
        match self.state(id) {
            TaskState::Dead { letter, .. } => letter.successor,
            state => panic!("{state:?} is not dead"),
        }
    }
}

/// A file whose own task died of a content is left alone until that changes. An errand that
/// died says nothing about the file: its commits are dealt with, and none of them takes
/// the errand's place.
#[test]
fn a_dead_errand_is_no_dead_letter_of_its_file() {
    let world = world();
    let dead = world.dead_errand("a.py");
    let taken = world.take(vec![change("a.py", 1)]);
    assert_eq!((taken.enqueued, taken.parked), (1, 0));
    assert_eq!(world.successor(dead), None);
    let commit = world.claim(1).remove(0);
    assert_eq!(commit.attempt, 1);
    world.queue.finish(commit.token, Done::Clean, None).unwrap();
    // The list of what is dead still has it.
    assert_eq!(world.queue.counts().unwrap().of("dead"), 1);
}

/// And the other way round: what a file died of does not stand in the way of an errand, nor
/// is it mended by one.
#[test]
fn a_dead_letter_of_a_file_says_nothing_to_an_errand() {
    let world = world();
    let letter = world.claimed("a.py", 1);
    let class = ErrorClass::Permanent;
    world
        .queue
        .fail(letter.token, class, None, "it broke")
        .unwrap();
    let errand = world.queue.enqueue(vec![errand("a.py")]).unwrap()[0];
    let one = world.claim(1).remove(0);
    assert_eq!(one.token.task, errand);
    world.queue.finish(one.token, Done::Clean, None).unwrap();
    assert_eq!(world.successor(letter.token.task), None);
    let parked = world.take(vec![change("a.py", 1)]);
    assert_eq!(parked.parked, 1, "the same content");
    let newer = world.take(vec![change("a.py", 2)]);
    assert_eq!(newer.enqueued, 1);
    assert!(world.successor(letter.token.task).is_some());
}

/// Each is taken up again once: a second order would do the same work twice.
#[test]
fn an_errand_is_taken_up_again_once_and_only_after_a_bad_end() {
    let world = world();
    let dead = world.dead_errand("a.py");
    let again = world.queue.retry(dead).unwrap();
    assert_eq!(world.successor(dead), Some(again));
    let error = world.queue.retry(dead).unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("retried as {again} already")),
        "{error}"
    );
    assert!(world.queue.retry(again).is_err(), "it is ready");
    let one = world.claim(1).remove(0);
    assert_eq!(one.token.task, again);
    assert_eq!(one.errand.as_ref().unwrap().rules, ["F401"]);
    assert!(world.queue.retry(again).is_err(), "it runs");
    world.queue.finish(one.token, Done::Clean, None).unwrap();
    assert!(world.queue.retry(again).is_err(), "it is done");
    let other = world.queue.enqueue(vec![errand("b.py")]).unwrap()[0];
    world.queue.cancel(other).unwrap();
    let anew = world.queue.retry(other).unwrap();
    assert!(world.queue.retry(other).is_err());
    assert_eq!(world.state(anew), TaskState::Ready);
}
