//! What must hold after a death and the start that followed it.

use rusqlite::{Connection, OpenFlags};

use crate::ground::Ground;

/// A repository where hive need not wait long for quiet.
pub(crate) fn ground() -> Ground {
    let ground = Ground::new();
    let quiet = ["config", "set", "commit.quiet", "20ms"];
    ground.hive(&quiet).expect(0);
    ground
}

/// Demands that everything has come to rest, that nothing was done twice, and that
/// nothing of the dead lies about. `fixes` is how many commits of hive's there must be.
#[track_caller]
pub(crate) fn is_whole(ground: &Ground, fixes: usize, case: &str) {
    ground.settled();
    ground.is_clean();
    let list = ground.git(&["log", "--format=%H %T %P", "--grep=^chore(qa)"]);
    let commits: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(commits.len(), fixes, "{case}: {list}\n{}", told(ground));
    let database = database(ground);
    for commit in &commits {
        let parents = ground.git(&["rev-parse", &format!("{}^^{{tree}}", commit[0])]);
        assert_ne!(parents, commit[1], "{case}: an empty commit");
        // Told by its id, never by its message.
        let own: i64 = database
            .query_row(
                "SELECT count(*) FROM landing_commits WHERE lower(hex(oid)) = ?1",
                [commit[0]],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(own, 1, "{case}: {} is not known as hive's", commit[0]);
    }
    // One result for one content, and no fix that landed twice or not at all.
    let count = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let twice = "SELECT count(*) FROM (SELECT 1 FROM fixes WHERE state = 3
                 GROUP BY path, stage, before HAVING count(DISTINCT after) > 1 OR count(*) > 1)";
    assert_eq!(count(twice), 0, "{case}\n{}", told(ground));
    let landings = usize::try_from(count("SELECT count(*) FROM landings")).unwrap();
    assert_eq!(landings, fixes, "{case}: landings\n{}", told(ground));
    let same = "SELECT count(*) FROM landings WHERE tip_before = tip_after";
    assert_eq!(count(same), 0, "{case}: a landing on itself");
    let running = "SELECT count(*) FROM tasks WHERE state = 1";
    assert_eq!(count(running), 0, "{case}");
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "{case}");
}

/// Everything that is known, for a test that fails.
pub(crate) fn told(ground: &Ground) -> String {
    [
        ground.sandbox.git(&["log", "--oneline", "-8"]).stdout,
        ground.sandbox.git(&["status", "--short"]).stdout,
        ground.hive(&["status"]).stdout,
        ground.hive(&["queue", "list", "--state", "all"]).stdout,
        ground.hive(&["history"]).stdout,
        ground.everything_said().join("\n"),
    ]
    .join("\n")
}

pub(crate) fn database(ground: &Ground) -> Connection {
    let hive = ground.sandbox.path(".git/hive");
    let file = std::fs::read_dir(hive)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "db"))
        .expect("a database");
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}
