//! Where a rule of the repository holds. Pure.
//!
//! Besides what patterns of paths are elsewhere, `<name>` stands for one component and
//! gives it a name, which `allow` may use: `in = "services/<service>/tests/**"` with `allow
//! = "services.<service>"`.

use crate::golden::paths::Paths;

/// Where a rule holds.
pub(super) struct Within {
    paths: Paths,
    /// The patterns that name components, in parts.
    naming: Vec<Vec<String>>,
    except: Paths,
}

/// The components that a path gives a name.
pub(super) type Named = Vec<(String, String)>;

impl Within {
    pub(super) fn new(within: &[String], except: &[String]) -> Result<Self, String> {
        let plain: Vec<String> = within.iter().map(|pattern| unnamed(pattern)).collect();
        let names = |pattern: &&String| pattern.contains('<');
        let parts = |pattern: &String| -> Vec<String> {
            let bare = pattern.trim_matches('/');
            bare.split('/').map(str::to_owned).collect()
        };
        Ok(Self {
            paths: Paths::new(&plain).map_err(|error| format!("in: {error}"))?,
            naming: within.iter().filter(names).map(parts).collect(),
            except: Paths::new(except).map_err(|error| format!("except: {error}"))?,
        })
    }

    /// Whether a file is looked at.
    pub(super) fn has(&self, path: &str) -> bool {
        (self.paths.is_empty() || self.paths.has(path)) && !self.except.has(path)
    }

    /// What a path gives a name.
    pub(super) fn named(&self, path: &str) -> Named {
        let parts: Vec<&str> = path.split('/').collect();
        for pattern in &self.naming {
            let mut named = Named::new();
            if bind(pattern, &parts, &mut named) {
                return named;
            }
        }
        Named::new()
    }
}

/// A text in which `<name>` is what a path has there.
pub(super) fn filled(text: &str, named: &Named) -> String {
    named.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("<{name}>"), value)
    })
}

/// A pattern in which named components are any.
fn unnamed(pattern: &str) -> String {
    let part = |part: &str| name_of(part).map_or_else(|| part.to_owned(), |_| "*".to_owned());
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn name_of(part: &str) -> Option<&str> {
    part.strip_prefix('<')?.strip_suffix('>')
}

fn bind(pattern: &[String], path: &[&str], named: &mut Named) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        // A directory stands for all that is in it.
        return true;
    };
    if first == "**" {
        return (0..=path.len()).any(|skipped| {
            let before = named.len();
            let fits = bind(rest, &path[skipped..], named);
            if !fits {
                named.truncate(before);
            }
            fits
        });
    }
    let Some((component, below)) = path.split_first() else {
        return false;
    };
    if let Some(name) = name_of(first) {
        named.push((name.to_owned(), (*component).to_owned()));
        return bind(rest, below, named);
    }
    wild(first.as_bytes(), component.as_bytes()) && bind(rest, below, named)
}

/// Whether a component fits a pattern with `*` and `?`.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=text.len()).any(|skipped| wild(rest, &text[skipped..])),
        (Some((b'?', rest)), Some((_, below))) => wild(rest, below),
        (Some((one, rest)), Some((other, below))) if one == other => wild(rest, below),
        _ => false,
    }
}

/// A path where a rule holds, for its tests.
pub(super) fn sample(within: &[String]) -> String {
    let Some(pattern) = within.first() else {
        return "example.py".to_owned();
    };
    let parts = pattern
        .trim_matches('/')
        .split('/')
        .filter(|part| *part != "**");
    let mut parts: Vec<String> = parts
        .map(|part| match name_of(part) {
            Some(name) => name.to_owned(),
            None => part.replace('*', "example").replace('?', "x"),
        })
        .collect();
    let is_file = parts.last().is_some_and(|last| last.contains(".py"));
    if !is_file {
        parts.push("example.py".to_owned());
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{Within, filled, sample};

    #[test]
    fn components_get_names() {
        let patterns = ["services/<service>/tests/**".to_owned()];
        let within = Within::new(&patterns, &["conftest.py".to_owned()]).unwrap();
        for (path, has, allowed) in [
            ("services/billing/tests/a.py", true, "services.billing"),
            ("services/mail/tests/deep/b.py", true, "services.mail"),
            ("services/mail/tests/conftest.py", false, "services.mail"),
            ("services/mail/app.py", false, "services.<service>"),
        ] {
            assert_eq!(within.has(path), has, "{path}");
            let named = within.named(path);
            assert_eq!(filled("services.<service>", &named), allowed, "{path}");
        }
    }

    #[test]
    fn tests_have_a_path_of_their_own() {
        for (pattern, expected) in [
            ("src/billing/**", "src/billing/example.py"),
            ("migrations/*.py", "migrations/example.py"),
            (
                "services/<service>/tests",
                "services/service/tests/example.py",
            ),
        ] {
            assert_eq!(sample(&[pattern.to_owned()]), expected);
        }
        assert_eq!(sample(&[]), "example.py");
    }
}
