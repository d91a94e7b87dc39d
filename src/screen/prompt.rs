//! A line that a person types. Pure.

use super::keyboard::Key;

/// The line so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    text: Vec<char>,
    at: usize,
    /// Whether the text is only proposed: the first letter takes its place.
    proposed: bool,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// The line goes on.
    More,
    /// It is finished.
    Done(String),
    /// The person does not want it.
    Left,
}

impl Prompt {
    /// Begins with a text, the cursor behind it.
    pub fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        Self {
            at: text.len(),
            text,
            proposed: false,
        }
    }

    /// Begins with a text that is as good as any: the first letter that is typed takes its
    /// place, any other key edits it.
    pub fn proposing(text: &str) -> Self {
        Self {
            proposed: true,
            ..Self::new(text)
        }
    }

    /// Whether nothing has been typed in the place of a proposal.
    pub fn is_proposed(&self) -> bool {
        self.proposed
    }

    /// The text.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The text before the cursor.
    pub fn before(&self) -> String {
        self.text[..self.at].iter().collect()
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Typed {
        if std::mem::take(&mut self.proposed) && matches!(key, Key::Char(_)) {
            (self.text, self.at) = (Vec::new(), 0);
        }
        match key {
            Key::Enter => return Typed::Done(self.text().trim().to_owned()),
            Key::Escape | Key::Ctrl('c' | 'd') => return Typed::Left,
            Key::Char(c) => {
                self.text.insert(self.at, c);
                self.at += 1;
            }
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
            }
            Key::Delete if self.at < self.text.len() => {
                self.text.remove(self.at);
            }
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(self.text.len()),
            Key::Home | Key::Ctrl('a') => self.at = 0,
            Key::End | Key::Ctrl('e') => self.at = self.text.len(),
            Key::Ctrl('u') => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            Key::Ctrl('w') => {
                let kept = self.text[..self.at].iter().collect::<String>();
                let kept = kept.trim_end();
                let kept = kept.rfind(' ').map_or(0, |at| kept[..=at].chars().count());
                self.text.drain(kept..self.at);
                self.at = kept;
            }
            _ => {}
        }
        Typed::More
    }
}

#[cfg(test)]
mod tests {
    use super::{Prompt, Typed};
    use crate::screen::Key;

    #[test]
    fn a_line_is_edited() {
        let mut prompt = Prompt::new("not ours");
        for key in [
            Key::Ctrl('w'),
            Key::Char('ä'),
            Key::Left,
            Key::Char('x'),
            Key::Delete,
            Key::Home,
            Key::Delete,
            Key::Char('N'),
        ] {
            assert_eq!(prompt.key(key), Typed::More);
        }
        assert_eq!(
            (prompt.text().as_str(), prompt.before().as_str()),
            ("Not x", "N")
        );
        assert_eq!(prompt.key(Key::Enter), Typed::Done("Not x".to_owned()));
        prompt.key(Key::End);
        prompt.key(Key::Ctrl('u'));
        prompt.key(Key::Backspace);
        assert_eq!(prompt.text(), "");
        assert_eq!(prompt.key(Key::Escape), Typed::Left);
    }

    #[test]
    fn a_proposal_is_taken_edited_or_typed_over() {
        let done = |keys: &[Key]| {
            let mut prompt = Prompt::proposing("1d");
            keys.iter().fold(None, |_, key| Some(prompt.key(*key)))
        };
        let text = |text: &str| Some(Typed::Done(text.to_owned()));
        assert_eq!(done(&[Key::Enter]), text("1d"));
        assert_eq!(
            done(&[Key::Char('2'), Key::Char('h'), Key::Enter]),
            text("2h")
        );
        assert_eq!(done(&[Key::Home, Key::Char('3'), Key::Enter]), text("31d"));
        assert!(Prompt::proposing("1d").is_proposed());
    }
}
