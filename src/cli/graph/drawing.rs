//! The graph as Graphviz and Mermaid take it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::answer::Answer;
use crate::graph::Kind;
use crate::repo::RepoPath;
use crate::terminal::plain;

/// A Graphviz digraph; what does not run on import is dashed.
pub(super) fn dot(answer: &Answer<'_>) -> String {
    let (drawn, alone) = answer.drawn();
    let mut text = "digraph imports {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for path in alone {
        let _ = writeln!(text, "  {};", quoted(path));
    }
    for ((from, to), edge) in &drawn {
        let style = if runs(edge.kind()) {
            String::new()
        } else {
            format!(" [style=dashed, label=\"{}\"]", edge.kind().name())
        };
        let _ = writeln!(text, "  {} -> {}{style};", quoted(from), quoted(to));
    }
    text.push_str("}\n");
    text
}

/// A Mermaid flow chart; what does not run on import is dotted.
pub(super) fn mermaid(answer: &Answer<'_>) -> String {
    let (drawn, alone) = answer.drawn();
    let mut text = "graph LR\n".to_owned();
    let files = alone
        .iter()
        .copied()
        .chain(drawn.keys().flat_map(|(from, to)| [*from, *to]));
    let mut numbers: BTreeMap<&RepoPath, usize> = BTreeMap::new();
    for path in files {
        let next = numbers.len();
        if *numbers.entry(path).or_insert(next) == next {
            let label = plain(path.as_str()).replace('"', "#quot;");
            let _ = writeln!(text, "  n{next}[\"{label}\"]");
        }
    }
    for ((from, to), edge) in &drawn {
        let arrow = if runs(edge.kind()) {
            "-->".to_owned()
        } else {
            format!("-. {} .->", edge.kind().name())
        };
        let _ = writeln!(text, "  n{} {arrow} n{}", numbers[from], numbers[to]);
    }
    text
}

fn runs(kind: Kind) -> bool {
    matches!(kind, Kind::Module | Kind::Conditional | Kind::Optional)
}

fn quoted(path: &RepoPath) -> String {
    let text = plain(path.as_str());
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
