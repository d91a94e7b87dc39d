//! The one database of a repository, and where hive keeps things.
//!
//! In: a [`Place`](crate::repo::Place), or nothing outside a repository. Out: a
//! [`Store`]: an open connection with every pragma set and the newest schema.
//! Always: a database of a newer hive is refused and left alone; a damaged one is
//! moved aside, never repaired and never deleted; every writing transaction is
//! immediate; the file is the user's alone. What is lost with the database is
//! history, never work.
//!
//! This room does not know what the tables mean.

mod aside;
mod error;
mod glance;
mod imprint;
mod location;
mod migrations;
mod open;
mod presence;
mod refused;
pub mod user;

pub use aside::{Aside, aside, untold};
pub use error::StoreError;
pub use glance::glance;
pub use imprint::{Imprint, imprint};
pub use location::{cache_file, identity, is_network, repository_file};
pub use open::Store;
pub use refused::refused;
