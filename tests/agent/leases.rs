//! Leases: a file is left alone while somebody works on it, and taken up afterwards.

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT, both};
use crate::tidy::{TIDY, UNTIDY};

impl Ground {
    #[track_caller]
    fn lease(&self, args: &[&str]) {
        let args: Vec<&str> = ["lease"].iter().chain(args).copied().collect();
        self.hive(&args).expect(0);
    }
}

#[test]
fn a_lease_is_listed_shown_and_released() {
    let ground = Ground::new();
    ground.write("pkg/a.py", "x = 1\n");
    ground
        .hive(&["lease", "pkg", "clean.py", "--ttl", "5m"])
        .expect(0)
        .warns("leased  pkg for ");
    ground.hive(&["lease", "--list"]).expect(0).says("pkg");
    ground
        .hive(&["status"])
        .expect(0)
        .says("leased     clean.py, for ");
    ground
        .hive(&["why", "pkg/a.py"])
        .expect(0)
        .says("it is not written now: somebody works on it (hive lease, for ");
    let listed: serde_json::Value =
        serde_json::from_str(&ground.hive(&["lease", "--list", "--json"]).stdout).unwrap();
    let until = |path: &str, of: &serde_json::Value| {
        let leases = of["leases"].as_array().unwrap().clone();
        let found = leases.into_iter().find(|lease| lease["path"] == path);
        found.map(|lease| lease["until_ms"].as_i64().unwrap())
    };
    let first = until("pkg", &listed).unwrap();
    // Taken again for a shorter time it does not end sooner.
    let again: serde_json::Value = serde_json::from_str(
        &ground
            .hive(&["lease", "pkg", "--ttl", "1s", "--json"])
            .stdout,
    )
    .unwrap();
    assert_eq!(until("pkg", &again), Some(first));
    ground
        .hive(&["lease", "--release", "pkg"])
        .expect(0)
        .warns("released  pkg");
    let left = ground.hive(&["lease", "--list"]).expect(0).stdout;
    assert!(left.contains("clean.py") && !left.contains("pkg"), "{left}");
    ground
        .hive(&["lease", "--release"])
        .expect(0)
        .warns("released  clean.py");
    ground
        .hive(&["lease", "--list"])
        .expect(0)
        .warns("nothing is leased");
    for wrong in [
        &["lease"][..],
        &["lease", "a.py", "--ttl", "2d"],
        &["lease", "/etc/passwd"],
    ] {
        ground.hive(wrong).expect(2);
    }
}

/// The fix of a commit waits at the file, whoever does the work, and lands afterwards.
#[test]
fn a_landing_leaves_a_leased_file_alone() {
    both(|ground| {
        ground.lease(&["a.py", "--ttl", "5m"]);
        let mine = ground.commit("a.py", MESSY, "feat: a");
        wait_for("the fix to wait", || {
            ground
                .hive(&["status"])
                .expect(0)
                .stdout
                .contains("a.py: somebody works on it")
        });
        assert_eq!(
            (ground.head(), ground.read("a.py")),
            (mine.clone(), MESSY.into())
        );
        ground.lease(&["--release"]);
        ground.landed_after(&mine);
        assert_eq!(ground.read("a.py"), NEAT);
        ground.is_clean();
    });
}

/// Nobody releases it: it ends by itself, and what waited for that goes on by itself.
#[test]
fn a_lease_ends_by_the_clock() {
    both(|ground| {
        ground.lease(&["a.py", "--ttl", "3s"]);
        let mine = ground.commit("a.py", MESSY, "feat: a");
        ground.landed_after(&mine);
        assert_eq!(ground.read("a.py"), NEAT);
        assert_eq!(
            ground
                .hive(&["lease", "--list", "--json"])
                .expect(0)
                .stdout
                .find("a.py"),
            None
        );
    });
}

#[test]
fn a_saved_file_that_is_leased_is_laid_out_when_the_lease_ends() {
    let ground = Ground::new().watch();
    ground.lease(&["a.py", "--ttl", "5m"]);
    ground.write("a.py", UNTIDY);
    ground.write("b.py", UNTIDY);
    wait_for("the other file", || ground.read("b.py") == TIDY);
    assert_eq!(ground.read("a.py"), UNTIDY);
    ground.lease(&["--release", "a.py"]);
    wait_for("the file", || ground.read("a.py") == TIDY);
}

#[test]
fn a_commit_leaves_a_leased_file_as_it_is() {
    let mut ground = Ground::new();
    ground.sandbox.set("HIVE_COMMIT_BUDGET", "10s");
    ground
        .hive(&["config", "set", "commit.mode", "tidy"])
        .expect(0);
    ground.lease(&["a.py", "--ttl", "5m"]);
    ground.write("a.py", UNTIDY);
    ground.write("b.py", UNTIDY);
    ground.git(&["add", "--all"]);
    ground
        .commits(&["-m", "feat: both"])
        .warns("hive tidied b.py in this commit (");
    assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    assert_eq!(ground.read("a.py"), UNTIDY);
    assert_eq!(ground.read("b.py"), TIDY);
}
