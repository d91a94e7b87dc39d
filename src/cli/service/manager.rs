//! Who starts services: systemd for users, or launchd.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

use super::text::Service;
use crate::failure::{Failure, Outcome};
use crate::process::{Finished, Limits, Program, ProgramReport};
use crate::settings::environment;

/// How long a manager may take over an order; one to start waits until hive is ready.
const PATIENCE: Duration = Duration::from_secs(90);

/// Who starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Manager {
    /// A user unit of systemd
    Systemd,
    /// An agent of launchd
    Launchd,
}

impl Manager {
    /// The one of this system.
    pub(super) fn here() -> Self {
        if cfg!(target_os = "macos") {
            Self::Launchd
        } else {
            Self::Systemd
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
        }
    }

    /// The program that gives it orders.
    fn program(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl",
            Self::Launchd => "launchctl",
        }
    }

    /// What it is to read.
    pub(super) fn text(self, service: &Service) -> String {
        match self {
            Self::Systemd => service.unit(),
            Self::Launchd => service.property_list(),
        }
    }

    /// The name by which it knows a service.
    pub(super) fn unit(self, service: &Service) -> String {
        match self {
            Self::Systemd => format!("hive-{}.service", service.name),
            Self::Launchd => service.label(),
        }
    }

    /// The name of the file.
    pub(super) fn file_name(self, service: &Service) -> String {
        match self {
            Self::Systemd => self.unit(service),
            Self::Launchd => format!("{}.plist", service.label()),
        }
    }

    /// The directory of the person's from which it reads. `None` without a home.
    pub(super) fn directory(self) -> Option<PathBuf> {
        let user = environment::user_directories()?;
        Some(match self {
            Self::Systemd => user.config_dir().join("systemd/user"),
            Self::Launchd => user.home_dir().join("Library/LaunchAgents"),
        })
    }

    /// What a person may want to know next.
    pub(super) fn more(self) -> &'static str {
        match self {
            Self::Systemd => {
                "to have it at work while you are not logged in, too: `loginctl enable-linger`"
            }
            Self::Launchd => "what it shows is in hive/log/watch.log of the git directory",
        }
    }

    /// Whether it is there to be asked.
    pub(super) fn is_there(self) -> Outcome<()> {
        let program = self.program();
        if environment::program(program).is_some() {
            return Ok(());
        }
        let name = self.name();
        Err(Failure::internal(format!(
            "there is no {name} here: `{program}` is not in PATH"
        ))
        .hint("`hive watch --detach` starts hive until the machine is switched off")
        .hint(format!(
            "`hive service install --print --manager {name}` prints the text for another one"
        )))
    }

    /// Has it read the text, start the service, and start it with each session. `anew`
    /// where an older text is at work.
    pub(super) fn start(self, service: &Service, path: &Path, anew: bool) -> Outcome<()> {
        let unit = self.unit(service);
        match self {
            Self::Systemd => {
                self.order(&["daemon-reload"])?;
                self.order(&["enable", "--now", &unit])?;
                if anew {
                    self.order(&["restart", &unit])?;
                }
                Ok(())
            }
            Self::Launchd => {
                if anew {
                    self.stop(service)?;
                }
                if self.state(service).is_some() {
                    return Ok(());
                }
                self.order(&["bootstrap", &domain(), &path.to_string_lossy()])
            }
        }
    }

    /// Ends the service, and starts it no more. Without a manager nothing is at work.
    pub(super) fn stop(self, service: &Service) -> Outcome<()> {
        if environment::program(self.program()).is_none() {
            return Ok(());
        }
        match self {
            Self::Systemd => self.order(&["disable", "--now", &self.unit(service)]),
            Self::Launchd if self.state(service).is_none() => Ok(()),
            Self::Launchd => {
                let target = format!("{}/{}", domain(), service.label());
                self.order(&["bootout", &target])
            }
        }
    }

    /// Has it notice that a text is gone. That it does not is no harm.
    pub(super) fn reread(self) {
        if self == Self::Systemd {
            let _ = self.ask(&["daemon-reload"]);
        }
    }

    /// What it says of a service, in its own word; `None` where it says nothing.
    pub(super) fn state(self, service: &Service) -> Option<String> {
        let said = match self {
            // The exit code says the same as the word, but for where there is nobody to ask.
            Self::Systemd => self.ask(&["is-active", &self.unit(service)]).ok()?,
            Self::Launchd => {
                let target = format!("{}/{}", domain(), service.label());
                let asked = self.ask(&["print", &target]).ok()?;
                return asked.status.success().then(|| "loaded".to_owned());
            }
        };
        let word = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        (!word.is_empty()).then_some(word)
    }

    /// Gives an order that must be followed.
    fn order(self, args: &[&str]) -> Outcome<()> {
        let program = self.asked(args);
        let command = program.command_line();
        let failed = |cause: String| {
            Failure::internal(format!("{} did not follow", self.name()))
                .caused_by(cause)
                .hint(match self {
                    Self::Systemd => {
                        "`systemctl --user status` says whether systemd runs for you here; without \
                         it, `hive watch --detach` starts hive"
                    }
                    Self::Launchd => "without launchd, `hive watch --detach` starts hive",
                })
        };
        match program.run() {
            Ok(finished) if finished.status.success() => Ok(()),
            Ok(finished) => Err(failed(ProgramReport::new(command, &finished).to_string())),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn ask(self, args: &[&str]) -> Result<Finished, crate::process::ProgramError> {
        self.asked(args).run()
    }

    fn asked(self, args: &[&str]) -> Program {
        let program = Program::new(self.program());
        let program = match self {
            // How a person's own systemd is found.
            Self::Systemd => program.arg("--user").keep("DBUS_SESSION_BUS_ADDRESS"),
            Self::Launchd => program,
        };
        program.args(args).limits(Limits {
            deadline: Some(PATIENCE),
            ..Limits::default()
        })
    }
}

/// The session of this user, as launchd calls it.
fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}
