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
/// How much of a notice is read, in bytes, and written.
const MOST: usize = 256 << 10;
/// How many of each kind a notice names, the newest; of older landings, the sum is kept.
const NAMED: usize = 100;
/// How many files of a landing a notice names.
const PATHS: usize = 10;

/// What happened since the last notice was printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notice {
    /// Landings of hive's own, the oldest first.
    pub landed: Vec<Landed>,
    /// Those before them.
    pub earlier: Earlier,
    /// Saved files that were laid out in place.
    pub saved: Vec<String>,
    /// Questions that are new and open.
    pub asked: Vec<Asked>,
    /// Questions that were new and have resolved themselves; only while adding.
    #[serde(skip)]
    pub gone: Vec<i64>,
    /// Files whose fixes are kept back no more; only while adding.
    #[serde(skip)]
    pub settled: Vec<String>,
    /// Commits of which files were taken back, and how many; only while adding.
    #[serde(skip)]
    pub undone: Vec<(String, usize)>,
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

/// Landings of which only the sum is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Earlier {
    /// How many there were.
    pub landings: usize,
    /// How many findings were fixed.
    pub fixes: u32,
    /// In how many files.
    pub files: usize,
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
    add_by(place, news, |own, bytes| {
        let mut file = tempfile::NamedTempFile::new_in(own)?;
        file.write_all(bytes)?;
        file.flush()?;
        file.persist_noclobber(own.join(NOTICE))?;
        Ok(())
    })
}

/// The same by a way to write. What is there is put back where that fails.
fn add_by(
    place: &Place,
    news: Notice,
    write: impl Fn(&Path, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let own = place.make_own_dir()?;
    let mut old = Vec::new();
    let added = add_to(place, news, &mut old, |bytes| write(&own, bytes));
    for path in old {
        let path = tempfile::TempPath::try_from_path(path)?;
        if added.is_err() {
            // Where another one has written meanwhile, theirs stays.
            let _ = path.persist_noclobber(own.join(NOTICE));
        }
    }
    added
}

fn add_to(
    place: &Place,
    news: Notice,
    old: &mut Vec<PathBuf>,
    write: impl Fn(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut all = Notice::default();
    let mut news = Some(news);
    loop {
        // What another one has added meanwhile is newer than what is in our hands.
        let there = rename(place)?;
        old.extend(there.clone());
        match there.map_or(Ok(None), |path| read(&path))? {
            Some(Taken::Notice(there)) => all.take_in(*there),
            Some(Taken::Text(text)) => all.take_in(unread(&text)),
            None => {}
        }
        if let Some(news) = news.take() {
            all.take_in(news);
        }
        if all.is_empty() {
            return Ok(());
        }
        match write(&all.written()?) {
            // Another one was quicker: what they wrote is taken in.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other,
        }
    }
}

/// Takes the notice away, to print it; `None` if there is none.
pub fn take(place: &Place) -> io::Result<Option<Taken>> {
    let Some(taken) = rename(place)? else {
        return Ok(None);
    };
    let found = read(&taken);
    fs::remove_file(&taken)?;
    found
}

/// Gives the notice a name that nobody else looks for.
fn rename(place: &Place) -> io::Result<Option<PathBuf>> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let own = place.own_dir();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let taken: PathBuf = own.join(format!("{NOTICE}.{}.{number}", std::process::id()));
    match fs::rename(own.join(NOTICE), &taken) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(|()| Some(taken)),
    }
}

/// A text that is no notice, to be told with the news: somebody wanted it to be read. What
/// a notice is cut from is no words for a person.
fn unread(text: &str) -> Notice {
    let text = text.trim();
    let problem = if text.starts_with('{') {
        "could not read what was to be told before"
    } else {
        text
    };
    let problems = Some(told::problem(problem)).filter(|problem| !problem.is_empty());
    Notice {
        problems: problems.into_iter().collect(),
        ..Notice::default()
    }
}

fn read(path: &Path) -> io::Result<Option<Taken>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MOST as u64).read_to_end(&mut bytes)?,
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
        // What is summed up there came after all that is here.
        if newer.earlier.landings > 0 {
            self.sum_up(0);
        }
        self.earlier.add(newer.earlier);
        self.landed.extend(newer.landed);
        for path in newer.saved {
            self.saved.retain(|one| *one != path);
            self.saved.push(path);
        }
        for asked in newer.asked {
            self.asked.retain(|one| one.id != asked.id);
            self.asked.push(asked);
        }
        self.asked.retain(|one| !newer.gone.contains(&one.id));
        self.kept.retain(|one| !newer.settled.contains(&one.path));
        for (commit, files) in newer.undone {
            for landed in self.landed.iter_mut().filter(|one| one.commit == commit) {
                landed.files = landed.files.saturating_sub(files);
            }
            self.landed
                .retain(|one| one.commit != commit || one.files > 0);
        }
        for kept in newer.kept {
            self.kept.retain(|one| one.path != kept.path);
            self.kept.push(kept);
        }
        for problem in newer.problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        self.cut(NAMED);
    }

    /// Keeps the newest of each kind.
    fn cut(&mut self, most: usize) {
        // What landed is told in one line by its sum, with the last commit's name.
        self.sum_up(most.max(1));
        for landed in &mut self.landed {
            landed.paths.truncate(PATHS.min(most));
        }
        newest(&mut self.saved, most);
        newest(&mut self.asked, most);
        newest(&mut self.kept, most);
        newest(&mut self.problems, most.min(told::LINES));
    }

    /// Keeps only the sum of all landings but the newest.
    fn sum_up(&mut self, most: usize) {
        let over = self.landed.len().saturating_sub(most);
        for landed in self.landed.drain(..over) {
            self.earlier.add(Earlier {
                landings: 1,
                fixes: landed.fixes,
                files: landed.files,
            });
        }
    }

    /// As it is written, not longer than is read again: of long names fewer are kept.
    fn written(&mut self) -> io::Result<Vec<u8>> {
        let mut most = NAMED;
        loop {
            let text = serde_json::to_vec(self)?;
            if text.len() <= MOST || most == 0 {
                return Ok(text);
            }
            most /= 2;
            self.cut(most);
        }
    }
}

impl Earlier {
    fn add(&mut self, other: Self) {
        self.landings = self.landings.saturating_add(other.landings);
        self.fixes = self.fixes.saturating_add(other.fixes);
        self.files = self.files.saturating_add(other.files);
    }
}

/// Keeps the last of a list.
fn newest<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

#[cfg(test)]
mod tests;
