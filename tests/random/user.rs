//! The random user: one repository, one person, everything in any order.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use hive_test_support::Ran;

use crate::back::{self, Back};
use crate::chance::Chance;
use crate::ground::Ground;
use crate::ledger::Ledger;

/// The files that exist from the beginning.
const FILES: usize = 12;
/// How long a person sometimes waits for hive after a commit.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a run came to.
#[derive(Default, Clone)]
pub(crate) struct Tally {
    pub(crate) commands: u64,
    pub(crate) commits: u64,
    pub(crate) landings: u64,
    /// Commands that failed because of a lock or of a branch that had moved.
    pub(crate) harmed: u64,
    lines: u64,
    /// The longest time that a line was away.
    away: Duration,
    said: Vec<String>,
    pub(crate) back: Back,
}

impl Tally {
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        self.commands += other.commands;
        self.commits += other.commits;
        self.landings += other.landings;
        self.harmed += other.harmed;
        self.lines += other.lines;
        self.away = self.away.max(other.away);
        self.said.extend(other.said.iter().cloned());
        self.back.taken += other.back.taken;
        self.back.refused += other.back.refused;
        self.back.files += other.back.files;
        self.back.left += other.back.left;
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} git commands, {} of them commits, {} landings, {} lines written, none lost \
             (longest away {} ms), {} commands harmed ({:.1} of 1,000)",
            self.commands,
            self.commits,
            self.landings,
            self.lines,
            self.away.as_millis(),
            self.harmed,
            self.harmed as f64 * 1000.0 / (self.commands.max(1)) as f64,
        )?;
        let back = &self.back;
        write!(
            f,
            "; {} landings taken back one by one ({} refused): {} files as the person had \
             them, {} left as they were",
            back.taken, back.refused, back.files, back.left
        )?;
        for said in &self.said {
            write!(f, "\n  {said}")?;
        }
        Ok(())
    }
}

pub(crate) struct User {
    ground: Ground,
    ledger: Ledger,
    chance: Chance,
    tally: Tally,
    files: usize,
    branches: usize,
    people: usize,
}

impl User {
    /// One of so many people.
    pub(crate) fn new(seed: u64, people: usize) -> Self {
        let ground = Ground::new();
        let mut ledger = Ledger::default();
        for file in 0..FILES {
            let lines: Vec<_> = (0..30)
                .map(|_| format!("{} = 0\n", ledger.name()))
                .collect();
            ground.write(&format!("f{file}.py"), &lines.concat());
        }
        ground.git(&["config", "core.editor", "true"]);
        ground.git(&["config", "advice.mergeConflict", "false"]);
        ground
            .hive(&["config", "set", "commit.quiet", "60ms"])
            .expect(0);
        ground
            .hive(&["config", "set", "save.quiet", "300ms"])
            .expect(0);
        ground.sandbox.commit("files");
        ground.settled();
        Self {
            ground: ground.watch(),
            ledger,
            chance: Chance::new(seed),
            tally: Tally::default(),
            files: FILES,
            branches: 0,
            people,
        }
    }

    /// Works until so many git commands have run.
    pub(crate) fn work(&mut self, commands: u64) {
        let mut sound = 0;
        while self.tally.commands < commands {
            self.act();
            if self.tally.commands >= sound + 100 {
                sound = self.tally.commands;
                let fsck = self
                    .ground
                    .sandbox
                    .git(&["fsck", "--strict", "--no-dangling"]);
                assert_eq!(fsck.expect(0).stdout, "");
            }
        }
    }

    /// Lets hive come to rest and looks at everything once more.
    pub(crate) fn done(mut self) -> Tally {
        self.ground.settled();
        self.check("the end");
        self.ground.is_sound();
        self.tally.landings = self.landings();
        self.tally.lines = self.ledger.len() as u64;
        // Nobody works any more while landings are taken back.
        self.ground.stop();
        self.tally.back = back::each(&self.ground, back::LANDINGS / self.people);
        self.tally.clone()
    }

    fn act(&mut self) {
        match self.chance.below(100) {
            0..34 => self.save_and_commit(),
            34..44 => self.stage_all_of_one(),
            44..52 => self.stage_a_hunk(),
            52..58 => self.commit(&["--amend", "--no-edit"]),
            58..63 => self.stash(),
            63..69 => self.pop(),
            69..77 => self.switch(),
            77..80 => self.branch(),
            80..84 => self.merge(),
            84..87 => self.rebase(),
            87..90 => self.cherry_pick(),
            90..95 => drop(self.git(&["status", "--short"])),
            _ => drop(self.git(&["log", "--oneline", "-3", "--stat"])),
        }
    }

    // What a person does.

    fn save_and_commit(&mut self) {
        let path = self.edit();
        if self.chance.percent(30) {
            self.edit();
        }
        match self.chance.below(4) {
            0 => {
                self.git(&["add", "--all"]);
                self.commit(&["-m", "staged"]);
            }
            1 => self.commit(&["-a", "-m", "all"]),
            2 => self.commit(&["-m", "path", "--", &path]),
            _ => {
                self.git(&["add", &path]);
                if self.chance.percent(40) {
                    self.edit();
                }
                self.commit(&["-m", "one"]);
            }
        }
    }

    fn commit(&mut self, how: &[&str]) {
        let before = self.landings();
        let ran = self.git(&[&["commit"], how].concat());
        if ran.code != Some(0) {
            return;
        }
        self.tally.commits += 1;
        if self.chance.percent(35) {
            let begun = Instant::now();
            while self.landings() == before && begun.elapsed() < PATIENCE {
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
    }

    fn stage_all_of_one(&mut self) {
        let path = self.edit();
        self.git(&["add", &path]);
    }

    /// What `git add -p` does with one hunk.
    fn stage_a_hunk(&mut self) {
        let path = self.edit();
        let diff = self.ground.sandbox.git(&["diff", "--", &path]).stdout;
        let starts: Vec<_> = diff.match_indices("\n@@ ").map(|(at, _)| at + 1).collect();
        let Some(first) = starts.first() else {
            return;
        };
        let chosen = self.chance.below(starts.len());
        let end = starts.get(chosen + 1).copied().unwrap_or(diff.len());
        let patch = format!("{}{}", &diff[..*first], &diff[starts[chosen]..end]);
        let file = self.ground.sandbox.directory().join("hunk.patch");
        fs::write(&file, patch).unwrap();
        self.git(&["apply", "--cached", file.to_str().unwrap()]);
    }

    fn stash(&mut self) {
        if self.chance.percent(70) {
            self.edit();
        }
        let deep = self.ground.sandbox.git(&["stash", "list"]).stdout;
        if deep.lines().count() < 3 {
            self.git(&["stash"]);
        }
    }

    fn pop(&mut self) {
        if self
            .ground
            .sandbox
            .git(&["stash", "list"])
            .stdout
            .is_empty()
        {
            return;
        }
        let ran = self.git(&["stash", "pop"]);
        if ran.code != Some(0) && self.keep_both_sides() {
            self.git(&["stash", "drop"]);
        }
    }

    fn switch(&mut self) {
        if let Some(other) = self.other_branch() {
            self.git(&["switch", &other]);
        }
    }

    fn branch(&mut self) {
        let others = self.other_branches();
        if others.len() < 4 {
            self.branches += 1;
            let name = format!("topic-{}", self.branches);
            self.git(&["switch", "-c", &name]);
        } else if let Some(other) = self.chance.one(&others).filter(|other| *other != "main") {
            // Refused unless everything of it is here.
            self.git(&["branch", "-d", other]);
        }
    }

    fn merge(&mut self) {
        if let Some(other) = self.other_branch() {
            self.git(&["merge", "--no-edit", &other]);
            self.go_on("merge", "MERGE_HEAD");
        }
    }

    /// Commits everything.
    fn commit_everything(&mut self, message: &str) {
        let status = self.ground.sandbox.git(&["status", "--porcelain"]);
        if !status.stdout.is_empty() {
            self.git(&["add", "--all"]);
            self.commit(&["-m", message]);
        }
    }

    fn rebase(&mut self) {
        if let Some(other) = self.other_branch() {
            self.commit_everything("before a rebase");
            // What only a merge commit holds, because a file was edited while it was
            // merged, git's rebase drops with that commit.
            let range = format!("{other}..HEAD");
            let merges = ["log", "--merges", "--cc", "-p", "--format=", &range];
            let merges = self.ground.sandbox.git(&merges).stdout;
            let own = merges.lines().filter(|line| line.starts_with("++"));
            self.ledger.release(own);
            self.git(&["rebase", &other]);
            self.go_on("rebase", "rebase-merge");
        }
    }

    fn cherry_pick(&mut self) {
        if let Some(other) = self.other_branch() {
            let range = format!("HEAD..{other}");
            let list = self
                .ground
                .sandbox
                .git(&["rev-list", "--no-merges", &range])
                .stdout;
            let commits: Vec<_> = list.lines().map(str::to_owned).collect();
            if let Some(commit) = self.chance.one(&commits) {
                self.git(&["cherry-pick", commit]);
                self.go_on("cherry-pick", "CHERRY_PICK_HEAD");
            }
        }
    }

    // How they do it.

    /// Adds lines somewhere in a file: neat ones, or such that hive has to do.
    fn edit(&mut self) -> String {
        if self.chance.percent(3) {
            self.files += 1;
            let path = format!("g{}.py", self.files);
            let text = format!("{} = [ 1,2 ]\n", self.ledger.name());
            self.ground.write(&path, &text);
            return path;
        }
        let path = format!("f{}.py", self.chance.below(FILES));
        let text = self.ground.read(&path);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=self.chance.below(2) {
            let name = self.ledger.name();
            let line = match self.chance.below(4) {
                0 => format!("{name} = 1"),
                1 => format!("{name}  =  [ 1,2,3 ]"),
                2 => format!("{name} = {{ 'a':1 }}"),
                _ => format!("{name} = 'a'+'b'  # {name}"),
            };
            lines.insert(self.chance.below(lines.len() + 1), line);
        }
        if self.chance.percent(25) {
            lines.insert(0, "import os".to_owned());
        }
        let text = lines.join("\n") + "\n";
        if self.chance.percent(50) {
            self.ground.write(&path, &text);
        } else {
            // As editors do that save atomically.
            let beside = self.ground.sandbox.directory().join("saved");
            fs::write(&beside, &text).unwrap();
            fs::rename(&beside, self.ground.sandbox.path(&path)).unwrap();
        }
        self.check("an edit");
        path
    }

    /// Resolves conflicts by keeping all lines; says whether there were any.
    fn keep_both_sides(&mut self) -> bool {
        let unmerged = ["diff", "--name-only", "--diff-filter=U"];
        let unmerged = self.ground.sandbox.git(&unmerged).stdout;
        for path in unmerged.lines() {
            let text = self.ground.read(path);
            let kept: String = text
                .split_inclusive('\n')
                .filter(|line| !is_marker(line))
                .collect();
            self.ground.write(path, &kept);
        }
        let paths: Vec<&str> = unmerged.lines().collect();
        if !paths.is_empty() {
            self.git(&[&["add", "--"], &paths[..]].concat());
        }
        !unmerged.is_empty()
    }

    /// Brings an operation to its end that may have stopped.
    fn go_on(&mut self, operation: &str, state: &str) {
        let there = self.ground.sandbox.path(&format!(".git/{state}"));
        for step in 0.. {
            if !there.exists() {
                return;
            }
            if step > 40 {
                self.git(&[operation, "--abort"]);
                continue;
            }
            let resolved = self.keep_both_sides();
            if self.git(&[operation, "--continue"]).code == Some(0) || resolved {
                continue;
            }
            match operation {
                "merge" => drop(self.git(&["commit", "--no-edit"])),
                _ => drop(self.git(&[operation, "--skip"])),
            }
        }
    }

    fn other_branches(&self) -> Vec<String> {
        let list = [
            "for-each-ref",
            "--format=%(HEAD)%(refname:short)",
            "refs/heads",
        ];
        let list = self.ground.sandbox.git(&list).stdout;
        let others = list.lines().filter_map(|line| line.strip_prefix(' '));
        others.map(str::to_owned).collect()
    }

    fn other_branch(&mut self) -> Option<String> {
        let others = self.other_branches();
        self.chance.one(&others).cloned()
    }

    /// Runs a git command of the person's, again if it was hive's fault, and looks at
    /// everything.
    fn git(&mut self, args: &[&str]) -> Ran {
        for _ in 0..3 {
            self.tally.commands += 1;
            let ran = self.ground.sandbox.git(args);
            self.check(&args.join(" "));
            if ran.code == Some(0) || !is_harm(&ran.stderr) {
                return ran;
            }
            self.tally.harmed += 1;
            let what = ran.stderr.lines().next().unwrap_or_default();
            self.tally
                .said
                .push(format!("git {}: {what}", args.join(" ")));
        }
        panic!("git {args:?} failed three times:\n{}", self.tally);
    }

    fn check(&mut self, after: &str) {
        let away = self.ledger.is_whole(&self.ground, after);
        self.tally.away = self.tally.away.max(away);
        let git = self.ground.sandbox.path(".git");
        for lock in [
            "index.lock",
            "HEAD.lock",
            "packed-refs.lock",
            "refs/heads/main.lock",
        ] {
            hive_test_support::wait_for(lock, || !git.join(lock).exists());
        }
        let busy = ["MERGE_HEAD", "rebase-merge", "CHERRY_PICK_HEAD"];
        if busy.iter().any(|name| git.join(name).exists()) || after.starts_with("stash pop") {
            return;
        }
        for entry in fs::read_dir(self.ground.sandbox.root()).unwrap().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let name = entry.path();
            assert!(
                !text.lines().any(is_marker),
                "{} after {after}:\n{text}",
                name.display()
            );
        }
    }

    fn landings(&self) -> u64 {
        let said = self.ground.everything_said();
        said.iter()
            .filter(|line| line.contains("\"event\":\"landed\""))
            .count() as u64
    }
}

fn is_marker(line: &str) -> bool {
    let line = line.trim_end();
    line == "=======" || line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")
}

/// Whether a failure is one that another program at work causes.
pub(crate) fn is_harm(stderr: &str) -> bool {
    [
        ".lock'",
        "cannot lock ref",
        "Unable to create",
        "unable to lock",
        "could not lock",
    ]
    .iter()
    .any(|text| stderr.contains(text))
}
