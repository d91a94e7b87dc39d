//! A first day with hive, as a person types it. The texts beside this file were written
//! before the commands; README shows them in short.

use std::fs;
use std::path::Path;

use hive_test_support::wait_for;

use crate::ground::Ground;
use crate::story::Story;

/// A module as it is written in a hurry.
const APP: &str = "\
import sys
import os
from json import  dumps


def save( path,data ):
    with open(path, \"w\") as file:
        file.write(dumps(data))
    return os.path.getsize(path)
";

/// One in which something needs a person.
const LOAD: &str = "\
from json import loads


def load(path):
    try:
        with open(path) as file:
            return loads(file.read())
    except:
        return None
";

/// The next commit's hook has something to tell.
fn notice(story: &Story) {
    let notice = story.ground.sandbox.path(".git/hive/notice");
    wait_for("a notice", || notice.exists());
}

/// No process of hive's is left that could act in between.
fn rest(story: &Story) {
    story.ground.settled();
}

#[test]
fn init() {
    let mut story = Story::new(Ground::bare());
    story.types("hive init --yes");
    story.types("git add hive.toml && git commit -qm 'Use hive'");
    rest(&story);
    story.types("hive status");
    story.is("init");
}

#[test]
fn first_commit() {
    let mut story = Story::new(Ground::new());
    story.ground.write("app.py", APP);
    story.types("git add app.py && git commit -qm 'Save data'");
    story.types("hive wait");
    story.types("git log --oneline -2");
    story.types("git show --stat --format=%B HEAD");
    notice(&story);
    rest(&story);
    story.tells("The next commit's hook says what happened since.");
    story.types("git commit -q --allow-empty -m 'Go on'");
    rest(&story);
    story.types("hive undo");
    story.types("cat app.py");
    story.is("first-commit");
}

#[test]
fn first_question() {
    let mut story = Story::new(Ground::new());
    story.ground.write("load.py", LOAD);
    story.types("git add load.py && git commit -qm 'Load data'");
    story.types("hive wait");
    notice(&story);
    rest(&story);
    story.types("git commit -q --allow-empty -m 'Go on'");
    rest(&story);
    story.types("hive escalations");
    story.answers("hive next", "i a broken file counts as none");
    story.types("git diff");
    story.types("git commit -qam 'Say why' && hive wait");
    rest(&story);
    story.tells("A month later, somebody writes the same again.");
    let again = LOAD.replace("load", "read").replace("None", "{}");
    story.ground.write("read.py", &again);
    story.types("git add read.py && git commit -qm 'Read data' && hive wait");
    rest(&story);
    story.types("hive escalations show 2");
    story.types("hive dismiss 2 -m 'the same as in load'");
    story.types("hive escalations");
    story.is("first-question");
}

#[test]
fn first_conflict() {
    let mut story = Story::new(Ground::new().patient());
    story.ground.write("app.py", APP);
    story.types("git add app.py && git commit -qm 'Save data'");
    let edited = APP.replace(
        "def save( path,data ):",
        "def save( path,data,mode=\"w\" ):",
    );
    story.ground.write("app.py", &edited);
    story.tells("The next edit meets the fix in the same line.");
    story.types("hive wait");
    rest(&story);
    story.types("hive status");
    story.types("hive escalations");
    story.types("git diff --stat");
    story.types("git commit -qam 'Let the mode be chosen' && hive wait");
    rest(&story);
    story.types("hive escalations");
    story.types("git log --format=%s -3 && cat app.py");
    story.is("first-conflict");
}

#[test]
fn a_coding_agent() {
    let mut story = Story::new(Ground::new());
    story.ground.write("app.py", APP);
    story.types("git add -A && git commit -qm 'Save data' && hive wait");
    story.types("git diff --stat HEAD~1 HEAD");
    notice(&story);
    rest(&story);
    story.ground.write("load.py", LOAD);
    story.types("git add -A && git commit -qm 'Load data' && hive wait");
    notice(&story);
    rest(&story);
    story.types("hive suppress 1 -m 'a broken file counts as none'");
    story.types("git commit -qam 'Say why' && hive wait");
    story.is("a-coding-agent");
}

#[test]
fn a_doubt() {
    let mut story = Story::new(Ground::new());
    story.ground.write("app.py", APP);
    story.ground.write("gen_pb2.py", "x=1\n");
    story.types("git add -A && git commit -qm 'Save data' && hive wait");
    rest(&story);
    story.types("hive why app.py");
    story.types("hive why gen_pb2.py");
    story.types("hive why clean.py");
    story.types("hive why nothing.py");
    story.types("hive show HEAD");
    story.is("a-doubt");
}

/// README shows pieces of the day, and nothing else: each of its lines is a line of one of
/// the transcripts, in their order. `…` stands for lines that are left out.
#[test]
fn the_readme_shows_the_day() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, section) = readme.split_once("## A first day\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let day: Vec<String> = fs::read_dir(root.join("tests/people/day"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in section.lines().filter(|line| !line.is_empty()) {
        let shown = line.strip_prefix("    ");
        match (shown, inside) {
            (Some(line), true) => blocks.last_mut().unwrap().push(line),
            (Some(line), false) => blocks.push(vec![line]),
            (None, _) => {}
        }
        inside = shown.is_some();
    }
    assert_eq!(blocks.len(), 4, "{blocks:?}");
    for block in blocks {
        let is_in = |transcript: &String| {
            let mut lines = transcript.lines();
            let mut wanted = block.iter().filter(|line| **line != "…");
            wanted.all(|line| lines.any(|one| one == *line))
        };
        assert!(day.iter().any(is_in), "no transcript has {block:#?}");
    }
}
