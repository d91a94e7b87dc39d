//! You commit and go on; the fix commit follows.

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn a_commit_is_followed_by_its_fixes_with_the_agent() {
    let ground = Ground::new().watch();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
    assert_eq!(ground.git(&["show", "HEAD:app.py"]), NEAT.trim_end());
    let message = ground.git(&["log", "-1", "--format=%B"]);
    assert!(message.starts_with("chore(qa): auto-fix"), "{message}");
    assert!(message.contains("[QA-1]"), "{message}");
    assert!(message.contains("Hive-Worker: QA-1"), "{message}");
    assert!(message.contains("Hive-Task: "), "{message}");
    assert!(
        message.contains(&format!("Hive-Source: {}", &mine[..7])),
        "{message}"
    );
    let reflog = ground.git(&["reflog", "-2", "--format=%H %gs"]);
    assert!(
        reflog.starts_with(&format!("{} commit: chore(qa)", ground.head())),
        "{reflog}"
    );
    assert!(
        reflog.contains(&format!("{mine} commit: feat: app")),
        "{reflog}"
    );
}

#[test]
fn a_commit_is_followed_by_its_fixes_without_an_agent() {
    let ground = Ground::new();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
}
