//! A bar for runs that take long enough to wonder.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock;
use crate::terminal::Terminal;

/// Runs shorter than this show no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar on standard error, shown only on a terminal and only when a run lasts.
pub(super) struct Progress {
    live: bool,
    begun: Instant,
    total: u64,
    bar: Option<ProgressBar>,
    verb: &'static str,
}

impl Progress {
    pub(super) fn new(terminal: &Terminal, verb: &'static str) -> Self {
        Self {
            live: terminal.live(),
            begun: clock::now(),
            total: 0,
            bar: None,
            verb,
        }
    }

    pub(super) fn begin(&mut self, total: usize) {
        self.total = total as u64;
        self.begun = clock::now();
    }

    pub(super) fn at(&mut self, done: usize) {
        if !self.live || (self.bar.is_none() && clock::since(self.begun) < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(
                Some(self.total),
                ProgressDrawTarget::stderr_with_hz(10),
            );
            let template = "{prefix} {bar:28} {pos}/{len} files · {per_sec} · {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar.set_prefix(self.verb);
            bar
        });
        bar.set_position(done as u64);
    }

    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
