//! Killed at every point: what is left is an ordinary state, and the next landing works.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;

use hive::landing::{Outcome, Published, Recovered, Target, is_deciding, recover};
use hive::process::{Program, Status};
use hive::repo::Oid;
use hive_test_support::wait_for;

use crate::fold::TERMS;
use crate::ground::{AFTER, BEFORE, Ground};

/// Where fixes go in the mode of that name.
const BESIDE: &str = "refs/heads/hive/main";

/// Where the process that drives a landing dies.
const PARENT: [&str; 6] = [
    "landing.objects",
    "landing.intent",
    "landing.temps",
    "landing.report",
    "landing.settle",
    "landing.objects:err",
];

/// Where the landing child dies, and whether the branch has moved by then.
const CHILD: [(&str, bool); 8] = [
    ("landing.lock.references", false),
    ("landing.lock", false),
    ("landing.exchanged", false),
    ("landing.exchanged:2", false),
    ("landing.exchange.all", false),
    ("landing.publish.index", false),
    ("landing.publish.log", false),
    ("landing.publish.reference", true),
];

/// Lands in a process of its own; `None` if it was killed.
fn land_in_process(ground: &Ground, crash: &str) -> Option<String> {
    let finished = Program::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::a_process_that_lands",
            "--ignored",
            "--nocapture",
        ])
        .current_dir(&ground.root)
        .env("HIVE_CRASH", crash)
        .run()
        .unwrap();
    matches!(finished.status, Status::Code(_))
        .then(|| String::from_utf8_lossy(&finished.stdout).into_owned())
}

fn two_files() -> Ground {
    let ground = Ground::new();
    ground.write("c.py", BEFORE);
    ground.commit("second");
    ground.write("b.txt", "not committed\n");
    ground
}

/// Whatever happened: nothing is lost, nothing is locked, and the next pass lands.
fn converges(ground: &Ground, point: &str) {
    for file in ["a.py", "c.py"] {
        let text = ground.read(file);
        assert!(text == BEFORE || text == AFTER, "{point}: {file}");
    }
    assert_eq!(ground.read("b.txt"), "not committed\n", "{point}");
    ground.is_sound();
    if ground.git(&["show", "HEAD:a.py"]) == BEFORE {
        let head = ground.git(&["reflog", "-1", "--format=%H"]);
        assert_eq!(
            head.trim(),
            ground.oid("HEAD").to_string(),
            "{point}: reflog"
        );
        let fixes = vec![ground.fix("a.py", AFTER), ground.fix("c.py", AFTER)];
        let outcome = ground.try_land(vec![fixes]).unwrap();
        assert!(
            matches!(&outcome, Outcome::Landed { paths, .. } if paths.len() == 2),
            "{point}: {outcome:?}"
        );
    }
    assert_eq!(
        ground.git(&["log", "--format=%s"]),
        "fix 0: 2 files\nsecond\nfirst\n",
        "{point}"
    );
    assert_eq!(
        ground.git(&["status", "--porcelain"]),
        " M b.txt\n",
        "{point}"
    );
    assert_eq!(
        ground.git(&["reflog", "-1", "--format=%gs"]),
        "commit: fix 0: 2 files\n",
        "{point}"
    );
    ground.is_sound();
}

#[test]
fn the_parent_dies() {
    for point in PARENT {
        let ground = two_files();
        let said = land_in_process(&ground, point);
        assert_eq!(
            said.is_none(),
            !point.ends_with(":err"),
            "{point}: {said:?}"
        );
        recover(&ground.site(), &|_| Ok(())).unwrap();
        converges(&ground, point);
    }
}

#[test]
fn the_child_dies_and_its_parent_cleans_up_at_once() {
    for (point, moved) in CHILD {
        let ground = two_files();
        let said = land_in_process(&ground, point);
        let said = said.unwrap_or_else(|| panic!("{point}: the parent died"));
        let landed = said.contains("Landed");
        assert_eq!(landed, moved, "{point}: {said}");
        assert_eq!(ground.traces().len(), 0, "{point}: {:?}", ground.traces());
        converges(&ground, point);
    }
}

#[test]
fn whoever_lands_next_hears_of_what_was_interrupted() {
    let ground = two_files();
    assert!(land_in_process(&ground, "landing.report").is_none());
    let fixes = vec![ground.fix("b.txt", "fixed\n")];
    let outcome = ground.try_land(vec![fixes]).unwrap();
    let Outcome::Recovered(found) = outcome else {
        panic!("{outcome:?}");
    };
    let Recovered::Landed(Published { commits, fixes, .. }) = &found[0] else {
        panic!("{found:?}");
    };
    assert_eq!(commits, &[(ground.oid("HEAD"), 0)]);
    assert_eq!(fixes, &[1, 1]);
    converges(&ground, "landing.report");
}

/// Removes the newest commit of a branch with its tree and one of its files, as a `git prune`
/// does that found out before what is reachable.
fn prune(ground: &Ground, branch: &str) {
    let objects = ["", "^{tree}", ":a.py"].map(|what| ground.oid(&format!("{branch}{what}")));
    for object in objects {
        fs::remove_file(loose(ground, &object)).unwrap();
    }
}

/// Where an object lies.
fn loose(ground: &Ground, object: &Oid) -> PathBuf {
    let name = object.to_string();
    let (shelf, rest) = name.split_at(2);
    ground.root.join(".git/objects").join(shelf).join(rest)
}

/// A file beside the repository.
fn outside(ground: &Ground, name: &str) -> PathBuf {
    ground.root.with_file_name(name)
}

/// Lands in a process of its own that waits with each of the files, one after the other,
/// until somebody has done something.
fn interrupted(ground: &Ground, crash: &str, marks: &[PathBuf], does: impl Fn(usize)) -> String {
    thread::scope(|scope| {
        let landing = scope.spawn(|| land_in_process(ground, crash));
        for (number, mark) in marks.iter().enumerate() {
            wait_for(&mark.display().to_string(), || mark.exists());
            does(number);
            fs::remove_file(mark).unwrap();
        }
        landing.join().unwrap().expect("it lives")
    })
}

#[test]
fn an_error_after_the_branch_has_moved_leaves_the_objects_to_the_recovery() {
    for point in ["landing.report", "landing.recorded", "landing.settle"] {
        let ground = two_files();
        let mark = outside(&ground, "mark");
        let orders = format!("{point}:err,recover.begin:delay={}", mark.display());
        let said = interrupted(&ground, &orders, &[mark], |_| prune(&ground, "HEAD"));
        assert!(said.contains("Recovered([Landed("), "{point}: {said}");
        converges(&ground, point);
    }
}

/// The same where the next process recovers.
#[test]
fn an_error_after_a_branch_of_hives_own_has_moved_leaves_the_objects_to_the_next() {
    let ground = two_files();
    let said = land_in_process(&ground, "landing.beside.moved:err");
    let said = said.expect("it lives");
    assert!(said.contains("Err("), "{said}");
    prune(&ground, BESIDE);
    let found = recover(&ground.site(), &|_| Ok(())).unwrap();
    assert!(matches!(&found[..], [Recovered::Landed(_)]), "{found:?}");
    assert_eq!(ground.git(&["show", &format!("{BESIDE}:a.py")]), AFTER);
    ground.is_sound();
}

/// A `git prune` that stands in the middle, since it has more to say than anybody reads.
#[cfg(target_os = "linux")]
fn stalled_prune(ground: &Ground) -> (fs::File, Child) {
    const NARROW: usize = 4096;
    let (end, write) = rustix::pipe::pipe().unwrap();
    rustix::pipe::fcntl_setpipe_size(&write, NARROW).unwrap();
    let mut words = fs::File::from(end);
    let mut command = ground.command(&["prune", "--verbose", "--expire=now"]);
    let prune = command.stdout(Stdio::from(write)).spawn().unwrap();
    // Else the writing end stays open here.
    drop(command);
    words.read_exact(&mut [0]).unwrap();
    (words, prune)
}

/// Objects that nothing refers to, enough to be told of for long.
#[cfg(target_os = "linux")]
fn litter(ground: &Ground) {
    let list = outside(ground, "list");
    let mut names = fs::File::create(&list).unwrap();
    for number in 0..1500 {
        let path = outside(ground, &format!("dangling{number}"));
        fs::write(&path, format!("{number}\n")).unwrap();
        writeln!(names, "{}", path.display()).unwrap();
    }
    let mut make = ground.command(&["hash-object", "-w", "--stdin-paths"]);
    make.stdin(fs::File::open(&list).unwrap());
    assert!(make.output().unwrap().status.success());
}

/// What follows the move of a branch may take seconds: neither do the objects wait for it,
/// nor does it wait for the pruning to end.
#[cfg(target_os = "linux")]
#[test]
fn what_a_pruning_removes_comes_back_at_once() {
    let ground = two_files();
    litter(&ground);
    let marks = ["check", "tell"].map(|name| outside(&ground, name));
    let orders = format!(
        "landing.check:delay={},landing.fold.tell:delay={}",
        marks[0].display(),
        marks[1].display()
    );
    let pruning = RefCell::new(None);
    let said = interrupted(&ground, &orders, &marks, |number| {
        if number == 0 {
            pruning.replace(Some(stalled_prune(&ground)));
            return;
        }
        let tip = ground.oid("HEAD");
        prune(&ground, "HEAD");
        wait_for("the commit", || loose(&ground, &tip).exists());
        let (mut words, mut prune) = pruning.take().unwrap();
        io::copy(&mut words, &mut io::sink()).unwrap();
        assert!(prune.wait().unwrap().success());
    });
    assert!(said.contains("Landed {"), "{said}");
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), AFTER);
    ground.is_sound();
}

#[test]
fn a_work_tree_that_is_removed_meanwhile_is_not_made_again() {
    let main = two_files();
    for point in ["objects", "intent", "files", "temps"] {
        let (root, site) = main.linked(point);
        let git_dir = site.place.git_dir.clone();
        let ground = Ground::at(root.clone());
        let mark = outside(&main, "mark");
        let orders = format!("landing.{point}:delay={}", mark.display());
        let said = interrupted(&ground, &orders, &[mark], |_| {
            let root = root.to_str().unwrap();
            main.git(&["worktree", "remove", "--force", root]);
        });
        assert!(!said.contains("Landed"), "{point}: {said}");
        assert!(!git_dir.exists(), "{point}: {said}");
        assert!(!root.exists(), "{point}: {said}");
        // What is left where all work trees write goes with the next landing of another one.
        recover(&main.site(), &|_| Ok(())).unwrap();
        main.is_sound();
    }
}

/// Its name is used again: what the one of that name has is not what the dead landing meant.
#[test]
fn a_landing_of_a_removed_work_tree_goes_although_its_name_is_used_again() {
    let main = two_files();
    let (root, _) = main.linked("side");
    let ground = Ground::at(root.clone());
    assert!(land_in_process(&ground, "landing.temps").is_none());
    main.git(&["worktree", "remove", "--force", root.to_str().unwrap()]);
    main.git(&["branch", "-q", "-D", "side"]);
    let (again, site) = main.linked("side");
    assert_eq!(again, root);
    let lock = site.place.git_dir.join("index.lock");
    fs::write(&lock, "somebody\n").unwrap();
    assert!(!is_deciding(&site.place, "refs/heads/side"));
    assert_eq!(intents(&main).len(), 1);
    assert!(recover(&main.site(), &|_| Ok(())).unwrap().is_empty());
    assert_eq!(intents(&main).len(), 0);
    assert_eq!(fs::read_to_string(&lock).unwrap(), "somebody\n");
    fs::remove_file(&lock).unwrap();
    main.is_sound();
}

/// What landings have written down that they are about to do.
fn intents(ground: &Ground) -> Vec<PathBuf> {
    let traces = ground.traces().into_iter();
    traces
        .filter(|path| path.extension().is_some_and(|end| end == "intent"))
        .collect()
}

#[test]
#[ignore = "a helper; the tests above run it"]
fn a_process_that_lands() {
    if !std::env::args().any(|arg| arg == "--exact") {
        return; // somebody runs all ignored tests
    }
    let mut ground = Ground::at(Path::new(".").canonicalize().unwrap());
    let orders = std::env::var("HIVE_CRASH").unwrap_or_default();
    if orders.contains("landing.beside") {
        ground.target = Target::Branch(BESIDE.to_owned());
    }
    if orders.contains("landing.fold") {
        ground.fold = Some(TERMS);
    }
    let fixes = vec![ground.fix("a.py", AFTER), ground.fix("c.py", AFTER)];
    println!("{:?}", ground.try_land(vec![fixes]));
}
