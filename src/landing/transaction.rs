//! Moving a branch with `git update-ref`, where only git can.
//!
//! The transaction is prepared before the index is locked (then the
//! `reference-transaction` hook is asked, and may take its time) and committed when the
//! index has been replaced. If this process is killed in between, git must live long
//! enough to release its locks: a shell stands between the two, so that the signal
//! which ends our own children ends the shell, and git sees its input close and rolls
//! back.

use std::io::{BufRead, BufReader, Write};
use std::process::ChildStdin;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use super::locked::Plan;
use crate::process::{Piped, Program};

/// How long git and the hook may take to prepare or commit.
const PATIENCE: Duration = Duration::from_secs(10);

/// A prepared transaction; dropped, it is rolled back.
pub(super) struct Transaction {
    git: Piped,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Transaction {
    /// Locks HEAD and branch; the error says who refused.
    pub(super) fn prepare(plan: &Plan) -> Result<Self, String> {
        let subject = plan.log.text.split_once('\t').map_or("", |found| found.1);
        let mut git = Program::new("sh")
            .args(["-c", "git update-ref -m \"$1\" --stdin; exit $?", "sh"])
            .arg(subject.trim_end())
            .current_dir(&plan.root)
            .spawn_piped()
            .map_err(|error| error.to_string())?;
        let (lines, answers) = unbounded();
        let output = git.take_stdout().ok_or("git has no output")?;
        std::thread::Builder::new()
            .name("update-ref".to_owned())
            .spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if lines.send(line).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| error.to_string())?;
        let input = git.take_stdin();
        let mut transaction = Self {
            git,
            input,
            answers,
        };
        transaction.say(&format!(
            "start\nupdate HEAD {} {}\nprepare\n",
            plan.new, plan.tip
        ))?;
        transaction.expect("start: ok")?;
        transaction.expect("prepare: ok")?;
        Ok(transaction)
    }

    /// Moves the branch.
    pub(super) fn commit(mut self) -> Result<(), String> {
        self.say("commit\n")?;
        self.expect("commit: ok")?;
        self.input = None;
        // The answer has come; how it ends afterwards changes nothing.
        let _ = self.git.wait();
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("git's input is closed")?;
        input
            .write_all(text.as_bytes())
            .and_then(|()| input.flush())
            .map_err(|_| self.complaint())
    }

    fn expect(&mut self, answer: &str) -> Result<(), String> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) if line == answer => Ok(()),
            _ => Err(self.complaint()),
        }
    }

    fn complaint(&mut self) -> String {
        self.input = None;
        // Killed, git would leave its locks; it ends by itself now.
        let _ = self.git.wait();
        let tail = self.git.stderr_tail();
        let text = String::from_utf8_lossy(&tail);
        let line = text.lines().find(|line| !line.is_empty());
        format!(
            "git would not move the branch: {}",
            line.unwrap_or("no answer")
        )
    }
}

impl Drop for Transaction {
    /// Closing the input makes git roll back; it is waited for, so that its locks are
    /// gone when this process says that nothing has changed.
    fn drop(&mut self) {
        if self.input.take().is_some() {
            let _ = self.git.wait();
        }
    }
}
