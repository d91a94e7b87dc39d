//! What a person does next, and what waited.

use crate::ground::{Ground, MESSY, NEAT};

/// Lines between the fixed ones and what is edited.
const END: &str = "\n\nX = 1\nY = 1\n";

#[test]
fn amend_reset_and_fixup_act_on_the_persons_commit() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        // An amend with more work in it is folded again.
        ground.write("lib.py", MESSY);
        ground.git(&["add", "lib.py"]);
        ground.git(&["commit", "-q", "--amend", "--no-edit"]);
        let amended = ground.head();
        let new = ground.folded(&amended);
        assert_eq!(ground.git(&["log", "--format=%s", "-2"]), "feat: app\nhive");
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        assert_eq!(ground.stored("HEAD", "lib.py"), NEAT);
        ground.is_clean();
        // A commit that is to be joined with it has its subject.
        ground.write("lib.py", &format!("{NEAT}{END}"));
        ground.git(&["commit", "-q", "-a", "--fixup=HEAD"]);
        assert_eq!(ground.subject(), "fixup! feat: app");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), new);
        ground.settled();
        // Both are taken back to the index, fixed.
        ground.git(&["reset", "-q", "--soft", "HEAD~2"]);
        assert_eq!(ground.subject(), "hive");
        assert_eq!(ground.stored("", "app.py"), NEAT);
        ground.git(&["commit", "-q", "-m", "feat: all"]);
        ground.settled();
        let status = ground.asks(&["history", "--declined", "--json"]);
        assert_eq!(status["declines"].as_array().unwrap().len(), 0, "{status}");
        ground.is_clean();
    });
}

#[test]
fn a_rebase_keeps_what_was_folded() {
    Ground::both_fold(|ground| {
        ground.git(&["branch", "theirs"]);
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        ground.git(&["switch", "-q", "theirs"]);
        ground.commit("their.py", "y = 1\n", "feat: their");
        ground.settled();
        ground.git(&["switch", "-q", "main"]);
        ground.git(&["rebase", "-q", "theirs"]);
        ground.settled();
        assert_eq!(
            ground.git(&["log", "--format=%s", "-2"]),
            "feat: app\nfeat: their"
        );
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        assert_eq!(ground.landed(), ["fold"]);
        ground.is_clean();
    });
}

#[test]
fn a_fix_that_waited_goes_into_the_folded_commit() {
    Ground::both_fold(|ground| {
        ground
            .hive(&["config", "set", "on_save", "check"])
            .expect(0);
        ground
            .hive(&["config", "set", "commit.dirty", "defer"])
            .expect(0);
        // Both in one commit; one of them is edited before the fix lands.
        ground.hive(&["queue", "pause", "not yet"]).expect(0);
        ground.write("app.py", MESSY);
        ground.write("lib.py", &format!("{MESSY}{END}"));
        ground.sandbox.commit("feat: two");
        let mine = ground.head();
        let edited = format!("{MESSY}{}", END.replace("Y = 1", "Y = 2"));
        ground.write("lib.py", &edited);
        ground.hive(&["queue", "resume"]).expect(0);
        let once = ground.folded(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        assert_eq!(ground.read("lib.py"), edited);
        // The edit is gone, and the fix goes where the first went.
        ground.write("lib.py", &format!("{MESSY}{END}"));
        ground.hive(&["status"]).expect(0);
        ground.drained();
        let twice = ground.folded(&once);
        assert_eq!(ground.stored(&twice, "lib.py"), format!("{NEAT}{END}"));
        assert_eq!(ground.landed(), ["fold", "fold"]);
        ground.is_clean();
    });
}

#[test]
fn a_question_of_a_folded_commit_goes_with_its_file() {
    Ground::both_fold(|ground| {
        let bare = "try:\n    x = 1\nexcept:\n    x = 2\n";
        let mine = ground.commit("app.py", &format!("import os\n\n{bare}"), "feat: app");
        ground.folded(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), bare);
        let open = || ground.asks(&["status", "--json"])["questions"].clone();
        assert_ne!(open(), 0);
        ground.git(&["rm", "-q", "app.py"]);
        ground.git(&["commit", "-q", "-m", "no app"]);
        hive_test_support::wait_for("the question's end", || open() == 0);
        ground.settled();
    });
}

impl Ground {
    /// Without an agent nobody sees a save.
    fn drained(&self) {
        if self.everything_said().is_empty() {
            self.drain();
        }
    }
}
