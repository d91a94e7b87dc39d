//! JavaScript and TypeScript: what a file imports, and which file a specifier means.
//!
//! In: the bytes of a file and its [`Dialect`]; the list of all files, and what
//! `tsconfig.json` and `package.json` files say. Out: the same [`Facts`](super::Facts) as
//! of a Python file (imports only), and for each specifier the file it means. Always: a
//! file with an error of syntax has no facts and is a problem of the graph; nothing is
//! read but what was handed in, so the graph of a commit needs no work tree; no text can
//! end the process, however deeply it nests.

mod declared;
mod depth;
mod dialect;
mod extract;
mod json;
mod resolve;
pub(super) mod specifier;
#[cfg(test)]
mod tests;

pub use declared::Declared;
pub(super) use declared::{is_configuration, is_installed};
pub use dialect::Dialect;
pub use extract::facts;
pub(super) use resolve::Resolver;
