//! Every program that the decisions in a repository would run.

use std::collections::BTreeSet;
use std::path::Path;

use super::wanted;
use crate::evidence::{Surroundings, Survey};
use crate::intake::walk;
use crate::repo::Place;
use crate::settings::Settings;
use crate::settings::trust::ToolFile;

/// Surveys all projects of a repository and returns the programs outside hive that
/// their tools would be, in a fixed order.
pub fn of_repository(place: &Place, settings: &Settings) -> Vec<ToolFile> {
    let survey = Survey::new(place.root.clone(), &Surroundings::here());
    let walked = walk::walk(std::slice::from_ref(&place.root));
    let directories: BTreeSet<&Path> = walked
        .files
        .iter()
        .filter_map(|found| found.path.parent())
        .collect();
    let wanted = wanted(settings);
    for directory in directories {
        survey.project_of(directory).plan(wanted);
    }
    used(&survey)
}

/// The programs that a survey's decisions so far would run.
pub fn used(survey: &Survey) -> Vec<ToolFile> {
    survey
        .tools()
        .into_iter()
        .map(|(tool, path, python)| ToolFile {
            tool,
            version: None,
            path,
            python,
        })
        .collect()
}
