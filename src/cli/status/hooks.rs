//! What `hive status` says of the hooks, and of the settings that they follow.

use serde::Serialize;

use crate::hooks::{self, Git, TIDY};
use crate::repo::Place;
use crate::settings::{self, CommitMode, Overrides};
use crate::wake;

/// How hive is installed in a repository.
#[derive(Debug, Serialize)]
pub(super) struct Installation {
    /// `installed`, `none`, or `unknown` where git cannot be asked.
    hooks: &'static str,
    /// Where hive is installed, the hooks that its settings want and git does not call.
    missing_hooks: Vec<&'static str>,
    /// Why the settings cannot be used, if so.
    settings: Option<String>,
    #[serde(skip)]
    mode: Option<CommitMode>,
    /// Whether git calls hooks of hive's and nothing is there that they could serve.
    #[serde(skip)]
    orphaned: bool,
}

impl Installation {
    /// Looks.
    pub(super) fn of(place: &Place) -> Self {
        let (mode, settings) = match settings::load(Some(place), &Overrides::default()) {
            Ok(resolved) => (Some(resolved.settings.commit.mode), None),
            Err(failure) => {
                let said = failure.to_string();
                (None, said.lines().next().map(str::to_owned))
            }
        };
        let present = hooks::present(place, &Git::default());
        let hooks = match &present {
            Ok(present) if present.is_empty() => "none",
            Ok(_) => "installed",
            Err(_) => "unknown",
        };
        let wanted = match (&present, wake::is_installed(place)) {
            (Ok(_), true) => hooks::wanted(mode == Some(CommitMode::Tidy)),
            // Whoever has never run `hive init` misses nothing.
            _ => Vec::new(),
        };
        let present = present.unwrap_or_default();
        let missing = wanted.into_iter().filter(|event| !present.contains(event));
        Self {
            hooks,
            missing_hooks: missing.collect(),
            settings,
            mode,
            orphaned: hooks == "installed" && !wake::is_installed(place),
        }
    }

    /// Whether git calls any of them, and they do something.
    pub(super) fn any(&self) -> bool {
        self.hooks == "installed" && !self.orphaned
    }

    /// Whether git calls none of them, for sure.
    pub(super) fn none(&self) -> bool {
        self.hooks == "none"
    }

    /// The next command, if something is wrong here.
    pub(super) fn advice(&self) -> Option<&'static str> {
        if self.settings.is_some() {
            return Some("hive config show");
        }
        (self.orphaned || !self.missing_hooks.is_empty()).then_some("hive init")
    }

    /// The lines about it, each with its name.
    pub(super) fn told(&self) -> Vec<(&'static str, String)> {
        let mut text = self.hooks.to_owned();
        if self.orphaned {
            text.push_str(", but hive keeps nothing here, so they do nothing");
        }
        if self.any() && !self.missing_hooks.is_empty() {
            text = format!("{text}, but not {}", self.missing_hooks.join(", "));
        }
        if let Some(needed) = self.needed() {
            text = format!("{text}; commit.mode = \"{}\" needs {}", needed.0, needed.1);
        }
        let mut lines = vec![("hooks", text)];
        if let Some(wrong) = &self.settings {
            lines.push(("settings", format!("cannot be used: {wrong}")));
        }
        lines
    }

    /// The mode that counts on a hook that is not there, and the hook.
    fn needed(&self) -> Option<(CommitMode, &'static str)> {
        let (mode, hook) = match self.mode? {
            CommitMode::Tidy => (CommitMode::Tidy, TIDY),
            // A tip that is being pushed is not made anew.
            CommitMode::Fold => (CommitMode::Fold, "pre-push"),
            _ => return None,
        };
        self.missing_hooks.contains(&hook).then_some((mode, hook))
    }
}
