//! References in a table (`reftable`): read through git, which alone knows its format.
//!
//! Everything that is a file in other repositories (HEAD, branches, logs, the heads of
//! operations) is asked of git here, by a process each: milliseconds, where a file costs
//! microseconds. What tells cheaply that nothing has moved is the list of tables, which
//! is replaced by every change of any reference ([`lists`]). This file does not know
//! what the references mean.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::head::Head;
use super::reflog::Line;
use super::{Oid, Place};
use crate::process::{Program, Status};

/// The file that names the tables; every change of a reference replaces it.
pub const LIST: &str = "tables.list";
/// The directory of the tables in a git directory.
pub const TABLES: &str = "reftable";

/// The references of a work tree at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Where HEAD is.
    pub head: Head,
    /// All references by their full names, those of this work tree (`CHERRY_PICK_HEAD`)
    /// among them; HEAD is not.
    pub refs: BTreeMap<String, Oid>,
}

/// Whether a repository keeps its references in a table.
pub fn is_used(common_dir: &Path) -> bool {
    common_dir.join(TABLES).join(LIST).exists()
}

/// The files that change with every reference: of this work tree, and of all.
pub fn lists(place: &Place) -> [PathBuf; 2] {
    [&place.git_dir, &place.common_dir].map(|directory| directory.join(TABLES).join(LIST))
}

/// Reads all references.
pub fn read(git_dir: &Path) -> io::Result<Table> {
    let format = "--format=%(refname)%00%(objectname)%00%(symref)";
    let listed = ask(git_dir, &["for-each-ref", "--include-root-refs", format])?
        .ok_or_else(|| io::Error::other("git does not list its references"))?;
    let mut table = Table::default();
    let mut seen = false;
    for line in listed.lines() {
        let mut parts = line.split('\0');
        let (Some(name), Some(oid)) = (parts.next(), parts.next()) else {
            continue;
        };
        let Ok(oid) = oid.parse::<Oid>() else {
            continue;
        };
        if name == "HEAD" {
            seen = true;
            let on = parts.next().filter(|on| !on.is_empty());
            table.head = Head {
                reference: on.map(str::to_owned),
                tip: Some(oid),
            };
        } else {
            table.refs.insert(name.to_owned(), oid);
        }
    }
    if !seen {
        // On a branch without a commit.
        let on = ask(git_dir, &["symbolic-ref", "--quiet", "HEAD"])?;
        table.head.reference = on.map(|on| on.trim().to_owned());
    }
    Ok(table)
}

/// What a revision names, as a commit; `None` where there is no such commit.
pub fn commit(git_dir: &Path, rev: &str) -> io::Result<Option<Oid>> {
    let commit = format!("{rev}^{{commit}}");
    let asked = ["rev-parse", "--quiet", "--verify", "--end-of-options"];
    let found = ask(git_dir, &[&asked[..], &[commit.as_str()]].concat())?;
    Ok(found.and_then(|oid| oid.trim().parse().ok()))
}

/// The log of a reference, the oldest line first; `None` where there is none.
///
/// git shows where each line led to; where it began is where the line before led to.
/// The oldest one therefore counts as one that created the reference.
pub fn log(git_dir: &Path, name: &str) -> io::Result<Option<Vec<Line>>> {
    let format = "--format=%H%x00%ge%x00%gd%x00%gs";
    let shown = ask(git_dir, &["log", "-g", "--date=raw", format, name, "--"])?;
    let Some(shown) = shown.filter(|shown| !shown.is_empty()) else {
        return Ok(None);
    };
    let mut lines: Vec<Line> = Vec::new();
    for line in shown.lines().rev() {
        let mut parts = line.splitn(4, '\0');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (new, email, at, message) = (part(), part(), part(), part());
        let Ok(new) = new.parse::<Oid>() else {
            continue;
        };
        let null = || Oid::from(gix::ObjectId::null(new.id().kind()));
        let old = lines.last().map_or_else(null, |before| before.new);
        let whole = format!("{old} {new} <{email}> {at}\t{message}");
        lines.push(Line {
            old,
            new,
            email,
            message,
            hash: blake3::hash(whole.as_bytes()).to_hex().to_string(),
        });
    }
    Ok(Some(lines))
}

/// What git answers; `None` where it says no.
fn ask(git_dir: &Path, args: &[&str]) -> io::Result<Option<String>> {
    let finished = Program::new("git")
        .arg("--git-dir")
        .arg(git_dir)
        .args(args)
        .run()
        .map_err(io::Error::other)?;
    match finished.status {
        Status::Code(0) => Ok(Some(String::from_utf8_lossy(&finished.stdout).into_owned())),
        Status::Code(1 | 128) => Ok(None),
        status => Err(io::Error::other(format!("git {status}"))),
    }
}
