//! Names, addresses and time zones in a commit object.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Hold;
use super::config::Config;

/// A name with an address, in the characters that git allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    name: String,
    address: String,
}

impl Identity {
    /// The user as `author` or `committer`. Git would guess where nothing is set; a
    /// guessed name in a commit that nobody looked at helps nobody.
    pub(super) fn of_user(config: &Config, role: &str) -> Result<Self, Hold> {
        let value = |name: &str| {
            let own = config.text(&format!("{role}.{name}"));
            let value = own.or_else(|| config.text(&format!("user.{name}")));
            value.map(cleaned).filter(|value| !value.is_empty())
        };
        match (value("name"), value("email")) {
            (Some(name), Some(address)) => Ok(Self { name, address }),
            (name, _) => {
                let key = if name.is_some() { "email" } else { "name" };
                Err(Hold(format!(
                    "git does not know who you are: `git config user.{key} …`"
                )))
            }
        }
    }

    /// A worker. The address ends in the domain that is reserved for never existing.
    pub(super) fn of_worker(worker: &str) -> Self {
        let worker = cleaned(worker);
        Self {
            address: format!("{}@hive.invalid", worker.to_ascii_lowercase()),
            name: format!("hive {worker}"),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.address)
    }
}

/// Without what would break the line, and without the marks at both ends that git takes
/// away, too.
fn cleaned(value: &str) -> String {
    let edge = |c: char| c <= ' ' || ".,:;<>\"\\'".contains(c);
    let inner = value.trim_matches(edge).chars();
    inner
        .filter(|c| !matches!(c, '<' | '>' | '\n' | '\0'))
        .collect()
}

/// The system's distance from UTC at a time, as `+0130`.
pub(in crate::landing) fn zone(at_ms: i64) -> String {
    let seconds = Timestamp::from_millisecond(at_ms)
        .map_or(0, |at| TimeZone::system().to_offset(at).seconds());
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::{Config, Identity};

    #[test]
    fn the_user_is_who_git_says() {
        let both = "user.name\nA \"B\" <x>\n.\0user.email\n<a@b>\0";
        for (config, role, expected) in [
            (both.to_owned(), "author", Ok("A \"B\" x <a@b>")),
            (format!("{both}author.name\nC\0"), "author", Ok("C <a@b>")),
            (
                format!("{both}author.name\nC\0"),
                "committer",
                Ok("A \"B\" x <a@b>"),
            ),
            (format!("{both}user.name\n\0"), "author", Err("user.name")),
            (
                "user.name\n..\0user.email\na\0".to_owned(),
                "author",
                Err("user.name"),
            ),
            (
                "user.name\nA\0user.email\0".to_owned(),
                "author",
                Err("user.email"),
            ),
        ] {
            let found = Identity::of_user(&Config::parse(&config), role);
            match expected {
                Ok(expected) => assert_eq!(found.unwrap().to_string(), expected),
                Err(key) => assert!(found.unwrap_err().0.contains(key)),
            }
        }
        let worker = Identity::of_worker("QA-1").to_string();
        assert_eq!(worker, "hive QA-1 <qa-1@hive.invalid>");
    }
}
