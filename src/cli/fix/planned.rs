//! One file of a plan, and the fingerprint under which its result is known.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::fixers::job::Kinds;
use crate::fixers::modules::Roots;
use crate::fixers::ruff::package::Package;
use crate::fixers::{Fixed, Recipe, Scope};
use crate::intake::skip::Skip;
use crate::memo::{Key, Known};

/// A file that is to be looked at, with everything that is known before reading.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Absolute path.
    pub(super) path: PathBuf,
    /// As it is shown.
    pub(super) shown: String,
    /// Relative to the repository.
    pub(super) relative: String,
    /// How it is fixed.
    pub(super) recipe: Arc<Recipe>,
    /// Everything beside bytes, path, scope and the modules in `roots` that the
    /// answer depends on.
    pub(super) fingerprint: [u8; 32],
    /// Where import sorting looks for modules.
    pub(super) roots: Arc<Roots>,
    /// Which tools take part.
    pub(super) kinds: Kinds,
    /// Whether a person named this very file.
    pub(super) named: bool,
    /// Its package.
    pub(super) package: Option<Package>,
    /// Why it is checked but not fixed, if so.
    pub(super) check_only: Option<Skip>,
}

impl Planned {
    /// Everything beside bytes, path and scope that the answer depends on.
    pub(super) fn fingerprint(&self, bytes: &[u8], executable: bool) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.fingerprint);
        // Some rules look at it.
        hasher.update(&[u8::from(executable)]);
        self.roots.standing(bytes, &mut hasher);
        *hasher.finalize().as_bytes()
    }

    /// What is known of the result of a whole file that was fixed and verified: it
    /// is a fixed point, so that the next run need not find that out again.
    pub(super) fn fixed_point(&self, fixed: &Fixed, executable: bool) -> Option<(Key, Known)> {
        let bytes = fixed.bytes.as_ref().filter(|_| fixed.verified)?;
        let fingerprint = self.fingerprint(bytes, executable);
        let path = Path::new(&self.relative);
        let key = Key::new(blake3::hash(bytes), path, &Scope::File, &fingerprint);
        let known = Fixed {
            bytes: None,
            findings: fixed.findings.clone(),
            fixes: Vec::new(),
            verified: true,
            notes: fixed.notes.clone(),
        };
        Some((key, known))
    }
}
