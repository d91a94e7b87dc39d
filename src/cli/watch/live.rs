//! What `hive watch` shows: one line per thing that happens, and one that says what
//! it waits for.

use std::io;

use console::Style;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::journal::{Entry, Event, Word, told};
use crate::queue::TaskId;
use crate::repo::Place;
use crate::terminal::{Foot, Terminal, one_name, plain, plain_json};

/// The list.
pub(super) struct Live {
    terminal: Terminal,
    json: bool,
    /// The line at the bottom, on a terminal.
    foot: Option<Foot>,
    /// Files that have been taken in and not been dealt with.
    open: usize,
    /// Why the queue waits.
    waits: Option<String>,
    /// Whether it ends when the work is done.
    once: bool,
    /// Whether it is a log, which is read on other days, too.
    logged: bool,
    /// The task of the save that was told last: its end is no news.
    saved: Option<TaskId>,
}

impl Live {
    pub(super) fn new(
        terminal: &Terminal,
        json: bool,
        place: &Place,
        once: bool,
        logged: bool,
    ) -> Self {
        let root = place.root.display();
        if !json && !once {
            let end = if logged {
                "`hive watch --stop` ends it"
            } else {
                "Ctrl-C stops"
            };
            terminal.say(&plain(&format!("watching {root}; {end}")));
        }
        let foot = if json { None } else { Foot::new(terminal) };
        let mut live = Self {
            terminal: terminal.clone(),
            json,
            foot,
            waits: None,
            open: 0,
            once,
            logged,
            saved: None,
        };
        live.below();
        live
    }

    /// Shows what happened. Fails when nobody reads any more.
    pub(super) fn show(&mut self, entry: &Entry) -> io::Result<()> {
        if self.json {
            let line = serde_json::to_string(entry)?;
            return self.terminal.stream(&plain_json(&line));
        }
        self.count(&entry.event);
        match &entry.event {
            Event::SaveFixed { task, .. } => self.saved = Some(*task),
            Event::TaskCompleted { task, .. } if self.saved == Some(*task) => {
                self.below();
                return Ok(());
            }
            _ => {}
        }
        if let Some((word, text)) = told(&entry.event, self.terminal.verbose()) {
            let line = self.line(entry.at_ms, word, &text);
            if let Some(foot) = &mut self.foot {
                foot.hide()?;
            }
            self.terminal.stream(&line)?;
        }
        self.below();
        Ok(())
    }

    /// Takes the line at the bottom away.
    pub(super) fn end(&mut self) {
        if let Some(mut foot) = self.foot.take() {
            // Nobody is left to tell that the terminal is gone.
            let _ = foot.hide();
        }
    }

    fn count(&mut self, event: &Event) {
        match event {
            Event::TaskEnqueued { folded: false, .. } => self.open += 1,
            Event::TaskCompleted { .. }
            | Event::TaskDead { .. }
            | Event::TaskSuperseded { .. }
            | Event::TaskCancelled { .. } => self.open = self.open.saturating_sub(1),
            Event::Gate { reason } => self.waits.clone_from(reason),
            _ => {}
        }
    }

    /// Says below what it waits for.
    fn below(&mut self) {
        let Some(foot) = &mut self.foot else {
            return;
        };
        let message = match (&self.waits, self.open) {
            (Some(reason), _) => format!("waits: {reason}"),
            (None, 0) if self.once => "looking".to_owned(),
            (None, 0) => "waiting for commits and saves".to_owned(),
            (None, open) => format!("{} to go", files(open)),
        };
        if foot.show(&message).is_err() {
            self.foot = None;
        }
    }

    fn line(&self, at_ms: i64, word: Word, text: &str) -> String {
        let style = self.terminal.out_style();
        let name = styled(word, style);
        let time = self
            .terminal
            .out_style()
            .dim()
            .apply_to(clock(at_ms, self.logged));
        format!("{time}  {name}  {}", one_name(text))
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

/// The word before a line, in its colour.
pub(in crate::cli) fn styled(word: Word, style: Style) -> String {
    let style = match word {
        Word::Seen | Word::Says => style.dim(),
        Word::Fixed => style.cyan(),
        Word::Landed => style.green().bold(),
        Word::Asks => style.yellow().bold(),
        Word::Waits => style.yellow(),
        Word::Failed => style.red(),
    };
    style.apply_to(format!("{:<6}", word.name())).to_string()
}

/// The time of day where the person is, with the date where that is to be told.
fn clock(at_ms: i64, dated: bool) -> String {
    let shape = if dated {
        "%Y-%m-%d %H:%M:%S"
    } else {
        "%H:%M:%S"
    };
    Timestamp::from_millisecond(at_ms).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::system()).strftime(shape).to_string(),
    )
}
