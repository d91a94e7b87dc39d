//! Facts of scripts, and graphs of small trees of them.

mod declared;
mod facts;
mod trees;
