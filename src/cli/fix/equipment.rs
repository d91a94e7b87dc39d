//! What fixing needs of a house: a plan, workers, the memo.

use std::path::PathBuf;

use super::arguments::Common;
use super::plan::{Plan, Planner};
use super::scope;
use crate::cli::Context;
use crate::cli::house::{Ground, House};
use crate::failure::{Failure, Outcome};
use crate::intake::walk::{self, Walk};
use crate::memo::Memo;
use crate::repo::baseline;
use crate::settings::trust::Consent;
use crate::settings::{Overrides, environment};
use crate::store::user;
use crate::worker::{Budget, Pool, PoolOptions};

/// Opens a house as the flags of `fix` and `check` want it.
pub(super) fn open(
    common: &Common,
    context: &Context,
    ground: &Ground,
) -> Outcome<(House, Context)> {
    let consent = Consent::given(common.trust);
    House::open(ground, &overrides(common), consent, context)
}

impl House {
    pub(super) fn plan(&self, walk: Walk, common: &Common, context: &Context) -> Outcome<Plan> {
        let planner = Planner {
            house: self,
            cwd: &context.cwd,
            plain: common.plain,
        };
        planner.plan(walk)
    }

    /// The staged files below the asked-for paths.
    pub(super) fn staged(&self, roots: &[PathBuf]) -> Outcome<Walk> {
        let place = self.place.as_ref().ok_or_else(|| {
            Failure::usage("--staged needs a git repository, and this is none")
                .hint("name the files instead")
        })?;
        let paths = baseline::staged(place).map_err(|error| scope::failure(&error))?;
        let files = paths
            .iter()
            .map(|path| place.root.join(path))
            .filter(|path| roots.iter().any(|root| path.starts_with(root)))
            .filter_map(|path| {
                let symlink = path.symlink_metadata().ok()?.is_symlink();
                Some(walk::Found {
                    path,
                    root: place.root.clone(),
                    symlink,
                })
            })
            .collect();
        Ok(Walk {
            files,
            errors: Vec::new(),
        })
    }

    /// Workers for a number of files: all cores, since a person waits.
    pub(super) fn pool(&self, files: usize) -> Outcome<Pool> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::internal("hive cannot find its own binary").caused_by(error)
        })?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let max = if self.settings.worker.max == 0 {
            cores
        } else {
            self.settings.worker.max.min(cores)
        };
        // Tells background agents to keep out of the way; not being able to tell
        // them is no reason to stop.
        let budget = environment::runtime_dir()
            .and_then(|dir| Budget::take(&dir.join("hive"), cores, max).ok());
        let options = PoolOptions {
            program,
            directory: self.boundary.clone(),
            max: max.min(files.div_ceil(4)).max(1),
            deadline: self.settings.worker.deadline,
            memory: self.settings.worker.memory.0,
            cache: cache()?,
        };
        Ok(Pool::open(options, budget))
    }

    /// The memo; a run without one is slower, not wrong.
    pub(super) fn memo(&self, common: &Common, context: &Context) -> Memo {
        if common.no_memo {
            return Memo::none();
        }
        let mut memo = Memo::open(self.place.as_ref(), self.settings.memo.max_size.0);
        if let Some(warning) = memo.warning() {
            context.terminal.warn(&warning);
        }
        memo
    }
}

/// The user's cache directory for hive, made if it is not there.
fn cache() -> Outcome<PathBuf> {
    let unusable = || {
        Failure::internal("the user's cache directory cannot be used").hint("set XDG_CACHE_HOME")
    };
    let cache = user::cache_dir().ok_or_else(unusable)?;
    std::fs::create_dir_all(&cache).map_err(|error| unusable().caused_by(error))?;
    Ok(cache)
}

fn overrides(common: &Common) -> Overrides {
    Overrides {
        lint: common.lint,
        imports: common.imports,
        format: common.format_with,
        engine: common.engine,
        ..Overrides::default()
    }
}
