//! What is found after a process was killed, state by state.
//!
//! The session file is not locked any more, and a
//! temporary file lies under one of its two names. The test writes them by hand.

use std::fs;
use std::path::Path;

use crate::ground::Ground;

fn leave(ground: &Ground, path: &Path, content: &str, unfinished: bool) {
    let tmp = ground.root().join(".git/hive/tmp");
    fs::create_dir_all(&tmp).unwrap();
    let (before, after) = (blake3::hash(b"old"), blake3::hash(b"new"));
    let line = format!("1 tmp {before} {after} {}\n", path.display());
    fs::write(tmp.join("dead-1-1.session"), line).unwrap();
    let name = if unfinished {
        "dead-1-1-1.new".to_owned()
    } else {
        format!(
            "dead-1-1-1.{}-{}",
            &before.to_hex()[..16],
            &after.to_hex()[..16]
        )
    };
    fs::write(tmp.join(name), content).unwrap();
}

#[test]
fn what_a_killed_process_left_is_told_apart() {
    // (in the file, in the temporary file, unfinished, then in the file, kept, rescued)
    let cases = [
        ("old", "ne", true, "old", 0, 0),
        ("old", "new", false, "old", 0, 0),
        ("new", "old", false, "new", 1, 0),
        ("new", "saved", false, "saved", 0, 0),
        ("newest", "saved", false, "newest", 0, 1),
    ];
    for case in cases {
        let (file, temp, unfinished, then, kept, rescued) = case;
        let ground = Ground::new();
        let path = ground.file("a.py", file);
        leave(&ground, &path, temp, unfinished);
        let writer = ground.writer();
        assert_eq!(fs::read_to_string(&path).unwrap(), then, "{case:?}");
        assert_eq!(ground.hive("previous").len(), kept, "{case:?}");
        assert_eq!(ground.hive("rescue").len(), rescued, "{case:?}");
        let told = temp == "saved";
        assert_eq!(writer.recovered().len(), usize::from(told), "{case:?}");
        drop(writer);
        assert!(ground.hive("tmp").is_empty(), "{case:?}");
    }
}
