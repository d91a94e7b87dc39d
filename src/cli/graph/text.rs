//! The graph for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::answer::{Answer, What};
use crate::graph::{Direction, Edge, Kind, Reached, Tangle, Why, is_python};
use crate::repo::RepoPath;
use crate::terminal::{Terminal, plain};

/// How many files of a tangle are named.
const NAMED: usize = 8;

/// Lines for standard output.
pub(super) fn write(answer: &Answer<'_>, terminal: &Terminal) -> String {
    let mut text = String::new();
    match &answer.what {
        What::Overview {
            pairs,
            most,
            tangles,
        } => overview(&mut text, answer, *pairs, most, tangles),
        What::Imports(files) => {
            for (path, edges) in files {
                imports(&mut text, path, edges, terminal);
            }
        }
        What::Cycles(tangles) => cycles(&mut text, tangles, terminal),
        What::Reached {
            from,
            direction,
            files,
        } => reached(&mut text, from, *direction, files, terminal),
    }
    text
}

fn overview(
    text: &mut String,
    answer: &Answer<'_>,
    pairs: usize,
    most: &[(&RepoPath, usize)],
    tangles: &[Tangle<'_>],
) {
    let files = answer.graph.files().len();
    let _ = writeln!(
        text,
        "{}, {} between them",
        counted(files, "file", "files"),
        counted(pairs, "import", "imports")
    );
    if answer.graph.files().iter().any(is_python) {
        import_roots(text, answer);
    }
    if !most.is_empty() {
        text.push_str("\nimported by most files\n");
    }
    for (path, count) in most {
        let _ = writeln!(text, "  {count:>5}  {}", plain(path.as_str()));
    }
    let tangled: usize = tangles.iter().map(|tangle| tangle.files.len()).sum();
    if tangles.is_empty() {
        text.push_str("\nno cycles\n");
    } else {
        let _ = writeln!(
            text,
            "\n{} of files that import each other, {tangled} files in all: \
             hive graph --cycles",
            counted(tangles.len(), "group", "groups")
        );
    }
}

/// Where the absolute names of Python modules begin.
fn import_roots(text: &mut String, answer: &Answer<'_>) {
    text.push_str("\nimport roots\n");
    let roots = answer.graph.roots();
    let level = roots.iter().map(|root| root.path().chars().count()).max();
    let width = level.unwrap_or(1).clamp(1, 40);
    for root in roots.iter() {
        let path = if root.path().is_empty() {
            "."
        } else {
            root.path()
        };
        let why = match root.why() {
            Why::Declared { file, key } => format!("{key} in {file}"),
            Why::Package => "holds a package".to_owned(),
            Why::Src => "is called src".to_owned(),
            Why::Project => "holds a project's file".to_owned(),
            Why::Repository => "is the top".to_owned(),
        };
        let _ = writeln!(text, "  {:<width$}  {}", plain(path), plain(&why));
    }
}

fn imports(text: &mut String, path: &RepoPath, edges: &[Edge<'_>], terminal: &Terminal) {
    let bold = terminal.out_style().bold();
    let _ = writeln!(text, "{}", bold.apply_to(plain(path.as_str())));
    let mut by_file: BTreeMap<&RepoPath, Vec<&Edge<'_>>> = BTreeMap::new();
    for edge in edges {
        by_file.entry(edge.to).or_default().push(edge);
    }
    if by_file.is_empty() {
        text.push_str("  imports nothing from here\n");
    }
    for (to, edges) in by_file {
        let first = edges.iter().min_by_key(|edge| edge.kind());
        let kind = first.map_or("", |edge| unusual(edge.kind()));
        let mut lines: Vec<String> = edges
            .iter()
            .map(|edge| edge.import.at.line.to_string())
            .collect();
        lines.dedup();
        let more = lines.len().saturating_sub(3);
        lines.truncate(3);
        let more = if more > 0 {
            format!(" +{more}")
        } else {
            String::new()
        };
        let dim = terminal.out_style().dim();
        let at = dim.apply_to(format!("line {}{more}{kind}", lines.join(", ")));
        let _ = writeln!(text, "  {}  {at}", plain(to.as_str()));
    }
}

fn cycles(text: &mut String, tangles: &[Tangle<'_>], terminal: &Terminal) {
    if tangles.is_empty() {
        text.push_str("no cycles\n");
        return;
    }
    let bold = terminal.out_style().bold();
    for (number, tangle) in tangles.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let title = format!(
            "{} files import each other ({} imports)",
            tangle.files.len(),
            tangle.pairs
        );
        let _ = writeln!(text, "{}", bold.apply_to(title));
        for path in tangle.files.iter().take(NAMED) {
            let _ = writeln!(text, "  {}", plain(path.as_str()));
        }
        if let Some(more) = tangle
            .files
            .len()
            .checked_sub(NAMED)
            .filter(|more| *more > 0)
        {
            let _ = writeln!(text, "  and {more} more");
        }
        let _ = writeln!(text, "  a shortest cycle:");
        for edge in &tangle.shortest {
            let _ = writeln!(text, "    {}", step(edge));
        }
    }
}

fn reached(
    text: &mut String,
    from: &RepoPath,
    direction: Direction,
    files: &[Reached<'_>],
    terminal: &Terminal,
) {
    let direct = files.iter().filter(|file| file.distance == 1).count();
    let verb = match direction {
        Direction::Dependants => "is imported by",
        Direction::Dependencies => "imports",
    };
    let bold = terminal.out_style().bold();
    let title = bold.apply_to(plain(from.as_str()));
    if files.is_empty() {
        let _ = writeln!(text, "{title} {verb} no file here");
        return;
    }
    let _ = writeln!(
        text,
        "{title} {verb} {}, {} more through them",
        counted(direct, "file", "files"),
        files.len() - direct
    );
    for file in files {
        let by = match direction {
            _ if file.distance == 1 => {
                format!("line {}{}", file.by.import.at.line, unusual(file.by.kind()))
            }
            Direction::Dependants => format!("through {}", file.by.to),
            Direction::Dependencies => format!("through {}", file.by.from),
        };
        let by = terminal.out_style().dim().apply_to(plain(&by).into_owned());
        let _ = writeln!(text, "  {}  {by}", plain(file.path.as_str()));
    }
}

/// `a.py:3 imports b.py (typing)`.
fn step(edge: &Edge<'_>) -> String {
    let line = format!(
        "{}:{} imports {}{}",
        edge.from,
        edge.import.at.line,
        edge.to,
        unusual(edge.kind())
    );
    plain(&line).into_owned()
}

/// The kind of an import, where it is another than that of most.
fn unusual(kind: Kind) -> &'static str {
    match kind {
        Kind::Module => "",
        Kind::Conditional => " (conditional)",
        Kind::Optional => " (optional)",
        Kind::Main => " (when run)",
        Kind::Local => " (in a function)",
        Kind::Typing => " (for type checkers)",
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
