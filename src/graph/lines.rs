//! Lines and columns of places that are asked for in order.
//!
//! Pure.

use memchr::memchr2_iter;
use ruff_text_size::TextSize;

use super::facts::Spot;

/// A text, read up to the place that was asked for last.
pub(super) struct Lines<'a> {
    text: &'a str,
    places: &'a [(usize, usize)],
    at: usize,
    line: u32,
    begin: usize,
}

impl<'a> Lines<'a> {
    /// `places` are where stretches of a shortened text begin, in it and in `text`; none
    /// if offsets are those of `text`.
    pub(super) fn of(text: &'a str, places: &'a [(usize, usize)]) -> Self {
        Self {
            text,
            places,
            at: 0,
            line: 1,
            // A byte order mark takes no column.
            begin: if text.starts_with('\u{feff}') { 3 } else { 0 },
        }
    }

    /// The line and column of an offset. Cheap if it is not before the last one.
    pub(super) fn spot(&mut self, at: TextSize) -> Spot {
        let mut at = at.to_usize();
        let stretch = self.places.partition_point(|(here, _)| *here <= at);
        if let Some((here, there)) = stretch.checked_sub(1).map(|last| self.places[last]) {
            at = at - here + there;
        }
        at = at.min(self.text.len());
        if at < self.at {
            *self = Self::of(self.text, self.places);
        }
        let bytes = self.text.as_bytes();
        for offset in memchr2_iter(b'\n', b'\r', &bytes[self.at..at]) {
            let offset = self.at + offset;
            // The two bytes of `\r\n` end one line.
            if bytes[offset] == b'\n' || bytes.get(offset + 1) != Some(&b'\n') {
                self.line = self.line.saturating_add(1);
                self.begin = offset + 1;
            }
        }
        self.at = at;
        let before = self.text.get(self.begin..at).unwrap_or_default();
        let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
        Spot {
            line: self.line,
            column: column.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use ruff_text_size::TextSize;

    use super::{Lines, Spot};

    #[test]
    fn every_kind_of_line_ends() {
        let text = "\u{feff}a\r\nä b\rc\n\nd";
        let mut lines = Lines::of(text, &[]);
        for (part, line, column) in [
            ("a", 1, 1),
            ("b", 2, 3),
            ("c", 3, 1),
            ("d", 5, 1),
            ("a", 1, 1),
        ] {
            let at = TextSize::try_from(text.find(part).unwrap()).unwrap();
            assert_eq!(lines.spot(at), Spot { line, column }, "{part}");
        }
    }
}
