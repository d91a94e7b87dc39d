//! Notices between an agent and its hooks.

use std::sync::atomic::AtomicUsize;

use super::*;

fn place(root: &Path) -> Place {
    Place {
        root: root.to_owned(),
        git_dir: root.to_owned(),
        common_dir: root.to_owned(),
    }
}

fn landed(commit: &str, fixes: u32, files: usize) -> Landed {
    Landed {
        commit: commit.to_owned(),
        fixes,
        files,
        paths: Vec::new(),
    }
}

#[test]
fn news_that_cannot_be_written_cost_none_of_the_older() {
    let directory = tempfile::tempdir().unwrap();
    let place = place(directory.path());
    let news = |commit: &str| Notice {
        landed: vec![landed(commit, 1, 1)],
        ..Notice::default()
    };
    add(&place, news("a")).unwrap();
    let full = |_: &Path, _: &[u8]| Err(io::ErrorKind::StorageFull.into());
    assert!(add_by(&place, news("b"), full).is_err());
    add(&place, news("c")).unwrap();
    let Some(Taken::Notice(all)) = take(&place).unwrap() else {
        panic!("nothing is there");
    };
    let commits: Vec<&str> = all.landed.iter().map(|it| it.commit.as_str()).collect();
    assert_eq!(commits, ["a", "c"]);
    let left = fs::read_dir(place.own_dir()).unwrap().count();
    assert_eq!(left, 0, "files stay");
}

/// Four hooks take while two add: every landing is taken once.
#[test]
fn nothing_is_lost_or_doubled_between_an_agent_and_its_hooks() {
    let directory = tempfile::tempdir().unwrap();
    let place = place(directory.path());
    let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let last = done.load(Ordering::Acquire) == 1;
                    if let Ok(Some(Taken::Notice(notice))) = take(&place) {
                        let landings = notice.landed.len() + notice.earlier.landings;
                        taken.fetch_add(landings, Ordering::AcqRel);
                    } else if last {
                        break;
                    }
                }
            });
        }
        let adding = || {
            for at in 0..150 {
                let landed = vec![landed(&at.to_string(), 1, 1)];
                let news = Notice {
                    landed,
                    ..Notice::default()
                };
                add(&place, news).unwrap();
            }
        };
        let other = scope.spawn(adding);
        adding();
        other.join().unwrap();
        done.store(1, Ordering::Release);
    });
    assert_eq!(taken.load(Ordering::Acquire), 300);
    let left: Vec<_> = fs::read_dir(place.own_dir()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

fn told(place: &Place) -> (Notice, String) {
    let Some(Taken::Notice(notice)) = take(place).unwrap() else {
        panic!("no notice");
    };
    let line = notice.line().unwrap();
    (*notice, line)
}

/// An agent lands for days, and nobody commits.
#[test]
fn however_much_landed_is_told_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let place = place(directory.path());
    for (length, landings) in [(60, 400_usize), (3000, 60)] {
        for at in 0..landings {
            let path = |n: usize| format!("{}/{at}/{n}.py", "d".repeat(length));
            let one = Landed {
                paths: (0..100).map(path).collect(),
                ..landed(&format!("c{at}"), 2, 100)
            };
            let news = Notice {
                landed: vec![one],
                saved: vec![path(0)],
                ..Notice::default()
            };
            add(&place, news).unwrap();
        }
        let written = fs::metadata(place.own_dir().join(NOTICE)).unwrap();
        assert!(written.len() <= MOST as u64, "{}", written.len());
        let (notice, line) = told(&place);
        let said = format!(
            "hive fixed {} violations in {} files (c{} and {} more): ",
            2 * landings,
            100 * landings,
            landings - 1,
            landings - 1
        );
        assert!(line.starts_with(&said), "{line}");
        assert!(notice.block().unwrap().contains(&said[5..]));
    }
}

#[test]
fn a_text_of_somebody_else_is_told_with_the_news() {
    let directory = tempfile::tempdir().unwrap();
    let place = place(directory.path());
    place.make_own_dir().unwrap();
    for (text, said) in [
        ("look\nhere\n", "look here"),
        (
            "{\"landed\":[{",
            "could not read what was to be told before",
        ),
        (" \n", ""),
    ] {
        fs::write(place.own_dir().join(NOTICE), text).unwrap();
        let news = Notice {
            landed: vec![landed("3f2a9c1", 1, 1)],
            ..Notice::default()
        };
        add(&place, news).unwrap();
        let (_, line) = told(&place);
        let said = if said.is_empty() {
            String::new()
        } else {
            format!("; {said}")
        };
        let fixed = "hive fixed 1 violation in 1 file (3f2a9c1)";
        assert_eq!(line, format!("{fixed}{said}"));
    }
}

/// A fix that was taken, and a commit that was taken back, are no news any more.
#[test]
fn what_is_settled_is_not_told() {
    let directory = tempfile::tempdir().unwrap();
    let place = place(directory.path());
    let kept = |path: &str| Kept {
        path: path.to_owned(),
        reason: "commit.mode is hold".to_owned(),
        held: true,
    };
    let news = Notice {
        landed: vec![landed("0a5b1cd", 2, 2), landed("1111111", 1, 1)],
        kept: vec![kept("a.py"), kept("b.py")],
        ..Notice::default()
    };
    add(&place, news).unwrap();
    let taken_back = |files| Notice {
        settled: vec!["a.py".to_owned()],
        undone: vec![("0a5b1cd".to_owned(), files)],
        ..Notice::default()
    };
    add(&place, taken_back(1)).unwrap();
    add(&place, taken_back(1)).unwrap();
    let Ok(Some(Taken::Notice(left))) = take(&place) else {
        panic!("nothing is left");
    };
    assert_eq!(left.landed, [landed("1111111", 1, 1)]);
    assert_eq!(left.kept, [kept("b.py")]);
}
