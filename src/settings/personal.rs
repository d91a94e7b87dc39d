//! Writes the personal file, keeping everything in it that is not changed.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::catalogue::{Key, Owner};
use super::values::Given;
use super::written::Written;
use super::{files, personal_file};
use crate::failure::Failure;
use crate::repo::Place;
use crate::repo::place::private_dir;

/// Sets a key in the personal file of a repository to what `text` says, and
/// returns the file's path. Comments and order of the file stay.
///
/// Fails for keys that the team answers, for values that the key does not take
/// and where the file cannot be parsed; then nothing is written.
pub fn set(place: &Place, key: &'static Key, text: &str) -> Result<PathBuf, Failure> {
    if key.owner == Owner::Team {
        return Err(Failure::configuration(format!(
            "`{}` is a team key: a personal layer cannot change a team answer",
            key.name
        ))
        .hint("set it in hive.toml at the root of the repository, or below [tool.hive] in pyproject.toml"));
    }
    let given = key.shape.given(text);
    (key.read)(&given, &mut Written::default())
        .map_err(|message| Failure::configuration(format!("`{}`: {message}", key.name)))?;
    let path = personal_file(place);
    let name = files::shown(&path, Some(&place.root));
    let old = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::internal(format!("cannot read {name}")).caused_by(error));
        }
    };
    let mut document: DocumentMut = old.parse().map_err(|error| {
        Failure::configuration(format!("{name} is not valid TOML, so nothing was changed"))
            .caused_by(error)
    })?;
    insert(&mut document, key.name, &given).ok_or_else(|| {
        Failure::configuration(format!(
            "`{}` cannot be set in {name}: a part of its name is not a table there",
            key.name
        ))
    })?;
    replace(&path, document.to_string().as_bytes())
        .map_err(|error| Failure::internal(format!("cannot write {name}")).caused_by(error))?;
    Ok(path)
}

/// Puts a value at a dotted name, keeping the comment behind an old one; `None`
/// where a part of the name is something else than a table.
fn insert(document: &mut DocumentMut, name: &str, given: &Given) -> Option<()> {
    let mut new = match given {
        Given::Text(text) => value(text.as_str()),
        Given::Number(number) => value(*number),
        Given::List(items) => value(items.iter().map(String::as_str).collect::<Array>()),
        Given::Other(_) | Given::Tree(_) => return None,
    };
    let (sections, last) = match name.rsplit_once('.') {
        Some((sections, last)) => (sections.split('.').collect(), last),
        None => (Vec::new(), name),
    };
    let mut table: &mut dyn toml_edit::TableLike = document.as_table_mut();
    for section in sections {
        table = table
            .entry(section)
            .or_insert_with(|| Item::Table(Table::new()))
            .as_table_like_mut()?;
    }
    if let (Some(old), Some(new)) = (table.get(last).and_then(Item::as_value), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(last, new);
    Some(())
}

/// Replaces a file by a rename, so that a reader sees the old or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    private_dir(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.as_file()
        .set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{DocumentMut, Given, insert};

    #[test]
    fn everything_else_in_the_file_stays() {
        for (old, name, given, new) in [
            ("", "worker.max", Given::Number(2), "[worker]\nmax = 2\n"),
            (
                "# mine\n[worker]\nmax = 1 # one\n\n[output]\ncolour = \"never\"\n",
                "worker.max",
                Given::Number(2),
                "# mine\n[worker]\nmax = 2 # one\n\n[output]\ncolour = \"never\"\n",
            ),
            (
                "worker.max = 1\n",
                "worker.max",
                Given::Number(3),
                "worker.max = 3\n",
            ),
            (
                "worker = { max = 1 }\n",
                "worker.max",
                Given::Number(3),
                "worker = { max = 3 }\n",
            ),
            (
                "[output]\n",
                "output.log",
                Given::Text("~/x".into()),
                "[output]\nlog = \"~/x\"\n",
            ),
        ] {
            let mut document: DocumentMut = old.parse().unwrap();
            insert(&mut document, name, &given).unwrap();
            assert_eq!(document.to_string(), new);
        }
        let mut document: DocumentMut = "worker = 1\n".parse().unwrap();
        assert!(insert(&mut document, "worker.max", &Given::Number(1)).is_none());
    }
}
