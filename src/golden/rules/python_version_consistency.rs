//! GR27: projects of one repository that no Python can run together.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::project::Projects;
use crate::golden::rule::{
    Check, Example, Origin, Params as RuleParams, Preset, Remedy, Rule, TreeCheck,
};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR27",
    slug: "python-version-consistency",
    summary: "a project for another Python than the root's",
    origin: Origin::Native,
    level: Level::Info,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
Projects that are developed together are run together. Where no Python satisfies both, one of them is \
not what it says.

The `requires-python` of each `pyproject.toml` below the root is compared with that of the root, or \
with `bound` where that is set, as version specifiers: `>=3.9` and `<3.12` go together, `>=3.12` and \
`<3.12` do not. What is no version specifier is found, too. Without a bound at the root nothing is \
compared.

    [golden.python-version-consistency]
    bound = \">=3.11\"

It excludes golden.python-version-spec with a bound that no Python satisfies together with this \
one. There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let bound = params.bound.as_deref().map(VersionSpecifiers::from_str);
        let bound = bound.transpose().map_err(|error| format!("bound: {error}"))?;
        Ok(vec![Check::tree(Consistency { bound })])
    },
    proof: &[
        Example::new(
            &[
                ("pyproject.toml", "[project]\nname = 'r'\nrequires-python = '>=3.11,<3.14'\n"),
                ("a/pyproject.toml", "[project]\nname = 'a'\nrequires-python = '<3.11'\n"),
                ("b/pyproject.toml", "[project]\nname = 'b'\nrequires-python = '==3.10.*'\n"),
                ("c/pyproject.toml", "[project]\nname = 'c'\nrequires-python = '>=3.14'\n"),
                ("d/pyproject.toml", "[project]\nname = 'd'\nrequires-python = 'three'\n"),
            ],
            &[
                ("a/pyproject.toml", 3, 19),
                ("b/pyproject.toml", 3, 19),
                ("c/pyproject.toml", 3, 19),
                ("d/pyproject.toml", 3, 19),
            ],
        ),
        Example::new(
            &[
                ("pyproject.toml", "[project]\nname = 'r'\nrequires-python = '>=3.9'\n"),
                ("a/pyproject.toml", "[project]\nname = 'a'\nrequires-python = '<3.12'\n"),
                ("b/pyproject.toml", "[project]\nname = 'b'\nrequires-python = '~=3.10'\n"),
                ("c/pyproject.toml", "[project]\nname = 'c'\nrequires-python = '>3.9,!=3.10.*'\n"),
                ("d/pyproject.toml", "[project]\nname = 'd'\n"),
                ("e/pyproject.toml", "[project]\nname = 'e'\nrequires-python = '==3.9.*'\n"),
            ],
            &[],
        ),
        Example::new(
            &[
                ("pyproject.toml", "[project]\nname = 'r'\n"),
                ("a/pyproject.toml", "[project]\nname = 'a'\nrequires-python = '<3'\n"),
            ],
            &[("a/pyproject.toml", 3, 19)],
        )
        .with("bound = '>=3.11'"),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::golden) struct Params {
    /// What is compared with instead of the root's `requires-python`, as a version
    /// specifier.
    pub(in crate::golden) bound: Option<String>,
}

struct Consistency {
    bound: Option<VersionSpecifiers>,
}

const KEY: &str = "project.requires-python";

impl TreeCheck for Consistency {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let projects = Projects::read(tree);
        let mut bound = self.bound.clone();
        for file in &projects.files {
            let Some(written) = file.str(KEY) else {
                continue;
            };
            let place = file.place(KEY);
            let Ok(own) = VersionSpecifiers::from_str(written) else {
                let message = format!("`{written}` is no version specifier");
                found.at(&file.path, place, message);
                continue;
            };
            if file.directory().is_empty() {
                bound.get_or_insert(own);
            }
        }
        if let Some(bound) = bound {
            for file in &projects.files {
                let own = file.str(KEY).map(VersionSpecifiers::from_str);
                if let Some(Ok(own)) = own
                    && !file.directory().is_empty()
                    && !intersect(&bound, &own)
                {
                    let message = format!("no Python satisfies `{own}` and the root's `{bound}`");
                    found.at(&file.path, file.place(KEY), message);
                }
            }
        }
        projects.finish()
    }
}

/// Whether some version satisfies both.
///
/// Specifiers cut the line of versions into pieces at the versions that they name, so it
/// is enough to try one of each piece: those versions, what comes right before and right
/// after each, and what is below and above all.
pub(in crate::golden) fn intersect(one: &VersionSpecifiers, other: &VersionSpecifiers) -> bool {
    let mut tried = vec![Version::new([0]), Version::new([999_999])];
    for specifier in one.iter().chain(other.iter()) {
        let release: Vec<u64> = specifier.version().release().to_vec();
        tried.push(specifier.version().clone());
        tried.push(Version::new(release.iter().copied().chain([0, 1])));
        // What begins behind all versions with this prefix, and what ends before it.
        for length in 1..=release.len() {
            let mut next = release[..length].to_vec();
            next[length - 1] += 1;
            tried.push(Version::new(next));
            let mut last = release[..length].to_vec();
            if last[length - 1] > 0 {
                last[length - 1] -= 1;
                last.push(999_999);
                tried.push(Version::new(last));
            }
        }
    }
    let mut tried = tried.iter();
    tried.any(|version| one.contains(version) && other.contains(version))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use pep440_rs::VersionSpecifiers;

    use super::intersect;

    #[test]
    fn specifiers_intersect_where_a_version_satisfies_both() {
        for (one, other, expected) in [
            (">=3.9", "<3.12", true),
            (">=3.12", "<3.12", false),
            (">=3.12", "<=3.12", true),
            (">3.11", "<3.12", true),
            ("==3.10.*", ">=3.10.5", true),
            ("==3.10.*", ">=3.11", false),
            ("~=3.10", "<4", true),
            ("~=3.10.2", ">=3.11", false),
            ("!=3.11.*", "==3.11.4", false),
            (">=3", "<3", false),
            ("", ">=3.14", true),
        ] {
            let read = |text| VersionSpecifiers::from_str(text).unwrap();
            assert_eq!(
                intersect(&read(one), &read(other)),
                expected,
                "{one} {other}"
            );
            assert_eq!(
                intersect(&read(other), &read(one)),
                expected,
                "{other} {one}"
            );
        }
    }
}
