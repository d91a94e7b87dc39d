//! Branches, work trees, detached heads and clones.

use super::{Whose, World, clone, look, only, paths};

#[test]
fn the_first_commit_of_a_new_branch_is_found() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "topic"]);
    let commit = world.commit("a.py", "x\n");
    let seen = world.look();
    assert_eq!(seen.reference.as_deref(), Some("refs/heads/topic"));
    assert_eq!(seen.own, [commit]);
    assert_eq!(paths(&seen), ["a.py"]);
}

#[test]
fn the_first_commit_in_a_new_work_tree_is_found() {
    let world = World::begun();
    let root = world.home.path().join("linked");
    world.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "topic",
        root.to_str().unwrap(),
    ]);
    let mut linked = World::elsewhere(root);
    let commit = linked.commit("b.py", "2\n");
    let seen = linked.look();
    assert_eq!(seen.own, [commit]);
    assert_eq!(only(&seen).path.as_str(), "b.py");
    // Somebody else's branch that is looked at here was not made here.
    let mut late = World::elsewhere(world.home.path().join("late"));
    world.git(&["branch", "other", "topic"]);
    world.git(&[
        "worktree",
        "add",
        "-q",
        late.root.to_str().unwrap(),
        "other",
    ]);
    assert!(late.look().own.is_empty());
    late.commit("a.py", "z\n");
    assert_eq!(late.paths(), ["a.py"]);
}

#[test]
fn commits_of_another_branch_wait_until_head_is_there_again() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "topic"]);
    world.commit("a.py", "x\n");
    world.git(&["switch", "-q", "main"]);
    world.commit("b.py", "2\n");
    assert_eq!(world.paths(), ["b.py"]);
    world.git(&["switch", "-q", "topic"]);
    assert_eq!(world.paths(), ["a.py"]);
    world.git(&["switch", "-q", "main"]);
    assert!(world.paths().is_empty());
}

#[test]
fn branches_from_before_hive_are_not_worked_on() {
    let mut world = World::empty(&[]);
    world.commit("a.py", "a\n");
    world.git(&["switch", "-qc", "old"]);
    world.commit("b.py", "old\n");
    world.git(&["switch", "-q", "main"]);
    let seen = world.first();
    assert_eq!(seen.marks.len(), 2);
    world.git(&["switch", "-q", "old"]);
    assert!(world.look().own.is_empty());
    world.commit("a.py", "new\n");
    assert_eq!(world.paths(), ["a.py"]);
}

#[test]
fn marks_of_branches_that_are_gone_are_pruned() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "topic"]);
    world.commit("a.py", "x\n");
    world.look();
    world.git(&["switch", "-q", "main"]);
    world.look();
    world.git(&["branch", "-qD", "topic"]);
    let place = world.place();
    let seen = look(&place, &world.marks, &|_| Whose::Person, false).unwrap();
    assert_eq!(seen.gone, ["refs/heads/topic"]);
}

#[test]
fn a_renamed_branch_keeps_its_mark() {
    let mut world = World::begun();
    world.git(&["switch", "-qc", "topic"]);
    world.commit("a.py", "x\n");
    assert_eq!(world.paths(), ["a.py"]);
    world.git(&["branch", "-m", "better"]);
    world.commit("b.py", "2\n");
    assert_eq!(world.paths(), ["b.py"]);
    assert!(
        world
            .marks
            .iter()
            .any(|mark| mark.reference == "refs/heads/better")
    );
}

#[test]
fn a_detached_head_counts_from_where_it_was_detached() {
    let mut world = World::begun();
    world.commit("a.py", "x\n");
    world.git(&["switch", "-q", "--detach"]);
    let commit = world.commit("b.py", "2\n");
    world.git(&["reset", "-q", "--hard"]);
    let seen = world.look();
    assert_eq!(seen.reference, None);
    assert_eq!(seen.own, [commit]);
    assert_eq!(paths(&seen), ["b.py"]);
    world.commit("b.py", "3\n");
    assert_eq!(world.paths(), ["b.py"]);
    world.git(&["switch", "-q", "main"]);
    assert_eq!(world.paths(), ["a.py"], "what was not looked at on main");
    world.git(&["switch", "-q", "--detach"]);
    assert!(world.paths().is_empty());
}

#[test]
fn what_comes_by_pull_and_fetch_is_not_own() {
    let origin = World::begun();
    origin.git(&["switch", "-q", "--detach"]);
    let mut here = clone(&origin, &origin.root, "here");
    here.git(&["switch", "-qC", "main", "origin/main"]);
    here.first();
    // Ann herself, at her other machine.
    let there = clone(&origin, &origin.root, "there");
    there.git(&["switch", "-qC", "main", "origin/main"]);
    there.commit("a.py", "there\n");
    there.git(&["push", "-q", "origin", "main"]);
    here.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    assert!(here.look().own.is_empty());
    // A merge that pull makes, and a rebase that it makes.
    there.commit("a.py", "there again\n");
    there.git(&["push", "-q", "origin", "main"]);
    let own = here.commit("b.py", "here\n");
    here.git(&["pull", "-q", "--no-rebase", "--no-edit", "origin", "main"]);
    let seen = here.look();
    assert_eq!(seen.own, [own]);
    assert_eq!(paths(&seen), ["b.py"]);
    here.git(&["push", "-q", "origin", "main"]);
    there.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    there.commit("a.py", "once more\n");
    there.git(&["push", "-q", "origin", "main"]);
    here.commit("b.py", "and here\n");
    here.git(&["pull", "-q", "--rebase", "origin", "main"]);
    let seen = here.look();
    assert_eq!(paths(&seen), ["b.py"]);
    assert_eq!(seen.own, [here.oid("HEAD")]);
}

#[test]
fn a_branch_of_a_colleague_that_is_switched_to_is_not_own() {
    let origin = World::begun();
    origin.git(&["switch", "-qc", "theirs"]);
    origin.commit("a.py", "theirs\n");
    origin.git(&["switch", "-q", "--detach", "main"]);
    let mut here = clone(&origin, &origin.root, "here");
    here.git(&["switch", "-qC", "main", "origin/main"]);
    here.first();
    here.git(&["switch", "-q", "theirs"]);
    assert!(here.look().own.is_empty());
    here.commit("b.py", "mine\n");
    assert_eq!(here.paths(), ["b.py"]);
}

#[test]
fn a_shallow_clone_is_looked_at_as_far_as_it_goes() {
    let origin = World::begun();
    let root = origin.home.path().join("shallow");
    let url = format!("file://{}", origin.root.display());
    origin.git(&["clone", "-q", "--depth", "1", &url, root.to_str().unwrap()]);
    let mut shallow = World::elsewhere(root);
    shallow.identify();
    shallow.first();
    let commit = shallow.commit("a.py", "x\n");
    let seen = shallow.look();
    assert_eq!(seen.own, [commit]);
    assert_eq!(paths(&seen), ["a.py"]);
    // The commit at the edge, amended: its parent is not here.
    shallow.git(&["reset", "-q", "--hard", "HEAD~1"]);
    shallow.look();
    shallow.write("b.py", "2\n");
    shallow.git(&["commit", "-qa", "--amend", "--no-edit"]);
    let seen = shallow.look();
    assert_eq!(seen.own.len(), 1);
}

/// A look at the branch that HEAD had gone back to took them for dealt with.
#[test]
fn what_was_left_before_a_look_is_found_when_it_is_merged() {
    for (merge, delete) in [("--no-ff", false), ("--ff-only", false), ("--no-ff", true)] {
        let mut world = World::begun();
        world.git(&["checkout", "-qb", "topic"]);
        let one = world.commit("a.py", "x\n");
        world.git(&["checkout", "-q", "main"]);
        assert!(world.paths().is_empty());
        // Looked at on its branch it is dealt with there, and not by the merge.
        world.git(&["checkout", "-qb", "looked"]);
        world.commit("b.py", "2\n");
        assert_eq!(world.paths(), ["b.py"]);
        world.git(&["checkout", "-q", "topic"]);
        assert_eq!(world.paths(), ["a.py"]);
        let two = world.commit("c.py", "3\n");
        world.git(&["checkout", "-q", "main"]);
        assert!(world.paths().is_empty());
        world.git(&["merge", "-q", "--no-edit", merge, "topic"]);
        if delete {
            world.git(&["branch", "-qd", "topic"]);
        }
        let seen = world.look();
        assert!(
            seen.own.contains(&two) && !seen.own.contains(&one),
            "{merge}"
        );
        assert_eq!(paths(&seen), ["c.py"], "{merge}");
        world.git(&["merge", "-q", "--no-edit", "looked"]);
        assert!(world.paths().is_empty(), "{merge}");
    }
    // Never looked at before, and rebased from elsewhere.
    let mut world = World::begun();
    world.git(&["checkout", "-qb", "topic"]);
    world.commit("a.py", "x\n");
    world.git(&["checkout", "-q", "main"]);
    world.foreign("b.py", "2\n");
    assert!(world.paths().is_empty());
    world.git(&["rebase", "-q", "main", "topic"]);
    world.git(&["checkout", "-q", "main"]);
    assert!(world.paths().is_empty());
    world.git(&["merge", "-q", "--ff-only", "topic"]);
    assert_eq!(world.paths(), ["a.py"]);
    assert!(world.paths().is_empty());
}
