//! Which files hive itself leaves alone, before anything is read: by its own
//! setting, by `.gitattributes`, by name.
//!
//! The run and `hive doctor` ask the same question here, so that the answer given
//! is the answer that counts.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::skip::{self, Skip};
use super::walk::Found;
use crate::repo::baseline::BaselineError;
use crate::repo::{Place, attributes, regular};

/// The largest file of attributes that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// A pattern of the setting `exclude` that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` in hive's exclude is not a pattern")]
pub struct BadPattern {
    pattern: String,
    source: ignore::Error,
}

/// hive's own reasons to leave files alone.
#[derive(Debug)]
pub struct Aside {
    boundary: PathBuf,
    /// `None` with `--plain`: then only symbolic links are left alone.
    excludes: Option<Gitignore>,
}

impl Aside {
    /// Takes the patterns of the setting `exclude`, in the syntax of `.gitignore`,
    /// relative to `boundary`.
    pub fn new(boundary: &Path, patterns: &[String]) -> Result<Self, BadPattern> {
        let mut builder = GitignoreBuilder::new(boundary);
        let bad = |pattern: &str, source| BadPattern {
            pattern: pattern.to_owned(),
            source,
        };
        for pattern in patterns {
            builder
                .add_line(None, pattern)
                .map_err(|error| bad(pattern, error))?;
        }
        let all = patterns.join("`, `");
        Ok(Self {
            boundary: boundary.to_path_buf(),
            excludes: Some(builder.build().map_err(|error| bad(&all, error))?),
        })
    }

    /// None of hive's own reasons, as `--plain` wants it.
    pub fn plain(boundary: &Path) -> Self {
        Self {
            boundary: boundary.to_path_buf(),
            excludes: None,
        }
    }

    /// Why a file is left alone, if it is; `mark` is what [`Aside::marks`] says.
    pub fn reason(&self, found: &Found, mark: Option<&'static str>) -> Option<Skip> {
        if found.symlink {
            return Some(Skip::Symlink);
        }
        let excludes = self.excludes.as_ref()?;
        // The matcher panics over paths outside its root.
        if found.path.starts_with(&self.boundary)
            && let ignore::Match::Ignore(glob) =
                excludes.matched_path_or_any_parents(&found.path, false)
        {
            return Some(Skip::Excluded {
                pattern: glob.original().to_owned(),
            });
        }
        let relative = found.path.strip_prefix(&self.boundary);
        mark.map(|attribute| Skip::Linguist { attribute })
            .or_else(|| skip::by_name(relative.unwrap_or(&found.path)))
    }

    /// Files that `.gitattributes` marks as generated or vendored, by position.
    /// git's data is opened only where some such file speaks of linguist at all.
    pub fn marks(
        &self,
        place: Option<&Place>,
        files: &[Found],
    ) -> Result<HashMap<usize, &'static str>, BaselineError> {
        let Some(place) = place.filter(|_| self.excludes.is_some()) else {
            return Ok(HashMap::new());
        };
        let directories: BTreeSet<&Path> = files
            .iter()
            .flat_map(|found| {
                found
                    .path
                    .ancestors()
                    .skip(1)
                    .take_while(|dir| dir.starts_with(&place.root))
            })
            .collect();
        let any = speaks(&place.common_dir.join("info/attributes"))
            || directories
                .into_iter()
                .any(|directory| speaks(&directory.join(".gitattributes")));
        if !any {
            return Ok(HashMap::new());
        }
        let (numbers, paths): (Vec<usize>, Vec<&Path>) = files
            .iter()
            .enumerate()
            .filter_map(|(at, found)| Some((at, found.path.strip_prefix(&place.root).ok()?)))
            .unzip();
        let marked = attributes::marked(place, &paths)?;
        Ok(marked
            .into_iter()
            .map(|(at, mark)| (numbers[at], mark))
            .collect())
    }
}

fn speaks(attributes: &Path) -> bool {
    regular::read(attributes, LARGEST)
        .is_ok_and(|bytes| bytes.windows(9).any(|window| window == b"linguist-"))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Aside, Found, Skip};

    fn found(path: &str) -> Found {
        Found {
            path: PathBuf::from(path),
            root: PathBuf::from("/r"),
            symlink: false,
        }
    }

    #[test]
    fn the_setting_comes_before_the_mark_and_the_name() {
        let patterns = ["/docs/**".to_owned(), "!/docs/conf.py".to_owned()];
        let aside = Aside::new(Path::new("/r"), &patterns).unwrap();
        let excluded = Some(Skip::Excluded {
            pattern: "/docs/**".to_owned(),
        });
        for (path, mark, expected) in [
            ("/r/docs/a.py", Some("linguist-generated"), excluded),
            ("/r/docs/conf.py", None, None),
            (
                "/r/x_pb2.py",
                Some("linguist-generated"),
                Some(Skip::Linguist {
                    attribute: "linguist-generated",
                }),
            ),
            (
                "/r/x_pb2.py",
                None,
                Some(Skip::GeneratedName {
                    pattern: "*_pb2*.py",
                }),
            ),
            // Outside the boundary only names count, and nothing panics.
            ("/elsewhere/docs/a.py", None, None),
        ] {
            assert_eq!(aside.reason(&found(path), mark), expected, "{path}");
        }
    }

    #[test]
    fn plain_leaves_only_links_alone() {
        let aside = Aside::plain(Path::new("/r"));
        assert_eq!(aside.reason(&found("/r/x_pb2.py"), None), None);
        let link = Found {
            symlink: true,
            ..found("/r/a.py")
        };
        assert_eq!(aside.reason(&link, None), Some(Skip::Symlink));
    }

    #[test]
    fn a_pattern_that_is_none_is_named() {
        let error = Aside::new(Path::new("/r"), &["a{b".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`a{b` in hive's exclude is not a pattern"
        );
    }
}
