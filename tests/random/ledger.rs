//! What a person has written, and where all of it is to be found.
//!
//! Every line carries a name that exists once, and no command of the random user takes
//! a line away. So each name must be in the work tree, in the index, in a stash, or at
//! the tip of a branch: the history behind a tip is not asked, which asks for more
//! than the promise does.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::time::{Duration, Instant};

use crate::ground::Ground;
use crate::trees::Tree;

/// A late save is placed again within this time.
const SETTLED: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct Ledger {
    written: BTreeSet<String>,
    /// The names in a blob.
    blobs: HashMap<String, Vec<String>>,
    /// The blobs of a commit's tree.
    commits: HashMap<String, BTreeSet<String>>,
}

impl Ledger {
    /// A name that was not there before.
    pub(crate) fn name(&mut self) -> String {
        let name = format!("line_{:06}", self.written.len());
        self.written.insert(name.clone());
        name
    }

    /// Looks no longer for the lines that are named in these.
    pub(crate) fn release<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        for line in lines {
            for name in names(line) {
                self.written.remove(&name);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.written.len()
    }

    /// Demands that nothing is missing. What was saved in the moment of a landing may be
    /// away for as long as hive looks after such saves; how long it was is returned.
    pub(crate) fn is_whole(&mut self, ground: &Ground, trees: &[Tree], after: &str) -> Duration {
        let begun = Instant::now();
        let mut missing = self.missing(ground, trees);
        while !missing.is_empty() && begun.elapsed() < SETTLED {
            std::thread::park_timeout(Duration::from_millis(10));
            missing = self.missing(ground, trees);
        }
        let show = |args: &[&str]| ground.sandbox.git(args).stdout;
        assert!(
            missing.is_empty(),
            "after `{after}` these are lost: {missing:?}\n{}\n{}\n{}\nrescued: {:?}\n{}",
            missing
                .first()
                .map(|name| show(&[
                    "log",
                    "--all",
                    "--reflog",
                    "-m",
                    "-S",
                    name,
                    "--format=== %h %cd %s"
                ]))
                .unwrap_or_default(),
            show(&["reflog", "-20"]),
            show(&["status"]),
            fs::read_dir(ground.sandbox.path(".git/hive/rescue")).map(|entries| entries
                .flatten()
                .map(|entry| entry.path())
                .collect::<Vec<_>>()),
            ground.hive(&["history"]).stdout,
        );
        begun.elapsed()
    }

    fn missing(&mut self, ground: &Ground, trees: &[Tree]) -> BTreeSet<String> {
        let mut missing = self.written.clone();
        // One that git has just removed has no files.
        let files = trees
            .iter()
            .filter_map(|tree| fs::read_dir(&tree.root).ok())
            .flatten();
        for entry in files.flatten() {
            if entry.path().is_file()
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                for name in names(&text) {
                    missing.remove(&name);
                }
            }
        }
        if missing.is_empty() {
            return missing;
        }
        let mut blobs = BTreeSet::new();
        let mut heads = String::new();
        for tree in trees {
            let asks = |args: &[&str]| {
                let root = tree.root.to_str().unwrap();
                ground.sandbox.git(&[&["-C", root], args].concat()).stdout
            };
            blobs.extend(self::blobs(&asks(&["ls-files", "--stage"]), 1));
            heads += &asks(&["rev-parse", "HEAD"]);
        }
        let tips = ground
            .sandbox
            .git(&["for-each-ref", "--format=%(objectname)"]);
        // `refs/stash` is the last one only; those before it are in its log.
        let stash = ground
            .sandbox
            .git(&["log", "-g", "--format=%H %P", "refs/stash", "--"]);
        for commit in tips
            .stdout
            .split_whitespace()
            .chain(heads.split_whitespace())
            .chain(stash.stdout.split_whitespace())
        {
            let known = self.commits.entry(commit.to_owned()).or_insert_with(|| {
                self::blobs(&ground.sandbox.git(&["ls-tree", "-r", commit]).stdout, 2)
            });
            blobs.extend(known.iter().cloned());
        }
        for blob in blobs {
            let known = self.blobs.entry(blob).or_insert_with_key(|blob| {
                names(&ground.sandbox.git(&["cat-file", "blob", blob]).stdout)
            });
            for name in known {
                missing.remove(name);
            }
        }
        missing
    }
}

/// The column of the blobs in what git lists.
fn blobs(listed: &str, column: usize) -> BTreeSet<String> {
    let blob = |line: &str| line.split_whitespace().nth(column).map(str::to_owned);
    listed.lines().filter_map(blob).collect()
}

fn names(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("line_"))
        .map(str::to_owned)
        .collect()
}
