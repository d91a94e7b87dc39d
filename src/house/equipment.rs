//! What fixing needs of a house: a plan, workers, the memo.

use std::path::{Path, PathBuf};

use super::House;
use super::plan::{Plan, Planner};
use crate::failure::{Failure, Outcome};
use crate::intake::walk::{Found, Walk};
use crate::memo::Memo;
use crate::repo::RepoPath;
use crate::settings::environment;
use crate::store::user;
use crate::worker::{Budget, Pool, PoolOptions};

impl House {
    /// Decides for every file of a walk. Paths are shown relative to `cwd`; with
    /// `plain` the tools are taken as they are, without hive's own policy.
    pub fn plan(&self, walk: Walk, plain: bool, cwd: &Path) -> Outcome<Plan> {
        let planner = Planner {
            house: self,
            cwd,
            plain,
        };
        planner.plan(walk)
    }

    /// The same for files of the repository by their paths, as if each had been found
    /// and nobody had named it.
    pub fn plan_of<'a>(&self, paths: impl IntoIterator<Item = &'a RepoPath>) -> Outcome<Plan> {
        let found = paths.into_iter().map(|path| Found {
            path: path.below(&self.boundary),
            root: self.boundary.clone(),
            symlink: false,
        });
        let walk = Walk {
            files: found.collect(),
            errors: Vec::new(),
        };
        self.plan(walk, false, &self.boundary)
    }

    /// Workers for a number of files: all cores, since a person waits.
    pub fn pool(&self, files: usize) -> Outcome<Pool> {
        let cores = cores();
        let max = if self.settings.worker.max == 0 {
            cores
        } else {
            self.settings.worker.max.min(cores)
        };
        // Tells background agents to keep out of the way; not being able to tell
        // them is no reason to stop.
        let budget = environment::runtime_dir()
            .and_then(|dir| Budget::take(&dir.join("hive"), cores, max).ok());
        let options = self.pool_options(max.min(files.div_ceil(4)).max(1))?;
        Ok(Pool::open(options, budget))
    }

    /// How a pool of at most `max` workers works here.
    pub fn pool_options(&self, max: usize) -> Outcome<PoolOptions> {
        let program = crate::process::own_program().map_err(|error| {
            Failure::internal("hive cannot find its own binary").caused_by(error)
        })?;
        Ok(PoolOptions {
            program,
            directory: self.boundary.clone(),
            max,
            deadline: self.settings.worker.deadline,
            memory: self.settings.worker.memory.0,
            cache: cache()?,
        })
    }

    /// The memo; work without one is slower, not wrong ([`Memo::warning`]).
    pub fn memo(&self) -> Memo {
        Memo::open(self.place.as_ref(), self.settings.memo.max_size.0)
    }
}

/// How many processor cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
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
