//! A look into the database that changes nothing.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::location;
use super::migrations::{APPLICATION_ID, NEWEST};
use super::presence;
use crate::repo::Place;

/// How long the look waits for a writer.
const BUSY: Duration = Duration::from_millis(50);

/// The database of a repository for reading, for who needs an answer at once or none:
/// nothing is made, set up, repaired or announced. `None` where there is none, where it
/// has another schema than this hive's, where it is or may be open on another host, and
/// whatever else is wrong.
///
/// Where no process has it open (there is no log), it is read as a file that does not
/// change: so not even the shared memory of a log comes into being.
pub fn glance(place: &Place) -> Option<Connection> {
    let path = location::repository_file(place)?;
    if presence::may_be_elsewhere(&path) {
        return None;
    }
    let connection = connect(&path)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let ours = number("application_id") == Ok(APPLICATION_ID);
    (ours && number("user_version") == Ok(NEWEST)).then_some(connection)
}

fn connect(path: &Path) -> Option<Connection> {
    // As an address, in which these characters would mean something.
    let mut address = "file:".to_owned();
    for c in path.to_str()?.chars() {
        match c {
            '%' | '?' | '#' => {
                let _ = write!(address, "%{:02x}", u32::from(c));
            }
            other => address.push(other),
        }
    }
    if !super::open::with_end(path, "-wal").exists() {
        address.push_str("?immutable=1");
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address, flags).ok()?;
    connection.busy_timeout(BUSY).ok()?;
    Some(connection)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::glance;
    use crate::repo::Place;
    use crate::store::Store;

    #[test]
    fn a_look_makes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("a%20#b?");
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(&root).unwrap();
        assert!(glance(&place).is_none());
        assert!(!place.state_dir().exists());

        let names = || {
            let mut names: Vec<_> = fs::read_dir(place.state_dir())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        let store = Store::open(Some(&place)).unwrap();
        assert!(glance(&place).is_some());
        drop(store);
        let before = names();
        let bytes = fs::read(place.state_dir().join("hive.db")).unwrap();
        assert!(glance(&place).is_some());
        assert_eq!(names(), before);
        assert_eq!(fs::read(place.state_dir().join("hive.db")).unwrap(), bytes);

        let word = r#"{"host": "zeus", "name": "zeus", "boot": "another", "since_ms": 1}"#;
        fs::write(place.state_dir().join("hive.db.open"), word).unwrap();
        assert!(glance(&place).is_none());
    }

    #[test]
    fn another_schema_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(".git/hive")).unwrap();
        fs::write(home.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(home.path()).unwrap();
        let path = place.state_dir().join("hive.db");
        for bytes in [&b""[..], b"no database at all, but a long enough text"] {
            fs::write(&path, bytes).unwrap();
            assert!(glance(&place).is_none());
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }
}
