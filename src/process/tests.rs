//! Real programs under real limits.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use super::*;
use crate::clock;

fn shell(script: &str) -> Program {
    Program::new("/bin/sh").args(["-c", script])
}

fn limits(output: u64, deadline: Option<Duration>) -> Limits {
    Limits {
        memory: None,
        output,
        deadline,
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim()
}

/// Waits until no process has this id, or panics after ten seconds.
fn gone(pid: &str) {
    let until = clock::now() + Duration::from_secs(10);
    while std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
    {
        assert!(clock::now() < until, "process {pid} is still there");
        thread::yield_now();
    }
}

#[test]
fn input_output_and_status_come_through() {
    let big = vec![b'x'; 1 << 20];
    let finished = shell("cat; echo oops >&2; exit 3")
        .stdin_bytes(big.clone())
        .run()
        .unwrap();
    assert_eq!(finished.status, Status::Code(3));
    assert_eq!(finished.stdout, big);
    assert_eq!(finished.stderr, b"oops\n");
    let signalled = shell("kill -9 $$").run().unwrap();
    assert_eq!(signalled.status, Status::Signal(9));
}

#[test]
fn a_program_that_ignores_its_input_is_no_error() {
    let finished = shell("exit 0").stdin_bytes(vec![0; 1 << 20]).run().unwrap();
    assert!(finished.status.success());
}

#[test]
fn the_environment_is_a_short_list() {
    let finished = shell("env").env("GIT_DIR", "/x").run().unwrap();
    let names: Vec<&str> = text(&finished.stdout)
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert!(names.contains(&"PATH") && names.contains(&"LC_ALL"));
    assert!(names.contains(&"GIT_DIR"), "set explicitly");
    assert!(
        !names.iter().any(|name| name.starts_with("CARGO")),
        "cargo sets these for every test: {names:?}"
    );
}

#[test]
fn the_four_ways_not_to_start_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    std::fs::write(&plain, "x").unwrap();
    let script = dir.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, executable).unwrap();

    assert!(matches!(
        Program::new("/no/such/tool").arg("a b").run(),
        Err(ProgramError::NotFound { command }) if command == "/no/such/tool 'a b'"
    ));
    for path in [plain, script] {
        let error = Program::new(path).run().unwrap_err();
        assert!(matches!(error, ProgramError::NotExecutable { .. }));
    }
    let error = shell("true").current_dir("/no/such/place").run();
    assert!(matches!(error, Err(ProgramError::NoDirectory { .. })));
}

#[test]
fn too_much_output_ends_the_program() {
    for script in ["yes", "yes >&2"] {
        let error = shell(script).limits(limits(10_000, None)).run();
        assert!(matches!(
            error,
            Err(ProgramError::TooMuchOutput { cap: 10_000, .. })
        ));
    }
}

#[test]
fn a_deadline_ends_the_whole_group() {
    let dir = tempfile::tempdir().unwrap();
    let note = dir.path().join("pid");
    let script = format!("sleep 600 & echo $! > {}; wait", note.display());
    let after = Duration::from_millis(300);
    let error = shell(&script).limits(limits(1, Some(after))).run();
    assert!(matches!(error, Err(ProgramError::Deadline { .. })));
    gone(std::fs::read_to_string(note).unwrap().trim());
}

#[test]
fn what_a_program_leaves_behind_goes_with_it() {
    let finished = shell("sleep 600 & echo $!").run().unwrap();
    gone(text(&finished.stdout));
}

#[test]
fn a_process_that_left_the_group_with_the_pipe_is_not_waited_for() {
    let begin = clock::now();
    let finished = shell("setsid sleep 5 & echo $!").run().unwrap();
    assert!(finished.status.success());
    assert!(clock::now() - begin < Duration::from_secs(4));
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let program = shell("x=0123456789abcdef; while :; do x=$x$x; done").limits(Limits {
        memory: Some(64 << 20),
        output: 10_000,
        deadline: Some(Duration::from_mins(1)),
    });
    let finished = program.run().unwrap();
    assert!(!finished.status.success(), "{finished:?}");
}

#[test]
fn a_conversation() {
    let mut piped = shell("read a; echo got $a; echo talk >&2; read b; exit 5")
        .spawn_piped()
        .unwrap();
    let mut stdin = piped.take_stdin().unwrap();
    let mut stdout = piped.take_stdout().unwrap();
    stdin.write_all(b"hello\n").unwrap();
    let mut answer = [0; 10];
    stdout.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"got hello\n");
    assert_eq!(piped.try_wait().unwrap(), None);
    drop(stdin);
    assert_eq!(piped.wait().unwrap(), Status::Code(5));
    assert_eq!(piped.stderr_tail(), b"talk\n");
    assert_eq!(piped.try_wait().unwrap(), Some(Status::Code(5)));
}

#[test]
fn the_end_of_standard_error_is_kept() {
    let mut piped = shell("yes line | head -c 300000 >&2; echo last >&2")
        .spawn_piped()
        .unwrap();
    piped.wait().unwrap();
    let tail = piped.stderr_tail();
    assert_eq!(tail.len(), 64 << 10);
    assert!(tail.ends_with(b"last\n"));
}

#[test]
fn a_group_that_does_not_listen_is_killed() {
    let mut piped = shell("trap '' TERM; echo ready; while :; do sleep 600; done")
        .spawn_piped()
        .unwrap();
    let mut ready = [0; 6];
    piped.take_stdout().unwrap().read_exact(&mut ready).unwrap();
    assert_eq!(piped.kill_group().unwrap(), Status::Signal(9));
}

#[test]
fn dropping_a_conversation_ends_it() {
    let mut piped = shell("sleep 600 & echo $!; wait").spawn_piped().unwrap();
    let mut stdout = piped.take_stdout().unwrap();
    let mut pid = Vec::new();
    while !pid.ends_with(b"\n") {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        pid.extend(byte);
    }
    drop(piped);
    gone(text(&pid));
}

/// A program started by a thread must outlive that thread: the kernel sends the
/// parent-death signal when the forking thread ends.
#[test]
fn a_program_outlives_the_thread_that_asked_for_it() {
    let mut piped = thread::spawn(|| shell("read line; exit 7").spawn_piped().unwrap())
        .join()
        .unwrap();
    let mut stdin = piped.take_stdin().unwrap();
    stdin.write_all(b"go\n").unwrap();
    assert_eq!(piped.wait().unwrap(), Status::Code(7));
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_does_not_survive_this_process() {
    let finished = Program::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::tests::a_process_that_is_killed"])
        .args(["--ignored", "--nocapture"])
        .run()
        .unwrap();
    assert_eq!(finished.status, Status::Signal(9));
    let output = text(&finished.stdout);
    let (_, pid) = output.rsplit_once("child ").expect("the helper's line");
    gone(pid);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "kills its process; the test above runs it"]
fn a_process_that_is_killed() {
    if !std::env::args().any(|arg| arg == "--exact") {
        return; // somebody runs all ignored tests
    }
    let piped = Program::new("sleep").arg("600").spawn_piped().unwrap();
    println!("child {}", piped.pid());
    let me = rustix::process::getpid();
    rustix::process::kill_process(me, rustix::process::Signal::KILL).unwrap();
}
