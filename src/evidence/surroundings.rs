//! What of the machine matters to evidence: environments, caches, `PATH`.
//!
//! A plain value, so that a test can describe a machine with a few directories.

use std::env;
use std::path::PathBuf;

use crate::settings::environment;

/// Where installed tools may be found besides the project's own environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `$VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `$CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The directories of `$PATH`, in order.
    pub path: Vec<PathBuf>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// The user's configuration directory, from which ruff may `extend`.
    pub config: Option<PathBuf>,
    /// pre-commit's cache (`PRE_COMMIT_HOME`, else in `XDG_CACHE_HOME`).
    pub pre_commit: Option<PathBuf>,
    /// prek's home (`PREK_HOME`, else in the cache directory).
    pub prek: Option<PathBuf>,
    /// uv's tools (`UV_TOOL_DIR`, else in the data directory).
    pub uv_tools: Option<PathBuf>,
}

impl Surroundings {
    /// Reads the surroundings of this process.
    pub fn here() -> Self {
        let home = environment::user_directories().map(|dirs| dirs.home_dir().to_path_buf());
        let absolute = |name| environment::path(name).filter(|path| path.is_absolute());
        let in_home = |variable, below: &str| {
            absolute(variable).or_else(|| home.as_ref().map(|home| home.join(below)))
        };
        // All three programs use the XDG places on macOS as well.
        let cache = in_home("XDG_CACHE_HOME", ".cache");
        let data = in_home("XDG_DATA_HOME", ".local/share");
        Self {
            virtual_env: absolute("VIRTUAL_ENV"),
            conda_prefix: absolute("CONDA_PREFIX"),
            path: environment::value("PATH")
                .map(|value| env::split_paths(&value).collect::<Vec<_>>())
                .unwrap_or_default()
                .into_iter()
                // A relative entry would make the answer depend on the directory.
                .filter(|path| path.is_absolute())
                .collect(),
            config: in_home("XDG_CONFIG_HOME", ".config"),
            pre_commit: absolute("PRE_COMMIT_HOME")
                .or_else(|| cache.as_ref().map(|cache| cache.join("pre-commit"))),
            prek: absolute("PREK_HOME").or_else(|| cache.as_ref().map(|cache| cache.join("prek"))),
            uv_tools: absolute("UV_TOOL_DIR")
                .or_else(|| data.as_ref().map(|data| data.join("uv").join("tools"))),
            home,
        }
    }
}
