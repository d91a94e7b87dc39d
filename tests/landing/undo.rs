//! Taking a landing back.

use hive::landing::{Outcome, undoing};

use crate::ground::{BEFORE, Ground};

#[test]
fn the_inverse_lands_like_a_fix() {
    let ground = Ground::new();
    let commit = ground.land()[0];
    let undoable = undoing(&ground.site(), &commit, None, &ground.oid("HEAD")).unwrap();
    assert!(undoable.left.is_empty(), "{undoable:?}");
    let outcome = ground.try_land(vec![undoable.fixes]).unwrap();
    assert!(matches!(outcome, Outcome::Landed { .. }), "{outcome:?}");
    assert_eq!(ground.read("a.py"), BEFORE);
    assert_eq!(ground.git(&["show", "HEAD:a.py"]), BEFORE);
    assert_eq!(ground.git(&["status", "--porcelain"]), "");
    ground.is_sound();
    let again = undoing(&ground.site(), &commit, None, &ground.oid("HEAD")).unwrap();
    assert!(again.fixes.is_empty());
}

#[test]
fn later_edits_survive_an_undo() {
    let ground = Ground::new();
    let commit = ground.land()[0];
    ground.write(
        "a.py",
        &ground.read("a.py").replace("return 1", "return 10"),
    );
    ground.commit("later");
    let undoable = undoing(&ground.site(), &commit, None, &ground.oid("HEAD")).unwrap();
    ground.try_land(vec![undoable.fixes]).unwrap();
    assert_eq!(ground.read("a.py"), BEFORE.replace("return 1", "return 10"));

    ground.write("a.py", "import sys\nrewritten\n");
    ground.commit("all is other");
    let undoable = undoing(&ground.site(), &commit, None, &ground.oid("HEAD")).unwrap();
    assert!(
        undoable.fixes.is_empty() && undoable.left.len() == 1,
        "{undoable:?}"
    );
}
