//! The guards: what each is for, and a test that does the harm when it is switched off.
//!
//! Each test does the same twice, with the guard and without, and demands that nothing is
//! harmed the first time and that the harm is seen the second time: a test that cannot
//! see the harm proves nothing about the guard.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use hive::repo::Place;
use hive::repo::pushing::{Sent, announce};
use hive_test_support::{older_ruff, wait_for};

use crate::agent::Ready;
use crate::agents;
use crate::ground::{Ground, Prepared, State, edited, files};
use crate::landing::save;
use crate::victim;

/// Every guard, what it prevents, and its test in this file.
pub(crate) const GUARDS: [(&str, &str, &str); 12] = [
    (
        "compare-and-swap",
        "a commit that was made meanwhile leaves the branch",
        "a_tip_that_moved_is_seen",
    ),
    (
        "index-stat",
        "what was staged meanwhile leaves the index",
        "a_file_that_was_staged_meanwhile_is_seen",
    ),
    (
        "in-flight",
        "a commit that is being pushed is no tip any more",
        "a_push_that_is_at_work_is_seen",
    ),
    (
        "give-back",
        "a tip that somebody has got hold of leaves the branch",
        "a_tip_that_was_tagged_in_the_last_moment_is_seen",
    ),
    (
        "exchange",
        "a save of the last moment is overwritten",
        "a_save_of_the_last_moment_is_seen",
    ),
    (
        "look-again",
        "of two quick saves the older one stays in the file",
        "the_newer_of_two_quick_saves_wins",
    ),
    (
        "still",
        "what is written late into a displaced file is not in the file",
        "a_displaced_file_that_is_open_is_not_trusted",
    ),
    (
        "fencing",
        "the result of a worker that was given up ends the task of another",
        "a_worker_that_was_given_up_has_no_word",
    ),
    (
        "process-scan",
        "a commit with an open editor fails",
        "an_open_commit_editor_is_seen",
    ),
    (
        "kept-objects",
        "a pruning that was at work takes the landed objects away",
        "a_pruning_that_had_begun_takes_nothing_away",
    ),
    (
        "echo",
        "hive works on what it has written itself",
        "what_hive_has_written_is_not_a_save",
    ),
    (
        "verification",
        "a tool that changes what code means is believed",
        "a_tool_that_changes_the_meaning_is_not_believed",
    ),
];

/// The test of a guard: `harm` does everything with orders that go before its own, and
/// says what was harmed, if anything.
#[track_caller]
fn is_needed(guard: &str, harm: impl Fn(&str) -> Option<String>) {
    assert!(GUARDS.iter().any(|(name, ..)| *name == guard), "{guard}");
    assert_eq!(harm(""), None, "with {guard}");
    let harmed = harm(&format!("off:{guard},"));
    println!("without {guard}: {harmed:?}");
    assert!(harmed.is_some(), "nothing needs {guard}");
}

/// What a process says that has waited at a point for a person.
fn waiting(
    does: &str,
    ground: &Ground,
    orders: &str,
    points: &[&str],
    mut person: impl FnMut(usize),
) -> String {
    let marks: Vec<_> = (0..points.len())
        .map(|number| ground.outside(&format!("mark{number}")))
        .collect();
    let waits: Vec<String> = points
        .iter()
        .zip(&marks)
        .map(|(point, mark)| format!("{point}:delay={}", mark.display()))
        .collect();
    let told = ground.outside("told");
    let orders = format!("{orders}{},tell:{}", waits.join(","), told.display());
    let mut child = victim::start(does, &ground.root, &orders);
    for (number, mark) in marks.iter().enumerate() {
        victim::meet_once(&mut child, mark, &mut || person(number));
    }
    let ran = victim::finish(child, "", &told);
    let told = fs::read_to_string(&told).unwrap_or_default();
    assert_eq!(told.lines().count(), points.len(), "{told}\n{}", ran.said());
    ran.said()
}

fn clean() -> Ground {
    Prepared::new().copy(State::Clean)
}

#[test]
fn a_tip_that_moved_is_seen() {
    is_needed("compare-and-swap", |orders| {
        let ground = clean();
        let mut mine = String::new();
        waiting("land", &ground, orders, &["landing.temps"], |_| {
            // Such that nothing but the branch changes.
            let tree = ground.oid("HEAD^{tree}");
            let args = ["commit-tree", "-p", "HEAD", "-m", "mine", tree.trim()];
            mine = ground.must(&args).trim().to_owned();
            ground.must(&["update-ref", "HEAD", &mine]);
        });
        let kept = ground.git(&["merge-base", "--is-ancestor", &mine, "HEAD"]);
        (!kept.status.success()).then(|| format!("{mine} is not on the branch"))
    });
}

#[test]
fn a_file_that_was_staged_meanwhile_is_seen() {
    is_needed("index-stat", |orders| {
        let ground = clean();
        waiting("land", &ground, orders, &["landing.temps"], |_| {
            ground.write("new.py", "# mine\n");
            ground.must(&["add", "new.py"]);
        });
        let listed = ground.must(&["ls-files", "new.py"]);
        listed.is_empty().then(|| "new.py is not staged".to_owned())
    });
}

#[test]
fn a_push_that_is_at_work_is_seen() {
    for does in ["land", "fold"] {
        is_needed("in-flight", |orders| {
            let ground = clean();
            let before = ground.oid("HEAD");
            // Any process that lives will do.
            let mut push = std::process::Command::new("sleep")
                .arg("600")
                .spawn()
                .unwrap();
            waiting(does, &ground, orders, &["landing.temps"], |_| {
                let place = Place::at(&ground.root).unwrap();
                let sent = Sent {
                    reference: "refs/heads/main".to_owned(),
                    oid: before.parse().unwrap(),
                };
                announce(&place, push.id(), vec![sent]).unwrap();
            });
            push.kill().unwrap();
            push.wait().unwrap();
            let after = ground.oid("HEAD");
            (after != before).then(|| format!("the branch is at {after}"))
        });
    }
}

#[test]
fn a_tip_that_was_tagged_in_the_last_moment_is_seen() {
    is_needed("give-back", |orders| {
        let ground = clean();
        waiting("fold", &ground, orders, &["landing.exchange.all"], |_| {
            ground.must(&["tag", "seen"]);
        });
        let kept = ground.git(&["merge-base", "--is-ancestor", "seen", "HEAD"]);
        (!kept.status.success()).then(|| "what is tagged is not on the branch".to_owned())
    });
}

#[test]
fn a_save_of_the_last_moment_is_seen() {
    for (does, by_rename) in [("write", false), ("write", true), ("land", false)] {
        is_needed("exchange", |orders| {
            let ground = clean();
            waiting(does, &ground, orders, &["writing.exchange"], |_| {
                save(&ground, "a.py", "# mine", by_rename);
            });
            is_lost(&ground, "# mine")
        });
    }
}

fn is_lost(ground: &Ground, line: &str) -> Option<String> {
    let there = ground.read("a.py").contains(line);
    (!there).then(|| format!("`{line}` is not in a.py"))
}

#[test]
fn the_newer_of_two_quick_saves_wins() {
    is_needed("look-again", |orders| {
        let ground = clean();
        let before = ground.read("a.py");
        let points = ["writing.exchange", "writing.put-back"];
        waiting("write", &ground, orders, &points, |number| {
            // An editor knows what it has shown, not what hive has made of it.
            let line = ["# mine", "# mine, newer"][number];
            let beside = ground.outside("saved");
            fs::write(&beside, edited(&before, line)).unwrap();
            fs::rename(&beside, ground.root.join("a.py")).unwrap();
        });
        is_lost(&ground, "# mine, newer")
    });
}

#[test]
fn a_displaced_file_that_is_open_is_not_trusted() {
    if !cfg!(target_os = "linux") {
        return; // There is nobody to ask elsewhere: files are looked at again for a second.
    }
    is_needed("still", |orders| {
        let ground = clean();
        let path = ground.root.join("a.py");
        let mut open = Some(OpenOptions::new().append(true).open(path).unwrap());
        // The second look of all: that at the first file is over.
        waiting("write", &ground, orders, &["writing.settle:2"], |_| {
            if let Some(mut open) = open.take() {
                open.write_all(b"# mine, late\n").unwrap();
            }
        });
        is_lost(&ground, "# mine, late")
    });
}

#[test]
fn a_worker_that_was_given_up_has_no_word() {
    is_needed("fencing", |orders| {
        let bare = crate::database::bare();
        let child = victim::start("fence", &bare.root, orders);
        let said = victim::finish(child, "", Path::new("")).said();
        assert!(
            said.contains("second word: Done") || said.contains("first word: Done"),
            "{said}"
        );
        said.contains("first word: Done")
            .then(|| "the worker that was given up has ended the task".to_owned())
    });
}

#[test]
fn an_open_commit_editor_is_seen() {
    let ready = Ready::new();
    is_needed("process-scan", |orders| {
        let mut sandbox = ready.with_a_commit();
        let (open, close) = (
            sandbox.directory().join("open"),
            sandbox.directory().join("close"),
        );
        let editor = format!(
            "core.editor=sh -c 'echo mine: editor > \"$1\"; : > {}; \
             until [ -e {} ]; do sleep 0.02; done' -",
            open.display(),
            close.display()
        );
        sandbox.write("lib.py", "x = 1\n");
        sandbox.git(&["add", "lib.py"]).expect(0);
        let mut commit = sandbox.start_program("git", &["-c", &editor, "commit"]);
        wait_for("the editor", || open.exists());
        sandbox.set("HIVE_CRASH", orders);
        let mut agent = sandbox.start(&["watch", "--once"]);
        sandbox.forget("HIVE_CRASH");
        wait_for("an agent that waits or has landed", || {
            agent.try_wait().unwrap().is_some()
                || sandbox
                    .hive(&["status"])
                    .stdout
                    .contains("`git commit` is at work")
        });
        fs::write(&close, "").unwrap();
        let committed = commit.wait().unwrap().success();
        agent.wait().unwrap();
        assert!(
            sandbox.git(&["log"]).stdout.contains("chore(qa)"),
            "nothing landed"
        );
        (!committed).then(|| "the person's commit failed".to_owned())
    });
}

/// Between the gate and the locks lies the preparing: a commit that began in it read HEAD,
/// was still in its hook when the branch moved, and failed.
#[test]
fn a_commit_that_begins_while_a_landing_is_prepared_is_seen() {
    is_needed("process-scan", |orders| {
        let ground = clean();
        let (began, go) = (ground.outside("began"), ground.outside("go"));
        let hook = format!(
            "#!/bin/sh\n: > '{}'\nuntil [ -e '{}' ]; do sleep 0.02; done\n",
            began.display(),
            go.display()
        );
        let path = ground.root.join(".git/hooks/pre-commit");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, hook).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut commit = None;
        waiting("land", &ground, orders, &["landing.temps"], |_| {
            let args = ["commit", "--quiet", "--allow-empty", "-m", "mine"];
            let started = ground.command(&args).stderr(Stdio::null()).spawn();
            commit = Some(started.unwrap());
            wait_for("the hook", || began.exists());
        });
        fs::write(&go, "").unwrap();
        let committed = commit.unwrap().wait().unwrap().success();
        (!committed).then(|| "the person's commit failed".to_owned())
    });
}

/// A `git prune` that has found out what is reachable when the branch moves, and removes
/// what is not only afterwards. It says each object before it removes it, so one that has
/// much to say to a reader who does not read stands in the middle of it.
#[cfg(target_os = "linux")]
#[test]
fn a_pruning_that_had_begun_takes_nothing_away() {
    const NARROW: usize = 4096;
    is_needed("kept-objects", |orders| {
        let ground = clean();
        let list = ground.outside("list");
        let mut names = fs::File::create(&list).unwrap();
        for number in 0..1500 {
            let path = ground.outside(&format!("dangling{number}"));
            fs::write(&path, format!("{number}\n")).unwrap();
            writeln!(names, "{}", path.display()).unwrap();
        }
        let mut make = ground.command(&["hash-object", "-w", "--stdin-paths"]);
        make.stdin(fs::File::open(&list).unwrap());
        assert!(make.output().unwrap().status.success());
        let (end, write) = rustix::pipe::pipe().unwrap();
        rustix::pipe::fcntl_setpipe_size(&write, NARROW).unwrap();
        let mut words = fs::File::from(end);
        let mut command = ground.command(&["prune", "--verbose", "--expire=now"]);
        command.stdout(Stdio::from(write));
        let mut command = Some(command);
        let mut reading = None;
        waiting("land", &ground, orders, &["landing.check"], |_| {
            let before = ground.oid("HEAD");
            let mut command = command.take().unwrap();
            let mut prune = command.spawn().unwrap();
            // Else the writing end stays open here.
            drop(command);
            let mut first = [0];
            words.read_exact(&mut first).unwrap();
            let (ground, mut words) = (Ground::at(ground.root.clone()), words.try_clone().unwrap());
            reading = Some(std::thread::spawn(move || {
                wait_for("the branch to move", || ground.oid("HEAD") != before);
                std::io::copy(&mut words, &mut std::io::sink()).unwrap();
                assert!(prune.wait().unwrap().success());
            }));
        });
        reading.unwrap().join().unwrap();
        let fsck = ground.git(&["fsck", "--strict", "--no-dangling"]);
        (!fsck.status.success()).then(|| String::from_utf8_lossy(&fsck.stderr).into_owned())
    });
}

#[test]
fn what_hive_has_written_is_not_a_save() {
    is_needed("echo", |orders| {
        let mut ground = agents::Ground::new();
        ground
            .hive(&["config", "set", "save.quiet", "30ms"])
            .expect(0);
        ground.sandbox.set("HIVE_CRASH", orders);
        let ground = ground.watch();
        for name in ["first.py", "second.py"] {
            ground.write(name, agents::MESSY);
            wait_for("a fixed file", || ground.read(name) != agents::MESSY);
            ground.said(&format!("\"path\":\"{name}\""));
            // The next file is written when everything about this one is over.
            wait_for("a quiet moment", || {
                let status = ground.hive(&["queue", "list", "--json"]).stdout;
                !status.contains("\"running\"") && !status.contains("\"ready\"")
            });
        }
        let starts = |name: &str| {
            let path = format!("\"path\":\"{name}\"");
            let said = ground.everything_said();
            let started = said.iter().filter(|line| line.contains("\"task-started\""));
            started.filter(|line| line.contains(&path)).count()
        };
        let (first, second) = (starts("first.py"), starts("second.py"));
        assert!(first > 0 && second > 0, "{first} {second}");
        (first > 1).then(|| format!("first.py was worked on {first} times"))
    });
}

#[test]
fn a_tool_that_changes_the_meaning_is_not_believed() {
    is_needed("verification", |orders| {
        let mut sandbox = crate::agent::sandbox();
        sandbox.git(&["init", "-q", "-b", "main"]).expect(0);
        sandbox.write(".gitignore", ".venv/\n");
        sandbox.write(".venv/pyvenv.cfg", "home = /usr/bin\n");
        let about = ".venv/lib/python3.12/site-packages/ruff-0.14.0.dist-info/METADATA";
        sandbox.write(about, "Name: ruff\nVersion: 0.14.0\n");
        let ruff = older_ruff().join("bin/ruff").canonicalize().unwrap();
        // A formatter of its own mind about a number; it formats in place or by pipe.
        sandbox.script(
            ".venv/bin/ruff",
            &format!(
                "#!/bin/sh\ncase \"$1\" in format) ;; *) exec '{0}' \"$@\";; esac\n\
                 for file in \"$@\"; do\n\
                 case \"$file\" in *.py) test -w \"$file\" && sed -i 's/41/42/' \"$file\";; esac\n\
                 done\n'{0}' \"$@\" | sed 's/41/42/'\n",
                ruff.display()
            ),
        );
        sandbox.write("pyproject.toml", "[tool.ruff]\n[tool.ruff.format]\n");
        sandbox.write("a.py", "answer  =  41\n");
        sandbox.set("HIVE_CRASH", orders.trim_end_matches(','));
        let ran = sandbox.hive(&["fix", "--trust", "-v"]);
        let text = sandbox.read("a.py");
        let why = format!("{text}\n{}\n{}", ran.stdout, ran.stderr);
        assert!(
            text.contains("42") || ran.stdout.contains("failed"),
            "{why}"
        );
        text.contains("42")
            .then(|| "the answer has changed".to_owned())
    });
}

/// No guard without a test, and no switch without a guard.
#[test]
fn every_guard_has_its_test() {
    let own = include_str!("guards.rs");
    for (guard, harm, test) in GUARDS {
        assert!(own.contains(&format!("#[test]\nfn {test}() {{")), "{test}");
        assert!(
            own.contains(&format!("is_needed(\"{guard}\"")),
            "{guard}: {harm}"
        );
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut switches: Vec<String> = Vec::new();
    for path in files(&root) {
        let text = fs::read_to_string(path).unwrap_or_default();
        switches.extend(text.split("crash::off(\"").skip(1).map(|rest| {
            let name = rest.split('"').next().unwrap_or_default();
            name.to_owned()
        }));
    }
    switches.sort();
    switches.dedup();
    let mut guards = GUARDS.map(|(name, ..)| name.to_owned()).to_vec();
    guards.sort();
    assert_eq!(switches, guards);
}
