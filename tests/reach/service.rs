//! `hive service`: the real texts, checked by systemd's own checker and by a reader of
//! property lists; orders to a systemd that is stood in for, since the tests' user has none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use hive_test_support::{Sandbox, tools, wait_for};

use super::{HIVE, NEAT};

fn repository() -> Sandbox {
    let sandbox = Sandbox::repository(HIVE);
    sandbox.write("clean.py", NEAT);
    sandbox.commit("first");
    sandbox
}

/// A `systemctl` that notes its orders, starts what a unit says, and answers as asked.
fn systemd(sandbox: &mut Sandbox, obeys: bool) {
    let bin = sandbox.home().join("systemd-bin");
    fs::create_dir_all(&bin).unwrap();
    let refuses = if obeys {
        ""
    } else {
        "echo 'Failed to connect to bus' >&2; exit 1"
    };
    let script = format!(
        "#!/bin/sh\necho \"$*\" >>\"$HOME/orders\"\n{refuses}\n\
         [ \"$2\" = is-active ] && {{ echo active; exit 0; }}\nexit 0\n"
    );
    fs::write(bin.join("systemctl"), script).unwrap();
    fs::set_permissions(bin.join("systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    sandbox.set("PATH", format!("{}:{path}", bin.display()));
}

fn orders(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.home().join("orders")).unwrap_or_default()
}

fn units(sandbox: &Sandbox) -> Vec<PathBuf> {
    let directory = sandbox.home().join(".config/systemd/user");
    let entries = fs::read_dir(directory);
    entries.map_or_else(
        |_| Vec::new(),
        |entries| entries.map(|entry| entry.unwrap().path()).collect(),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn it_is_installed_looked_at_and_taken_away() {
    let mut sandbox = repository();
    systemd(&mut sandbox, true);
    let none = sandbox.hive(&["service", "status"]).expect(0).stdout;
    assert!(
        none.contains("not installed; `hive service install`"),
        "{none}"
    );
    sandbox
        .hive(&["service", "install"])
        .expect(0)
        .warns("hive watches here now");
    let [unit] = &units(&sandbox)[..] else {
        panic!("{:?}", units(&sandbox))
    };
    let name = unit.file_name().unwrap().to_str().unwrap();
    assert_eq!(
        orders(&sandbox),
        format!("--user daemon-reload\n--user enable --now {name}\n")
    );
    let text = fs::read_to_string(unit).unwrap();
    for line in [
        "Type=notify".to_owned(),
        format!("WorkingDirectory={}", sandbox.root().display()),
        "Restart=on-failure".to_owned(),
        "WantedBy=default.target".to_owned(),
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    // Again: nothing changes. Another binary in PATH or another PATH: it is started anew.
    sandbox
        .hive(&["service", "install"])
        .expect(0)
        .warns("already there");
    assert_eq!(fs::read_to_string(unit).unwrap(), text);
    let status = sandbox
        .hive(&["service", "status", "--json"])
        .expect(0)
        .stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["installed"], true);
    assert_eq!(status["state"], "active");
    assert_eq!(status["name"], name);
    assert_eq!(status["agent"], serde_json::Value::Null);
    let shown = sandbox.hive(&["service", "status"]).expect(0).stdout;
    assert!(shown.contains("says it is active"), "{shown}");
    assert!(shown.contains("no `hive watch` is at work here"), "{shown}");

    sandbox
        .hive(&["service", "remove"])
        .expect(0)
        .warns("is removed");
    assert!(units(&sandbox).is_empty());
    assert!(orders(&sandbox).contains(&format!("--user disable --now {name}\n")));
    sandbox
        .hive(&["service", "remove"])
        .expect(0)
        .warns("no service of hive's");
}

#[cfg(target_os = "linux")]
#[test]
fn where_systemd_does_not_answer_nothing_is_left_and_the_way_is_named() {
    let mut sandbox = repository();
    systemd(&mut sandbox, false);
    let ran = sandbox.hive(&["service", "install"]).expect(3);
    assert!(
        ran.stderr.contains("Failed to connect to bus"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`hive watch --detach`"),
        "{}",
        ran.stderr
    );
    assert!(units(&sandbox).is_empty());
    // No systemd at all.
    let bin = sandbox.home().join("bare");
    fs::create_dir(&bin).unwrap();
    let git = sandbox
        .run("sh", &["-c", "command -v git"])
        .expect(0)
        .stdout;
    std::os::unix::fs::symlink(git.trim(), bin.join("git")).unwrap();
    sandbox.set("PATH", bin.to_str().unwrap());
    let ran = sandbox.hive(&["service", "install"]).expect(3);
    assert!(
        ran.stderr.contains("`systemctl` is not in PATH"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`hive watch --detach`"),
        "{}",
        ran.stderr
    );
    assert!(units(&sandbox).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_in_the_way_is_left_alone() {
    let mut sandbox = repository();
    systemd(&mut sandbox, true);
    sandbox.hive(&["watch", "--detach"]).expect(0);
    sandbox
        .hive(&["service", "install"])
        .expect(2)
        .warns("`hive watch --stop` ends it");
    assert_eq!(orders(&sandbox), "");
    sandbox.hive(&["watch", "--stop"]).expect(0);
    wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
    sandbox.hive(&["service", "install"]).expect(0);
    let unit = units(&sandbox).remove(0);
    fs::write(&unit, "[Unit]\nDescription=mine\n").unwrap();
    for verb in ["install", "remove", "status"] {
        sandbox
            .hive(&["service", verb])
            .expect(2)
            .warns("is there and not hive's");
    }
    assert_eq!(
        fs::read_to_string(&unit).unwrap(),
        "[Unit]\nDescription=mine\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn uninit_takes_the_service_away_too() {
    let mut sandbox = repository();
    systemd(&mut sandbox, true);
    sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox.hive(&["service", "install"]).expect(0);
    sandbox
        .hive(&["uninit"])
        .expect(0)
        .warns("the service of `hive service install`: removed");
    assert!(units(&sandbox).is_empty());
}

/// A path with everything that a unit's syntax gives a meaning to.
fn awkward() -> (Sandbox, PathBuf) {
    let sandbox = repository();
    let path = sandbox.home().join("a 100% $HOME \"q\" & <b>");
    let name = path.to_str().unwrap().to_owned();
    sandbox
        .git(&["worktree", "add", "-q", "-b", "side", &name])
        .expect(0);
    (sandbox, path)
}

#[test]
fn systemd_itself_finds_no_fault_with_the_unit() {
    let (sandbox, path) = awkward();
    for directory in [sandbox.root(), path] {
        let text = sandbox.hive_in(
            &directory,
            &["service", "install", "--print", "--manager", "systemd"],
        );
        let text = text.expect(0).stdout;
        let unit = sandbox.home().join("hive-test.service");
        fs::write(&unit, &text).unwrap();
        let shown = directory.to_str().unwrap().replace('%', "%%");
        assert!(
            text.contains(&format!("WorkingDirectory={shown}\n")),
            "{text}"
        );
        if sandbox
            .run("sh", &["-c", "command -v systemd-analyze"])
            .code
            == Some(0)
        {
            let ran = sandbox.run(
                "systemd-analyze",
                &["verify", "--user", "--man=no", unit.to_str().unwrap()],
            );
            assert_eq!(
                (ran.code, ran.stderr.contains("hive-test")),
                (Some(0), false),
                "{ran:?}\n{text}"
            );
        }
    }
    assert!(units(&sandbox).is_empty());
}

#[test]
fn the_property_list_says_the_same() {
    let (sandbox, path) = awkward();
    let text = sandbox.hive_in(
        &path,
        &["service", "install", "--print", "--manager", "launchd"],
    );
    let file = sandbox.home().join("hive.plist");
    fs::write(&file, text.expect(0).stdout).unwrap();
    let script = "\
import plistlib, sys
said = plistlib.load(open(sys.argv[1], 'rb'))
assert said['WorkingDirectory'] == sys.argv[2], said
assert said['ProgramArguments'][1:] == ['watch', '--log'], said
assert said['Label'].startswith('hive.'), said
assert said['RunAtLoad'] is True and said['KeepAlive'] == {'SuccessfulExit': False}, said
assert said['EnvironmentVariables']['PATH'], said
";
    let root = fs::canonicalize(&path).unwrap();
    let args = ["-c", script, file.to_str().unwrap(), root.to_str().unwrap()];
    sandbox.run(tools().join("bin/python"), &args).expect(0);
}
