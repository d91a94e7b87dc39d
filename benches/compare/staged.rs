//! Fifty staged files that all need a fix: hive, and its peers with two ruff hooks.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;

use crate::Wanted;
use crate::commits::managed;
use crate::corpus::{LEFTHOOK, PRE_COMMIT, SELECT, search_path, words};
use crate::files::command;
use crate::ground::Ground;
use crate::side::{Side, in_turn};
use crate::table::Line;

const FILES: usize = 50;

pub(crate) fn compare(wanted: &Wanted, tell: &mut impl FnMut(Line)) {
    if !wanted.has("50 staged files") {
        return;
    }
    let path = search_path();
    let ours = Rc::new(Ground::new(200));
    let hive = side(
        &ours,
        Side::hive,
        vec![command("fix", &["--no-memo", "--staged"])],
        &path,
    );
    let warm = Rc::new(Ground::new(200));
    let known = side(
        &warm,
        Side::hive,
        vec![command("fix", &["--staged"])],
        &path,
    );
    let prek = Rc::new(managed(
        "prek",
        ".pre-commit-config.yaml",
        PRE_COMMIT,
        &path,
    ));
    let theirs = side(&prek, Side::peer, vec![words(&["prek", "run"])], &path);
    let lefthook = Rc::new(managed("lefthook", "lefthook.yml", LEFTHOOK, &path));
    let run = vec![words(&["lefthook", "run", "pre-commit"])];
    let others = side(&lefthook, Side::peer, run, &path);
    let pre_commit = Rc::new(managed(
        "pre-commit",
        ".pre-commit-config.yaml",
        PRE_COMMIT,
        &path,
    ));
    let run = vec![words(&["pre-commit", "run"])];
    let slowest = side(&pre_commit, Side::peer, run, &path);
    let ran = in_turn(
        &[&hive, &known, &theirs, &others, &slowest],
        wanted.runs.unwrap_or(7),
    );
    // How they end is up to each (prek fails where it has fixed something): what they have
    // made of the files counts.
    let expected = contents(&ours);
    for (name, other) in [
        ("hive, warm", &warm),
        ("prek", &prek),
        ("lefthook", &lefthook),
        ("pre-commit", &pre_commit),
    ] {
        assert_eq!(
            contents(other),
            expected,
            "{name} makes something else of it"
        );
    }
    for (peer, at) in [("prek", 2), ("lefthook", 3), ("pre-commit", 4)] {
        let line = |name, ours: usize| Line::new(name, peer, Some(1.0), &ran[ours].0, &ran[at].0);
        tell(line("50 staged files, cold", 0));
        tell(line("50 staged files, warm", 1));
    }
}

fn file(number: usize) -> String {
    format!("pkg{}/module{number}.py", number / 20)
}

fn side(
    ground: &Rc<Ground>,
    kind: fn(&std::path::Path, Vec<Vec<String>>) -> Side,
    commands: Vec<Vec<String>>,
    path: &str,
) -> Side {
    ground.sandbox.write("pyproject.toml", SELECT);
    ground.sandbox.commit("settings");
    let prepared = Rc::clone(ground);
    let root: PathBuf = ground.root.clone();
    kind(&root, commands).finding(path).prepared(move || {
        prepared
            .sandbox
            .git(&["reset", "--quiet", "--hard"])
            .expect(0);
        for number in 0..FILES {
            let mut text = String::from("import sys\nimport os\n");
            for part in 0..20 {
                let _ = writeln!(
                    text,
                    "def f{part}( x,y = {number} ):\n  return os.path.join(x,'{part}' )"
                );
            }
            prepared.sandbox.write(&file(number), text);
        }
        prepared.sandbox.git(&["add", "--all"]).expect(0);
    })
}

fn contents(ground: &Ground) -> Vec<String> {
    (0..FILES)
        .map(|number| ground.sandbox.read(&file(number)))
        .collect()
}
