//! Trust: given once, lost by a change, never given to what git tracks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hive::fixers::Tool;
use hive::repo::Place;
use hive::settings::trust::{Consent, ToolFile, Trust, TrustAnswer};
use hive::settings::{self, Overrides, Settings};

use crate::world::World;

/// An environment with a script and an interpreter, as an installer makes it.
fn virtual_environment(root: &Path) -> ToolFile {
    let bin = root.join(".venv/bin");
    fs::create_dir_all(&bin).unwrap();
    let python = bin.join("python");
    fs::write(&python, b"\x7fELF interpreter").unwrap();
    fs::write(
        root.join(".venv/pyvenv.cfg"),
        format!("home = /usr\ncommand = -m venv {}/.venv\n", root.display()),
    )
    .unwrap();
    let black = bin.join("black");
    fs::write(&black, format!("#!{}\nimport black\n", python.display())).unwrap();
    ToolFile {
        tool: Tool::Black,
        version: Some("24.10.0".to_owned()),
        path: black,
        python: Some(python),
    }
}

fn settings_of(world: &World) -> Settings {
    settings::load(Some(&world.place()), &Overrides::default())
        .unwrap()
        .team
}

fn changes(answer: TrustAnswer) -> Vec<String> {
    match answer {
        TrustAnswer::Changed { what } => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn trust_is_given_once_and_lost_by_a_change() {
    let world = World::new();
    let records = world.home.path().join("records");
    let tools = [virtual_environment(&world.root)];
    let settings = settings_of(&world);
    let mut trust = Trust::open(&records, Some(&world.place())).unwrap();
    let check = |trust: &Trust, settings: &Settings| {
        trust.check(settings, &tools, Consent::Recorded).unwrap()
    };
    assert_eq!(check(&trust, &settings), TrustAnswer::Never);
    assert_eq!(
        trust.check(&settings, &tools, Consent::ThisRun).unwrap(),
        TrustAnswer::Trusted
    );

    let proposal = trust.propose(&settings, &tools).unwrap();
    let paths: Vec<&str> = proposal.tools[0]
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [".venv/bin/black", ".venv/bin/python", ".venv/pyvenv.cfg"]
    );
    trust.record(proposal).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let record = fs::read_dir(&records)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!((mode(&records), mode(&record)), (0o700, 0o600));

    let trust = Trust::open(&records, Some(&world.place())).unwrap();
    assert_eq!(check(&trust, &settings), TrustAnswer::Trusted);

    world.write("work/hive.toml", "format = \"black\"\n[worker]\nmax = 3\n");
    assert_eq!(
        changes(check(&trust, &settings_of(&world))),
        ["`format` is \"black\", trusted was \"auto\""]
    );
    fs::write(world.root.join(".venv/bin/python"), "another").unwrap();
    fs::remove_file(world.root.join(".venv/pyvenv.cfg")).unwrap();
    assert_eq!(
        changes(check(&trust, &settings)),
        [
            ".venv/bin/python has other content",
            "black no longer has .venv/pyvenv.cfg"
        ]
    );

    fs::set_permissions(&record, fs::Permissions::from_mode(0o666)).unwrap();
    let failure = Trust::open(&records, Some(&world.place())).unwrap_err();
    assert!(
        failure
            .to_string()
            .ends_with("could have been written by somebody else")
    );
    assert!(Trust::revoke_in(&records, &world.place()).unwrap());
    assert!(!Trust::revoke_in(&records, &world.place()).unwrap());
    let trust = Trust::open(&records, Some(&world.place())).unwrap();
    assert_eq!(check(&trust, &settings), TrustAnswer::Never);
}

#[test]
fn a_team_that_decides_nothing_of_its_own_needs_no_trust() {
    let world = World::new();
    let records = world.home.path().join("records");
    let trust = Trust::open(&records, Some(&world.place())).unwrap();
    assert_eq!(trust.undecided(&settings_of(&world)), None);
    world.write("work/hive.toml", settings::SAMPLE);
    assert_eq!(trust.undecided(&settings_of(&world)), None);
    world.write("work/hive.toml", "[golden.GR09]\nlevel = \"error\"\n");
    let reason = trust.undecided(&settings_of(&world)).unwrap();
    assert_eq!(
        reason,
        "this repository is not trusted to decide: `golden.RULE` is \
         {\"GR09\":{\"level\":\"error\"}}, the default is {}; see `hive trust`"
    );
}

#[test]
fn trust_holds_in_every_work_tree_with_the_same_environment() {
    let world = World::new();
    world.git(&[
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ]);
    world.git(&["worktree", "add", "-q", "../second"]);
    let second = world.root.parent().unwrap().join("second");
    let records = world.home.path().join("records");
    let settings = settings_of(&world);
    let mut trust = Trust::open(&records, Some(&world.place())).unwrap();
    let proposal = trust
        .propose(&settings, &[virtual_environment(&world.root)])
        .unwrap();
    trust.record(proposal).unwrap();

    let trust = Trust::open(&records, Place::find(&second).as_ref()).unwrap();
    let there = [virtual_environment(&second)];
    assert_eq!(
        trust.check(&settings, &there, Consent::Recorded).unwrap(),
        TrustAnswer::Trusted
    );
}

#[test]
fn a_tracked_tool_is_refused_even_for_one_run() {
    let world = World::new();
    let tools = [virtual_environment(&world.root)];
    world.git(&["add", "-f", ".venv/pyvenv.cfg"]);
    let trust = Trust::open(&world.home.path().join("records"), Some(&world.place())).unwrap();
    let settings = settings_of(&world);
    let refused = TrustAnswer::TrackedTool {
        path: world.root.join(".venv/pyvenv.cfg"),
    };
    assert_eq!(
        trust.check(&settings, &tools, Consent::ThisRun).unwrap(),
        refused
    );
    assert_eq!(
        trust.propose(&settings, &tools).unwrap_err().to_string(),
        refused.reason().unwrap()
    );
}

#[test]
fn outside_a_repository_programs_run_only_when_told() {
    let world = World::new();
    let trust = Trust::open(&world.home.path().join("records"), None).unwrap();
    let settings = settings_of(&world);
    let tools = [virtual_environment(&world.root)];
    assert_eq!(
        trust.check(&settings, &tools, Consent::Recorded).unwrap(),
        TrustAnswer::Outside
    );
    assert_eq!(
        trust.check(&settings, &tools, Consent::ThisRun).unwrap(),
        TrustAnswer::Trusted
    );
}
