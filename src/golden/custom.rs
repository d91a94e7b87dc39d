//! The repository's own rules: `[[rule]]`. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::rule::Check;
use crate::escalation::Level;

/// One rule of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// Its name.
    pub id: String,
    /// What a violation is told with.
    pub message: String,
    /// How bad a violation is.
    #[serde(default = "error")]
    pub level: Level,
    /// Texts in which it is violated.
    #[serde(default)]
    pub bad: Vec<String>,
    /// Texts in which it is not.
    #[serde(default)]
    pub good: Vec<String>,
}

fn error() -> Level {
    Level::Error
}

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ExampleFailure(String);

/// Runs the examples of a rule.
pub fn prove(_rule: &CustomRule) -> Vec<ExampleFailure> {
    Vec::new()
}

impl CustomRule {
    /// Reads one entry, or says what is wrong with it.
    pub fn read(json: &Json) -> Result<Self, String> {
        serde_json::from_value(json.clone()).map_err(|error| error.to_string())
    }

    /// How it looks at code.
    pub fn checks(&self) -> Result<Vec<Check>, String> {
        Ok(Vec::new())
    }
}
