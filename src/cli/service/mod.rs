//! `hive service`: the system starts `hive watch` for this work tree with the person's
//! session, and again when it fails.
//!
//! On Linux that is a user unit of systemd, on macOS an agent of launchd: a text
//! ([`text`]) in a directory of the person's, and what makes the [`manager`] read it.
//! Nothing is written in the repository, and what somebody else has written is not
//! touched.

mod manager;
mod text;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::init::binary;
use super::listing::{facts, json as print_json};
use super::{Context, Ending};
use crate::agent::lock::{self, Kind};
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::repo::Place;
use crate::settings::environment;
use crate::terminal::plain;
use manager::Manager;
use text::Service;

/// The version of the shape of `hive service status --json`.
const SCHEMA: u32 = 1;

/// Have `hive watch` started here with your session
///
/// A user unit of systemd, or on macOS an agent of launchd, for this work tree: it is
/// started when you log in, and again when it fails. Without it the hooks do the work for
/// commits by themselves; `hive watch --detach` starts it for this time only.
#[derive(Debug, Args)]
pub(super) struct ServiceArgs {
    #[command(subcommand)]
    verb: ServiceVerb,
}

#[derive(Debug, Subcommand)]
enum ServiceVerb {
    /// Write the unit, start it, and have it started with every session
    Install(InstallArgs),
    /// Say whether it is installed and at work
    Status(StatusArgs),
    /// Stop it and take the unit away
    Remove,
}

#[derive(Debug, Args)]
struct InstallArgs {
    /// Print the unit and change nothing
    #[arg(long)]
    print: bool,
    /// For this manager of services (default: the system's)
    #[arg(long, value_enum, requires = "print")]
    manager: Option<Manager>,
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
}

/// Runs `hive service`.
pub(super) fn run(args: &ServiceArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    match &args.verb {
        ServiceVerb::Install(args) if args.print => print(&place, args, context),
        ServiceVerb::Install(_) => install(&place, context),
        ServiceVerb::Status(args) => status(&place, args, context),
        ServiceVerb::Remove => {
            let what = if forget(&place)? {
                "hive's service for this work tree is removed"
            } else {
                "no service of hive's is installed for this work tree"
            };
            context.terminal.say(what);
            Ok(Ending::Clean)
        }
    }
}

/// What the service of a work tree is.
fn service(place: &Place) -> Outcome<Service> {
    let path = environment::value("PATH").unwrap_or_default();
    Service::of(&place.root, binary::path()?, path).map_err(|what| {
        Failure::usage(format!("a service cannot name {what}"))
            .hint("`hive watch --detach` starts hive without one")
    })
}

fn print(place: &Place, args: &InstallArgs, context: &Context) -> Outcome<Ending> {
    let manager = args.manager.unwrap_or_else(Manager::here);
    let text = manager.text(&service(place)?);
    let written = context.terminal.data(text.as_bytes());
    written.map_err(Failure::from_output)?;
    Ok(Ending::Clean)
}

fn install(place: &Place, context: &Context) -> Outcome<Ending> {
    let manager = Manager::here();
    let service = service(place)?;
    let path = file(manager, &service)?;
    manager.is_there()?;
    let there = written(&path)?;
    let holder = lock::holder(place).filter(|holder| holder.kind == Kind::Watch);
    if let (None, Some(holder)) = (&there, holder) {
        return Err(Failure::usage(format!(
            "`hive watch` is at work here already (process {})",
            holder.pid
        ))
        .hint("`hive watch --stop` ends it; then run `hive service install` again"));
    }
    let text = manager.text(&service);
    let changed = there.as_deref() != Some(text.as_str());
    if changed {
        place_whole(&path, &text).map_err(|error| unwritable(&path, error))?;
    }
    if let Err(failure) = manager.start(&service, &path, there.is_some() && changed) {
        // Half a service would be started with the next session, unasked.
        if there.is_none() {
            let _ = fs::remove_file(&path);
        }
        return Err(failure);
    }
    let shown = plain(&path.to_string_lossy()).into_owned();
    let what = match (there.is_some(), changed) {
        (false, _) => "written",
        (true, true) => "updated",
        (true, false) => "already there",
    };
    context.terminal.say(&format!("{shown}: {what}"));
    context
        .terminal
        .say("hive watches here now and with each of your sessions");
    context.terminal.say("to end that: `hive service remove`");
    context.terminal.say(manager.more());
    Ok(Ending::Clean)
}

fn status(place: &Place, args: &StatusArgs, context: &Context) -> Outcome<Ending> {
    let manager = Manager::here();
    let service = service(place)?;
    let path = file(manager, &service)?;
    let installed = written(&path)?.is_some();
    let state = if installed {
        manager.state(&service)
    } else {
        None
    };
    let agent = lock::holder(place)
        .filter(|holder| holder.kind == Kind::Watch)
        .map(|holder| holder.pid);
    if args.json {
        print_json(
            context,
            &json!({
                "schema": SCHEMA,
                "manager": manager.name(),
                "name": manager.unit(&service),
                "file": path,
                "installed": installed,
                "state": state,
                "agent": agent,
            }),
        )?;
        return Ok(Ending::Clean);
    }
    let none = || "not installed; `hive service install` installs it".to_owned();
    facts(
        context,
        &[
            (
                "service",
                if installed {
                    manager.unit(&service)
                } else {
                    none()
                },
            ),
            (
                "file",
                if installed {
                    path.to_string_lossy().into_owned()
                } else {
                    String::new()
                },
            ),
            (
                manager.name(),
                match (&state, installed) {
                    (Some(state), _) => format!("says it is {state}"),
                    (None, true) => "does not answer here".to_owned(),
                    (None, false) => String::new(),
                },
            ),
            (
                "agent",
                agent.map_or_else(
                    || "no `hive watch` is at work here".to_owned(),
                    |pid| format!("`hive watch` is at work (process {pid})"),
                ),
            ),
        ],
    )?;
    Ok(Ending::Clean)
}

/// Stops the service of a work tree and takes it away; whether there was one.
pub(super) fn forget(place: &Place) -> Outcome<bool> {
    let manager = Manager::here();
    let Ok(service) = service(place) else {
        // What a text cannot name has none.
        return Ok(false);
    };
    let Ok(path) = file(manager, &service) else {
        // Without a home there is none.
        return Ok(false);
    };
    if written(&path)?.is_none() {
        return Ok(false);
    }
    manager.stop(&service)?;
    fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
    manager.reread();
    Ok(true)
}

/// Where the text of a service lies.
fn file(manager: Manager, service: &Service) -> Outcome<PathBuf> {
    let directory = manager.directory().ok_or_else(|| {
        Failure::configuration("there is no home directory to put a service in")
            .hint("set HOME, or start hive by `hive watch --detach`")
    })?;
    Ok(directory.join(manager.file_name(service)))
}

/// The text that is there, if it is ours.
fn written(path: &std::path::Path) -> Outcome<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) if text.contains(text::MARK) => Ok(Some(text)),
        Ok(_) => Err(Failure::configuration(format!(
            "{} is there and not hive's",
            plain(&path.to_string_lossy())
        ))
        .hint("move it away, then run the command again")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unwritable(path, error)),
    }
}

/// Makes the file appear whole.
fn place_whole(path: &std::path::Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new()
        .prefix(".hive-")
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

fn unwritable(path: &std::path::Path, error: io::Error) -> Failure {
    let path = path.to_string_lossy();
    Failure::internal(format!("{} cannot be read or written", plain(&path))).caused_by(error)
}
