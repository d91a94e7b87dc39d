//! Decisions for a person: what `hive doctor` prints, as text and as data.

use std::path::Path;

use serde::Serialize;

use super::decision::{Choice, Decision, Evidence, Wanted};
use super::mention::Origin;
use super::named;
use super::plan::Planned;
use super::project::Project;
use crate::fixers::{Engine, Kind, RuffConfiguration};

/// A project's decisions, as `hive doctor --json` writes them.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The project's directory relative to the repository's root, `.` for the root.
    pub project: String,
    /// The file that is explained, if it is one file.
    pub file: Option<String>,
    /// Which configuration ruff uses: a path (`… (your own)` outside the repository),
    /// `tool defaults` or `hive defaults`.
    pub ruff_configuration: String,
    /// Why the file is left alone, if it is. Evidence does not know; `hive doctor`
    /// fills it in, and the notes.
    pub left_alone: Option<String>,
    /// What else holds for the file.
    pub notes: Vec<String>,
    /// One entry for each decision.
    pub decisions: Vec<Explained>,
}

/// One decision in words.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// `lint`, `imports` or `format`.
    pub kind: Kind,
    /// `use`, `off` or `hold`.
    pub choice: &'static str,
    /// The tool, where one is decided.
    pub tool: Option<&'static str>,
    /// Its version, where one is found.
    pub version: Option<String>,
    /// What asks for that version.
    pub version_from: Option<String>,
    /// `embedded`, or the path of the program or interpreter.
    pub engine: Option<String>,
    /// Whether the program may run, where it is one. Evidence does not know;
    /// `hive doctor` fills it in.
    pub may_run: Option<bool>,
    /// Arguments that the evidence adds.
    pub args: Vec<String>,
    /// Why it is off or held, or may not run.
    pub reason: Option<String>,
    /// What changes that.
    pub remedy: Option<String>,
    /// What speaks about it, the deciding piece first.
    pub evidence: Vec<Evidence>,
    /// What contradicts it.
    pub disagreements: Vec<String>,
    /// Conditions on files.
    pub files: Vec<String>,
    /// Where a missing tool was looked for.
    pub looked: Vec<String>,
    /// Configuration that cannot be read.
    pub unreadable: Vec<String>,
}

/// Explains a project's decisions.
pub fn project(project: &Project, boundary: &Path, wanted: Wanted) -> Explanation {
    let plan = project.plan(wanted);
    Explanation {
        project: project.name(),
        file: None,
        ruff_configuration: configuration(project, &plan.ruff, boundary),
        left_alone: None,
        notes: Vec::new(),
        decisions: plan
            .decisions
            .iter()
            .map(|decision| explained(decision, boundary))
            .collect(),
    }
}

/// Explains what is decided for one file (absolute path).
pub fn file(project: &Project, boundary: &Path, path: &Path, wanted: Wanted) -> Explanation {
    let plan = project.plan(wanted);
    let file_plan = plan.for_file(path);
    let decisions = Kind::ALL
        .iter()
        .filter_map(|kind| match file_plan.of(*kind) {
            Planned::By(index) => Some(explained(plan.decisions.get(*index)?, boundary)),
            Planned::Not { why } => {
                let (_, first) = plan.of(*kind).next()?;
                let mut left_out = explained(first, boundary);
                left_out.choice = "off";
                left_out.reason = Some(format!("not this file: {why}"));
                left_out.remedy = None;
                Some(left_out)
            }
        })
        .collect();
    Explanation {
        project: project.name(),
        file: Some(shown_path(path, boundary)),
        ruff_configuration: configuration(project, &plan.ruff, boundary),
        left_alone: None,
        notes: Vec::new(),
        decisions,
    }
}

fn configuration(project: &Project, ruff: &RuffConfiguration, boundary: &Path) -> String {
    match ruff {
        RuffConfiguration::File(path) => shown_path(path, boundary),
        RuffConfiguration::ToolDefaults => match project.own_ruff_configuration() {
            Some(path) => format!("{} (your own)", path.display()),
            None => "tool defaults".to_owned(),
        },
        RuffConfiguration::HiveDefaults => "hive defaults".to_owned(),
    }
}

fn shown_path(path: &Path, boundary: &Path) -> String {
    path.strip_prefix(boundary)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn explained(decision: &Decision, boundary: &Path) -> Explained {
    let mut one = Explained {
        kind: decision.kind,
        choice: "off",
        tool: None,
        version: None,
        version_from: None,
        engine: None,
        may_run: None,
        args: Vec::new(),
        reason: None,
        remedy: None,
        evidence: decision
            .evidence
            .iter()
            .map(|evidence| Evidence {
                file: evidence
                    .file
                    .strip_prefix(boundary)
                    .unwrap_or(&evidence.file)
                    .to_path_buf(),
                ..evidence.clone()
            })
            .collect(),
        disagreements: decision.disagreements.clone(),
        files: decision.filter.shown(),
        looked: decision.missing.clone(),
        unreadable: decision
            .unreadable
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    match &decision.choice {
        Choice::Off { reason } => one.reason = Some(reason.clone()),
        Choice::Use { step, version } => {
            one.choice = "use";
            one.tool = Some(step.tool.name());
            one.version = Some(version.version.clone());
            one.version_from = Some(match &version.spot {
                Some(spot) => {
                    let file = shown_path(&spot.file, boundary);
                    let line = spot.line.map(|line| format!(":{line}")).unwrap_or_default();
                    format!("{} {file}{line} {}", origin(version.origin), version.text)
                }
                None => version.text.clone(),
            });
            one.engine = Some(match &step.engine {
                Engine::Embedded => "embedded".to_owned(),
                Engine::Program { path, .. } => path.display().to_string(),
                Engine::Warm { python, .. } => python.display().to_string(),
            });
            one.args = step
                .args
                .iter()
                .map(|arg| named::shown(arg, boundary))
                .collect();
        }
        Choice::Hold {
            tool,
            reason,
            remedy,
            cause: _,
        } => {
            one.choice = "hold";
            one.tool = tool.map(crate::fixers::Tool::name);
            one.reason = Some(reason.clone());
            one.remedy = Some(remedy.clone());
        }
    }
    one
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Hook => "pinned by the hook",
        Origin::Ci => "pinned in",
        Origin::RequiredVersion => "required by",
        Origin::Lock => "locked by",
        Origin::Environment => "installed in",
        Origin::Embedded | Origin::Path => "from",
    }
}

impl Explanation {
    /// The explanation as lines of text. Not made safe for a terminal yet.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let title = match (&self.file, self.project.as_str()) {
            (Some(file), project) => format!("{file} (project {project})"),
            (None, project) => format!("project {project}"),
        };
        lines.push(title);
        if let Some(reason) = &self.left_alone {
            lines.push(format!("  left alone: it {reason}"));
        }
        lines.extend(self.notes.iter().map(|note| format!("  note: {note}")));
        for one in &self.decisions {
            lines.extend(one.lines());
        }
        if self.decisions.iter().any(|one| one.tool == Some("ruff")) {
            lines.push(format!(
                "  ruff's configuration: {}",
                self.ruff_configuration
            ));
        }
        lines
    }
}

impl Explained {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut add = |text: String| lines.push(format!("           {text}"));
        let tool = self.tool.unwrap_or("?");
        let head = match self.choice {
            "use" => {
                let version = self.version.as_deref().unwrap_or("");
                let engine = match self.engine.as_deref() {
                    Some("embedded") => "embedded".to_owned(),
                    Some(path) => format!("run by {path}"),
                    None => String::new(),
                };
                format!("{tool} {version}, {engine}")
            }
            "hold" => match self.tool {
                Some(tool) => format!("held ({tool}): {}", self.reason.as_deref().unwrap_or("")),
                None => format!("held: {}", self.reason.as_deref().unwrap_or("")),
            },
            _ => format!("off: {}", self.reason.as_deref().unwrap_or("")),
        };
        if let Some(from) = &self.version_from {
            add(format!("version   {from}"));
        }
        if !self.args.is_empty() {
            add(format!("arguments {}", self.args.join(" ")));
        }
        for evidence in &self.evidence {
            let place = match (evidence.file.as_os_str().is_empty(), evidence.line) {
                (true, _) => String::new(),
                (false, Some(line)) => format!("{}:{line}  ", evidence.file.display()),
                (false, None) => format!("{}  ", evidence.file.display()),
            };
            add(format!("evidence  {place}{}", evidence.text));
        }
        for text in &self.files {
            add(format!("files     {text}"));
        }
        for text in &self.disagreements {
            add(format!("but       {text}"));
        }
        match (self.may_run, &self.reason) {
            (Some(true), _) => add("trust     it may run".to_owned()),
            (Some(false), Some(reason)) => add(format!("trust     it may not run: {reason}")),
            _ => {}
        }
        for text in &self.looked {
            add(format!("looked    {text}"));
        }
        for text in &self.unreadable {
            add(format!("unread    {text}"));
        }
        if let Some(remedy) = &self.remedy {
            add(format!("to change that: {remedy}"));
        }
        lines.insert(0, format!("  {:<8} {head}", self.kind.name()));
        lines
    }
}
