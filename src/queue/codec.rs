//! How values become columns and columns become values.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row, RowIndex};

use crate::escalation::{Ending, Level};
use crate::repo::{Oid, RepoPath};
use crate::schedule::{Priority, Stage};

use super::fix::FixClass;
use super::landings::LandingKind;
use super::task::{Cause, ErrorClass};

/// A value with a column of its own kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sql<T>(pub(super) T);

/// An enum as its place in a list, which is the number in the schema.
macro_rules! numbered {
    ($($name:ty: [$($variant:ident),*]),* $(,)?) => {$(
        impl ToSql for Sql<$name> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let all = [$(<$name>::$variant),*];
                let number = all.iter().position(|one| *one == self.0);
                Ok(i64::try_from(number.unwrap_or(all.len())).unwrap_or(i64::MAX).into())
            }
        }

        impl FromSql for Sql<$name> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let all = [$(<$name>::$variant),*];
                let number = i64::column_result(value)?;
                let found = usize::try_from(number).ok().and_then(|at| all.get(at).copied());
                found.map(Self).ok_or(FromSqlError::OutOfRange(number))
            }
        }
    )*};
}

numbered! {
    Stage: [Qa, Golden, External],
    Priority: [Critical, High, Normal, Low],
    Cause: [Commit, Person, Save, Sweep],
    ErrorClass: [Transient, Permanent, Crash, Timeout],
    Level: [Info, Warning, Error, Critical],
    LandingKind: [Own, Undo, Fold, Tidy, Unfold],
    Ending: [Applied, Suppressed, Resolved, Gone, Dismissed],
}

impl ToSql for Sql<Oid> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_bytes().into())
    }
}

impl FromSql for Sql<Oid> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Oid::from_bytes(value.as_blob()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

impl ToSql for Sql<&[Oid]> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let Some(first) = self.0.first() else {
            return Ok(Vec::new().into());
        };
        let size = first.as_bytes().len();
        let mut bytes = Vec::with_capacity(1 + size * self.0.len());
        bytes.push(u8::try_from(size).unwrap_or(u8::MAX));
        for oid in self.0 {
            bytes.extend_from_slice(oid.as_bytes());
        }
        Ok(bytes.into())
    }
}

impl FromSql for Sql<Vec<Oid>> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let Some((size, ids)) = value.as_blob()?.split_first() else {
            return Ok(Self(Vec::new()));
        };
        ids.chunks(usize::from(*size).max(1))
            .map(|id| Oid::from_bytes(id).map_err(FromSqlError::other))
            .collect::<FromSqlResult<_>>()
            .map(Self)
    }
}

impl ToSql for Sql<&RepoPath> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl FromSql for Sql<RepoPath> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        RepoPath::new(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A set of classes as bits.
pub(super) fn class_bits(classes: &[FixClass]) -> i64 {
    classes.iter().fold(0, |bits, class| bits | bit(*class))
}

/// The classes of a set of bits, the mildest first.
pub(super) fn classes(bits: i64) -> Vec<FixClass> {
    let all = FixClass::ALL.into_iter();
    all.filter(|class| bits & bit(*class) != 0).collect()
}

fn bit(class: FixClass) -> i64 {
    match class {
        FixClass::Same => 1,
        FixClass::Linter => 2,
        FixClass::Golden => 4,
    }
}

/// A column that one of the types above has, by its name or, where many rows come,
/// by its place.
pub(super) fn get<T>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T>
where
    Sql<T>: FromSql,
{
    row.get::<_, Sql<T>>(column).map(|value| value.0)
}

/// The same, where there may be nothing.
pub(super) fn maybe<T>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<T>>
where
    Sql<T>: FromSql,
{
    let value = row.get::<_, Option<Sql<T>>>(column)?;
    Ok(value.map(|value| value.0))
}

/// A number of a column that is never negative and small.
pub(super) fn small(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u32> {
    row.get(column)
}

/// A count, which is never negative.
pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    let number: i64 = row.get(column)?;
    usize::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// The ids of the first list, then those of the second that it lacks.
pub(super) fn joined(mut first: Vec<Oid>, second: &[Oid]) -> Vec<Oid> {
    for oid in second {
        if !first.contains(oid) {
            first.push(*oid);
        }
    }
    first
}

/// A constraint on paths: the path itself and what lies below it.
pub(super) fn below(path: &str) -> (String, String, String) {
    let path = path.trim_end_matches('/').to_owned();
    // '0' follows '/' in the order of bytes: a range, so that an index helps.
    (format!("{path}/"), format!("{path}0"), path)
}
