//! A plan as it is written in a file, TOML or JSON. Pure.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::error::{ClientError, Result};
use super::tasks::about;
use super::{NewPlan, NewStep, Priority, Stage};
use crate::repo::RepoPath;

/// A plan as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    #[serde(default)]
    pub about: String,
    /// Its steps.
    #[serde(default)]
    pub step: Vec<StepFile>,
}

/// A step as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// Its name, for `after`; without one the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The file; with `kind` what the work is about.
    pub path: String,
    /// `qa` (if nothing is said) or `golden`; with `kind` always `external`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Only these rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The kind of work, for a worker that is not hive's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What that worker is told; what is no text arrives as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Json>,
    /// How much it matters; `low` if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The names of the steps that it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

impl PlanFile {
    /// Reads TOML.
    pub fn toml(text: &str) -> Result<NewPlan> {
        let file: Self =
            toml::from_str(text).map_err(|error| ClientError::Plan(error.to_string()))?;
        file.plan()
    }

    /// Reads JSON.
    pub fn json(text: &str) -> Result<NewPlan> {
        let file: Self =
            serde_json::from_str(text).map_err(|error| ClientError::Plan(error.to_string()))?;
        file.plan()
    }

    /// What it says. It is an error if a name is empty or taken twice, or if `after` names
    /// no step.
    pub fn plan(self) -> Result<NewPlan> {
        let wrong = |message: String| Err(ClientError::Plan(message));
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|one| !one.is_whitespace() && !one.is_control())
        };
        if !is_name(&self.name) {
            return wrong(format!("`{}` is no name of a plan: one word", self.name));
        }
        let names: Vec<String> = self
            .step
            .iter()
            .map(|step| step.name.clone().unwrap_or_else(|| step.path.clone()))
            .collect();
        let mut places = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            if name.is_empty() {
                return wrong(format!("step {} has an empty name", place + 1));
            }
            if places.insert(name.as_str(), place).is_some() {
                return wrong(format!("two steps are named {name}; give one a `name`"));
            }
        }
        let mut steps = Vec::with_capacity(names.len());
        for (step, name) in self.step.into_iter().zip(&names) {
            let mut needs = Vec::new();
            for other in &step.after {
                match places.get(other.as_str()) {
                    Some(place) => needs.push(*place),
                    None => {
                        return wrong(format!("step {name} comes after {other}, which is no step"));
                    }
                }
            }
            steps.push(one_step(step, name.clone(), needs)?);
        }
        Ok(NewPlan {
            name: self.name,
            about: self.about,
            steps,
        })
    }
}

fn one_step(step: StepFile, name: String, needs: Vec<usize>) -> Result<NewStep> {
    let wrong = |message: String| Err(ClientError::Plan(format!("step {name} {message}")));
    let (stage, path) = match (&step.kind, step.stage) {
        (Some(kind), None | Some(Stage::External)) => (Stage::External, about(kind, &step.path)?),
        (Some(_), Some(stage)) => {
            return wrong(format!("has a kind, which the stage {stage} does not do"));
        }
        (None, Some(Stage::External)) => {
            return wrong("is for workers that are not hive's own and lacks its kind".to_owned());
        }
        (None, stage) => {
            let path = RepoPath::new(step.path.clone())
                .map_err(|_| ClientError::Subject(step.path.clone()))?;
            (stage.unwrap_or(Stage::Qa), path)
        }
    };
    if step.kind.is_none() && step.payload.is_some() {
        return wrong("has a payload, which hive's own workers do not take".to_owned());
    }
    if step.kind.is_some() && !step.rules.is_empty() {
        return wrong("has rules, which are for hive's own workers".to_owned());
    }
    if let Some(odd) = step
        .rules
        .iter()
        .find(|rule| rule.contains(char::is_whitespace))
    {
        return wrong(format!("has a rule `{odd}` with blanks"));
    }
    Ok(NewStep {
        name,
        stage,
        path,
        kind: step.kind,
        payload: step.payload.map(|payload| match payload {
            Json::String(text) => text,
            other => other.to_string(),
        }),
        rules: step.rules,
        priority: step.priority.unwrap_or(Priority::Low),
        needs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let toml = r#"
            name = "spring"
            about = "before the release"
            [[step]]
            path = "a.py"
            rules = ["F401"]
            [[step]]
            name = "site"
            kind = "docs"
            path = "all"
            payload = { draft = true }
            after = ["a.py"]
        "#;
        let json = r#"{"name": "spring", "about": "before the release", "step": [
            {"path": "a.py", "rules": ["F401"]},
            {"name": "site", "kind": "docs", "path": "all", "payload": {"draft": true},
             "after": ["a.py"]}]}"#;
        let plan = PlanFile::toml(toml).unwrap();
        assert_eq!(plan, PlanFile::json(json).unwrap());
        assert_eq!(plan.steps[1].path.as_str(), "docs:all");
        assert_eq!(plan.steps[1].stage, Stage::External);
        assert_eq!(plan.steps[1].payload.as_deref(), Some(r#"{"draft":true}"#));
        assert_eq!(plan.steps[1].needs, [0]);
        assert_eq!(plan.steps[0].priority, Priority::Low);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("name = \"\"", "is no name of a plan"),
            ("name = \"a b\"", "one word"),
            ("nam = \"a\"", "unknown field"),
            (
                "name = \"a\"\n[[step]]\npath = \"a.py\"\n[[step]]\npath = \"a.py\"",
                "two steps",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"a.py\"\nafter = [\"b\"]",
                "which is no step",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"../a.py\"",
                "cannot be what a task is about",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"a\"\nstage = \"external\"",
                "lacks its kind",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"a\"\nkind = \"k\"\nstage = \"qa\"",
                "does not do",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"a\"\npayload = 1",
                "do not take",
            ),
            (
                "name = \"a\"\n[[step]]\npath = \"a\"\nrules = [\"a b\"]",
                "with blanks",
            ),
        ] {
            let error = PlanFile::toml(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
