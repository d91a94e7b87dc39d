//! Syntax trees that cannot end the process.
//!
//! Whoever parses in this room does it here: what nests too deeply is not parsed, and for
//! the rest there is room on the stack before the tree is made, walked and dropped.

use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Parsed, parse_unchecked_source};

use super::depth::{DEEPEST, depth};

/// Stack for one level, of the functions that walk over trees and of those that drop
/// them; the parser sees to itself.
const LEVEL: usize = if cfg!(debug_assertions) { 2048 } else { 768 };

/// Stack for everything else.
const BASE: usize = 256 * 1024;

/// The stack of a thread that parses much: it never has to get more.
pub(super) const STACK: usize = DEEPEST * LEVEL + 2 * BASE;

/// A text nests so deeply that it is not parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nests too deeply to be parsed")]
pub struct TooDeep;

/// Parses a module and hands the tree on. Errors of syntax are in the tree.
pub fn with_tree<T>(text: &str, work: impl FnOnce(&Parsed<ModModule>) -> T) -> Result<T, TooDeep> {
    let levels = depth(text).ok_or(TooDeep)?;
    let needed = levels * LEVEL + BASE;
    Ok(stacker::maybe_grow(needed, needed + BASE, || {
        work(&parse_unchecked_source(text, PySourceType::Python))
    }))
}
