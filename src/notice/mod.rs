//! What the next hook prints: news since the last one, in one line or one block.
//!
//! In: news, from the agent, bit by bit. Out: a line for a commit, a block for a push.
//! Always: what is printed once is not printed again, and nothing gets lost between an
//! agent that adds and hooks that take, also when several run at once: whoever wants the
//! file renames it first, which only one can do. This file does not know when news are
//! made or who prints them.

mod told;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::repo::Place;

/// The file of a work tree's own directory that holds what the next hook prints.
pub const NOTICE: &str = "notice";
/// How much of a notice is read, in bytes.
const MOST: u64 = 256 << 10;
/// How many questions a notice names; of more, only the number is kept.
const NAMED: usize = 100;

/// What happened since the last notice was printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notice {
    /// Landings of hive's own, the oldest first.
    pub landed: Vec<Landed>,
    /// Saved files that were laid out in place.
    pub saved: Vec<String>,
    /// Questions that are new and open.
    pub asked: Vec<Asked>,
    /// Questions that were new and have resolved themselves; only while adding.
    #[serde(skip)]
    pub gone: Vec<i64>,
    /// Files whose fixes are kept back, with the reason.
    pub kept: Vec<Kept>,
    /// What went wrong, a sentence each.
    pub problems: Vec<String>,
}

/// A landing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Landed {
    /// The short id of the commit.
    pub commit: String,
    /// How many findings were fixed.
    pub fixes: u32,
    /// In how many files.
    pub files: usize,
    /// Which, as far as they are known; of many only the first.
    pub paths: Vec<String>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its number.
    pub id: i64,
    /// The rule.
    pub rule: String,
    /// The path, and the line if there is one.
    pub place: String,
    /// What the tool says, its first line.
    pub reason: String,
}

/// A file whose fix is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Whether it waits for a person; otherwise it comes by itself.
    pub held: bool,
}

/// What a hook finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// News of the agent.
    Notice(Box<Notice>),
    /// A text that is no such thing, to be printed as it is.
    Text(String),
}

/// Adds news to what the next hook prints, and takes away what is settled. The agent does
/// this, and whoever answers a question before it was told.
pub fn add(place: &Place, news: Notice) -> io::Result<()> {
    let own = place.make_own_dir()?;
    let mut all = Notice::default();
    let mut news = Some(news);
    loop {
        if let Some(Taken::Notice(there)) = take(place)? {
            // What another one has added meanwhile is newer than what is in our hands.
            all.take_in(*there);
        }
        if let Some(news) = news.take() {
            all.take_in(news);
        }
        if all.is_empty() {
            return Ok(());
        }
        let mut file = tempfile::NamedTempFile::new_in(&own)?;
        serde_json::to_writer(&mut file, &all)?;
        file.flush()?;
        match file.persist_noclobber(own.join(NOTICE)) {
            Ok(_) => return Ok(()),
            // Another one was quicker: what they wrote is taken in.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
}

/// Takes the notice away, to print it; `None` if there is none.
pub fn take(place: &Place) -> io::Result<Option<Taken>> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let own = place.own_dir();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let taken: PathBuf = own.join(format!("{NOTICE}.{}.{number}", std::process::id()));
    match fs::rename(own.join(NOTICE), &taken) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    }
    let found = read(&taken);
    fs::remove_file(&taken)?;
    found
}

fn read(path: &Path) -> io::Result<Option<Taken>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MOST).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(notice) => Taken::Notice(Box::new(notice)),
        Err(_) => Taken::Text(String::from_utf8_lossy(&bytes).into_owned()),
    }))
}

impl Notice {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn take_in(&mut self, newer: Self) {
        self.landed.extend(newer.landed);
        for path in newer.saved {
            self.saved.retain(|one| *one != path);
            self.saved.push(path);
        }
        let over = self.saved.len().saturating_sub(NAMED);
        self.saved.drain(..over);
        for asked in newer.asked {
            self.asked.retain(|one| one.id != asked.id);
            self.asked.push(asked);
        }
        self.asked.retain(|one| !newer.gone.contains(&one.id));
        let over = self.asked.len().saturating_sub(NAMED);
        self.asked.drain(..over);
        for kept in newer.kept {
            self.kept.retain(|one| one.path != kept.path);
            self.kept.push(kept);
        }
        let over = self.kept.len().saturating_sub(NAMED);
        self.kept.drain(..over);
        for problem in newer.problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        let over = self.problems.len().saturating_sub(told::LINES);
        self.problems.drain(..over);
    }
}

#[cfg(test)]
mod tests {
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
                            taken.fetch_add(notice.landed.len(), Ordering::AcqRel);
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
}
