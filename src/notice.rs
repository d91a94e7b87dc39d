//! What the next hook prints: news since the last one, in one line or one block.
//!
//! In: news, from the agent, bit by bit. Out: a line for a commit, a block for a push.
//! Always: what is printed once is not printed again, and nothing gets lost between an
//! agent that adds and hooks that take, also when several run at once: whoever wants the
//! file renames it first, which only one can do. This file does not know when news are
//! made or who prints them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::repo::Place;
use crate::repo::place::private_dir;

/// The file of a work tree's own directory that holds what the next hook prints.
pub const NOTICE: &str = "notice";
/// How much of a notice is read, in bytes.
const MOST: u64 = 256 << 10;
/// How many questions a notice names; of more, only the number is kept.
const NAMED: usize = 100;
/// How many lines a block has at most.
const LINES: usize = 12;
/// How long a line is at most, in characters.
const WIDTH: usize = 160;

/// What happened since the last notice was printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notice {
    /// Landings of hive's own, the oldest first.
    pub landed: Vec<Landed>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The short id of the commit.
    pub commit: String,
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

/// Adds news to what the next hook prints. Only the agent of a work tree does this.
pub fn add(place: &Place, news: Notice) -> io::Result<()> {
    let own = place.own_dir();
    private_dir(&own)?;
    let mine = own.join(format!("{NOTICE}.adding"));
    // What an agent had in its hands when it died is still there.
    let mut all = match read(&mine)? {
        Some(Taken::Notice(left)) => *left,
        _ => Notice::default(),
    };
    match fs::rename(own.join(NOTICE), &mine) {
        Ok(()) => {
            if let Some(Taken::Notice(there)) = read(&mine)? {
                all.take_in(*there);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    all.take_in(news);
    if all != Notice::default() {
        let mut file = tempfile::NamedTempFile::new_in(&own)?;
        serde_json::to_writer(&mut file, &all)?;
        file.flush()?;
        file.persist(own.join(NOTICE))?;
    }
    match fs::remove_file(&mine) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes the notice away, to print it; `None` if there is none.
pub fn take(place: &Place) -> io::Result<Option<Taken>> {
    let own = place.own_dir();
    let taken: PathBuf = own.join(format!("{NOTICE}.{}", std::process::id()));
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

    fn take_in(&mut self, newer: Self) {
        self.landed.extend(newer.landed);
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
        let over = self.problems.len().saturating_sub(LINES);
        self.problems.drain(..over);
    }

    /// Everything in one line, with the next command; nothing if nothing happened.
    pub fn line(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.fixed());
        match self.asked.as_slice() {
            [] => {}
            [one] => parts.push(format!(
                "asks #{} {} {} (hive next)",
                one.id, one.rule, one.place
            )),
            many => parts.push(format!("asks {} questions (hive next)", many.len())),
        }
        match (self.kept.as_slice(), self.kept.iter().any(|kept| kept.held)) {
            ([], _) => {}
            ([one], held) => parts.push(format!(
                "keeps the fix of {} back: {}{}",
                one.path,
                one.reason,
                command(held)
            )),
            (many, held) => parts.push(format!(
                "keeps the fixes of {} files back: {}{}",
                many.len(),
                many[many.len() - 1].reason,
                command(held)
            )),
        }
        if let Some(last) = self.problems.last() {
            parts.push(last.clone());
        }
        (!parts.is_empty()).then(|| cut(&format!("hive {}", one_line(&parts.join("; "))), WIDTH))
    }

    /// Everything as a block of lines; nothing if nothing happened.
    pub fn block(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut lines = Vec::new();
        if let Some(fixed) = self.fixed() {
            lines.push(fixed);
        }
        for one in &self.asked {
            lines.push(format!(
                "#{} {}  {} {}",
                one.id, one.place, one.rule, one.reason
            ));
        }
        for one in &self.kept {
            let word = if one.held { "held" } else { "waits" };
            lines.push(format!("{word} {}  {}", one.path, one.reason));
        }
        lines.extend(self.problems.iter().cloned());
        let over = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        if over > 0 {
            lines.push(format!("and {over} more"));
        }
        let mut next = Vec::new();
        if !self.asked.is_empty() {
            next.push("hive next");
        }
        if self.kept.iter().any(|kept| kept.held) {
            next.push("hive apply");
        }
        let head = if next.is_empty() {
            "hive:".to_owned()
        } else {
            format!("hive ({}):", next.join(", "))
        };
        let body = lines
            .iter()
            .map(|line| format!("  {}", cut(&one_line(line), WIDTH)));
        Some(std::iter::once(head).chain(body).collect::<Vec<_>>().join("\n"))
    }

    fn fixed(&self) -> Option<String> {
        let last = self.landed.last()?;
        let fixes: u32 = self.landed.iter().map(|one| one.fixes).sum();
        let files: usize = self.landed.iter().map(|one| one.files).sum();
        let more = match self.landed.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        Some(format!(
            "fixed {} in {} ({}{more})",
            counted(fixes as usize, "violation"),
            counted(files, "file"),
            last.commit
        ))
    }
}

fn command(held: bool) -> &'static str {
    if held { " (hive apply)" } else { "" }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn place(root: &Path) -> Place {
        Place {
            root: root.to_owned(),
            git_dir: root.to_owned(),
            common_dir: root.to_owned(),
        }
    }

    fn asked(id: i64) -> Asked {
        Asked {
            id,
            rule: "F841".to_owned(),
            place: format!("a.py:{id}"),
            reason: "unused".to_owned(),
        }
    }

    fn landed(commit: &str, fixes: u32, files: usize) -> Landed {
        Landed {
            commit: commit.to_owned(),
            fixes,
            files,
        }
    }

    #[test]
    fn news_are_summed_up_in_one_line() {
        let mut notice = Notice::default();
        assert_eq!((notice.line(), notice.block()), (None, None));
        notice.take_in(Notice {
            landed: vec![landed("3f2a9c1", 2, 1)],
            asked: vec![asked(4), asked(5)],
            ..Notice::default()
        });
        assert_eq!(
            notice.line().unwrap(),
            "hive fixed 2 violations in 1 file (3f2a9c1); asks 2 questions (hive next)"
        );
        notice.take_in(Notice {
            landed: vec![landed("77aa000", 1, 1)],
            gone: vec![4],
            ..Notice::default()
        });
        assert_eq!(
            notice.line().unwrap(),
            "hive fixed 3 violations in 2 files (77aa000 and 1 more); \
             asks #5 F841 a.py:5 (hive next)"
        );
        assert_eq!(
            notice.block().unwrap(),
            "hive (hive next):\n  fixed 3 violations in 2 files (77aa000 and 1 more)\n  \
             #5 a.py:5  F841 unused"
        );
    }

    #[test]
    fn a_line_stays_a_line() {
        let notice = Notice {
            kept: vec![Kept {
                path: "a.py".to_owned(),
                reason: format!("because\nof {}", "x".repeat(300)),
                held: true,
            }],
            ..Notice::default()
        };
        let line = notice.line().unwrap();
        assert!(!line.contains('\n') && line.chars().count() <= WIDTH, "{line}");
    }

    /// Four hooks take while an agent adds: every landing is taken once.
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
                        if let Ok(Some(Taken::Notice(notice))) = take_as_thread(&place) {
                            taken.fetch_add(notice.landed.len(), Ordering::AcqRel);
                        } else if last {
                            break;
                        }
                    }
                });
            }
            for at in 0..300 {
                let landed = vec![landed(&at.to_string(), 1, 1)];
                let news = Notice {
                    landed,
                    ..Notice::default()
                };
                add(&place, news).unwrap();
            }
            done.store(1, Ordering::Release);
        });
        assert_eq!(taken.load(Ordering::Acquire), 300);
        let left: Vec<_> = fs::read_dir(place.own_dir()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    /// [`take`] tells processes apart; here threads stand for them.
    fn take_as_thread(place: &Place) -> io::Result<Option<Taken>> {
        let own = place.own_dir();
        let taken = own.join(format!("{NOTICE}.{:?}", std::thread::current().id()));
        if fs::rename(own.join(NOTICE), &taken).is_err() {
            return Ok(None);
        }
        let found = read(&taken);
        fs::remove_file(&taken)?;
        found
    }
}
