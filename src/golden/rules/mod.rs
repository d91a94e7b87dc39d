//! The catalogue: one file per rule, in order of code.

mod async_naming;
mod canonical_definition;
mod cli_pattern;
mod contracts;
mod credentials;
mod dependency_direction;
mod deprecated_symbol;
mod endpoint_auth;
mod env_config_literals;
mod env_in_config_only;
mod error_handling;
mod forbidden_calls;
mod http_timeout;
mod interface_contracts;
mod layer_modules;
mod lockfile;
mod monotonic_durations;
mod must_inherit;
mod mutable_default;
mod no_absolute_paths;
mod no_conda;
mod no_global_state;
mod no_hardcoded_secret;
mod no_import_cycles;
mod no_sync_in_async;
mod no_sys_path;
mod no_unsafe_calls;
mod public_api;
mod pure_models;
mod pytest_config;
pub(super) mod python_version_consistency;
pub(super) mod python_version_spec;
mod readme;
pub(super) mod ruff_config;
mod single_config_source;
mod test_mapping;
mod test_quality;
mod thin_layer;
pub(super) mod unified_tool_config;
mod unused_suppression;
mod use_logger;

use super::rule::Rule;

pub(super) use dependency_direction::unread;
pub(super) use python_version_consistency::intersect;

/// All rules, in order of code.
pub(super) const ALL: &[&Rule] = &[
    &unused_suppression::RULE,
    &no_sys_path::RULE,
    &single_config_source::RULE,
    &no_hardcoded_secret::RULE,
    &layer_modules::RULE,
    &contracts::RULE,
    &dependency_direction::RULE,
    &no_import_cycles::RULE,
    &error_handling::RULE,
    &use_logger::RULE,
    &no_global_state::RULE,
    &async_naming::RULE,
    &interface_contracts::RULE,
    &forbidden_calls::RULE,
    &thin_layer::RULE,
    &test_mapping::RULE,
    &test_quality::RULE,
    &no_unsafe_calls::RULE,
    &endpoint_auth::RULE,
    &no_sync_in_async::RULE,
    &cli_pattern::RULE,
    &pure_models::RULE,
    &readme::RULE,
    &unified_tool_config::RULE,
    &deprecated_symbol::RULE,
    &no_conda::RULE,
    &no_absolute_paths::RULE,
    &python_version_consistency::RULE,
    &lockfile::RULE,
    &env_config_literals::RULE,
    &ruff_config::RULE,
    &python_version_spec::RULE,
    &pytest_config::RULE,
    &must_inherit::RULE,
    &monotonic_durations::RULE,
    &canonical_definition::RULE,
    &env_in_config_only::RULE,
    &mutable_default::RULE,
    &http_timeout::RULE,
    &public_api::RULE,
];
