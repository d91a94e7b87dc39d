//! What programs read beside the files they are given: configuration, and what their
//! arguments name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::extended::{chain, normal, own_configuration};
pub use super::sources::roots;
use crate::fixers::{Engine, Kind, Recipe, RuffConfiguration, Tool};

/// What the tools read settings from.
pub(super) const CONFIGURATION: [&str; 7] = [
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
    ".isort.cfg",
    ".editorconfig",
];
/// Options that name a file or directory with settings.
const OPTIONS: [&str; 5] = [
    "--config",
    "--settings-path",
    "--settings-file",
    "--settings",
    "--sp",
];

/// The files that configure the programs of a recipe, those in the project that do not exist
/// included, since they may come to be. In a fixed order.
pub fn configuration(recipe: &Recipe) -> Vec<PathBuf> {
    let mut found: BTreeSet<PathBuf> = named(recipe).into_iter().collect();
    for directory in above(&recipe.project, recipe) {
        found.extend(CONFIGURATION.map(|name| directory.join(name)));
        // black and isort can be told to heed it.
        found.insert(directory.join(".gitignore"));
    }
    let programs = Kind::ALL.iter().filter_map(|kind| recipe.step(*kind));
    let mut programs = programs.filter(|step| step.engine != Engine::Embedded);
    if recipe.ruff == RuffConfiguration::ToolDefaults
        && programs.any(|step| step.tool == Tool::Ruff)
        && let Some(own) = own_configuration()
    {
        found.extend(chain(&own).map(|one| one.path));
    }
    found.into_iter().collect()
}

/// The files that configuration and arguments of a recipe name: what they extend, what the
/// arguments give. They need not lie in the project, nor exist. In a fixed order.
pub fn named(recipe: &Recipe) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    for directory in above(&recipe.project, recipe) {
        for name in CONFIGURATION {
            found.extend(chain(&directory.join(name)).skip(1).map(|one| one.path));
        }
    }
    for path in arguments(recipe) {
        if !path.is_dir() {
            found.extend(chain(&path).map(|one| one.path));
            continue;
        }
        // isort looks upwards from there.
        for directory in above(&path, recipe) {
            found.extend(CONFIGURATION.map(|name| directory.join(name)));
        }
    }
    found.into_iter().collect()
}

/// The files, and directories with settings, inside the boundary that arguments name.
pub(super) fn arguments(recipe: &Recipe) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for step in Kind::ALL.iter().filter_map(|kind| recipe.step(*kind)) {
        let mut option = "";
        for arg in &step.args {
            let (name, value) = arg.split_once('=').unwrap_or((option, arg));
            option = arg;
            // Programs run in the project, the evidence may be about the root.
            for directory in [&recipe.project, &recipe.boundary] {
                let path = normal(&directory.join(value));
                let is_there = path.is_file() || OPTIONS.contains(&name) && path.is_dir();
                if is_there && path.starts_with(&recipe.boundary) {
                    found.insert(path);
                }
            }
        }
    }
    found
}

/// A directory and those above it, up to the boundary.
pub(super) fn above<'a>(directory: &'a Path, recipe: &'a Recipe) -> impl Iterator<Item = &'a Path> {
    let inside = |path: &&Path| path.starts_with(&recipe.boundary);
    directory.ancestors().take_while(inside)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::tests::Project;
    use super::{Kind, configuration, roots};

    /// A change of each left the remembered answer as it was.
    #[test]
    fn what_arguments_and_configurations_name_is_an_input() {
        let mut project = Project::new(&[
            ("ruff.toml", "extend = 'conf/base.toml'\n"),
            ("conf/base.toml", "extend = 'deep.toml'\n"),
            ("conf/deep.toml", "src = ['../lib']\n"),
            (
                "other/.isort.cfg",
                "[settings]\nsrc_paths = one,\n   two/*\n",
            ),
            ("other/two/x/a.py", ""),
            ("setup.cfg", "[isort]\nsrc_paths = lib,tests\n"),
            (
                "special.toml",
                "extend = '~/none.toml'\nsrc = ['special']\n",
            ),
        ]);
        let root = project.recipe.project.clone();
        let step = project.recipe.imports.as_mut().unwrap();
        step.args = ["--settings-path", "other", "--config=special.toml"]
            .map(str::to_owned)
            .into();
        let inputs = configuration(&project.recipe);
        for name in [
            "conf/base.toml",
            "conf/deep.toml",
            "special.toml",
            "other/.isort.cfg",
            ".gitignore",
        ] {
            assert!(inputs.contains(&root.join(name)), "{name}: {inputs:?}");
        }
        let outside = |path: &Path| path.ends_with("none.toml") && !path.starts_with(&root);
        assert!(inputs.iter().any(|path| outside(path)), "{inputs:?}");
        let roots = roots(&project.recipe);
        for name in ["lib", "tests", "special", "other/one", "other/two/x", "src"] {
            assert!(roots.contains(&root.join(name)), "{name}: {roots:?}");
        }
        assert!(!roots.contains(&root.join("conf/lib")));
    }

    /// ruff found neither the file, nor the roots that an extended one says.
    #[test]
    fn ruff_is_given_the_configuration_that_its_arguments_name() {
        let args = ["--config", "conf/special.toml"].map(str::to_owned);
        for args in [Vec::new(), args.to_vec()] {
            let mut project = Project::new(&[
                ("a.py", "import own\nimport third\n"),
                ("lib/own.py", ""),
                ("conf/base.toml", "src = ['../lib']\n"),
                ("conf/from_here.toml", "src = ['lib']\n"),
                ("conf/special.toml", "extend = 'from_here.toml'\n"),
            ]);
            let root = project.recipe.project.clone();
            if args.is_empty() {
                fs::write(root.join("ruff.toml"), "extend = 'conf/base.toml'\n").unwrap();
            }
            project.recipe.imports.as_mut().unwrap().args = args;
            let results = project.run(&[Kind::Imports]);
            let output = results["a.py"].as_ref().unwrap();
            let expected = b"import third\n\nimport own\n";
            assert_eq!(output.bytes.as_deref(), Some(&expected[..]), "{results:?}");
        }
    }
}
