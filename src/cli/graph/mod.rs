//! `hive graph`: who imports what, and what imports itself in a circle.

mod answer;
mod drawing;
mod json;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Context, Ending};
use crate::failure::{Failure, Kind as FailureKind, Outcome};
use crate::graph::{Direction, Graph, Kind, Kinds, Language, Languages, Library};
use crate::house::{Ground, named};
use crate::intake::walk;
use crate::memo::FactShelf;
use crate::repo::RepoPath;
use crate::terminal::plain;

use answer::Answer;

/// Show which files import which, and cycles of imports
///
/// The graph is that of the whole repository, or of the current directory outside one: its
/// Python, JavaScript and TypeScript files that git does not ignore. Paths limit what is
/// shown. A file that cannot be parsed is named in a warning, for what it imports is not
/// known.
#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// Show what these files, or the files below these directories, import
    paths: Vec<PathBuf>,
    /// List the files that import each other in a circle; exit with 1 if there are any
    #[arg(long, conflicts_with_all = ["dependants", "dependencies"])]
    cycles: bool,
    /// List the files that import this one, directly or through others
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dependencies", "paths"])]
    dependants: Option<PathBuf>,
    /// List the files that this one imports, directly or through others
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    dependencies: Option<PathBuf>,
    /// Only imports of these kinds [default: all; with --cycles: module, conditional,
    /// optional]
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "KIND",
        hide_default_value = true
    )]
    kind: Vec<KindArg>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// When an import runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// When the module is imported
    Module,
    /// Perhaps then: below `if`, in a loop, in a `try`
    Conditional,
    /// Then, and it may fail: a `try` catches `ImportError`, or has a `catch`
    Optional,
    /// When the file is run: below `if __name__ == "__main__"`, `require.main === module`
    Main,
    /// When a function is called
    Local,
    /// Never, only type checkers see it: below `if TYPE_CHECKING`, `import type`
    Typing,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Module => Self::Module,
            KindArg::Conditional => Self::Conditional,
            KindArg::Optional => Self::Optional,
            KindArg::Main => Self::Main,
            KindArg::Local => Self::Local,
            KindArg::Typing => Self::Typing,
        }
    }
}

/// How the graph is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For Graphviz: `hive graph --format dot | dot -Tsvg`
    Dot,
    /// For Mermaid, as in Markdown on GitHub and GitLab
    Mermaid,
    /// For programs, see docs/json.md
    Json,
}

/// Runs `hive graph`.
pub(super) fn run(args: &GraphArgs, context: &Context) -> Outcome<Ending> {
    let asked = args.dependants.as_ref().or(args.dependencies.as_ref());
    let mut roots = Vec::new();
    for path in args.paths.iter().chain(asked) {
        roots.push(named(path, &context.cwd)?);
    }
    if roots.is_empty() {
        roots.push(context.cwd.clone());
    }
    let mut grounds = Ground::of(roots, &context.cwd).into_iter();
    let (Some(ground), None) = (grounds.next(), grounds.next()) else {
        return Err(
            Failure::usage("these paths are in more than one repository")
                .hint("run hive graph once for each of them"),
        );
    };
    let graph = read(&ground, context)?;
    let kinds = match args.kind.as_slice() {
        [] if args.cycles => Kinds::RUNNING,
        [] => Kinds::ALL,
        kinds => kinds.iter().map(|kind| Kind::from(*kind)).collect(),
    };
    // What was named by no path is everything.
    let below = |root: &PathBuf| {
        let relative = root.strip_prefix(&ground.boundary).ok()?;
        Some(relative.to_string_lossy().into_owned())
    };
    let shown: Vec<String> = if args.paths.is_empty() {
        vec![String::new()]
    } else {
        ground.roots.iter().filter_map(below).collect()
    };
    let answer = if args.cycles {
        Answer::cycles(&graph, &shown, kinds)
    } else if let Some(file) = asked {
        let direction = if args.dependants.is_some() {
            Direction::Dependants
        } else {
            Direction::Dependencies
        };
        let path = in_graph(&graph, &ground, file)?;
        Answer::reached(&graph, path, direction, kinds)
    } else if args.paths.is_empty() && args.format == Format::Text {
        Answer::overview(&graph, kinds)
    } else {
        Answer::imports(&graph, &shown, kinds)
    };
    if answer.is_about_nothing() {
        let named: Vec<String> = args
            .paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(nothing(&named.join(" ")));
    }
    let written = match args.format {
        Format::Text => text::write(&answer, &context.terminal),
        Format::Dot => drawing::dot(&answer),
        Format::Mermaid => drawing::mermaid(&answer),
        Format::Json => json::write(&answer, &ground.boundary)?,
    };
    let printed = context.terminal.data(written.as_bytes());
    printed.map_err(Failure::from_output)?;
    for (path, problem) in graph.problems() {
        let line = format!("{path}: {problem}; its imports are not known");
        context.terminal.warn(&plain(&line));
    }
    for (path, reason) in graph.roots().problems() {
        let line = format!("{path} names no import roots: {reason}");
        context.terminal.warn(&plain(&line));
    }
    for (path, reason) in graph.scripts().problems() {
        let line = format!("{path} names no aliases or packages: {reason}");
        context.terminal.warn(&plain(&line));
    }
    Ok(answer.ending())
}

/// The graph of a repository or directory.
pub(in crate::cli) fn read(ground: &Ground, context: &Context) -> Outcome<Graph> {
    let walked = walk::walk(std::slice::from_ref(&ground.boundary));
    for error in &walked.errors {
        context.terminal.warn(&plain(error));
    }
    let files = walked.files.iter().filter(|found| !found.symlink);
    let relative = files.filter_map(|found| {
        let relative = found.path.strip_prefix(&ground.boundary).ok()?;
        RepoPath::new(relative.to_str()?).ok()
    });
    let shelf = FactShelf::open(ground.place.as_ref());
    let mut library = Library::new(Some(Box::new(shelf)));
    let graph = library.work_tree(&ground.boundary, relative, Languages::All);
    if graph.files().is_empty() {
        return Err(nothing(&ground.boundary.display().to_string()));
    }
    Ok(graph)
}

fn nothing(place: &str) -> Failure {
    Failure::new(
        FailureKind::NothingMatched,
        format!("no Python, JavaScript or TypeScript file in {place}"),
    )
    .hint("files that git ignores, links and installed packages take no part")
}

/// The path in the graph of a file that a person named.
fn in_graph(graph: &Graph, ground: &Ground, asked: &PathBuf) -> Outcome<RepoPath> {
    let file = ground.roots.first().unwrap_or(asked);
    let relative = file
        .strip_prefix(&ground.boundary)
        .ok()
        .and_then(|path| path.to_str());
    let path = relative.and_then(|path| RepoPath::new(path).ok());
    if let Some(path) = path.filter(|path| graph.has(path)) {
        return Ok(path);
    }
    let shown = asked.display();
    if file.is_dir() {
        return Err(Failure::usage(format!("{shown} is a directory"))
            .hint("name a file, for a package its __init__.py"));
    }
    let named = relative.and_then(|path| RepoPath::new(path).ok());
    if named.is_none_or(|path| Language::of(&path).is_none()) {
        let what = format!("{shown} is no Python, JavaScript or TypeScript file");
        return Err(Failure::usage(what).hint("name a file whose imports are read"));
    }
    let why = walk::unreached(&ground.boundary, file).unwrap_or_else(|| "is a link".to_owned());
    Err(
        Failure::usage(format!("{shown} is not in the graph: it {why}"))
            .hint("`hive graph` shows what is"),
    )
}
