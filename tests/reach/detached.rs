//! `hive watch` without a terminal: `--detach`, `--stop`, its log, and what a supervisor
//! is told.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::net::UnixDatagram;

use hive_test_support::{PATIENCE, Sandbox, wait_for};

use super::{HIVE, MESSY, NEAT, write_sources};

/// A repository with hive in it, whose hooks leave the work to the agent.
fn repository() -> Sandbox {
    let mut sandbox = Sandbox::repository(HIVE);
    sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    sandbox.write("clean.py", NEAT);
    sandbox.commit("first");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox.commit("hive");
    sandbox
}

const LOG: &str = ".git/hive/log/watch.log";

fn agent(sandbox: &Sandbox) -> serde_json::Value {
    let status = sandbox.hive(&["status", "--json"]).expect(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    status["agent"].clone()
}

fn stop(sandbox: &Sandbox) {
    sandbox
        .hive(&["watch", "--stop"])
        .expect(0)
        .warns("has ended");
    wait_for("the end of all processes", || {
        sandbox.processes().is_empty()
    });
}

#[test]
fn a_detached_agent_is_ready_when_the_command_returns() {
    let sandbox = repository();
    sandbox
        .hive(&["watch", "--stop"])
        .expect(0)
        .warns("no `hive watch` is at work here");
    let ran = sandbox.hive(&["watch", "--detach"]).expect(0);
    let pid = agent(&sandbox)["pid"].as_u64().expect("an agent");
    assert!(
        ran.stderr
            .contains(&format!("hive watches in the background (process {pid})")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(LOG), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");

    // A second one is refused, as in a terminal.
    for args in [&["watch", "--detach"][..], &["watch"]] {
        let said = format!("`hive watch` is at work already (process {pid})");
        sandbox.hive(args).expect(2).warns(&said);
    }

    // It does what an agent does, and says so in its log.
    write_sources(&sandbox);
    sandbox.commit("feat: a");
    wait_for("a commit of hive's", || {
        sandbox
            .git(&["log", "-1", "--format=%s"])
            .stdout
            .starts_with("chore(qa)")
    });
    assert_eq!(sandbox.read("a.py"), NEAT);
    wait_for("a line about it", || sandbox.read(LOG).contains("landed"));
    stop(&sandbox);
    assert!(
        sandbox.read(LOG).ends_with("stopped\n"),
        "{}",
        sandbox.read(LOG)
    );
    assert_eq!(agent(&sandbox), serde_json::Value::Null);
}

#[test]
fn why_it_is_not_ready_is_said_by_the_command() {
    let sandbox = repository();
    sandbox.write("hive.toml", "lnit = \"ruff\"\n");
    let plain = sandbox.hive(&["watch"]);
    let detached = sandbox.hive(&["watch", "--detach"]);
    assert_eq!(detached.code, plain.code);
    assert_ne!(detached.code, Some(0));
    assert_eq!(detached.stderr, plain.stderr);
    assert_eq!(sandbox.processes(), [""; 0]);
    // Outside a repository, and with what does not go together.
    Sandbox::new(HIVE)
        .hive(&["watch", "--detach"])
        .expect(2)
        .warns("no repository");
    sandbox.hive(&["watch", "--detach", "--json"]).expect(2);
}

#[test]
fn the_log_is_bounded_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = repository();
    let full = "x".repeat(1 << 20);
    fs::create_dir_all(sandbox.path(".git/hive/log")).unwrap();
    for (name, text) in [
        ("", &full),
        (".1", &"one".to_owned()),
        (".2", &"two".to_owned()),
        (".3", &"three".to_owned()),
    ] {
        fs::write(sandbox.path(&format!("{LOG}{name}")), text).unwrap();
    }
    sandbox.hive(&["watch", "--detach"]).expect(0);
    assert!(sandbox.read(LOG).len() < full.len());
    assert!(sandbox.read(&format!("{LOG}.1")) == full);
    assert_eq!(sandbox.read(&format!("{LOG}.2")), "one");
    assert_eq!(sandbox.read(&format!("{LOG}.3")), "two");
    assert!(!sandbox.path(&format!("{LOG}.4")).exists());
    let mode = fs::metadata(sandbox.path(LOG))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    // While it runs: the next line begins a new file, and goes on in it.
    let mut log = OpenOptions::new()
        .append(true)
        .open(sandbox.path(LOG))
        .unwrap();
    log.write_all(full.as_bytes()).unwrap();
    sandbox.write("a.py", MESSY);
    sandbox.commit("feat: a");
    // In the middle of the renaming a name is nobody's.
    let now = |name: &str| fs::read_to_string(sandbox.path(name)).unwrap_or_default();
    wait_for("a full log and a new one", || {
        now(&format!("{LOG}.1")).contains(&full) && now(LOG).len() < full.len()
    });
    stop(&sandbox);
    assert!(
        sandbox.read(LOG).ends_with("stopped\n"),
        "{}",
        sandbox.read(LOG)
    );
    let names = fs::read_dir(sandbox.path(".git/hive/log")).unwrap().count();
    assert_eq!(names, 4);
    sandbox.hive(&["uninit"]).expect(0);
    assert!(!sandbox.path(".git/hive").exists());
}

/// systemd's protocol, spoken with a real socket.
#[test]
fn a_supervisor_is_told_when_the_agent_is_ready_and_when_it_ends() {
    let mut sandbox = repository();
    let path = sandbox.directory().join("run/notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    sandbox.set("NOTIFY_SOCKET", path.to_str().unwrap());
    let mut agent = sandbox.start(&["watch"]);
    let told = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("a word");
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    assert_eq!(
        told(),
        format!("READY=1\nSTATUS=watching {}", sandbox.root().display())
    );
    // It is so: whoever stops it now stops an agent.
    sandbox.hive(&["watch", "--stop"]).expect(0);
    assert_eq!(told(), "STOPPING=1");
    assert_eq!(agent.wait().unwrap().code(), Some(0));
    // One that is not there, or is none, is no reason not to work.
    drop(socket);
    for nobody in [path.to_str().unwrap(), "@hive-test-nobody", "nonsense"] {
        sandbox.set("NOTIFY_SOCKET", nobody);
        sandbox.hive(&["watch", "--once"]).expect(0);
    }
}
