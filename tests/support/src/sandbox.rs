//! A private home, an empty environment, and a directory to work in.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A place where nothing of the machine is seen but `PATH`.
pub struct Sandbox {
    directory: TempDir,
    binary: PathBuf,
    variables: Vec<(String, String)>,
    unset: Vec<String>,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Ran {
    /// Demands an exit code, showing everything when it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Demands that standard output holds a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "no `{text}` in\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Demands that standard output is a text.
    #[track_caller]
    pub fn is(self, text: &str) -> Self {
        assert_eq!(self.stdout, text, "\nstderr:\n{}", self.stderr);
        self
    }

    /// Demands that standard error holds a text.
    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no `{text}` in\nstderr:\n{}\nstdout:\n{}",
            self.stderr,
            self.stdout
        );
        self
    }
}

impl Sandbox {
    /// A sandbox for a binary (`env!("CARGO_BIN_EXE_hive")`), outside any repository.
    pub fn new(binary: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["home", "run", "work"] {
            fs::create_dir(directory.path().join(name)).expect("a directory in it");
        }
        Self {
            directory,
            binary: binary.into(),
            variables: Vec::new(),
            unset: Vec::new(),
        }
    }

    /// A sandbox whose working directory is a fresh git repository.
    pub fn repository(binary: &str) -> Self {
        let sandbox = Self::new(binary);
        sandbox
            .git(&["init", "--quiet", "--initial-branch=main"])
            .expect(0);
        sandbox.git(&["config", "user.name", "Ada"]).expect(0);
        sandbox
            .git(&["config", "user.email", "ada@example.org"])
            .expect(0);
        sandbox
    }

    /// Sets a variable for every command from now on.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.unset.retain(|it| it != name);
        self.variables.push((
            name.to_owned(),
            value.as_ref().to_str().expect("readable").to_owned(),
        ));
    }

    /// Takes back what was [`set`](Self::set).
    pub fn forget(&mut self, name: &str) {
        self.variables.retain(|(set, _)| set != name);
    }

    /// Takes a variable away from every command from now on.
    pub fn unset(&mut self, name: &str) {
        self.unset.push(name.to_owned());
    }

    /// The working directory.
    pub fn root(&self) -> PathBuf {
        fs::canonicalize(self.directory.path().join("work")).expect("it exists")
    }

    /// The private home.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// A path below the working directory.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// Writes a file below the working directory, making directories.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("it has one")).expect("directories");
        fs::write(path, content).expect("a file");
    }

    /// Writes an executable script.
    pub fn script(&self, relative: &str, content: &str) {
        self.write(relative, content);
        fs::set_permissions(self.path(relative), fs::Permissions::from_mode(0o755))
            .expect("a mode");
    }

    /// Reads a file below the working directory.
    #[track_caller]
    pub fn read(&self, relative: &str) -> String {
        String::from_utf8(self.bytes(relative)).expect("UTF-8")
    }

    /// Reads a file's bytes.
    #[track_caller]
    pub fn bytes(&self, relative: &str) -> Vec<u8> {
        fs::read(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Runs hive.
    pub fn hive(&self, args: &[&str]) -> Ran {
        finish(self.command(&self.binary, args).stdin(Stdio::null()))
    }

    /// Runs hive in a directory.
    pub fn hive_in(&self, directory: impl AsRef<Path>, args: &[&str]) -> Ran {
        finish(
            self.command(&self.binary, args)
                .stdin(Stdio::null())
                .current_dir(directory),
        )
    }

    /// What hive writes to standard output, as bytes.
    pub fn hive_bytes(&self, args: &[&str]) -> Vec<u8> {
        self.command(&self.binary, args)
            .stdin(Stdio::null())
            .output()
            .expect("hive")
            .stdout
    }

    /// Everything below the sandbox's own directory: working directory, `home`, `run`.
    pub fn directory(&self) -> PathBuf {
        fs::canonicalize(self.directory.path()).expect("it exists")
    }

    /// The command lines of processes that were started in this sandbox and still run.
    /// They are told by the private home in their environment (Linux), or by a path
    /// of the sandbox among their arguments.
    pub fn processes(&self) -> Vec<String> {
        let listed = Command::new("ps")
            .args(["-A", "-ww", "-o", "pid=,stat=,args="])
            .output()
            .expect("ps");
        let name = self
            .directory
            .path()
            .file_name()
            .expect("it has one")
            .to_string_lossy()
            .into_owned();
        let text = String::from_utf8_lossy(&listed.stdout);
        let ours = |line: &&str| {
            let mut words = line.split_whitespace();
            let (Some(pid), Some(state)) = (words.next(), words.next()) else {
                return false;
            };
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            !state.starts_with('Z')
                && (line.contains(&name) || String::from_utf8_lossy(&environment).contains(&name))
        };
        text.lines().filter(ours).map(str::to_owned).collect()
    }

    /// Runs hive with bytes on standard input.
    pub fn hive_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(&self.binary, args);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("hive");
        let mut stdin = child.stdin.take().expect("a pipe");
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || {
            // A program that ends early closes the pipe; its status says why.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("its output");
        feeding.join().expect("the feeding thread");
        ran(output)
    }

    /// Starts hive and leaves it running.
    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(&self.binary, args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("hive")
    }

    /// Starts any program and leaves it running.
    pub fn start_program(&self, program: impl AsRef<Path>, args: &[&str]) -> Child {
        let mut command = self.command(program.as_ref(), args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// Runs git.
    pub fn git(&self, args: &[&str]) -> Ran {
        finish(self.command(Path::new("git"), args).stdin(Stdio::null()))
    }

    /// Stages everything and commits it.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]).expect(0);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message])
            .expect(0);
    }

    /// Runs any program in the sandbox.
    pub fn run(&self, program: impl AsRef<Path>, args: &[&str]) -> Ran {
        finish(self.command(program.as_ref(), args).stdin(Stdio::null()))
    }

    /// Runs a command to its end.
    pub fn run_command(&self, mut command: Command) -> Ran {
        finish(command.stdin(Stdio::null()))
    }

    /// A program in the sandbox, for who times it or reads along.
    pub fn command(&self, program: &Path, args: &[&str]) -> Command {
        let home = self.home();
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("XDG_RUNTIME_DIR", self.directory.path().join("run"))
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        for name in &self.unset {
            command.env_remove(name);
        }
        command
    }
}

/// How long a condition is waited for: machines are shared, and only a failure takes it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until a condition holds; panics with its name after [`PATIENCE`].
#[track_caller]
pub fn wait_for(name: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < PATIENCE,
            "waited {} s for: {name}",
            PATIENCE.as_secs()
        );
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn finish(command: &mut Command) -> Ran {
    ran(command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .expect("the program starts"))
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
