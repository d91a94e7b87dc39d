//! Signing without ever asking.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::Config;
use super::identity::Identity;
use super::{Hold, hook};
use crate::process::{Limits, Program};
use crate::repo::Place;

/// How long a program may take to sign. One that waits for a person takes longer.
const DEADLINE: Duration = Duration::from_secs(5);

/// What signs, and for whom.
pub(super) struct Signing<'a> {
    pub(super) place: &'a Place,
    pub(super) config: &'a Config,
    pub(super) signer: &'a Identity,
}

impl Signing<'_> {
    /// The signature of a text, in the format that `gpg.format` says.
    pub(super) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, Hold> {
        match self.config.text("gpg.format").unwrap_or("openpgp") {
            "openpgp" => {
                let program = self.program(&["gpg.openpgp.program", "gpg.program"], "gpg")?;
                self.by_gnupg(program, text)
            }
            "x509" => {
                let program = self.program(&["gpg.x509.program"], "gpgsm")?;
                self.by_gnupg(program, text)
            }
            "ssh" => {
                let program = self.program(&["gpg.ssh.program"], "ssh-keygen")?;
                self.by_ssh(&program, text)
            }
            other => Err(held(&format!("the format `{other}` is not known here"))),
        }
    }

    /// The program that signs. Only those of the names below are known to keep quiet when
    /// told to: the helpers of password managers and the like open a window.
    fn program(&self, keys: &[&str], usual: &str) -> Result<PathBuf, Hold> {
        let set = keys.iter().find(|key| self.config.text(key).is_some());
        let Some(key) = set else {
            return Ok(PathBuf::from(usual));
        };
        let value = self.config.text(key).unwrap_or(usual);
        let path = if value.contains('/') {
            self.config.path(self.place, key)?.unwrap_or_default()
        } else {
            PathBuf::from(value)
        };
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let known = match usual {
            "gpg" => ["gpg", "gpg2", "gpg1"].contains(&name),
            usual => name == usual,
        };
        if known {
            Ok(path)
        } else {
            Err(held(&format!("`{name}` ({key}) may ask you")))
        }
    }

    /// gpg and gpgsm. `--pinentry-mode error` makes the agent fail where it would ask for
    /// a pass phrase or a PIN; one that it remembers it uses.
    fn by_gnupg(&self, program: PathBuf, text: &[u8]) -> Result<Vec<u8>, Hold> {
        let signer = self.signer.to_string();
        let key = self.config.text("user.signingkey").unwrap_or(&signer);
        let finished = quiet(Program::new(program))
            .args(["--batch", "--no-tty", "--pinentry-mode", "error"])
            .args(["--status-fd=2", "-bsau", key])
            .keep("GNUPGHOME")
            .stdin_bytes(text.to_vec())
            .run()
            .map_err(|error| held(&error.to_string()))?;
        let status = String::from_utf8_lossy(&finished.stderr);
        let created = status
            .lines()
            .any(|line| line.starts_with("[GNUPG:] SIG_CREATED "));
        if finished.status.success() && created {
            return Ok(finished.stdout);
        }
        let said = status
            .lines()
            .rfind(|line| !line.starts_with("[GNUPG:]") && !line.trim().is_empty());
        Err(held(said.unwrap_or("gpg made no signature")))
    }

    /// ssh-keygen. It would ask for a pass phrase on the terminal, whatever it is told, so
    /// it is started only with a key that has none or that is held by the agent.
    fn by_ssh(&self, program: &Path, text: &[u8]) -> Result<Vec<u8>, Hold> {
        let key = self.ssh_key()?;
        let (path, _file) = match &key {
            SshKey::File(path) => (path.clone(), None),
            SshKey::Public(line) => {
                let file = self.written(line)?;
                (file.path().to_owned(), Some(file))
            }
        };
        let (public, open) = match &key {
            SshKey::Public(line) => (line.clone(), false),
            SshKey::File(path) => public_part(program, path)?,
        };
        // Keys on a device want to be touched, by a file's leave or by the agent's.
        if public.starts_with("sk-") {
            return Err(held("the key is on a device that wants to be touched"));
        }
        let mut args: Vec<OsString> = ["-Y", "sign", "-n", "git"].map(OsString::from).into();
        if !open {
            args.push("-U".into());
        }
        args.extend(["-f".into(), path.into_os_string()]);
        let finished = ssh(program)
            .args(args)
            .stdin_bytes(text.to_vec())
            .run()
            .map_err(|error| held(&error.to_string()))?;
        let made = finished
            .stdout
            .starts_with(b"-----BEGIN SSH SIGNATURE-----");
        if finished.status.success() && made {
            Ok(finished.stdout)
        } else if open {
            Err(held(&hook::last_line(&finished)))
        } else {
            Err(held(
                "the key has a pass phrase and no agent holds it (`ssh-add`)",
            ))
        }
    }

    fn ssh_key(&self) -> Result<SshKey, Hold> {
        if let Some(value) = self.config.text("user.signingkey") {
            if let Some(line) = literal(value) {
                return Ok(SshKey::Public(line));
            }
            let path = self.config.path(self.place, "user.signingkey")?;
            return Ok(SshKey::File(path.unwrap_or_default()));
        }
        let Some(command) = self.config.text("gpg.ssh.defaultkeycommand") else {
            return Err(held("`user.signingKey` names no key"));
        };
        let finished = ssh(Path::new("sh"))
            .args(["-c", command])
            .current_dir(&self.place.root)
            .run()
            .map_err(|error| held(&error.to_string()))?;
        let output = String::from_utf8_lossy(&finished.stdout);
        let found = output.lines().find_map(literal);
        found
            .filter(|_| finished.status.success())
            .map(SshKey::Public)
            .ok_or_else(|| held("`gpg.ssh.defaultKeyCommand` gave no key"))
    }

    /// A file with a public key, gone when it is dropped.
    fn written(&self, line: &str) -> Result<tempfile::NamedTempFile, Hold> {
        let make = || {
            let directory = self.place.make_own_dir()?;
            let mut file = tempfile::Builder::new()
                .prefix("key-")
                .tempfile_in(directory)?;
            writeln!(file, "{line}")?;
            Ok(file)
        };
        make().map_err(|error: std::io::Error| held(&error.to_string()))
    }
}

/// Where an SSH key is.
enum SshKey {
    /// A file with the private or the public part.
    File(PathBuf),
    /// The public part itself; the agent has the other.
    Public(String),
}

/// A public key that stands in the settings itself.
fn literal(value: &str) -> Option<String> {
    let line = value.trim();
    let key = line.strip_prefix("key::").unwrap_or(line);
    let is_key = key.len() < line.len() || key.starts_with("ssh-");
    is_key.then(|| key.to_owned())
}

/// The public part of a key, and whether the private one lies open in a file.
fn public_part(program: &Path, path: &Path) -> Result<(String, bool), Hold> {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    let beside = {
        let mut name = path.as_os_str().to_owned();
        name.push(".pub");
        PathBuf::from(name)
    };
    let (public, private) = if path.extension().is_some_and(|extension| extension == "pub") {
        (read(path), path.with_extension(""))
    } else {
        (read(&beside), path.to_owned())
    };
    if private.is_file() {
        // With the empty pass phrase given there is nothing to ask.
        let finished = ssh(program)
            .args(["-y", "-P", "", "-f"])
            .arg(&private)
            .run()
            .map_err(|error| held(&error.to_string()))?;
        if finished.status.success() {
            let text = String::from_utf8_lossy(&finished.stdout);
            return Ok((text.trim().to_owned(), true));
        }
    }
    match public {
        Some(line) => Ok((line.trim().to_owned(), false)),
        None if private.is_file() => Ok((String::new(), false)),
        None => Err(held(&format!("there is no key {}", path.display()))),
    }
}

/// A program of OpenSSH that has nobody to ask but the agent.
fn ssh(program: &Path) -> Program {
    quiet(Program::new(program))
        .env("SSH_ASKPASS_REQUIRE", "never")
        .keep("SSH_AUTH_SOCK")
}

fn quiet(program: Program) -> Program {
    program.limits(Limits {
        output: 1 << 20,
        deadline: Some(DEADLINE),
        ..Limits::default()
    })
}

fn held(reason: &str) -> Hold {
    Hold(format!(
        "the commit cannot be signed without asking: {reason}"
    ))
}

/// The object with the signature as its last header; `None` if it has no end of headers.
pub(super) fn insert(object: &[u8], signature: &[u8], sha256: bool) -> Option<Vec<u8>> {
    let end = object.windows(2).position(|pair| pair == b"\n\n")? + 1;
    let mut signed = object[..end].to_vec();
    let name: &[u8] = if sha256 { b"gpgsig-sha256" } else { b"gpgsig" };
    signed.extend_from_slice(name);
    for line in signature.trim_ascii_end().split(|byte| *byte == b'\n') {
        signed.push(b' ');
        signed.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        signed.push(b'\n');
    }
    signed.extend_from_slice(&object[end..]);
    Some(signed)
}
