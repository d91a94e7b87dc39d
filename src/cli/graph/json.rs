//! The graph as JSON; docs/json.md has the fields.

use std::path::Path;

use serde_json::{Value, json};

use super::answer::{Answer, What};
use crate::failure::{Failure, Outcome};
use crate::graph::{Direction, Edge, Kind, Target, Why};

/// The version of the shape.
const VERSION: u32 = 1;

/// One object.
pub(super) fn write(answer: &Answer<'_>, root: &Path) -> Outcome<String> {
    let graph = answer.graph;
    let kinds = Kind::ALL.into_iter().filter(|kind| answer.kinds.has(*kind));
    let problems = graph
        .problems()
        .map(|(path, problem)| json!({"path": path.as_str(), "reason": problem.to_string()}))
        .chain(
            graph
                .roots()
                .problems()
                .iter()
                .chain(graph.scripts().problems())
                .map(|(path, reason)| json!({"path": path.as_str(), "reason": reason})),
        );
    let mut object = json!({
        "version": VERSION,
        "root": root,
        "kinds": kinds.map(Kind::name).collect::<Vec<_>>(),
        "roots": graph.roots().iter().map(|root| {
            let (why, file) = match root.why() {
                Why::Declared { file, key } => (*key, Some(file.as_str())),
                Why::Package => ("package", None),
                Why::Src => ("src", None),
                Why::Project => ("project", None),
                Why::Repository => ("repository", None),
            };
            json!({"path": shown(root.path()), "why": why, "file": file})
        }).collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    });
    match &answer.what {
        What::Overview { .. } => {}
        What::Imports(files) => {
            object["files"] = files
                .iter()
                .map(|(path, edges)| {
                    let outside = graph
                        .imported(path)
                        .filter(|it| answer.kinds.has(it.import.kind))
                        .filter(|it| matches!(it.target, Target::Outside | Target::Missing))
                        .map(|it| {
                            json!({
                                "name": it.import.spelled(it.alias),
                                "missing": it.target == Target::Missing,
                                "line": it.alias.at.line,
                                "column": it.alias.at.column,
                                "kind": it.import.kind.name(),
                            })
                        });
                    json!({
                        "path": path.as_str(),
                        "module": graph.name(path),
                        "imports": edges.iter().map(edge).collect::<Vec<_>>(),
                        "outside": outside.collect::<Vec<_>>(),
                    })
                })
                .collect();
        }
        What::Cycles(tangles) => {
            object["cycles"] = tangles
                .iter()
                .map(|tangle| {
                    json!({
                        "files": tangle.files.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
                        "pairs": tangle.pairs,
                        "shortest": tangle.shortest.iter().map(edge).collect::<Vec<_>>(),
                    })
                })
                .collect();
        }
        What::Reached {
            from,
            direction,
            files,
        } => {
            object["of"] = from.as_str().into();
            object["direction"] = match direction {
                Direction::Dependencies => "dependencies",
                Direction::Dependants => "dependants",
            }
            .into();
            object["reached"] = files
                .iter()
                .map(|it| {
                    json!({
                        "path": it.path.as_str(),
                        "distance": it.distance,
                        "by": edge(&it.by),
                    })
                })
                .collect();
        }
    }
    let mut text = serde_json::to_string_pretty(&object)
        .map_err(|error| Failure::internal("the answer is no JSON").caused_by(error))?;
    text.push('\n');
    Ok(text)
}

fn edge(edge: &Edge<'_>) -> Value {
    json!({
        "from": edge.from.as_str(),
        "to": edge.to.as_str(),
        "name": edge.import.spelled(edge.alias),
        "line": edge.alias.at.line,
        "column": edge.alias.at.column,
        "kind": edge.kind().name(),
    })
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}
