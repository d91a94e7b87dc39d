//! Medians and percentiles.

use std::time::Duration;

/// Durations of one thing that was done many times.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value below which a share of them lies, in milliseconds (nearest rank).
    pub(crate) fn at(&self, share: f64) -> f64 {
        let mut times = self.0.clone();
        times.sort();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank in a short list"
        )]
        let rank = ((times.len() as f64 * share).ceil() as usize).max(1) - 1;
        times
            .get(rank)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    /// One line: the number, median and p99, in milliseconds less `beyond`.
    pub(crate) fn line(&self, name: &str, beyond: Duration) {
        let beyond = beyond.as_secs_f64() * 1e3;
        println!(
            "{name:<44} {:>4} {:>8.1} ms {:>8.1} ms",
            self.len(),
            self.median() - beyond,
            self.p99() - beyond
        );
    }
}

/// The head of a table of [`Times::line`]s.
pub(crate) fn head(title: &str) {
    println!("{title:<44} {:>4} {:>11} {:>11}", "n", "median", "p99");
}
