//! `hive undo`.

use crate::ground::{Ground, MESSY, NEAT, both};

/// Lines between the fixed ones and what is edited.
const END: &str = "\n\nX = 1\nY = 1\n";

#[test]
fn the_last_landing_is_taken_back_and_stays_so() {
    both(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        let hives = ground.head();
        let said = ground.hive(&["undo"]).expect(0).stdout;
        assert!(
            said.contains(&hives[..7]) && said.contains("1 file"),
            "{said}"
        );
        let undo = ground.head();
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), hives);
        assert!(ground.subject().starts_with("Revert \"chore(qa)"));
        assert_eq!(ground.read("app.py"), MESSY);
        ground.is_clean();
        // What lands for a later commit shows that the undo was looked at.
        let later = ground.commit("lib.py", MESSY, "feat: lib");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), undo);
        ground.landed_after(&later);
        assert_eq!(ground.read("app.py"), MESSY);
        let more = "\n\ndef g( y ):\n    return y\n";
        let next = ground.commit("app.py", &format!("{MESSY}{more}"), "feat: g");
        ground.landed_after(&next);
        let neat = more.replace("( y )", "(y)");
        assert_eq!(ground.read("app.py"), format!("{MESSY}{neat}"));
        ground.is_clean();
    });
}

#[test]
fn all_rules_of_a_landing_that_is_taken_back_count_as_taken_back() {
    let ground = Ground::new();
    // Changes that lie on top of each other: no line shows that imports were sorted, too.
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    ground.hive(&["undo"]).expect(0);
    let said = ground.hive(&["stats", "--json"]).expect(0).stdout;
    let stats: serde_json::Value = serde_json::from_str(&said).unwrap();
    let rules = stats["rules"].as_array().unwrap();
    assert!(rules.len() > 1, "{stats}");
    for rule in rules {
        assert_eq!(rule["taken_back"], 1, "{stats}");
    }
}

#[test]
fn undoing_walks_back_and_an_undo_can_be_undone() {
    let ground = Ground::new();
    let one = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&one);
    let two = ground.commit("lib.py", MESSY, "feat: lib");
    ground.landed_after(&two);
    ground.hive(&["undo"]).expect(0);
    assert_eq!(
        (ground.read("app.py"), ground.read("lib.py")),
        (NEAT.to_owned(), MESSY.to_owned())
    );
    let said = ground.hive(&["undo", "--json"]).expect(0).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["undone"]["kind"], "commit");
    assert_eq!(said["undone"]["paths"][0], "app.py");
    assert_eq!(ground.read("app.py"), MESSY);
    let nothing = ground.hive(&["undo"]).expect(2).stderr;
    assert!(nothing.contains("nothing"), "{nothing}");
    ground.hive(&["undo", "HEAD"]).expect(0);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
}

#[test]
fn staged_and_unstaged_edits_survive_an_undo() {
    let ground = Ground::new();
    let mine = ground.commit("app.py", &format!("{MESSY}{END}"), "feat: app");
    ground.landed_after(&mine);
    let staged = format!("{NEAT}{END}A = 1\n");
    ground.write("app.py", &staged);
    ground.git(&["add", "app.py"]);
    ground.write("app.py", &format!("{staged}B = 2\n"));
    ground.hive(&["undo"]).expect(0);
    assert_eq!(ground.stored("HEAD", "app.py"), format!("{MESSY}{END}"));
    assert_eq!(ground.stored("", "app.py"), format!("{MESSY}{END}A = 1\n"));
    assert_eq!(ground.read("app.py"), format!("{MESSY}{END}A = 1\nB = 2\n"));
    ground.is_sound();
}

#[test]
fn only_what_is_hives_is_taken_back() {
    let ground = Ground::new();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    let refused = ground.hive(&["undo", &mine]).expect(2).stderr;
    assert!(
        refused.contains(&format!("git revert {}", &mine[..7])),
        "{refused}"
    );
    let refused = ground.hive(&["undo", "nowhere"]).expect(2).stderr;
    assert!(
        refused.contains("nowhere") && refused.contains("hive history"),
        "{refused}"
    );
    let hives = ground.head();
    ground.git(&["commit", "--quiet", "--amend", "-m", "mine now"]);
    let refused = ground.hive(&["undo", &hives]).expect(2).stderr;
    assert!(refused.contains("git "), "{refused}");
    ground.git(&["switch", "--quiet", "--create", "other", &mine]);
    let refused = ground.hive(&["undo", &hives]).expect(2).stderr;
    assert!(refused.contains("git "), "{refused}");
}

#[test]
fn written_files_are_put_back_unless_they_were_edited() {
    let ground = Ground::new();
    for path in ["one.py", "two.py"] {
        ground.write(path, MESSY);
    }
    ground.hive(&["fix", "one.py", "two.py"]).expect(0);
    assert_eq!(ground.read("one.py"), NEAT);
    let edited = format!("{NEAT}\n\nA = 1\n");
    ground.write("two.py", &edited);
    let said = ground.hive(&["undo"]).expect(1);
    assert!(said.stdout.contains("one.py"), "{}", said.stdout);
    assert!(said.stderr.contains("two.py stays"), "{}", said.stderr);
    assert_eq!(ground.read("one.py"), MESSY);
    assert_eq!(ground.read("two.py"), edited);
    // What was put back is not put forth again.
    let again = ground.hive(&["undo"]).expect(2).stderr;
    assert!(
        again.contains("two.py") && again.contains("hive undo COMMIT"),
        "{again}"
    );
    assert_eq!(ground.read("one.py"), MESSY);
}
