//! What is told of, how often, and how old it is said to be.

use super::*;

#[test]
fn ages_go_on_by_the_minute() {
    let mut model = model();
    model.fold(&entry(
        1,
        NOW,
        Event::Paused {
            reason: String::new(),
        },
    ));
    assert_eq!(model.next_change(NOW + 1), Some(NOW + 60_000));
    assert_eq!(model.next_change(NOW + 60_000), Some(NOW + 120_000));
    assert_eq!(model.feed.back().unwrap().2, "paused");
}

/// The end of a save that was told is no news.
#[test]
fn a_save_is_told_once() {
    let mut model = model();
    let saved = Event::SaveFixed {
        task: TaskId(1),
        path: path(),
        worker: "QA-1".to_owned(),
        fixes: 3,
    };
    model.fold(&entry(1, NOW, saved));
    model.fold(&entry(2, NOW, completed(1)));
    assert_eq!(model.feed.len(), 1, "{:?}", model.feed);
}
