//! Which hive may read a file: `required-version`. Pure.
//!
//! A file is asked this before anything else in it is judged, because a file
//! written for a newer hive may have keys that this one has never heard of.

use std::fmt;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::values::{Given, Value};

/// The version of this hive.
pub const OWN: &str = env!("CARGO_PKG_VERSION");

/// A set of versions of hive, as version specifiers (`>=0.1, <0.3`); a version
/// alone means exactly that one.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Requirement {
    text: String,
    specifiers: VersionSpecifiers,
}

impl Requirement {
    /// Whether a version, written as in a release, is in the set.
    pub fn allows(&self, version: &str) -> bool {
        Version::from_str(version).is_ok_and(|version| self.specifiers.contains(&version))
    }
}

impl Value for Requirement {
    fn read(given: &Given) -> Result<Self, String> {
        let wanted = "versions of hive, such as \">=0.1\" or \">=0.1, <0.3\"";
        let Given::Text(text) = given else {
            return Err(format!("expected {wanted}"));
        };
        let trimmed = text.trim();
        let parsed = if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            VersionSpecifiers::from_str(&format!("=={trimmed}"))
        } else {
            VersionSpecifiers::from_str(trimmed)
        };
        match parsed {
            Ok(specifiers) if !specifiers.is_empty() => Ok(Self {
                text: text.clone(),
                specifiers,
            }),
            _ => Err(format!("expected {wanted}, found \"{text}\"")),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, Requirement, Value};

    #[test]
    fn requirements_are_met_or_not() {
        for (requirement, version, allowed) in [
            (">=0.1", "0.1.0", true),
            (">=0.1, <0.3", "0.3.0", false),
            ("~=0.1.0", "0.1.9", true),
            ("0.1.0", "0.1.0", true),
            ("0.1.0", "0.1.1", false),
            ("==0.1.*", "0.1.7", true),
            ("!=0.1.0", "0.1.0", false),
        ] {
            let parsed = Requirement::read(&Given::Text(requirement.to_owned())).unwrap();
            assert_eq!(parsed.allows(version), allowed, "{requirement} {version}");
        }
        for wrong in ["", "latest", ">=", "^0.1"] {
            assert!(Requirement::read(&Given::Text(wrong.to_owned())).is_err());
        }
    }
}
