//! The catalogue: one file per rule, in order of code.

mod http_timeout;
mod no_sync_in_async;
mod unused_suppression;
mod use_logger;

#[cfg(test)]
mod tests;

use super::rule::Rule;

/// All rules, in order of code.
pub(super) const ALL: &[&Rule] = &[
    &unused_suppression::RULE,
    &use_logger::RULE,
    &no_sync_in_async::RULE,
    &http_timeout::RULE,
];
