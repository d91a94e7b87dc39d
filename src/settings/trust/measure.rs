//! What a program is, by content: itself, the interpreter that runs it, and the
//! `pyvenv.cfg` that tells that interpreter where its packages are.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::fixers::Tool;
use crate::settings::environment;

/// A tool that was found and would be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFile {
    /// Which tool.
    pub tool: Tool,
    /// Its version as its metadata states it, without running it.
    pub version: Option<String>,
    /// Absolute path of the program.
    pub path: PathBuf,
    /// Absolute path of the interpreter in which it is installed, where hive
    /// starts that one itself.
    pub python: Option<PathBuf>,
}

/// What a file is to a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What is started.
    Program,
    /// What runs the program.
    Interpreter,
    /// What tells the interpreter where its packages are.
    Environment,
}

impl Role {
    /// The word used in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Interpreter => "interpreter",
            Self::Environment => "environment",
        }
    }
}

/// A tool as it was when it was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedTool {
    /// Which tool.
    pub tool: Tool,
    /// Its version, for people; the content decides.
    pub version: Option<String>,
    /// The program first, then what it runs in.
    pub files: Vec<RecordedFile>,
}

/// A file as it was when it was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFile {
    /// What it is to the tool.
    pub role: Role,
    /// Relative to the work tree if it lies inside, absolute otherwise.
    pub path: String,
    /// The BLAKE3 hash of its content, in hexadecimal. In scripts and
    /// `pyvenv.cfg` the work tree's own path counts as a placeholder, so that the
    /// same environment in another work tree is the same.
    pub blake3: String,
}

/// The longest first line of a script that systems read.
const SHEBANG: u64 = 512;

/// What stands for the path of the work tree in text that is hashed.
const PLACEHOLDER: &str = "{work tree}";

/// Every file that decides what starting this tool does, without doubles.
pub(super) fn parts(tool: &ToolFile) -> Vec<(Role, PathBuf)> {
    let mut parts = vec![(Role::Program, tool.path.clone())];
    let mut interpreters = tool.python.clone().into_iter().collect::<Vec<_>>();
    interpreters.extend(shebang(&tool.path).unwrap_or_default());
    for interpreter in interpreters {
        let environment = pyvenv_cfg(&interpreter);
        for part in [Some((Role::Interpreter, interpreter)), environment]
            .into_iter()
            .flatten()
        {
            // A tool that *is* its interpreter (a warm black) is listed once.
            if parts.iter().all(|(_, path)| *path != part.1) {
                parts.push(part);
            }
        }
    }
    parts
}

/// The programs that the first line of a script names: the interpreter, and with
/// `env` also what it finds.
fn shebang(path: &Path) -> Option<Vec<PathBuf>> {
    let mut head = Vec::new();
    File::open(path)
        .ok()?
        .take(SHEBANG)
        .read_to_end(&mut head)
        .ok()?;
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let first = PathBuf::from(words.next()?);
    let mut found = vec![first.clone()];
    if first.file_name().is_some_and(|name| name == "env") {
        let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        found.extend(environment::program(name));
    }
    Some(found)
}

/// The `pyvenv.cfg` beside an interpreter or one directory above, where Python
/// itself looks for it.
fn pyvenv_cfg(interpreter: &Path) -> Option<(Role, PathBuf)> {
    let beside = interpreter.parent()?;
    [Some(beside), beside.parent()]
        .into_iter()
        .flatten()
        .map(|directory| directory.join("pyvenv.cfg"))
        .find(|path| path.is_file())
        .map(|path| (Role::Environment, path))
}

/// Reads and hashes every part of a tool.
pub(super) fn measure(root: &Path, tool: &ToolFile) -> Result<RecordedTool, Failure> {
    let files = parts(tool)
        .into_iter()
        .map(|(role, path)| {
            let blake3 = hash(root, &path).map_err(|error| {
                Failure::internal(format!("cannot read {}", path.display())).caused_by(error)
            })?;
            let shown = path.strip_prefix(root).unwrap_or(&path);
            Ok(RecordedFile {
                role,
                path: shown.to_string_lossy().into_owned(),
                blake3,
            })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(RecordedTool {
        tool: tool.tool,
        version: tool.version.clone(),
        files,
    })
}

fn hash(root: &Path, path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(2).read_to_end(&mut head)?;
    let is_text = head == b"#!" || path.file_name().is_some_and(|name| name == "pyvenv.cfg");
    let mut hasher = blake3::Hasher::new();
    if is_text {
        hasher.update(&portable(root, fs::read(path)?));
    } else {
        hasher.update(&head);
        hasher.update_reader(file)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The text with the work tree's path replaced; as it is if it is not UTF-8.
fn portable(root: &Path, bytes: Vec<u8>) -> Vec<u8> {
    let Some(root) = root.to_str().filter(|root| root.len() > 1) else {
        return bytes;
    };
    match String::from_utf8(bytes) {
        Ok(text) => text.replace(&format!("{root}/"), PLACEHOLDER).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// What differs between a tool and what was recorded of it, in words. Pure.
pub(super) fn difference(recorded: &[RecordedTool], now: &RecordedTool) -> Vec<String> {
    let name = now.tool.name();
    let Some(program) = now.files.first() else {
        return Vec::new();
    };
    let same_program = |then: &&RecordedTool| {
        then.tool == now.tool
            && then
                .files
                .first()
                .is_some_and(|file| file.path == program.path)
    };
    let Some(then) = recorded.iter().find(same_program) else {
        return vec![match recorded.iter().find(|then| then.tool == now.tool) {
            Some(RecordedTool { files, .. }) if !files.is_empty() => {
                format!("{name} is {}, trusted was {}", program.path, files[0].path)
            }
            _ => format!("{name} at {} was not there", program.path),
        }];
    };
    let mut what = Vec::new();
    for file in &now.files {
        let same = |old: &&RecordedFile| old.role == file.role && old.path == file.path;
        match then.files.iter().find(same) {
            Some(old) if old.blake3 == file.blake3 => {}
            Some(_) => what.push(format!("{} has other content", file.path)),
            None => what.push(format!(
                "{name} has another {}: {}",
                file.role.word(),
                file.path
            )),
        }
    }
    // A pyvenv.cfg that is gone sends the interpreter to other packages.
    for old in &then.files {
        if now.files.iter().all(|file| file.path != old.path) {
            what.push(format!("{name} no longer has {}", old.path));
        }
    }
    what
}
