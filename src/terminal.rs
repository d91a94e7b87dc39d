//! The only place that prints.
//!
//! Data goes to standard output, talk to standard error. Colour, quiet and width
//! are decided once, here. Nothing that came from a repository reaches the
//! terminal raw: [`plain`] makes control characters visible.

mod plain;

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use console::{Key, Style, Term};

use crate::failure::Failure;
use crate::settings::{Colour, environment};
pub use plain::{one_name, plain, plain_json};

/// How much hive says beside its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Results and errors only.
    Quiet,
    /// Summaries and warnings too.
    Normal,
    /// Every file and every decision.
    Verbose,
}

/// The terminal, with everything decided that depends on it.
#[derive(Debug, Clone)]
pub struct Terminal {
    volume: Volume,
    out_colour: bool,
    err_colour: bool,
    interactive: bool,
}

impl Terminal {
    /// Decides colour and interactivity from the streams and the environment's
    /// `NO_COLOR` (any non-empty value switches colour off) and `TERM=dumb`.
    pub fn new(volume: Volume, no_colour: bool) -> Self {
        Self {
            volume,
            out_colour: !no_colour && io::stdout().is_terminal(),
            err_colour: !no_colour && io::stderr().is_terminal(),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
        }
    }

    /// The same terminal with colour as a setting wants it. `NO_COLOR` has been
    /// heard before and wins over `auto`, not over `always`.
    #[must_use]
    pub fn coloured(&self, colour: Colour) -> Self {
        let (out_colour, err_colour) = match colour {
            Colour::Auto => (self.out_colour, self.err_colour),
            Colour::Always => (true, true),
            Colour::Never => (false, false),
        };
        Self {
            out_colour,
            err_colour,
            ..self.clone()
        }
    }

    /// Whether every file and every decision is to be shown.
    pub fn verbose(&self) -> bool {
        self.volume == Volume::Verbose
    }

    /// How much is said.
    pub fn volume(&self) -> Volume {
        self.volume
    }

    /// Whether a person can answer a question here.
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Whether standard error is a terminal, so that a progress bar makes sense.
    pub fn live(&self) -> bool {
        self.volume >= Volume::Normal && io::stderr().is_terminal()
    }

    /// Whether a program may fill the terminal: a person is at both of its ends, and it
    /// moves its cursor. If so, whether in colour.
    pub fn full(&self) -> Option<bool> {
        let both = io::stdin().is_terminal() && io::stdout().is_terminal();
        (both && !environment::is_dumb()).then_some(self.out_colour)
    }

    /// How many columns standard output has; `None` where nothing may be cut to fit.
    pub fn width(&self) -> Option<usize> {
        shown().map(|(_, columns)| columns.max(20))
    }

    /// How many lines standard output shows; `None` where it is no terminal.
    pub fn height(&self) -> Option<usize> {
        shown().map(|(lines, _)| lines)
    }

    /// A style for standard output: plain where there is no colour.
    pub fn out_style(&self) -> Style {
        Style::new().force_styling(self.out_colour)
    }

    /// A style for standard error.
    pub fn err_style(&self) -> Style {
        Style::new().for_stderr().force_styling(self.err_colour)
    }

    /// Writes data to standard output, as it is. Where the reader has gone, as `head`
    /// does, nothing is written: it has what it wanted, and the work goes on to its end.
    pub fn data(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        unless_gone(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Writes a line to standard output, as [`Terminal::data`] does.
    pub fn line(&self, text: &str) -> io::Result<()> {
        unless_gone(self.stream(text))
    }

    /// Writes a line to standard output and fails where the reader has gone: for what
    /// would go on for ever.
    pub fn stream(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")
    }

    /// Says something on standard error unless quiet.
    pub fn say(&self, text: &str) {
        if self.volume >= Volume::Normal {
            tell(&format!("{text}\n"));
        }
    }

    /// Says prepared text, line ends included, on standard error unless quiet.
    pub fn say_raw(&self, text: &str) {
        if self.volume >= Volume::Normal {
            tell(text);
        }
    }

    /// Says prepared text on standard error, also when quiet.
    pub fn whisper(&self, text: &str) {
        tell(text);
    }

    /// Says something on standard error with `--verbose` only.
    pub fn detail(&self, text: &str) {
        if self.verbose() {
            tell(&format!("{text}\n"));
        }
    }

    /// Warns, also when quiet.
    pub fn warn(&self, text: &str) {
        let word = self.err_style().yellow().bold().apply_to("warning:");
        tell(&format!("{word} {}\n", plain(text)));
    }

    /// Shows a failure with its causes and hints.
    pub fn fail(&self, failure: &Failure) {
        let word = self.err_style().red().bold().apply_to("error:");
        tell(&format!("{word} {}\n", plain(&failure.to_string())));
        let mut cause = failure.source();
        while let Some(error) = cause {
            let text = error.to_string();
            let mut lines = text.lines();
            let word = self.err_style().dim().apply_to("cause:");
            let first = plain(lines.next().unwrap_or(""));
            tell(&format!("  {word} {first}\n"));
            for line in lines {
                tell(&format!("         {}\n", plain(line)));
            }
            cause = error.source();
        }
        for hint in failure.hints() {
            self.hint(hint);
        }
    }

    /// Says what helps, below what is wrong.
    pub fn hint(&self, text: &str) {
        let word = self.err_style().cyan().apply_to("hint:");
        tell(&format!("  {word} {}\n", plain(text)));
    }

    /// Says that a tool is held, why, and what changes that. Also when quiet: a
    /// tool that does not run must never look like one that found nothing.
    pub fn hold(&self, place: &str, tool: &str, reason: &str, remedy: &str) {
        let word = self.err_style().yellow().bold().apply_to("held:");
        let place = if place == "." {
            String::new()
        } else {
            format!(" in {}", plain(place))
        };
        let mut lines = reason.lines();
        let first = plain(lines.next().unwrap_or_default());
        tell(&format!("{word} {tool}{place}: {first}\n"));
        for line in lines {
            tell(&format!("      {}\n", plain(line)));
        }
        self.hint(remedy);
    }

    /// Asks a question on standard error and reads a line; `None` without a person.
    pub fn ask(&self, question: &str) -> Option<String> {
        if !self.interactive {
            return None;
        }
        tell(&format!("{question} "));
        io::stderr().flush().ok()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim().to_owned())
    }
}

/// Writes to standard error if somebody can hear it. `eprint!` would panic where the
/// reader has gone, and leave the work half done.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// What came of writing; that nobody reads any more is no failure.
fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// One of several answers that a key gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The key, in lower case.
    pub key: char,
    /// What follows it on the line, where lines are read.
    pub rest: String,
}

impl Terminal {
    /// Asks for one key on a terminal, without Enter; where there is none, for a line
    /// that begins with it. `None` at the end of input, and for Ctrl-C and Ctrl-D.
    pub fn key(&self, question: &str) -> Option<Answer> {
        tell(&format!("{question} "));
        io::stderr().flush().ok()?;
        if self.interactive {
            let key = loop {
                // Ctrl-C, Ctrl-D and Escape end it; `read_char` would wait on at the last.
                match Term::stderr().read_key().ok()? {
                    Key::Char('\u{3}' | '\u{4}' | '\u{1b}') | Key::Escape | Key::CtrlC => {
                        break None;
                    }
                    Key::Char(key) => break Some(key),
                    Key::Enter => break Some('\n'),
                    Key::Unknown => return None,
                    _ => {}
                }
            };
            let shown = key.filter(|key| !key.is_control()).unwrap_or(' ');
            tell(&format!("{shown}\n"));
            return key.map(|key| Answer {
                key: key.to_ascii_lowercase(),
                rest: String::new(),
            });
        }
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).ok()?;
        // What a person would have typed ends the line of the question.
        tell(&format!("{}\n", plain(line.trim())));
        if read == 0 {
            return None;
        }
        let mut letters = line.trim().chars();
        let key = letters.next().unwrap_or('?').to_ascii_lowercase();
        Some(Answer {
            key,
            rest: letters.as_str().trim().to_owned(),
        })
    }
}

/// A line below everything else on a terminal that says what is so now. It is drawn
/// when it changes and never by the clock, so that idle is idle.
#[derive(Debug)]
pub struct Foot {
    term: Term,
    style: Style,
    shown: String,
}

impl Foot {
    /// Columns that stay free at the end: a terminal writes `^C` there, and a line that
    /// broke could not be taken back.
    const MARGIN: usize = 4;

    /// One on standard error; `None` where nobody would see it.
    pub fn new(terminal: &Terminal) -> Option<Self> {
        terminal.live().then(|| Self {
            term: Term::stderr(),
            style: terminal.err_style().dim(),
            shown: String::new(),
        })
    }

    /// Shows a text in place of the one before.
    pub fn show(&mut self, text: &str) -> io::Result<()> {
        if text == self.shown {
            return Ok(());
        }
        self.hide()?;
        let columns = usize::from(self.term.size().1).saturating_sub(Self::MARGIN);
        let text = plain(text);
        let cut = console::truncate_str(&text, columns, "…");
        self.term.write_str(&self.style.apply_to(cut).to_string())?;
        self.shown = text.into_owned();
        Ok(())
    }

    /// Takes it away; what is written next begins where it was.
    pub fn hide(&mut self) -> io::Result<()> {
        if !self.shown.is_empty() {
            self.term.clear_line()?;
            self.shown.clear();
        }
        Ok(())
    }
}

/// How many lines and columns standard output has, where it is a terminal.
fn shown() -> Option<(usize, usize)> {
    let (lines, columns) = Term::stdout().size_checked()?;
    let is_terminal = io::stdout().is_terminal();
    is_terminal.then_some((lines.into(), columns.into()))
}
