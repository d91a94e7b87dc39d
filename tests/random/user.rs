//! The random user: one repository, one person, everything in any order.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use hive_test_support::Ran;

use crate::back;
use crate::chance::Chance;
use crate::ground::Ground;
use crate::ledger::Ledger;
use crate::tally::Tally;
use crate::trees::Tree;

/// The files that exist from the beginning.
const FILES: usize = 12;
/// How many work trees have an agent.
pub(crate) const WATCHED: usize = 2;
/// How long a person sometimes waits for hive after a commit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) struct User {
    /// Before the ground: its agents go first.
    pub(crate) trees: Vec<Tree>,
    /// The work tree that they are in.
    pub(crate) here: usize,
    pub(crate) fixing: Option<Child>,
    pub(crate) ground: Ground,
    pub(crate) ledger: Ledger,
    pub(crate) chance: Chance,
    pub(crate) tally: Tally,
    files: usize,
    pub(crate) branches: usize,
    people: usize,
}

impl User {
    /// One of so many people.
    pub(crate) fn new(seed: u64, people: usize, mode: &str) -> Self {
        let ground = Ground::new();
        let mut ledger = Ledger::default();
        for file in 0..FILES {
            let lines: Vec<_> = (0..30)
                .map(|_| format!("{} = 0\n", ledger.name()))
                .collect();
            ground.write(&format!("f{file}.py"), &lines.concat());
        }
        ground.git(&["config", "core.editor", "true"]);
        // Housekeeping is one of the things that are tried, not a matter of chance.
        ground.git(&["config", "gc.auto", "0"]);
        ground.git(&["config", "advice.mergeConflict", "false"]);
        ground
            .hive(&["config", "set", "commit.quiet", "60ms"])
            .expect(0);
        ground
            .hive(&["config", "set", "save.quiet", "300ms"])
            .expect(0);
        ground.sandbox.commit("files");
        ground.settled();
        let ground = ground.watch();
        let second = ground.sandbox.directory().join("second");
        let second = second.to_str().unwrap();
        ground.git(&["worktree", "add", "--quiet", "-b", "second", second]);
        let trees = vec![
            Tree::main(&ground),
            Tree::linked(&ground, "second").watched(&ground),
        ];
        let user = Self {
            trees,
            here: 0,
            fixing: None,
            ground,
            ledger,
            chance: Chance::new(seed),
            tally: Tally::default(),
            files: FILES,
            branches: 0,
            people,
        };
        user.slow_hooks();
        // After their hooks, which are kept and called. A budget that a busy machine and a
        // binary that is not optimised keep: what comes late is not what is tried here.
        for (key, value) in [("commit.budget", "2s"), ("commit.mode", mode)] {
            user.ground.hive(&["config", "set", key, value]).expect(0);
        }
        user
    }

    /// Asks git something, in the work tree that they are in.
    pub(crate) fn asks(&self, args: &[&str]) -> Ran {
        let root = self.trees[self.here].root.to_str().unwrap();
        let args: Vec<&str> = ["-C", root].iter().chain(args).copied().collect();
        self.ground.sandbox.git(&args)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.trees[self.here].root.join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    /// Works for so many git commands, and then until so many of hive's commits are on the branch, at
    /// most ten times as many commands.
    pub(crate) fn work(&mut self, commands: u64, landings: usize) {
        let mut sound = 0;
        while self.tally.commands < commands
            || (back::landed(&self.ground, landings).len() < landings
                && self.tally.commands < commands * 10)
        {
            self.act();
            if self.tally.commands >= sound + 100 {
                sound = self.tally.commands;
                self.nothing_is_missing();
            }
        }
    }

    /// Asks git about its objects while hive is at work. It notes which there are before it
    /// reads the references, so that it misses what lands in between, but not again.
    fn nothing_is_missing(&mut self) {
        const LOOKS: u32 = 5;
        for look in 1..=LOOKS {
            let fsck = self.asks(&["fsck", "--strict", "--no-dangling"]);
            if fsck.code == Some(0) && fsck.stdout.is_empty() {
                return;
            }
            assert!(look < LOOKS, "{}{}", fsck.stdout, fsck.stderr);
        }
    }

    /// Lets hive come to rest and looks at everything once more.
    pub(crate) fn done(mut self) -> Tally {
        self.look_after_fix(true);
        for tree in &self.trees {
            tree.settled(&self.ground);
        }
        for here in 0..self.trees.len() {
            self.here = here;
            self.check("the end");
        }
        self.ground.is_sound();
        self.tally.landings = self.told("landed");
        self.tally.tidied = self.told("tidied");
        self.tally.lines = self.ledger.len() as u64;
        // Nobody works any more while landings are taken back.
        self.ground.stop();
        self.tally.back = back::each(&self.ground, back::LANDINGS / self.people);
        self.tally.clone()
    }

    fn act(&mut self) {
        self.look_after_fix(false);
        match self.chance.below(120) {
            0..46 => self.save_and_commit(),
            46..49 => self.stage_all_of_one(),
            49..56 => self.stage_a_hunk(),
            56..61 => self.commit(&["--amend", "--no-edit"]),
            61..66 => self.stash(),
            66..72 => self.pop(),
            72..79 => self.switch(),
            79..82 => self.branch(),
            82..86 => self.merge(),
            86..89 => self.rebase(),
            89..92 => self.cherry_pick(),
            92..96 => drop(self.git(&["status", "--short"])),
            96..99 => drop(self.git(&["log", "--oneline", "-3", "--stat"])),
            99..102 => self.rebase_interactively(),
            102..104 => self.bisect(),
            104..107 => self.work_tree(),
            107..109 => self.housekeeping(),
            109..111 => self.commit_slowly(),
            111..116 => self.go_elsewhere(),
            _ => self.fix(),
        }
    }

    /// Adds lines somewhere in a file: neat ones, or such that hive has to do.
    pub(crate) fn edit(&mut self) -> String {
        if self.chance.percent(3) {
            self.files += 1;
            let path = format!("g{}.py", self.files);
            let text = format!("{} = [ 1,2 ]\n", self.ledger.name());
            self.write(&path, &text);
            return path;
        }
        let path = format!("f{}.py", self.chance.below(FILES));
        let text = self.read(&path);
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
            self.write(&path, &text);
        } else {
            // As editors do that save atomically.
            let beside = self.ground.sandbox.directory().join("saved");
            fs::write(&beside, &text).unwrap();
            fs::rename(&beside, self.path(&path)).unwrap();
        }
        self.check("an edit");
        path
    }

    /// Resolves conflicts by keeping all lines; says whether there were any.
    pub(crate) fn keep_both_sides(&mut self) -> bool {
        let unmerged = ["diff", "--name-only", "--diff-filter=U"];
        let unmerged = self.asks(&unmerged).stdout;
        for path in unmerged.lines() {
            let text = self.read(path);
            let kept: String = text
                .split_inclusive('\n')
                .filter(|line| !is_marker(line))
                .collect();
            self.write(path, &kept);
        }
        let paths: Vec<&str> = unmerged.lines().collect();
        if !paths.is_empty() {
            self.git(&[&["add", "--"], &paths[..]].concat());
        }
        !unmerged.is_empty()
    }

    /// Brings an operation to its end that may have stopped.
    pub(crate) fn go_on(&mut self, operation: &str, state: &str) {
        let there = self.trees[self.here].git_dir.join(state);
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

    pub(crate) fn other_branches(&self) -> Vec<String> {
        let list = [
            "for-each-ref",
            "--format=%(HEAD)%(refname:short)",
            "refs/heads",
        ];
        let list = self.asks(&list).stdout;
        let others = list.lines().filter_map(|line| line.strip_prefix(' '));
        others.map(str::to_owned).collect()
    }

    /// Those that are checked out nowhere.
    pub(crate) fn free_branches(&self) -> Vec<String> {
        let list = [
            "for-each-ref",
            "--format=%(refname:short) %(worktreepath)",
            "refs/heads",
        ];
        let list = self.asks(&list).stdout;
        let free = list.lines().filter_map(|line| line.strip_suffix(' '));
        free.map(str::to_owned).collect()
    }

    pub(crate) fn other_branch(&mut self) -> Option<String> {
        let others = self.other_branches();
        self.chance.one(&others).cloned()
    }

    /// Runs a git command of the person's, again if it was hive's fault, and looks at
    /// everything.
    pub(crate) fn git(&mut self, args: &[&str]) -> Ran {
        for _ in 0..3 {
            self.tally.commands += 1;
            let ran = self.asks(args);
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
        let away = self.ledger.is_whole(&self.ground, &self.trees, after);
        self.tally.away = self.tally.away.max(away);
        let own = self.trees.iter().flat_map(|tree| {
            let lock = |name: &str| tree.git_dir.join(name);
            [lock("index.lock"), lock("HEAD.lock")]
        });
        let shared = [
            "packed-refs.lock",
            "refs/heads/main.lock",
            "refs/heads/second.lock",
        ];
        let shared = shared.map(|name| self.ground.sandbox.path(".git").join(name));
        for lock in own.chain(shared) {
            hive_test_support::wait_for("a lock that goes", || !lock.exists());
        }
        let here = &self.trees[self.here];
        let busy = ["MERGE_HEAD", "rebase-merge", "CHERRY_PICK_HEAD"];
        let busy = busy.iter().any(|name| here.git_dir.join(name).exists());
        if busy || after.starts_with("stash pop") {
            return;
        }
        for entry in fs::read_dir(&here.root).unwrap().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let name = entry.path();
            assert!(
                !text.lines().any(is_marker),
                "{} after {after}:\n{text}",
                name.display()
            );
        }
    }

    /// How often hive has rewritten something.
    pub(crate) fn turns(&self) -> u64 {
        self.told("landed") + self.told("tidied")
    }

    /// How often the agents have told of an event.
    fn told(&self, event: &str) -> u64 {
        let line = format!("\"event\":\"{event}\"");
        let said = self.ground.everything_said();
        let main = said.iter().filter(|said| said.contains(&line)).count() as u64;
        main + self.trees.iter().map(|tree| tree.told(&line)).sum::<u64>()
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
