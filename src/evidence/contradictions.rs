//! What speaks against a decision, and evidence in words.

use super::decide::{Bench, edit, winner};
use super::decision::{Cause, Choice, Decision, Evidence};
use super::document::Unreadable;
use super::engine::Chosen;
use super::mention::{Mention, Origin, Pin, Spot};
use super::program::{Program, Role};
use crate::fixers::{Kind, Tool};

impl Bench<'_> {
    /// A hold, if a file that cannot be read could have decided otherwise, or if
    /// the tools themselves refuse it.
    pub(super) fn unreadable(
        &self,
        kind: Kind,
        rank: u8,
        relevant: &[&Mention],
    ) -> Option<Decision> {
        let (_, worst) = self.gathered.unreadable.iter().find(|(source, one)| {
            let is_pyproject = one.file.ends_with("pyproject.toml");
            let is_ruff = one.file.to_string_lossy().ends_with("ruff.toml");
            let uses_ruff = rank == u8::MAX
                || winner(kind, relevant)
                    .is_none_or(|winner| winner.program == Program::Known(Tool::Ruff));
            source.rank() <= rank || is_pyproject || (is_ruff && uses_ruff)
        })?;
        Some(Decision {
            choice: Choice::Hold {
                tool: None,
                cause: Cause::Configuration,
                reason: self.unreadable_shown(worst),
                remedy: edit(&worst.file, worst.line),
            },
            unreadable: vec![worst.clone()],
            ..self.off(kind, String::new(), relevant)
        })
    }

    pub(super) fn other_tools(
        &self,
        kind: Kind,
        mention: &Mention,
        alternatives: &[&Mention],
        relevant: &[&Mention],
        decision: &mut Decision,
    ) {
        for other in relevant {
            // Linters only report; several of them do not contradict each other.
            let contradicts = other.program != mention.program && kind != Kind::Lint;
            if contradicts && !alternatives.iter().any(|one| std::ptr::eq(*one, *other)) {
                decision.disagreements.push(format!(
                    "{} says {} ({})",
                    self.shown(&other.spot),
                    other.program.name(),
                    other.text
                ));
            }
        }
    }

    pub(super) fn other_versions(
        &self,
        tool: Tool,
        mention: &Mention,
        pins: &[&Pin],
        chosen: &Chosen,
        decision: &mut Decision,
    ) {
        let Ok(version) = chosen.version.version.parse() else {
            return;
        };
        for pin in pins {
            // Another hook with files of its own may well have another version.
            let apart = pin.origin == Origin::Hook && mention.filter.narrows();
            if !pin.wanted.contains(&version) && !apart {
                decision.disagreements.push(format!(
                    "{} wants {} {}",
                    self.shown(&pin.spot),
                    tool.name(),
                    pin.shown()
                ));
            }
        }
        if let Some(one) = self.search.in_environment(tool)
            && one.version != version
        {
            decision.disagreements.push(format!(
                "{} has {} {}",
                one.environment.display(),
                tool.name(),
                one.version
            ));
        }
        decision.disagreements.dedup();
    }

    pub(super) fn unreadable_shown(&self, unreadable: &Unreadable) -> String {
        let mut shown = unreadable.clone();
        if let Ok(relative) = unreadable.file.strip_prefix(self.boundary) {
            shown.file = relative.to_path_buf();
        }
        shown.to_string()
    }

    pub(super) fn evidence(&self, kind: Kind, mention: &Mention) -> Evidence {
        let mut text = mention.text.clone();
        if kind == Kind::Imports && mention.role == Role::Check {
            let place = match self.ruff.and_then(|ruff| ruff.select.as_ref()) {
                Some(spot) => format!("selects I ({})", self.shown(spot)),
                None => format!("selects I by default in {}", self.ruff_version(mention)),
            };
            text = format!("{text}, {place}");
        }
        Evidence {
            source: mention.source,
            program: mention.program.name(),
            file: mention.spot.file.to_path_buf(),
            line: mention.spot.line,
            text,
        }
    }

    /// A place relative to the boundary: `pyproject.toml:12`.
    pub(super) fn shown(&self, spot: &Spot) -> String {
        if spot.file.as_os_str().is_empty() {
            return "the settings".to_owned();
        }
        let file = spot.file.strip_prefix(self.boundary).unwrap_or(&spot.file);
        match spot.line {
            Some(line) => format!("{}:{line}", file.display()),
            None => file.display().to_string(),
        }
    }
}
