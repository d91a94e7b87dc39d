//! A page of the book as a terminal shows it. Pure.
//!
//! Pages of topics use little of Markdown: headings, paragraphs, lists, tables, links and
//! indented examples. Lines stay as they are written.

/// The page without the signs that only a browser reads. Headings go through `heading`.
pub(in crate::cli) fn shown(page: &str, heading: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut table: Vec<Vec<String>> = Vec::new();
    for line in page.lines() {
        if let Some(row) = line.strip_prefix('|') {
            if !row.trim_matches(['-', '|', ' ']).is_empty() {
                table.push(cells(row));
            }
            continue;
        }
        out.push_str(&columns(&std::mem::take(&mut table)));
        if line.starts_with("    ") {
            out.push_str(line);
        } else if let Some(title) = line.strip_prefix('#') {
            out.push_str(&heading(&words(title.trim_start_matches('#').trim_start())));
        } else {
            out.push_str(&words(line));
        }
        out.push('\n');
    }
    out.push_str(&columns(&table));
    out
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim_end().trim_end_matches('|');
    // A bar that is no border is written `\|`.
    row.replace("\\|", "\u{1}")
        .split('|')
        .map(|cell| words(cell.trim()).replace('\u{1}', "|"))
        .collect()
}

fn columns(rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let padded: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out.push_str(format!("  {}", padded.join("  ")).trim_end());
        out.push('\n');
    }
    out
}

/// A line without emphasis, and with the words of its links alone.
fn words(line: &str) -> String {
    let line = line.replace("**", "");
    let mut out = String::new();
    let mut rest = line.as_str();
    while let Some(at) = rest.find('[') {
        let link = rest[at..].find("](").and_then(|middle| {
            let end = rest[at + middle..].find(')')?;
            Some((&rest[at + 1..at + middle], at + middle + end + 1))
        });
        let Some((text, end)) = link else { break };
        out.push_str(&rest[..at]);
        out.push_str(text);
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_page_is_plain_text() {
        let page = "# One thing\n\nIt is **so**, see [docs/a.md](../a.md#b) and `x[0]`.\n\n\
                    | code | means |\n|---|---|\n| 0 | `a \\| b` |\n| 130 | c |\n\n\
                    \x20   a  [b](c) | d\n";
        let expected = "ONE THING\n\nIt is so, see docs/a.md and `x[0]`.\n\n\
                        \x20 code  means\n  0     `a | b`\n  130   c\n\n\
                        \x20   a  [b](c) | d\n";
        assert_eq!(shown(page, str::to_uppercase), expected);
    }
}
