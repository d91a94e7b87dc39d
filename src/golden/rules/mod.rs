//! The catalogue: one file per rule, in order of code.

mod canonical_definition;
mod cli_pattern;
mod contracts;
mod dependency_direction;
mod deprecated_symbol;
mod endpoint_auth;
mod forbidden_calls;
mod http_timeout;
mod layer_modules;
mod lockfile;
mod must_inherit;
mod no_conda;
mod no_sync_in_async;
mod public_api;
mod pure_models;
mod pytest_config;
pub(super) mod python_version_consistency;
pub(super) mod python_version_spec;
mod readme;
pub(super) mod ruff_config;
mod single_config_source;
mod thin_layer;
pub(super) mod unified_tool_config;
mod unused_suppression;
mod use_logger;

#[cfg(test)]
mod tests;

use super::rule::Rule;

pub(super) use dependency_direction::unread;
pub(super) use python_version_consistency::intersect;

/// All rules, in order of code.
pub(super) const ALL: &[&Rule] = &[
    &unused_suppression::RULE,
    &single_config_source::RULE,
    &layer_modules::RULE,
    &contracts::RULE,
    &dependency_direction::RULE,
    &use_logger::RULE,
    &forbidden_calls::RULE,
    &thin_layer::RULE,
    &endpoint_auth::RULE,
    &no_sync_in_async::RULE,
    &cli_pattern::RULE,
    &pure_models::RULE,
    &readme::RULE,
    &unified_tool_config::RULE,
    &deprecated_symbol::RULE,
    &no_conda::RULE,
    &python_version_consistency::RULE,
    &lockfile::RULE,
    &ruff_config::RULE,
    &python_version_spec::RULE,
    &pytest_config::RULE,
    &must_inherit::RULE,
    &canonical_definition::RULE,
    &http_timeout::RULE,
    &public_api::RULE,
];
