//! The repository or directory at hand, with its settings and its evidence.
//!
//! In: a [`Ground`] (a repository and paths in it). Out: a [`House`], and from it a
//! [`Plan`]: for each file the recipe by which it is fixed and the fingerprint of
//! all that the answer depends on, or the reason why it is left alone; what is held
//! is said with the command that changes that. Always: `fix`, `check`, `doctor` and
//! the agent ask here, so that they answer alike; a tool of the repository is never
//! part of a recipe unless it is trusted. This room does not know what is done with
//! a plan.

mod equipment;
mod fresh;
mod groups;
mod overlook;
mod plan;
mod planned;
pub mod selftest;
pub mod tools;
mod verdict;
mod whole;

use std::path::{Component, Path, PathBuf};

use crate::escalation::Level;
use crate::evidence::{self, Surroundings, Survey, Wanted, Wish};
use crate::failure::{Failure, Outcome};
use crate::fixers::ruff::settings::{self as ruff, RuffSettings};
use crate::fixers::{EMBEDDED_RUFF, Recipe, RuffConfiguration, Trouble};
use crate::golden::Config;
use crate::intake::aside::Aside;
use crate::repo::Place;
use crate::repo::baseline::BaselineError;
use crate::repo::place;
use crate::settings::trust::{Consent, Trust, TrustAnswer};
use crate::settings::{self, Overrides, Settings};

pub use equipment::cores;
pub use fresh::retain_new;
pub use overlook::Overlook;
pub use plan::Plan;
pub use planned::Planned;
pub use whole::{Against, Commits, Whole};

/// Paths that belong to one repository, or to one directory outside any.
#[derive(Debug)]
pub struct Ground {
    /// The repository, if there is one.
    pub place: Option<Place>,
    /// Above this directory nothing is looked for.
    pub boundary: PathBuf,
    /// What was asked for, absolute.
    pub roots: Vec<PathBuf>,
}

impl Ground {
    /// Sorts paths by the repository they are in, in the order of their first.
    pub fn of(roots: Vec<PathBuf>, cwd: &Path) -> Vec<Self> {
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
pub struct House {
    /// The repository, if there is one.
    pub place: Option<Place>,
    /// Its root, or the current directory outside one.
    pub boundary: PathBuf,
    /// What counts.
    pub settings: Settings,
    /// What the repository alone decides, which trust is about.
    pub team: Settings,
    /// The settings as the evidence room takes them.
    pub wanted: Wanted,
    /// What is known of the repository's tools.
    pub survey: Survey,
    /// Who says that programs may run.
    pub consent: Consent,
    /// Golden Rules of a lower level are left out.
    pub least: Level,
    /// Whether facts of files are kept for later runs, beside the memo of results.
    pub keeps: bool,
}

/// Why hive does not work in a repository, for a person.
pub fn refused(why: place::Refused) -> Failure {
    let message = why.to_string();
    match why {
        place::Refused::Owner(root) => Failure::configuration(message).hint(format!(
            "if you trust it: git config --global --add safe.directory '{}'",
            root.display()
        )),
        place::Refused::State(error) => Failure::internal(message)
            .caused_by(error)
            .hint("look at it, and remove it if it is not yours; then run the command again"),
    }
}

impl House {
    /// Opens the place of some paths and reads all settings; also returns a warning
    /// for each value that does not count. Relative paths of this process are
    /// relative to the repository's root from now on.
    pub fn open(
        ground: &Ground,
        overrides: &Overrides,
        consent: Consent,
    ) -> Outcome<(Self, Vec<String>)> {
        let place = ground.place.clone();
        if let Some(place) = &place {
            place.admits().map_err(refused)?;
        }
        let resolved = settings::load(place.as_ref(), overrides)?;
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
            team: resolved.team,
            settings: resolved.settings,
            wanted,
            survey,
            consent,
            least: Level::Info,
            keeps: true,
        };
        Ok((house, resolved.warnings))
    }

    /// Opens a whole work tree with the settings that count now, where nobody has said
    /// anything else.
    pub fn of(place: &Place) -> Outcome<Self> {
        let ground = Ground {
            place: Some(place.clone()),
            boundary: place.root.clone(),
            roots: vec![place.root.clone()],
        };
        Self::open(&ground, &Overrides::default(), Consent::given(false)).map(|(house, _)| house)
    }

    /// Whether the programs that the survey's decisions so far would run may run;
    /// `None` where there is none to run.
    pub fn trust(&self) -> Outcome<Option<TrustAnswer>> {
        let tools = tools::used(&self.survey);
        if tools.is_empty() {
            return Ok(None);
        }
        Trust::load(self.place.as_ref())?
            .check(&self.team, &tools, self.consent)
            .map(Some)
    }

    /// The Golden Rules that are active; none with `plain`.
    pub fn golden(&self, plain: bool) -> Outcome<Config> {
        if plain {
            return Ok(Config::none());
        }
        let config = Config::new(&self.settings.golden()).map_err(|mistakes| {
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            Failure::configuration(mistakes.join("; "))
        })?;
        Ok(config.at_least(self.least))
    }

    /// hive's own reasons to leave files alone; none of them with `--plain`.
    pub fn aside(&self, plain: bool) -> Outcome<Aside> {
        if plain {
            return Ok(Aside::plain(&self.boundary));
        }
        Aside::new(&self.boundary, &self.settings.exclude)
            .map_err(|error| Failure::configuration(error.to_string()).caused_by(error))
    }
}

/// Why the embedded ruff cannot be used, and what changes that.
pub struct Refused {
    /// What is wrong, as ruff says it.
    pub reason: String,
    /// The way out.
    pub remedy: String,
}

/// The settings of the embedded ruff for a recipe, if it takes part.
pub fn ruff(recipe: &Recipe, cwd: &Path) -> Result<Option<RuffSettings>, Refused> {
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
/// directory's real name, so that it compares with what git and the walk say. A path in
/// the repository that a symbolic link leads out of is refused: whoever types the name of
/// a directory of a repository does not mean a directory of somebody's choice.
pub fn named(path: &Path, cwd: &Path) -> Outcome<PathBuf> {
    let absolute = cwd.join(path);
    let missing = |error: std::io::Error| {
        Failure::usage(format!("{} cannot be opened", path.display())).caused_by(error)
    };
    absolute.symlink_metadata().map_err(missing)?;
    let resolved = if absolute.is_dir() {
        absolute.canonicalize().map_err(missing)?
    } else if let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) {
        parent.canonicalize().map_err(missing)?.join(name)
    } else {
        absolute.clone()
    };
    if let Some(place) = Place::find(cwd)
        && plain_path(&absolute).starts_with(&place.root)
        && let Ok(root) = place.root.canonicalize()
        && !resolved.starts_with(root)
    {
        let hint = format!("name it by where it lies: {}", resolved.display());
        return Err(Failure::usage(format!(
            "{} lies outside the repository, behind a symbolic link",
            path.display()
        ))
        .hint(hint));
    }
    Ok(resolved)
}

/// A path without `.` and `..`, as far as names tell.
fn plain_path(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut made, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                made.pop();
            }
            part => made.push(part),
        }
        made
    })
}

/// The settings as the evidence room takes them.
pub fn wanted(settings: &Settings) -> Wanted {
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

/// What a person is told when history cannot answer.
pub fn unanswered(error: &BaselineError) -> Failure {
    match error {
        BaselineError::UnknownRevision { .. } => Failure::usage(error.to_string())
            .hint("`git log --oneline` lists commits; a shallow clone may lack it"),
        BaselineError::NoMergeBase { shallow: true, .. } => Failure::internal(error.to_string())
            .hint("run `git fetch --unshallow`, or check out with fetch-depth: 0"),
        BaselineError::NoMergeBase { .. } | BaselineError::NoUpstream { .. } => {
            Failure::internal(error.to_string())
                .hint("name a commit to compare with: `hive check --since REV`")
        }
        BaselineError::Unreadable(_) => {
            Failure::internal(error.to_string()).hint("`git fsck` says more")
        }
    }
}
