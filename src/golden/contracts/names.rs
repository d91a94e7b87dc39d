//! How import-linter names modules, and the modules of a repository by name. Pure.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::Graph;
use crate::repo::RepoPath;

/// A name of modules; `*` is one part, `**` any number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module(pub(super) Vec<String>);

/// `importer -> imported`.
pub(super) struct Import(pub(super) Module, pub(super) Module);

/// One line of layers: `a | b`, `a : b`, `(a)`.
pub(super) struct Layer {
    /// Names, and whether each may be missing.
    pub(super) modules: Vec<(String, bool)>,
    /// Whether those of one line must not import each other.
    pub(super) independent: bool,
}

impl Module {
    pub(super) fn read(name: &str) -> Result<Self, String> {
        let parts: Vec<String> = name.trim().split('.').map(str::to_owned).collect();
        let wild = |part: &String| part == "*" || part == "**";
        let is_part =
            |part: &String| wild(part) || ruff_python_stdlib::identifiers::is_identifier(part);
        if parts.iter().all(is_part) && !parts.iter().all(wild) {
            Ok(Self(parts))
        } else {
            Err(format!("`{name}` is no module"))
        }
    }

    pub(super) fn is(&self, name: &[&str]) -> bool {
        fits(&self.0, name, false)
    }

    /// Whether a name is this module or, in a package, below it.
    pub(super) fn has(&self, name: &[&str], packages: bool) -> bool {
        fits(&self.0, name, packages)
    }

    pub(super) fn shown(&self) -> String {
        self.0.join(".")
    }
}

fn fits(pattern: &[String], name: &[&str], below: bool) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (None, Some(_)) => below,
        (Some((part, rest)), _) if part == "**" => {
            (1..=name.len()).any(|taken| fits(rest, &name[taken..], below))
        }
        (Some((part, rest)), Some((first, left))) => {
            (part == "*" || part == first) && fits(rest, left, below)
        }
        (Some(_), None) => false,
    }
}

impl Import {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (from, to) = text
            .split_once("->")
            .ok_or_else(|| format!("`{text}` is no import: expected `a -> b`"))?;
        Ok(Self(Module::read(from)?, Module::read(to)?))
    }
}

impl Layer {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let independent = !text.contains(':');
        if !independent && text.contains('|') {
            return Err(format!("`{text}` mixes `|` and `:`"));
        }
        let one = |part: &str| {
            let part = part.trim();
            let inner = part.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
            let name = inner.unwrap_or(part).trim();
            Module::read(name)?;
            Ok((name.to_owned(), inner.is_some()))
        };
        let modules: Result<_, String> = text.split(['|', ':']).map(one).collect();
        Ok(Self {
            modules: modules?,
            independent,
        })
    }
}

/// The modules of a repository by name.
pub(super) struct Names<'g> {
    pub(super) of: FxHashMap<&'g RepoPath, String>,
    pub(super) graph: &'g Graph,
}

impl<'g> Names<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let files = graph.files().iter();
        let of = files
            .filter(|path| path.as_path().extension().is_none_or(|it| it != "pyi"))
            .filter_map(|path| Some((path, graph.name(path)?)))
            .collect();
        Self { of, graph }
    }

    pub(super) fn files(&self, module: &Module, packages: bool) -> FxHashSet<&'g RepoPath> {
        let found = self.of.iter().filter(|(_, name)| {
            let parts: Vec<&str> = name.split('.').collect();
            module.has(&parts, packages)
        });
        found.map(|(path, _)| *path).collect()
    }
}
