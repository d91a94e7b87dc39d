//! A plan as Graphviz and Mermaid take it.

use std::fmt::Write as _;

use crate::client::{Shape, Step};
use crate::terminal::plain;

/// A Graphviz digraph: from each step to those that wait for it, wave by wave; the longest
/// chain is bold, and the colour is the state.
pub(super) fn dot(steps: &[Step], shape: &Shape) -> String {
    let critical = critical(steps, shape);
    let mut text = "digraph plan {\n  rankdir=LR;\n  node [shape=box, style=filled];\n".to_owned();
    for step in steps {
        let wide = if critical.contains(&step.step) {
            ", penwidth=3"
        } else {
            ""
        };
        let (label, colour) = (quoted(&step.name), colour(step.state.as_deref()));
        let _ = writeln!(
            text,
            "  s{} [label={label}, fillcolor=\"{colour}\"{wide}];",
            step.step
        );
    }
    for wave in shape.waves() {
        let members: Vec<String> = wave.iter().map(|step| format!("s{step};")).collect();
        let _ = writeln!(text, "  {{ rank=same; {} }}", members.join(" "));
    }
    for step in steps {
        for need in &step.needs {
            let wide = if is_step(&critical, *need, step.step) {
                " [penwidth=3]"
            } else {
                ""
            };
            let _ = writeln!(text, "  s{need} -> s{}{wide};", step.step);
        }
    }
    text.push_str("}\n");
    text
}

/// A Mermaid flow chart of the same.
pub(super) fn mermaid(steps: &[Step], shape: &Shape) -> String {
    let critical = critical(steps, shape);
    let mut text = "graph LR\n".to_owned();
    for step in steps {
        let label = plain(&step.name).replace('"', "#quot;");
        let _ = writeln!(text, "  s{}[\"{label}\"]", step.step);
    }
    for step in steps {
        for need in &step.needs {
            let arrow = if is_step(&critical, *need, step.step) {
                "==>"
            } else {
                "-->"
            };
            let _ = writeln!(text, "  s{need} {arrow} s{}", step.step);
        }
    }
    for step in steps {
        if step.state.is_some() {
            let colour = colour(step.state.as_deref());
            let _ = writeln!(text, "  style s{} fill:{colour}", step.step);
        }
    }
    text
}

fn critical(steps: &[Step], shape: &Shape) -> Vec<usize> {
    let needs: Vec<Vec<usize>> = steps.iter().map(|step| step.needs.clone()).collect();
    shape.critical_path(&needs)
}

/// Whether one follows the other on a way.
fn is_step(way: &[usize], from: usize, to: usize) -> bool {
    way.windows(2).any(|two| two == [from, to])
}

fn colour(state: Option<&str>) -> &'static str {
    match state {
        Some("done") => "#cfe8cf",
        Some("running") => "#cfe0f5",
        Some("dead") => "#f5cfcf",
        Some("cancelled") => "#e0d0d0",
        Some("ready") => "#f7f0c8",
        _ => "#ffffff",
    }
}

fn quoted(text: &str) -> String {
    let text = plain(text);
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
