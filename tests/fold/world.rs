//! A repository in which fixes are folded.

use hive_test_support::wait_for;
use serde_json::Value;

use crate::ground::Ground;

impl Ground {
    /// Fixes go into the person's commit, soon.
    pub(crate) fn folding() -> Self {
        let ground = Self::new();
        // What a person saves is not fixed before they commit it.
        for (key, value) in [
            ("commit.mode", "fold"),
            ("commit.quiet", "50ms"),
            ("on_save", "off"),
        ] {
            ground.hive(&["config", "set", key, value]).expect(0);
        }
        ground
    }

    /// The same scenario with a running agent and with the drain of the hook.
    pub(crate) fn both_fold(scenario: impl Fn(Self)) {
        scenario(Self::folding().watch());
        scenario(Self::folding());
    }

    /// The object of a commit, as text.
    pub(crate) fn object(&self, rev: &str) -> String {
        let ran = self.sandbox.git(&["cat-file", "commit", rev]);
        ran.expect(0).stdout
    }

    /// Waits until another commit has taken the place of HEAD's `old`, of the same parents
    /// and with the same bytes but for the tree; and for quiet.
    #[track_caller]
    pub(crate) fn folded(&self, old: &str) -> String {
        wait_for("a folded commit", || self.head() != old);
        self.settled();
        let new = self.head();
        let rest = |object: String| object.split_once('\n').unwrap().1.to_owned();
        assert_eq!(
            rest(self.object(&new)),
            rest(self.object(old)),
            "{}",
            self.git(&["log", "--oneline", "-5"])
        );
        assert_eq!(self.hives(), 0, "no commit of hive's own");
        new
    }

    /// What hive says as JSON.
    pub(crate) fn asks(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.hive(args).stdout).unwrap_or_default()
    }

    /// The kinds of all landings, the oldest first.
    pub(crate) fn landed(&self) -> Vec<String> {
        let said = self.asks(&["log", "--json", "-n", "1000"]);
        let entries = said["entries"].as_array().cloned().unwrap_or_default();
        let landed = entries.iter().filter(|entry| entry["event"] == "landed");
        let kinds = landed.map(|entry| entry["kind"].as_str().unwrap_or_default().to_owned());
        kinds.collect()
    }
}
