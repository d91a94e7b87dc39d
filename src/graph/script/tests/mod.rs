//! Facts of scripts, and graphs of small trees of them.

mod facts;
mod trees;
