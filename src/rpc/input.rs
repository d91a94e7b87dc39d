//! Messages out of a stream of bytes, in the two framings that are in use.
//!
//! What cannot be a message is skipped and said, and reading goes on: a stream that has
//! gone astray finds its way again at the next header or line.

use std::io::{self, BufRead, BufReader, Read};

/// How messages are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One message a line, as the Model Context Protocol has it.
    Lines,
    /// `Content-Length` before each message, as language servers have it.
    Headers,
}

/// What was in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The bytes of a message.
    Message(Vec<u8>),
    /// Something that is none, with the reason.
    Unreadable(String),
}

/// The longest line of a header, in bytes.
const HEADER: usize = 8 << 10;
/// What is announced as longer than this is not skipped over: no client sends it, and the
/// number is more likely wrong than true.
const SKIPPED: u64 = 1 << 30;
/// What announces a message.
const LENGTH: &[u8] = b"content-length:";

/// A stream of messages.
pub struct Input<R> {
    reader: BufReader<R>,
    framing: Framing,
    most: usize,
    /// Whether the last thing was no message, and that was said.
    astray: bool,
}

/// A line, or as much of it as was allowed.
struct Line {
    bytes: Vec<u8>,
    whole: bool,
}

impl<R: Read> Input<R> {
    /// A stream whose messages have at most so many bytes.
    pub fn new(reader: R, framing: Framing, most: usize) -> Self {
        Self {
            reader: BufReader::new(reader),
            framing,
            most,
            astray: false,
        }
    }

    /// The next message; `None` at the end of the stream, also in the middle of one.
    pub fn receive(&mut self) -> io::Result<Option<Received>> {
        match self.framing {
            Framing::Lines => self.next_line(),
            Framing::Headers => self.next_frame(),
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Received>> {
        loop {
            let Some(line) = self.line(self.most)? else {
                return Ok(None);
            };
            if !line.whole {
                let reason = format!("the message has more than {} bytes", self.most);
                return Ok(Some(Received::Unreadable(reason)));
            }
            let text = line.bytes.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(Received::Message(text.to_vec())));
            }
        }
    }

    fn next_frame(&mut self) -> io::Result<Option<Received>> {
        let mut length = None;
        loop {
            let Some(line) = self.line(HEADER)? else {
                return Ok(None);
            };
            let text = line.bytes.trim_ascii_end();
            let lower = text.to_ascii_lowercase();
            // After a message that was cut short the header stands behind its rest.
            let found = lower
                .windows(LENGTH.len())
                .rposition(|window| window == LENGTH);
            if let Some(at) = found.filter(|_| line.whole) {
                let number = String::from_utf8_lossy(&text[at + LENGTH.len()..]);
                let number = number.trim().parse::<u64>().ok();
                let Some(number) = number.filter(|number| *number <= SKIPPED) else {
                    return Ok(Some(self.lost("the Content-Length is no sensible number")));
                };
                length = Some(number);
                continue;
            }
            match length {
                Some(length) if text.is_empty() => return self.body(length),
                // Other headers say nothing that matters here.
                _ if text.contains(&b':') || self.astray => {}
                _ => return Ok(Some(self.lost("a message begins with its Content-Length"))),
            }
        }
    }

    fn lost(&mut self, reason: &str) -> Received {
        self.astray = true;
        Received::Unreadable(reason.to_owned())
    }

    fn body(&mut self, length: u64) -> io::Result<Option<Received>> {
        self.astray = false;
        let fits = usize::try_from(length).ok().filter(|it| *it <= self.most);
        let Some(length) = fits else {
            let most = self.most;
            let skipped = io::copy(&mut (&mut self.reader).take(length), &mut io::sink())?;
            let reason = format!("the message has {length} bytes, and {most} are taken");
            return Ok((skipped == length).then_some(Received::Unreadable(reason)));
        };
        // Memory is taken for what comes, not for what is announced.
        let mut bytes = Vec::new();
        let read = (&mut self.reader)
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        Ok((read == length).then_some(Received::Message(bytes)))
    }

    /// A line without its end; of one that is too long the rest is skipped.
    fn line(&mut self, most: usize) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut whole = true;
        let mut any = false;
        loop {
            let there = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                there => there?,
            };
            if there.is_empty() {
                return Ok(any.then_some(Line { bytes, whole }));
            }
            any = true;
            let end = memchr::memchr(b'\n', there);
            let taken = end.unwrap_or(there.len());
            let room = most - bytes.len();
            bytes.extend_from_slice(&there[..taken.min(room)]);
            whole &= taken <= room;
            self.reader.consume(end.map_or(taken, |end| end + 1));
            if end.is_some() {
                return Ok(Some(Line { bytes, whole }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, Input, Received};

    fn all(framing: Framing, bytes: &[u8]) -> Vec<String> {
        let mut input = Input::new(bytes, framing, 20);
        let mut found = Vec::new();
        while let Some(one) = input.receive().unwrap() {
            found.push(match one {
                Received::Message(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Received::Unreadable(_) => "?".to_owned(),
            });
        }
        found
    }

    #[test]
    fn lines_are_messages() {
        let long = format!("{}\nb\n", "x".repeat(100_000));
        for (bytes, messages) in [
            ("a\nb\n", &["a", "b"][..]),
            ("\r\n\n a \r\nb", &["a", "b"]),
            ("", &[]),
            (&long, &["?", "b"]),
        ] {
            assert_eq!(all(Framing::Lines, bytes.as_bytes()), messages, "{bytes:?}");
        }
    }

    #[test]
    fn frames_are_found_and_found_again() {
        let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let (a, b) = (frame("a"), frame("b"));
        let typed = "content-length:1\nContent-Type: x; charset=utf-8\n\na".to_owned();
        let long = frame(&"x".repeat(30));
        for (bytes, messages) in [
            (format!("{a}{b}"), &["a", "b"][..]),
            (typed, &["a"]),
            (format!("{a}nonsense\r\nmore\r\n\r\n{b}"), &["a", "?", "b"]),
            (format!("\r\n\r\n{b}"), &["?", "b"]),
            (format!("Content-Length: x\r\n\r\n{b}"), &["?", "b"]),
            (format!("Content-Length: -1\r\n\r\n{b}"), &["?", "b"]),
            (
                format!("Content-Length: 99999999999999\r\n\r\n{b}"),
                &["?", "b"],
            ),
            (format!("{long}{b}"), &["?", "b"]),
            // Shorter than its message: the rest is skipped to the next header.
            (format!("Content-Length: 1\r\n\r\nabc{b}"), &["a", "b"]),
            (format!("{}{b}", "x".repeat(100_000)), &["?"]),
            (format!("{}\n{b}", "x".repeat(100_000)), &["?", "b"]),
            (format!("{a}Content-Length: 9\r\n\r\nab"), &["a"]),
            (format!("{a}Content-Le"), &["a", "?"]),
            (frame(""), &[""]),
        ] {
            assert_eq!(
                all(Framing::Headers, bytes.as_bytes()),
                messages,
                "{bytes:?}"
            );
        }
    }
}
