//! Reading the settings again while the agent runs.

use std::path::Path;

use super::crew::Crews;
use super::desk;
use super::{Agent, Mode};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::House;
use crate::intake::watch::{Wanted, Watcher};
use crate::journal::Event as Fact;
use crate::settings::{self, OnSave, Settings};
use crate::wake;

impl Agent<'_> {
    /// Reads the settings again; says what changed. While they cannot be read, as in
    /// the middle of an edit, nothing is fixed and nothing lands; the agent stays.
    pub(super) fn reload(&mut self) -> Outcome<()> {
        let house = match House::of(&self.place) {
            Ok(house) => house,
            Err(failure) => {
                let text = failure.to_string();
                let reason = text.lines().next().unwrap_or_default();
                let message = format!("the settings cannot be read: {reason}");
                if self.broken.as_ref() != Some(&message) {
                    self.problem(message.clone())?;
                    self.broken = Some(message);
                }
                return Ok(());
            }
        };
        if self.broken.take().is_some() {
            // What waited for this comes again.
            self.stirred = true;
            self.landings.judged = None;
        }
        let mut changes = Vec::new();
        if house.settings != self.house.settings {
            let save = &house.settings.save;
            self.settle.set(save.quiet, save.ceiling);
            // What was held may go under the new settings.
            self.landings.judged = None;
            changes = changed(&self.house.settings, &house.settings);
        }
        self.house = house;
        if !changes.is_empty() {
            self.inspect_again()?;
            self.warm_desk(&desk::anywhere());
        }
        self.watch()?;
        self.tell_hooks()?;
        // Said last: whoever hears it may count on the new settings.
        if !changes.is_empty() {
            self.queue
                .record(Fact::SettingsReloaded { changed: changes })?;
        }
        if self.crews.can_change(&self.house) {
            self.crews.dismiss(&self.queue)?;
            self.crews = Crews::new(&self.house, clock::now())?;
        }
        Ok(())
    }
}

impl Agent<'_> {
    /// Watches what the settings want watched: git's files always, those of the work
    /// tree if saves are looked at. A drain watches nothing: it looks by itself.
    pub(super) fn watch(&mut self) -> Outcome<()> {
        let files = self.house.settings.on_save != OnSave::Off;
        let as_wanted = self
            .watcher
            .as_ref()
            .is_some_and(|(_, watched)| *watched == files);
        if self.mode == Mode::Drain || as_wanted {
            return Ok(());
        }
        // The new one is there before the old one goes: a change that both see is
        // seen twice, which does no harm.
        let wanted = Wanted {
            files,
            // The person's settings for all repositories lie elsewhere.
            also: settings::user_file().into_iter().collect(),
            journal: self.journal.clone(),
        };
        let watcher = Watcher::start(&self.place, wanted, self.sink.clone()).map_err(|error| {
            Failure::internal("the repository cannot be watched").caused_by(error)
        })?;
        self.watcher = Some((watcher, files));
        Ok(())
    }

    /// Lets the hooks know what they are to do when nobody is at work.
    pub(super) fn tell_hooks(&self) -> Outcome<()> {
        if !wake::is_installed(&self.place) {
            return Ok(());
        }
        let when_idle = self.house.settings.hooks.when_idle;
        match wake::set_when_idle(&self.place, when_idle) {
            Ok(()) => Ok(()),
            Err(error) => self.problem(format!("the hooks cannot be told: {error}")),
        }
    }
}

/// Whether a file may hold hive's settings.
pub(super) fn decides(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    ["hive.toml", "pyproject.toml", "config.toml"]
        .iter()
        .any(|settings| name == *settings)
}

/// The names of the settings that differ.
fn changed(before: &Settings, now: &Settings) -> Vec<String> {
    let tree = |settings| serde_json::json!(settings);
    let (before, now) = (tree(before), tree(now));
    let mut names = Vec::new();
    differences("", &before, &now, &mut names);
    names
}

fn differences(
    name: &str,
    before: &serde_json::Value,
    now: &serde_json::Value,
    names: &mut Vec<String>,
) {
    match (before.as_object(), now.as_object()) {
        (Some(before), Some(now)) => {
            for (key, value) in now {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                differences(
                    &name,
                    before.get(key).unwrap_or(&serde_json::Value::Null),
                    value,
                    names,
                );
            }
        }
        _ if before != now => names.push(name.to_owned()),
        _ => {}
    }
}
