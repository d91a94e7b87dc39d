//! What waits in a pool for a worker. Pure.

use std::collections::VecDeque;

use super::task::{Task, waits_for_company};
use crate::fixers::Trouble;

/// The tasks of a pool that no worker has, and what decides about them.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Task>,
    /// How many files that a program takes together are enough for a batch, if
    /// more tasks are about to come.
    pub(super) enough: Option<usize>,
    /// Whether a worker is wanted before there is work.
    pub(super) early: bool,
    pub(super) closed: bool,
    pub(super) abandoned: bool,
    /// Slots that still take work.
    pub(super) open_slots: usize,
    /// Slots with this number or a higher one rest.
    pub(super) limit: usize,
    /// The process in each slot.
    pub(super) pids: Vec<Option<u32>>,
    /// Why slots were closed.
    pub(super) obituary: Option<Trouble>,
    /// The slots that are out of use.
    pub(super) closed_slots: Vec<usize>,
}

impl Queue {
    /// Whether a batch can go.
    pub(super) fn is_ready(&self) -> bool {
        let waits = |enough| waits_for_company(&self.waiting, enough);
        !self.waiting.is_empty() && (self.closed || !self.enough.is_some_and(waits))
    }
}
