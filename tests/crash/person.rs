//! The person who does something in the very moment in which hive waits.

use crate::case::Case;
use crate::ground::{Ground, Written};
use crate::landing::{save, written};
use crate::table::Scene;

pub(crate) struct Person<'a> {
    ground: &'a Ground,
    case: &'a Case,
    pub(crate) written: Written,
    /// How many commits they have made meanwhile.
    pub(crate) commits: usize,
    /// Those commits.
    made: Vec<String>,
}

impl<'a> Person<'a> {
    pub(crate) fn new(ground: &'a Ground, case: &'a Case) -> Self {
        Self {
            ground,
            case,
            written: Written {
                // The very step fails by which a save goes back.
                may_be_rescued: case.point == "writing.put-back" && !case.kills(),
                ..written(case)
            },
            commits: 0,
            made: Vec::new(),
        }
    }

    /// One of the things that people do.
    pub(crate) fn acts(&mut self) {
        match self.case.chance(3, 7) {
            0 => self.saves("a.py", false),
            1 => self.saves("a.py", true),
            2 => self.saves("c.py", true),
            3 => {
                self.ground.write("new.py", "# a new file\n");
                self.written.add("new.py", "# a new file");
                self.git(&["add", "new.py"]);
            }
            4 => {
                self.saves("p/d.py", false);
                if self.git(&["commit", "-q", "-a", "-m", "mine: everything"]) {
                    self.committed();
                }
            }
            5 => {
                if self.git(&["commit", "-q", "--allow-empty", "-m", "mine: nothing"]) {
                    self.committed();
                }
            }
            _ => {
                self.saves("notes.txt", false);
                self.git(&["add", "notes.txt"]);
            }
        }
    }

    /// Saves one more line.
    pub(crate) fn saves(&mut self, path: &str, by_rename: bool) {
        let line = "# mine, just saved";
        save(self.ground, path, line, by_rename);
        self.written.add(path, line);
    }

    fn committed(&mut self) {
        self.commits += 1;
        self.made.push(self.ground.oid("HEAD"));
    }

    /// Runs git, which may find a lock of hive's in its way and nothing else.
    fn git(&self, args: &[&str]) -> bool {
        let ran = self.ground.git(args);
        let said = String::from_utf8_lossy(&ran.stderr);
        let locked = [".lock'", "cannot lock ref", "Unable to create"];
        assert!(
            ran.status.success() || locked.iter().any(|text| said.contains(text)),
            "{}: git {args:?}: {said}",
            self.case
        );
        ran.status.success()
    }

    /// The commits that they have made meanwhile.
    pub(crate) fn made(&self) -> impl Iterator<Item = &String> {
        self.made.iter()
    }

    /// Whether a commit is one of these.
    pub(crate) fn has_made(&self, commit: &str) -> bool {
        self.made.iter().any(|made| made == commit)
    }

    /// Demands that the commits they have made are still on the branch, or what a fold has
    /// made of them, which is looked at elsewhere.
    #[track_caller]
    pub(crate) fn kept(&self, name: &str) {
        if matches!(self.case.scene, Scene::Fold | Scene::FoldChild) {
            return;
        }
        for commit in &self.made {
            let args = ["merge-base", "--is-ancestor", commit, "HEAD"];
            let there = self.ground.git(&args).status.success();
            assert!(there, "{name}: {commit} is lost\n{}", self.ground.told());
        }
    }
}
