//! The texts of services. Pure.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the texts of all versions of hive say, and those of nobody else.
pub(super) const MARK: &str = "Written by `hive service install`";

/// The service of a work tree.
#[derive(Debug)]
pub(super) struct Service {
    /// What tells it from those of other work trees: the name of the directory, for
    /// people, and a hash of its path.
    pub(super) name: String,
    root: String,
    binary: String,
    path: String,
}

impl Service {
    /// The service of the work tree at `root`, which starts `binary` and looks for
    /// programs in `path`; an error names what a text cannot hold.
    pub(super) fn of(root: &Path, binary: PathBuf, path: OsString) -> Result<Self, String> {
        let text = |what: OsString| match what.into_string() {
            Ok(text) if !text.contains(char::is_control) => Ok(text),
            Ok(text) => Err(format!("{text:?}")),
            Err(raw) => Err(raw.to_string_lossy().into_owned()),
        };
        let hash = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let word: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(32)
            .collect();
        Ok(Self {
            name: format!("{word}-{}", &hash[..8]),
            root: text(root.as_os_str().to_owned())?,
            binary: text(binary.into_os_string())?,
            path: text(path)?,
        })
    }

    /// A user unit of systemd.
    pub(super) fn unit(&self) -> String {
        let mut text = format!("# {MARK}; `hive service remove` takes it away.\n\n[Unit]\n");
        let _ = write!(
            text,
            "Description=hive at work in {root}\n\n\
             [Service]\n\
             Type=notify\n\
             WorkingDirectory={root}\n\
             ExecStart={binary} watch\n\
             # git and the tools of the project are found where they were found by hand.\n\
             Environment={path}\n\
             Restart=on-failure\n\
             RestartSec=10\n\
             # Settings that cannot be used, another agent: that does not get better by itself.\n\
             RestartPreventExitStatus=2\n\
             # What is under way is finished first.\n\
             TimeoutStopSec=60\n\
             Nice=10\n\n\
             [Install]\n\
             WantedBy=default.target\n",
            root = self.root.replace('%', "%%"),
            binary = quoted(&self.binary, true),
            path = quoted(&format!("PATH={}", self.path), false),
        );
        text
    }

    /// A property list for launchd.
    pub(super) fn property_list(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <!-- {MARK}; `hive service remove` takes it away. -->\n\
             <plist version=\"1.0\">\n<dict>\n\
             {}{}{}{}\
             \t<key>RunAtLoad</key>\n\t<true/>\n\
             \t<key>KeepAlive</key>\n\t<dict>\n\
             \t\t<key>SuccessfulExit</key>\n\t\t<false/>\n\t</dict>\n\
             \t<key>ThrottleInterval</key>\n\t<integer>10</integer>\n\
             \t<key>ExitTimeOut</key>\n\t<integer>60</integer>\n\
             \t<key>ProcessType</key>\n\t<string>Background</string>\n\
             </dict>\n</plist>\n",
            entry("Label", &string(&self.label())),
            entry(
                "ProgramArguments",
                &format!(
                    "<array>\n\t\t{}\n\t\t{}\n\t\t{}\n\t</array>",
                    string(&self.binary),
                    string("watch"),
                    // launchd turns no logs; hive's own is bounded.
                    string("--log"),
                )
            ),
            entry("WorkingDirectory", &string(&self.root)),
            entry(
                "EnvironmentVariables",
                &format!(
                    "<dict>\n\t\t<key>PATH</key>\n\t\t{}\n\t</dict>",
                    string(&self.path)
                )
            ),
        )
    }

    /// The name by which launchd knows it.
    pub(super) fn label(&self) -> String {
        format!("hive.{}", self.name)
    }
}

/// A word of a unit, quoted whatever it holds. Only command lines know variables.
fn quoted(word: &str, command: bool) -> String {
    let mut out = "\"".to_owned();
    for c in word.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            '$' if command => out.push_str("$$"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn entry(key: &str, value: &str) -> String {
    format!("\t<key>{key}</key>\n\t{value}\n")
}

fn string(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<string>{text}</string>")
}

#[cfg(test)]
mod tests {
    use super::{Service, quoted};

    #[test]
    fn names_differ_where_paths_do_and_hold_nothing_odd() {
        let of = |root: &str| Service::of(root.as_ref(), "/bin/hive".into(), "/bin".into());
        let (one, other) = (of("/a/my repo").unwrap(), of("/b/my repo").unwrap());
        assert_ne!(one.name, other.name);
        assert!(one.name.starts_with("my-repo-"), "{}", one.name);
        assert_eq!(of("/a/my repo").unwrap().name, one.name);
        assert!(of("/a/new\nline").is_err());
        assert!(of("/").unwrap().unit().contains("WorkingDirectory=/\n"));
    }

    #[test]
    fn words_of_units_are_quoted() {
        for (word, command, expected) in [
            ("/usr/bin/hive", true, "\"/usr/bin/hive\""),
            (
                "/a b/100%/$x/\"q\"\\",
                true,
                "\"/a b/100%%/$$x/\\\"q\\\"\\\\\"",
            ),
            ("PATH=/$x", false, "\"PATH=/$x\""),
        ] {
            assert_eq!(quoted(word, command), expected);
        }
    }
}
