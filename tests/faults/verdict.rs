//! What must hold after a fault, and after the retry that follows it.

use hive_test_support::{Fault, Injected, Ran};

use crate::scenario::{MESSY, NEAT, Stage, database};

/// The names of the errors that are made.
pub(crate) fn error_name(errno: i32) -> &'static str {
    match errno {
        libc::EIO => "EIO",
        libc::ENOSPC => "ENOSPC",
        libc::EINTR => "EINTR",
        libc::EMFILE => "EMFILE",
        libc::EACCES => "EACCES",
        _ => "?",
    }
}

/// One case from its beginning to its end: the fault, what it left, the retry. Returns
/// how many calls of the kind there were and whether any failed, and what is wrong.
pub(crate) fn case(stage: &Stage, fault: Fault) -> (Injected, Vec<String>) {
    stage.reset();
    let done = stage.under(fault);
    let mut wrong = Vec::new();
    if done.hung {
        wrong.push("was still at work after a minute".to_owned());
    }
    wrong.extend(words(&done));
    wrong.extend(whole(stage, "after the fault"));
    // Success is only claimed for what was done.
    let lacking = done.ran.code == Some(0) && !stage.lacks().is_empty();
    // A drain has nobody to talk to, and an agent leaves what cannot be done now: it says
    // so, and the next one does it.
    let left = match stage.scenario.name {
        "drain" => true,
        "watch --once" => ["waits", "failed"]
            .iter()
            .any(|word| done.ran.stdout.contains(word)),
        _ => false,
    };
    if lacking && !left {
        wrong.push(format!("ended with 0, though {}", stage.lacks()));
    }
    let again = retry(stage);
    if !stage.lacks().is_empty() {
        wrong.push(format!(
            "the retry did not help: {}\n{}",
            stage.lacks(),
            said(&again)
        ));
    }
    wrong.extend(whole(stage, "after the retry"));
    let text = wrong
        .into_iter()
        .map(|what| {
            format!(
                "{} {:?} no. {}{} {}: {what}\n  failed: {:?}\n{}",
                stage.scenario.name,
                fault.call,
                fault.nth,
                if fault.lasting { " and on" } else { "" },
                error_name(fault.errno),
                done.failed.iter().take(3).collect::<Vec<_>>(),
                said(&done.ran)
            )
        })
        .collect();
    (done, text)
}

/// The same command again, as a person would; at most three times, for what waits for a
/// moment of quiet.
fn retry(stage: &Stage) -> Ran {
    let mut again = stage.plainly();
    for _ in 0..2 {
        if stage.lacks().is_empty() {
            break;
        }
        again = stage.plainly();
    }
    again
}

fn said(ran: &Ran) -> String {
    format!(
        "  code {:?}\n  out: {}\n  err: {}",
        ran.code,
        ran.stdout.trim_end().replace('\n', "\n       "),
        ran.stderr.trim_end().replace('\n', "\n       ")
    )
}

/// What is wrong with what was said.
fn words(done: &Injected) -> Vec<String> {
    let mut wrong = Vec::new();
    let ran = &done.ran;
    if ran.stderr.contains("panicked") || ran.stdout.contains("panicked") {
        wrong.push("panicked".to_owned());
    }
    match ran.code {
        None => wrong.push("was ended by a signal".to_owned()),
        Some(0..=4) => {}
        Some(code) => wrong.push(format!("ended with {code}")),
    }
    if ran.code.is_some_and(|code| code >= 2) {
        if ran.stderr.trim().is_empty() && ran.stdout.trim().is_empty() {
            wrong.push("failed without a word".to_owned());
        }
        if ran.stderr.contains("error:") && !ran.stderr.contains("hint:") {
            wrong.push("failed without a hint".to_owned());
        }
    }
    wrong
}

/// What is not whole: files neither old nor new, a damaged database, unsound objects,
/// locks.
fn whole(stage: &Stage, when: &str) -> Vec<String> {
    let sandbox = &stage.sandbox;
    let mut wrong = Vec::new();
    for path in ["a.py", "b.py", "pkg/b.py"] {
        let full = sandbox.path(path);
        if full.exists() {
            let text = sandbox.read(path);
            let body = text.strip_suffix("MINE = 1\n").unwrap_or(&text);
            if ![MESSY, NEAT, "x = 1\n"].contains(&body) {
                wrong.push(format!("{when}, {path} holds {text:?}"));
            }
        } else if sandbox.git(&["ls-files", "--error-unmatch", path]).code == Some(0) {
            wrong.push(format!("{when}, {path} is gone"));
        }
    }
    if let Some(database) = database(sandbox) {
        let check = database.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        if check.as_deref() != Ok("ok") {
            wrong.push(format!("{when}, integrity_check says {check:?}"));
        }
    }
    let fsck = sandbox.git(&["fsck", "--strict", "--no-dangling"]);
    if fsck.code != Some(0) {
        wrong.push(format!("{when}, fsck says {}{}", fsck.stdout, fsck.stderr));
    }
    let log = sandbox.git(&["log", "--format=%s"]).stdout;
    if !log.contains("begin") {
        wrong.push(format!("{when}, the log is {log:?}"));
    }
    for lock in [
        "index.lock",
        "HEAD.lock",
        "refs/heads/main.lock",
        "config.lock",
    ] {
        if sandbox.path(".git").join(lock).exists() {
            wrong.push(format!("{when}, {lock} is left"));
        }
    }
    let status = sandbox.git(&["status", "--porcelain"]);
    if status.code != Some(0) {
        wrong.push(format!("{when}, git status says {}", status.stderr));
    }
    if let Some(hook) = std::fs::read_to_string(sandbox.path(".git/hooks/post-commit")).ok()
        && stage.scenario.name == "init"
    {
        let mine = hook.contains("echo mine")
            || std::fs::read_dir(sandbox.path(".git/hooks"))
                .unwrap()
                .flatten()
                .any(|entry| {
                    std::fs::read_to_string(entry.path())
                        .is_ok_and(|text| text.contains("echo mine"))
                });
        if !mine {
            wrong.push(format!("{when}, the person's hook is gone: {hook}"));
        }
    }
    wrong
}
