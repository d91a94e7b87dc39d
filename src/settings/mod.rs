//! What the team and the person want, with the layer that said so.

pub mod environment;
