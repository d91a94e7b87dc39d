//! Which of a project's files ruff looks at: its include and exclude patterns,
//! applied as its own walk applies them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use globset::Candidate;
use ruff_linter::settings::types::FilePatternSet;
use ruff_python_ast::SourceType;
use ruff_workspace::Settings;

use super::walk::Found;
use crate::fixers::job::Kinds;
use crate::fixers::{Engine, Kind, Recipe, RuffConfiguration};

/// The tools of one recipe, as far as the choice of files is concerned.
#[derive(Debug, Default)]
pub struct Takers {
    /// Kinds done by the embedded ruff, which heeds ruff's includes and excludes.
    embedded: Kinds,
    /// Kinds done by programs, which heed their own.
    external: Kinds,
    /// Whether the rules are hive's own set.
    hives_own: bool,
    directories: Directories,
}

impl Takers {
    /// Sorts the steps of a recipe by who does them.
    pub fn of(recipe: &Recipe) -> Self {
        let mut takers = Self {
            hives_own: recipe.ruff == RuffConfiguration::HiveDefaults,
            ..Self::default()
        };
        for kind in Kind::ALL {
            match recipe.step(kind).map(|step| &step.engine) {
                Some(Engine::Embedded) => takers.embedded = takers.embedded.with(kind),
                Some(_) => takers.external = takers.external.with(kind),
                None => {}
            }
        }
        takers
    }

    /// Whether programs take part that configure themselves.
    pub fn any_external(&self) -> bool {
        !self.external.is_empty()
    }

    /// Which kinds of tools take part for a file, or why none does; the reason is
    /// empty when the file is simply none of theirs. `ruff` is the embedded ruff's
    /// settings, where it takes part.
    pub fn kinds(&mut self, found: &Found, ruff: Option<&Settings>) -> Result<Kinds, String> {
        let mut chosen = Kinds::NONE;
        let mut reason = String::new();
        let python = has_extension(&found.path, "py") || has_extension(&found.path, "pyi");
        // hive's own set is about Python; what else a version of ruff would take
        // nobody here has asked for.
        let asked = !self.hives_own || python || has_extension(&found.path, "ipynb");
        if let Some(settings) = ruff.filter(|_| asked) {
            match kinds(found, settings, self.embedded, &mut self.directories) {
                Ok(kinds) => chosen = kinds,
                Err(why) => reason = why,
            }
        }
        for kind in Kind::ALL {
            if python && self.external.has(kind) {
                chosen = chosen.with(kind);
            }
        }
        if chosen.is_empty() {
            Err(reason)
        } else {
            Ok(chosen)
        }
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}

/// Remembers which directories are excluded, so that each is asked about once.
#[derive(Debug, Default)]
struct Directories {
    known: HashMap<PathBuf, Option<&'static str>>,
}

/// Which of ruff's parts look at a file, or why none does.
fn kinds(
    file: &Found,
    settings: &Settings,
    wanted: Kinds,
    directories: &mut Directories,
) -> Result<Kinds, String> {
    let resolver = &settings.file_resolver;
    let forced = resolver.force_exclude;
    if !file.named() || forced {
        if let Some(setting) = directories.excluded(file, settings) {
            return Err(format!("is below a directory that ruff's {setting} names"));
        }
        let path = Candidate::new(&file.path);
        let name = Candidate::new(file.path.file_name().unwrap_or_default());
        for (patterns, setting) in [
            (&resolver.exclude, "exclude"),
            (&resolver.extend_exclude, "extend-exclude"),
        ] {
            if meets(patterns, &path, &name) {
                return Err(format!("matches ruff's {setting}"));
            }
        }
    }
    if !file.named()
        && !resolver.include.is_match(&file.path)
        && !resolver.extend_include.is_match(&file.path)
    {
        return Err("is not among the files that ruff includes".to_owned());
    }
    let mut chosen = Kinds::NONE;
    let path = Candidate::new(&file.path);
    let name = Candidate::new(file.path.file_name().unwrap_or_default());
    let heeds = forced || !file.named();
    let (lints, formats) = match settings.linter.extension.get_source_type(&file.path) {
        SourceType::Python(_) => (true, true),
        SourceType::Markdown => (false, true),
        SourceType::Toml(_) => (true, false),
    };
    let lints = lints && !(heeds && meets(&settings.linter.exclude, &path, &name));
    let formats = formats && !(heeds && meets(&settings.formatter.exclude, &path, &name));
    for (kind, takes) in [
        (Kind::Lint, lints),
        (Kind::Imports, lints),
        (Kind::Format, formats),
    ] {
        if takes && wanted.has(kind) {
            chosen = chosen.with(kind);
        }
    }
    if chosen.is_empty() {
        return Err("is excluded from ruff's linter and formatter".to_owned());
    }
    Ok(chosen)
}

impl Directories {
    /// The setting that excludes a directory between the asked-for path and the
    /// file. With `force-exclude` the asked-for path itself counts too.
    fn excluded(&mut self, file: &Found, settings: &Settings) -> Option<&'static str> {
        let directory = file.path.parent()?;
        let top = if settings.file_resolver.force_exclude {
            &settings.file_resolver.project_root
        } else {
            &file.root
        };
        self.look(directory, top, settings)
    }

    fn look(&mut self, directory: &Path, top: &Path, settings: &Settings) -> Option<&'static str> {
        if directory == top || !directory.starts_with(top) {
            return None;
        }
        if let Some(known) = self.known.get(directory) {
            return *known;
        }
        let above = directory
            .parent()
            .and_then(|parent| self.look(parent, top, settings));
        let answer = above.or_else(|| {
            let path = Candidate::new(directory);
            let name = Candidate::new(directory.file_name().unwrap_or_default());
            let resolver = &settings.file_resolver;
            if meets(&resolver.exclude, &path, &name) {
                Some("exclude")
            } else if meets(&resolver.extend_exclude, &path, &name) {
                Some("extend-exclude")
            } else {
                None
            }
        });
        self.known.insert(directory.to_path_buf(), answer);
        answer
    }
}

fn meets(patterns: &FilePatternSet, path: &Candidate<'_>, name: &Candidate<'_>) -> bool {
    !patterns.is_empty() && (patterns.is_match_candidate(path) || patterns.is_match_candidate(name))
}
