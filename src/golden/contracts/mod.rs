//! Contracts that other tools' files hold, read as they are: import-linter's and tach's.
//! Pure.
//!
//! Each contract is a law of its own, `import-linter:<id>` or `tach:modules`, judged on the
//! import graph. What of a contract is not understood is an error of that contract, so
//! that it is never taken for kept.

mod import_linter;
mod kept;
mod names;
mod tach;
#[cfg(test)]
mod tests;
mod values;
mod written;

use super::rule::{Check, TreeCheck};
use super::set::Law;
use super::tree::Tree;
use crate::escalation::Level;

/// The contracts of a repository as laws, and those that cannot be judged: the id of each,
/// and why.
pub fn read(tree: &Tree<'_>) -> (Vec<Law>, Vec<(String, String)>) {
    let (mut laws, mut failures) = (Vec::new(), Vec::new());
    for read in [import_linter::read(tree), tach::read(tree)] {
        for (id, contract) in read {
            match contract {
                Ok(check) => laws.push(Law::new(id, Level::Error, vec![Check::Tree(check)])),
                Err(reason) => failures.push((id, reason)),
            }
        }
    }
    (laws, failures)
}

/// Whether a name is that of a contract, as a law of which it is known.
pub fn is_contract(id: &str) -> bool {
    id.split_once(':')
        .is_some_and(|(tool, _)| matches!(tool, "import-linter" | "tach"))
}

/// Contracts by id.
type Contracts = Vec<(String, Result<Box<dyn TreeCheck>, String>)>;
