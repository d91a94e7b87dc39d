//! A text and the ways to name a place in it. Pure.

use lsp_types::{Position, PositionEncodingKind, Range};

/// In what an editor counts the columns of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Halves of surrogate pairs, which every editor knows.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The first that both sides know, of those that the editor offers.
    pub(super) fn of<'a>(offered: impl IntoIterator<Item = &'a str>) -> Self {
        offered
            .into_iter()
            .find_map(|kind| match kind {
                "utf-8" => Some(Self::Utf8),
                "utf-16" => Some(Self::Utf16),
                "utf-32" => Some(Self::Utf32),
                _ => None,
            })
            .unwrap_or(Self::Utf16)
    }

    /// Its name.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    /// Lines end at `\n`, `\r\n` and `\r`, for editors as for Python.
    pub(super) fn of(text: &'a str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
            .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        Self {
            text,
            starts,
            encoding,
        }
    }

    /// A line without its end, counted from 0; nothing behind the last one.
    fn line(&self, number: usize) -> (usize, &'a str) {
        let Some(start) = self.starts.get(number).copied() else {
            return (self.text.len(), "");
        };
        let end = self.starts.get(number + 1).copied();
        let whole = &self.text[start..end.unwrap_or(self.text.len())];
        (start, whole.trim_end_matches(['\n', '\r']))
    }

    /// The byte that a position means. One behind the end of its line means that end, one
    /// behind the last line the end of the text; one inside a character means none.
    pub(super) fn offset(&self, position: Position) -> Option<usize> {
        let (start, line) = self.line(index(position.line));
        let wanted = index(position.character);
        let mut column = 0;
        for (at, character) in line.char_indices() {
            let next = column + self.encoding.width(character);
            if next > wanted {
                return (column == wanted).then_some(start + at);
            }
            column = next;
        }
        Some(start + line.len())
    }

    /// The position of a byte; one inside a character counts as its beginning.
    pub(super) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &self.text[self.starts[line]..offset];
        let column = before.chars().map(|one| self.encoding.width(one)).sum();
        Position::new(number(line), number(column))
    }

    /// The byte of a line and column that count from 1, the column in characters, as
    /// findings have them.
    pub(super) fn counted(&self, line: u32, column: u32) -> usize {
        let (start, text) = self.line(index(line).saturating_sub(1));
        let wanted = index(column).saturating_sub(1);
        let at = text.char_indices().nth(wanted);
        start + at.map_or(text.len(), |(at, _)| at)
    }

    /// The code of a line (counted from 1) without the white space around it.
    pub(super) fn code(&self, line: u32) -> Range {
        let (start, text) = self.line(index(line).saturating_sub(1));
        let begin = text.len() - text.trim_start().len();
        let end = text.trim_end().len().max(begin);
        Range::new(self.position(start + begin), self.position(start + end))
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use lsp_types::Position;

    use super::{Encoding, Lines};

    #[test]
    fn columns_count_in_what_was_agreed() {
        // One, two, three and four bytes.
        let text = "aäz\r\n€😀x\ry\n";
        for (encoding, columns) in [
            (Encoding::Utf8, [0, 3, 7]),
            (Encoding::Utf16, [0, 1, 3]),
            (Encoding::Utf32, [0, 1, 2]),
        ] {
            let lines = Lines::of(text, encoding);
            for (column, expected) in columns.into_iter().zip(["€", "😀", "x"]) {
                let offset = lines.offset(Position::new(1, column)).unwrap();
                assert!(
                    text[offset..].starts_with(expected),
                    "{encoding:?} {column}"
                );
                assert_eq!(lines.position(offset), Position::new(1, column));
            }
            for (line, column, expected) in [
                (0, 99, 4),
                (3, 0, text.len()),
                (4, 0, text.len()),
                (u32::MAX, u32::MAX, text.len()),
            ] {
                assert_eq!(lines.offset(Position::new(line, column)), Some(expected));
            }
            assert_eq!(lines.position(usize::MAX), Position::new(3, 0));
            assert_eq!(&text[lines.counted(2, 2)..lines.counted(2, 3)], "😀");
            assert_eq!(lines.counted(1, 99), 4);
            assert_eq!(lines.counted(0, 0), 0);
        }
    }

    #[test]
    fn no_byte_is_inside_a_character() {
        let text = "😀a";
        for (encoding, inside) in [(Encoding::Utf8, 2), (Encoding::Utf16, 1)] {
            let lines = Lines::of(text, encoding);
            assert_eq!(lines.offset(Position::new(0, inside)), None, "{encoding:?}");
        }
        assert_eq!(
            Lines::of(text, Encoding::Utf16).position(2),
            Position::new(0, 0)
        );
    }

    #[test]
    fn the_code_of_a_line_and_the_first_encoding_that_both_know() {
        let lines = Lines::of("  x = 1  \n\n", Encoding::Utf16);
        let code = lines.code(1);
        assert_eq!((code.start.character, code.end.character), (2, 7));
        assert_eq!(lines.code(2).start, lines.code(2).end);
        assert_eq!(lines.code(99).start, Position::new(2, 0));
        assert_eq!(Encoding::of(["utf-7", "utf-8", "utf-16"]), Encoding::Utf8);
        assert_eq!(Encoding::of(["utf-32"]), Encoding::Utf32);
        assert_eq!(Encoding::of([]), Encoding::Utf16);
    }
}
