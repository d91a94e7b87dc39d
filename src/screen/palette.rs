//! The few styles that screens have, each with one meaning. Pure.
//!
//! Only the sixteen colours of the terminal's own theme, so that they are readable on
//! whatever the person has chosen; without colour the attributes alone remain.

use ratatui::style::{Color, Modifier, Style};

use crate::escalation::Level;
use crate::journal::Word;
use crate::review::Ink;

/// The styles.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    colour: bool,
}

impl Palette {
    /// With colour or without.
    pub fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn of(self, colour: Color) -> Style {
        if self.colour {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// As it is.
    pub fn plain(self) -> Style {
        Style::new()
    }

    /// Asides: frames, units, what is known anyway.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What a line is about.
    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Where the cursor is.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What went well, and lines that come.
    pub fn good(self) -> Style {
        self.of(Color::Green)
    }

    /// What went wrong, and lines that go.
    pub fn bad(self) -> Style {
        self.of(Color::Red)
    }

    /// What waits or deserves a look.
    pub fn odd(self) -> Style {
        self.of(Color::Yellow)
    }

    /// What is being done, and keys.
    pub fn live(self) -> Style {
        self.of(Color::Cyan)
    }

    /// How bad something is.
    pub fn level(self, level: Level) -> Style {
        match level {
            Level::Info => self.dim(),
            Level::Warning => self.odd(),
            Level::Error => self.bad(),
            Level::Critical => self.bad().add_modifier(Modifier::BOLD),
        }
    }

    /// The word before an entry of the journal.
    pub fn word(self, word: Word) -> Style {
        match word {
            Word::Seen | Word::Says => self.dim(),
            Word::Fixed => self.live(),
            Word::Landed => self.good().add_modifier(Modifier::BOLD),
            Word::Asks => self.odd().add_modifier(Modifier::BOLD),
            Word::Waits => self.odd(),
            Word::Failed => self.bad(),
        }
    }

    /// A piece of code.
    pub fn ink(self, ink: Ink) -> Style {
        match ink {
            Ink::Plain => Style::new(),
            Ink::Keyword => self.of(Color::Magenta),
            Ink::Text => self.of(Color::Green),
            Ink::Number => self.of(Color::Cyan),
            Ink::Comment => self.dim(),
        }
    }
}
