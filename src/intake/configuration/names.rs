//! The names of the files that say how tools work, and which there are. Pure.

/// Files that say how tools work, in any directory above a file.
pub(super) const CONFIGURATION: [&str; 10] = [
    ".editorconfig",
    ".gitattributes",
    ".isort.cfg",
    ".ruff.toml",
    "hive.toml",
    "pyproject.toml",
    "ruff.toml",
    "setup.cfg",
    "tox.ini",
    "tox.toml",
];

/// Files that say which tools there are, and in which version.
const EVIDENCE: [&str; 31] = [
    ".azure-pipelines.yml",
    ".gitlab-ci.yml",
    ".lefthook.toml",
    ".lefthook.yaml",
    ".lefthook.yml",
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    ".travis.yml",
    "GNUmakefile",
    "Justfile",
    "Makefile",
    "Pipfile",
    "Pipfile.lock",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "justfile",
    "lefthook-local.toml",
    "lefthook-local.yaml",
    "lefthook-local.yml",
    "lefthook.toml",
    "lefthook.yaml",
    "lefthook.yml",
    "makefile",
    "noxfile.py",
    "pdm.lock",
    "poetry.lock",
    "prek.toml",
    "pylock.toml",
    "setup.py",
    "tasks.py",
    "uv.lock",
];

/// Directories at the root in which every file is evidence.
pub(super) const DIRECTORIES: [&str; 3] = [".circleci", ".github/workflows", "requirements"];

/// Whether a file says which tools there are, by its name.
pub(super) fn is_evidence(name: &str) -> bool {
    let pins = name.contains("requirements") || name.starts_with("constraints");
    EVIDENCE.contains(&name) || pins && name.to_ascii_lowercase().ends_with(".txt")
}
