//! The repository or directory at hand, with its settings and its evidence: what
//! `fix`, `check` and `doctor` have in common, so that they answer alike.

use std::path::{Path, PathBuf};

use super::Context;
use crate::evidence::{self, Surroundings, Survey, Wanted, Wish};
use crate::failure::{Failure, Outcome};
use crate::fixers::ruff::settings::{self as ruff, RuffSettings};
use crate::fixers::{EMBEDDED_RUFF, Recipe, RuffConfiguration, Trouble};
use crate::intake::aside::Aside;
use crate::repo::Place;
use crate::settings::trust::{Consent, Trust, TrustAnswer};
use crate::settings::{self, Overrides, Settings};

use super::tools;

/// Paths that belong to one repository, or to one directory outside any.
#[derive(Debug)]
pub(super) struct Ground {
    /// The repository, if there is one.
    pub(super) place: Option<Place>,
    /// Above this directory nothing is looked for.
    pub(super) boundary: PathBuf,
    /// What was asked for, absolute.
    pub(super) roots: Vec<PathBuf>,
}

impl Ground {
    /// Sorts paths by the repository they are in, in the order of their first.
    pub(super) fn of(roots: Vec<PathBuf>, cwd: &Path) -> Vec<Self> {
        let mut grounds: Vec<Self> = Vec::new();
        for root in roots {
            let directory = if root.is_dir() {
                root.as_path()
            } else {
                root.parent().unwrap_or(&root)
            };
            let place = Place::find(directory);
            let boundary = match &place {
                Some(place) => place.root.clone(),
                None if directory.starts_with(cwd) => cwd.to_path_buf(),
                None => directory.to_path_buf(),
            };
            match grounds
                .iter_mut()
                .find(|ground| ground.boundary == boundary)
            {
                Some(ground) => ground.roots.push(root),
                None => grounds.push(Self {
                    place,
                    boundary,
                    roots: vec![root],
                }),
            }
        }
        grounds
    }
}

/// Where a command works, and what is wanted there.
pub(super) struct House {
    /// The repository, if there is one.
    pub(super) place: Option<Place>,
    /// Its root, or the current directory outside one.
    pub(super) boundary: PathBuf,
    /// What counts.
    pub(super) settings: Settings,
    /// What would count without this run's flags, which trust is about.
    pub(super) team: Settings,
    /// The settings as the evidence room takes them.
    pub(super) wanted: Wanted,
    /// What is known of the repository's tools.
    pub(super) survey: Survey,
    /// Who says that programs may run.
    pub(super) consent: Consent,
}

impl House {
    /// Opens the place of some paths and reads all settings; warns about values that
    /// do not count. Also returns the context as the `[output]` settings want it.
    pub(super) fn open(
        ground: &Ground,
        overrides: &Overrides,
        consent: Consent,
        context: &Context,
    ) -> Outcome<(Self, Context)> {
        let place = ground.place.clone();
        let resolved = settings::load(place.as_ref(), overrides)?;
        let context = context.with(&resolved.settings.output)?;
        for warning in &resolved.warnings {
            context.terminal.warn(warning);
        }
        let boundary = ground.boundary.clone();
        let wanted = wanted(&resolved.settings);
        let survey = Survey::new(boundary.clone(), &Surroundings::here());
        // Relative paths in a tool's arguments are relative to the repository's
        // root, where hooks and CI start the tools.
        std::env::set_current_dir(&boundary).map_err(|error| {
            Failure::internal("the repository's root cannot be entered").caused_by(error)
        })?;
        let house = Self {
            place,
            boundary,
            team: resolved.before_flags,
            settings: resolved.settings,
            wanted,
            survey,
            consent,
        };
        Ok((house, context))
    }

    /// Whether the programs that the survey's decisions so far would run may run;
    /// `None` where there is none to run.
    pub(super) fn trust(&self) -> Outcome<Option<TrustAnswer>> {
        let tools = tools::used(&self.survey);
        if tools.is_empty() {
            return Ok(None);
        }
        Trust::load(self.place.as_ref())?
            .check(&self.team, &tools, self.consent)
            .map(Some)
    }

    /// hive's own reasons to leave files alone; none of them with `--plain`.
    pub(super) fn aside(&self, plain: bool) -> Outcome<Aside> {
        if plain {
            return Ok(Aside::plain(&self.boundary));
        }
        Aside::new(&self.boundary, &self.settings.exclude)
            .map_err(|error| Failure::configuration(error.to_string()).caused_by(error))
    }
}

/// Why the embedded ruff cannot be used, and what changes that.
pub(super) struct Refused {
    /// What is wrong, as ruff says it.
    pub(super) reason: String,
    /// The way out.
    pub(super) remedy: String,
}

/// The settings of the embedded ruff for a recipe, if it takes part.
pub(super) fn ruff(recipe: &Recipe, cwd: &Path) -> Result<Option<RuffSettings>, Refused> {
    ruff::resolve(recipe).map_err(|trouble| {
        let reason = match trouble {
            Trouble::Configuration { message, .. } => message,
            other => other.to_string(),
        };
        let file = match &recipe.ruff {
            RuffConfiguration::File(path) => {
                let shown = path.strip_prefix(cwd).unwrap_or(path);
                shown.display().to_string()
            }
            _ => "ruff's arguments".to_owned(),
        };
        Refused {
            reason: format!(
                "the embedded ruff {EMBEDDED_RUFF} refuses the configuration: {reason}"
            ),
            remedy: format!(
                "correct {file}, or state the ruff it is written for there \
                 (`required-version`) and install that one into the project's environment"
            ),
        }
    })
}

/// A path from the command line, absolute, with `.` and `..` taken out and its
/// directory's real name, so that it compares with what git and the walk say.
pub(super) fn named(path: &Path, cwd: &Path) -> Outcome<PathBuf> {
    let absolute = cwd.join(path);
    let missing = |error: std::io::Error| {
        Failure::usage(format!("{} cannot be opened", path.display())).caused_by(error)
    };
    absolute.symlink_metadata().map_err(missing)?;
    if absolute.is_dir() {
        return absolute.canonicalize().map_err(missing);
    }
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Ok(absolute);
    };
    Ok(parent.canonicalize().map_err(missing)?.join(name))
}

/// The settings as the evidence room takes them.
pub(super) fn wanted(settings: &Settings) -> Wanted {
    use settings::{Engine, Format, Imports, Lint};
    Wanted {
        lint: match settings.lint {
            Lint::Auto => Wish::Auto,
            Lint::Ruff => Wish::Ruff,
            Lint::Off => Wish::Off,
        },
        imports: match settings.imports {
            Imports::Auto => Wish::Auto,
            Imports::Ruff => Wish::Ruff,
            Imports::Isort => Wish::Isort,
            Imports::Off => Wish::Off,
        },
        format: match settings.format {
            Format::Auto => Wish::Auto,
            Format::Ruff => Wish::Ruff,
            Format::Black => Wish::Black,
            Format::Off => Wish::Off,
        },
        engine: match settings.engine {
            Engine::Auto => evidence::EngineChoice::Auto,
            Engine::Embedded => evidence::EngineChoice::Embedded,
            Engine::Project => evidence::EngineChoice::Project,
        },
    }
}
