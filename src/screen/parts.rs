//! What screens are made of: texts that fit, bars, curves, titles. Pure.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::palette::Palette;
use crate::terminal::one_name;

/// A text from a repository as one line that does nothing to a terminal.
pub fn clean(text: &str) -> Cow<'_, str> {
    one_name(text)
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The beginning of a text in at most so many columns.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    console::truncate_str(text, most, "…")
}

/// The end of a text in at most so many columns: the ends of paths differ.
pub fn tail(text: &str, most: usize) -> Cow<'_, str> {
    let wide = width(text);
    if wide <= most {
        return Cow::Borrowed(text);
    }
    let mut over = wide + 1 - most.max(1);
    let mut kept = text.chars();
    while over > 0 {
        let Some(c) = kept.next() else { break };
        over = over.saturating_sub(width(c.encode_utf8(&mut [0; 4])));
    }
    Cow::Owned(format!("…{}", kept.as_str()))
}

/// A text in exactly so many columns, cut or filled up.
pub fn fill(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let missing = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(missing))
}

/// The same at the right end of its columns.
pub fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let missing = columns.saturating_sub(width(&text));
    format!("{}{text}", " ".repeat(missing))
}

/// As many of the parts as fit in so many columns, and at least the beginning of the first:
/// a number that is cut would be another one.
pub fn fitting(parts: &[String], between: &str, columns: usize) -> String {
    let mut all = String::new();
    for part in parts {
        if all.is_empty() {
            all = cut(part, columns).into_owned();
        } else if width(&all) + width(between) + width(part) <= columns {
            all.push_str(between);
            all.push_str(part);
        } else {
            break;
        }
    }
    all
}

/// A text broken into lines of at most so many columns, at spaces where there are any.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let both = width(&line) + 1 + width(word);
            if !line.is_empty() && both > columns {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                if width(&line) >= columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

/// A bar of at most so many columns, in eighths; what is not nothing shows.
pub fn bar(part: usize, whole: usize, columns: usize) -> String {
    if part == 0 || whole == 0 || columns == 0 {
        return String::new();
    }
    let eighths = (part.min(whole) * columns * 8).div_ceil(whole).max(1);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.extend(['▏', '▎', '▍', '▌', '▋', '▊', '▉'].get(rest));
    }
    bar
}

/// A curve of the last values, one column each, against the largest that is seen.
pub fn curve(values: &[u32], columns: usize) -> String {
    chart(values, columns, 1).remove(0)
}

/// The same so many rows high, the top row first; at least one. What is not nothing shows.
pub fn chart(values: &[u32], columns: usize, rows: usize) -> Vec<String> {
    const STEPS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let rows = rows.max(1);
    let values = &values[values.len().saturating_sub(columns)..];
    let most = usize::try_from(values.iter().copied().max().unwrap_or(0)).unwrap_or(usize::MAX);
    let eighths = |value: &u32| {
        let value = usize::try_from(*value).unwrap_or(usize::MAX);
        value.saturating_mul(rows * 8).div_ceil(most.max(1))
    };
    let heights: Vec<usize> = values.iter().map(eighths).collect();
    let row = |below: usize| {
        let steps = heights.iter();
        let steps: String = steps
            .map(|height| STEPS[height.saturating_sub(below * 8).min(8)])
            .collect();
        format!("{}{steps}", " ".repeat(columns - values.len()))
    };
    (0..rows).rev().map(row).collect()
}

/// A line as wide as the area with a title in it.
pub fn title<'a>(text: &str, columns: u16, palette: Palette) -> Line<'a> {
    let columns = usize::from(columns);
    let text = cut(text, columns.saturating_sub(5)).into_owned();
    let rest = columns.saturating_sub(width(&text) + 4);
    Line::from(vec![
        Span::styled("── ", palette.dim()),
        Span::styled(text, palette.bold()),
        Span::styled(format!(" {}", "─".repeat(rest)), palette.dim()),
    ])
}

/// A line of keys and what they do, as many as fit; the last ones are the first to go.
pub fn keys<'a>(keys: &[(&'a str, &'a str)], columns: u16, palette: Palette) -> Line<'a> {
    let mut spans = Vec::new();
    let mut left = usize::from(columns);
    for (key, what) in keys {
        let wide = width(key) + width(what) + 3;
        if wide > left {
            break;
        }
        left -= wide;
        spans.push(Span::styled(*key, palette.live()));
        spans.push(Span::styled(format!(" {what}  "), palette.dim()));
    }
    Line::from(spans)
}

/// Draws lines from the top of an area; what does not fit is not drawn.
pub fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    let area = area.intersection(buffer.area);
    for (row, line) in (area.top()..area.bottom()).zip(lines) {
        let mut x = area.x;
        for span in line {
            let style = line.style.patch(span.style);
            x = write(buffer, (x, row), &span.content, area.right(), style);
        }
    }
}

/// Draws a text from a place in the buffer, up to a column in it; returns the column behind
/// it. ratatui looks for graphemes and asks for the width of each, which is half of what
/// a frame costs; printable ASCII has a column for each byte.
fn write(buffer: &mut Buffer, (x, row): (u16, u16), text: &str, end: u16, style: Style) -> u16 {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let left = usize::from(end.saturating_sub(x));
        return buffer.set_stringn(x, row, text, left, style).0;
    }
    let mut at = x;
    for (column, byte) in (x..end).zip(text.bytes()) {
        buffer[(column, row)]
            .set_char(char::from(byte))
            .set_style(style);
        at = column + 1;
    }
    at
}

/// Draws one line in a row of an area, and its style over the whole row.
pub fn row(buffer: &mut Buffer, area: Rect, at: u16, line: &Line<'_>, style: Style) {
    let row = Rect::new(area.x, area.y.saturating_add(at), area.width, 1);
    if area.intersection(row).height == 1 {
        put(buffer, row, std::slice::from_ref(line));
        buffer.set_style(row.intersection(buffer.area), style);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style, Stylize};
    use ratatui::text::{Line, Span};

    use super::{bar, chart, curve, cut, fill, fitting, put, right, tail, wrapped};

    #[test]
    fn lines_are_drawn_as_ratatui_draws_them() {
        let texts = [
            "plain",
            "",
            "日本",
            "a\tb",
            "x̀y",
            "── title",
            "long enough to be cut",
        ];
        let area = Rect::new(2, 1, 12, 1);
        for (one, other) in texts
            .iter()
            .flat_map(|one| texts.map(|other| (*one, other)))
        {
            let spans = vec![Span::raw(one).bold(), Span::raw(other).red()];
            let line = Line::from(spans).style(Style::new().fg(Color::Blue));
            let mut ours = Buffer::empty(Rect::new(0, 0, 16, 3));
            let mut theirs = ours.clone();
            put(&mut ours, area, std::slice::from_ref(&line));
            theirs.set_line(area.x, area.y, &line, area.width);
            assert_eq!(ours, theirs, "{one:?} {other:?}");
        }
    }

    #[test]
    fn texts_fit() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(tail("src/app/user.py", 8), "…user.py");
        assert_eq!(tail("short", 8), "short");
        assert_eq!(tail("abc", 0), "…");
        assert_eq!(
            (fill("ab", 4), right("ab", 4)),
            ("ab  ".into(), "  ab".into())
        );
        assert_eq!(fill("日本語", 5), "日本…");
        let parts = ["p50 9 ms", "p95 120", "p99 2"].map(str::to_owned);
        for (columns, shown) in [
            (24, "p50 9 ms  p95 120  p99 2"),
            (23, "p50 9 ms  p95 120"),
            (16, "p50 9 ms"),
            (5, "p50 …"),
        ] {
            assert_eq!(fitting(&parts, "  ", columns), shown);
        }
        assert_eq!(fitting(&[], "  ", 9), "");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a\n\nb", 9), ["a", "", "b"]);
    }

    #[test]
    fn bars_and_curves_are_to_scale() {
        assert_eq!((bar(0, 9, 4), bar(9, 9, 4)), (String::new(), "████".into()));
        assert_eq!((bar(1, 1000, 4), bar(3, 8, 2)), ("▏".into(), "▊".into()));
        assert_eq!(curve(&[0, 1, 8], 5), "   ▁█");
        assert_eq!(curve(&[1, 2, 4, 8], 2), "▄█");
        assert_eq!(curve(&[], 2), "  ");
        assert_eq!(chart(&[0, 1, 4, 8], 5, 2), ["    █", "  ▂██"]);
        assert_eq!(chart(&[0, 0], 2, 2), ["  ", "  "]);
        assert_eq!(chart(&[1, u32::MAX], 2, 2), [" █", "▁█"]);
    }
}
