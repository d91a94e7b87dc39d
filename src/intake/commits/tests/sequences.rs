//! Merges, rebases, cherry-picks, reverts, am.

use super::{World, only, paths};

/// Ann's branch with one commit, main with many by Bob.
fn diverged() -> World {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "topic"]);
    world.commit("a.py", "own\n");
    assert_eq!(world.paths(), ["a.py"]);
    world.git(&["switch", "-q", "main"]);
    for number in 0..40 {
        world.foreign(&format!("bob{number}.py"), "x\n");
    }
    world.git(&["switch", "-q", "topic"]);
    world.look();
    world
}

#[test]
fn a_rebase_over_forty_files_touches_the_own_one() {
    let mut world = diverged();
    world.git(&["rebase", "-q", "main"]);
    let seen = world.look();
    assert_eq!(paths(&seen), ["a.py"]);
    assert_eq!(seen.own, [world.oid("HEAD")]);
}

#[test]
fn a_rebase_that_stops_is_seen_in_its_parts_and_as_a_whole() {
    let mut world = diverged();
    world.commit("b.py", "2\n");
    world.look();
    let editor = "sequence.editor=sed -i '1s/pick/edit/'";
    world.git(&["-c", editor, "rebase", "-q", "-i", "main"]);
    let seen = world.look();
    assert_eq!(seen.reference, None, "in a rebase HEAD is detached");
    assert_eq!(paths(&seen), ["a.py"]);
    world.write("a.py", "edited\n");
    world.git(&["commit", "-qa", "--amend", "--no-edit"]);
    assert_eq!(world.paths(), ["a.py"]);
    world.git(&["rebase", "--continue"]);
    let seen = world.look();
    assert_eq!(seen.reference.as_deref(), Some("refs/heads/topic"));
    assert_eq!(paths(&seen), ["a.py", "b.py"]);
    assert_eq!(seen.own, [world.oid("HEAD~1"), world.oid("HEAD")]);
}

#[test]
fn squashed_commits_are_one() {
    let mut world = diverged();
    world.commit("b.py", "2\n");
    world.look();
    let editor = "sequence.editor=sed -i '2s/pick/squash/'";
    world.git(&["-c", editor, "rebase", "-q", "-i", "main"]);
    let seen = world.look();
    assert_eq!(paths(&seen), ["a.py", "b.py"]);
    assert_eq!(seen.own, [world.oid("HEAD")]);
}

#[test]
fn an_aborted_rebase_leaves_nothing_to_do() {
    let mut world = diverged();
    let editor = "sequence.editor=sed -i '1s/pick/edit/'";
    world.git(&["-c", editor, "rebase", "-q", "-i", "main"]);
    world.look();
    world.git(&["rebase", "--abort"]);
    assert!(world.look().own.is_empty());
}

#[test]
fn a_merge_adds_what_differs_from_all_parents() {
    let mut world = diverged();
    world.git(&["merge", "-q", "--no-edit", "main"]);
    let seen = world.look();
    assert_eq!(seen.own.len(), 1);
    assert!(seen.work.is_empty(), "{:?}", seen.work);

    world.git(&["switch", "-q", "main"]);
    world.foreign("a.py", "bob\n");
    world.git(&["switch", "-q", "topic"]);
    let (merged, _) = world.try_git(&["merge", "-q", "main"]);
    assert!(!merged, "a conflict");
    assert!(world.look().work.is_empty());
    world.write("a.py", "own\nbob\n");
    world.git(&["commit", "-qa", "--no-edit"]);
    let seen = world.look();
    let work = only(&seen);
    assert_eq!(work.path.as_str(), "a.py");
    assert_eq!(world.content(work.base.unwrap()), "own");
}

#[test]
fn a_branch_that_was_merged_before_anybody_looked_is_not_lost() {
    for merge in ["--no-ff", "--ff-only"] {
        let mut world = World::begun();
        world.git(&["switch", "-qc", "topic"]);
        let own = world.commit("a.py", "own\n");
        world.git(&["switch", "-q", "main"]);
        world.git(&["merge", "-q", "--no-edit", merge, "topic"]);
        let seen = world.look();
        assert_eq!(paths(&seen), ["a.py"], "{merge}");
        assert!(seen.own.contains(&own));
        assert_eq!(seen.work[0].commits, [own]);
        assert_eq!(world.content(seen.work[0].base.unwrap()), "a\nb\nc");
    }
}

#[test]
fn a_fast_forward_to_what_bob_made_is_not_own() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "bob"]);
    world.foreign("a.py", "bob\n");
    world.git(&["switch", "-q", "main"]);
    world.git(&["merge", "-q", "--ff-only", "bob"]);
    assert!(world.look().own.is_empty());
}

#[test]
fn picks_reverts_and_patches_are_own() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "other"]);
    world.foreign("a.py", "picked\n");
    world.git(&["switch", "-q", "main"]);
    world.look();
    world.git(&["cherry-pick", "other"]);
    assert_eq!(world.paths(), ["a.py"], "the committer is who picked");
    world.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(world.paths(), ["a.py"]);
    world.git(&["format-patch", "-q", "-1", "other", "-o", "../patches"]);
    let patch = world.home.path().join("patches/0001-by-Bob.patch");
    world.git(&["am", "-q", patch.to_str().unwrap()]);
    assert_eq!(world.paths(), ["a.py"]);
    // A pick that stops at a conflict is ended by a commit.
    world.git(&["switch", "-q", "other"]);
    world.foreign("a.py", "more\n");
    world.git(&["switch", "-q", "main"]);
    world.commit("a.py", "else\n");
    world.look();
    assert!(!world.try_git(&["cherry-pick", "other"]).0);
    world.write("a.py", "solved\n");
    world.git(&["commit", "-qa", "--no-edit"]);
    assert_eq!(world.paths(), ["a.py"]);
}

#[test]
fn reset_and_stash_make_no_work() {
    let mut world = World::begun();
    world.commit("a.py", "x\n");
    world.look();
    world.write("b.py", "dirty\n");
    world.git(&["stash", "-q"]);
    world.git(&["stash", "pop", "-q"]);
    world.git(&["checkout", "-q", "b.py"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let seen = world.look();
    assert!(seen.own.is_empty() && seen.work.is_empty());
    assert_eq!(seen.marks.len(), 1);
    world.git(&["reset", "-q", "--hard", "ORIG_HEAD"]);
    assert!(world.look().work.is_empty());
}

#[test]
fn what_others_do_to_a_touched_file_is_in_its_way() {
    let mut world = diverged();
    world.git(&["switch", "-q", "main"]);
    world.foreign("a.py", "a\nb\nc\nbob\n");
    world.git(&["switch", "-q", "topic"]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.look();
    world.commit("a.py", "ann\na\nb\nc\n");
    world.git(&["merge", "-q", "--no-edit", "main"]);
    let seen = world.look();
    let work = only(&seen);
    let own: Vec<bool> = work.versions.iter().map(|version| version.1).collect();
    assert_eq!(
        own,
        [false, true, true],
        "the merge differs from both parents"
    );
    assert_eq!(world.content(work.blob), "ann\na\nb\nc\nbob");
}
