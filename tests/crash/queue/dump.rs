//! What is in the database, as text that can be compared.

use std::fmt::Write as _;
use std::path::Path;

use hive::repo::{Place, WorktreeId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Every row of every table of the queue, without what differs between runs: times,
/// and the work tree's random id.
pub(super) fn dump(root: &Path) -> String {
    let file = root.join(".git/hive/hive.db");
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let worktree = WorktreeId::of(&Place::at(root).unwrap()).unwrap();
    let mut tables = database
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'memo%'
             ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut text = String::new();
    for table in tables {
        let mut rows = database
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            write!(text, "{table}").unwrap();
            for (column, name) in names.iter().enumerate() {
                let value = match row.get_ref(column).unwrap() {
                    ValueRef::Null => "-".to_owned(),
                    // How long a plan was executing is a time, and a short one here.
                    ValueRef::Integer(_) if name == "worked" => "T".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => format!("{bytes:?}"),
                };
                write!(
                    text,
                    " {}",
                    timeless(&value.replace(worktree.as_str(), "W"))
                )
                .unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// Times are numbers of 13 digits; how long something took is a field of its own.
fn timeless(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (head, tail) = rest.split_at(at);
        let end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        text.push_str(head);
        let took = head.ends_with("\"ms\":");
        text.push_str(if number.len() == 13 || took {
            "T"
        } else {
            number
        });
        rest = tail;
    }
    text + rest
}
