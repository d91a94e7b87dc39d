//! One file of a plan, and the fingerprint under which its result is known.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::fixers::job::{Golden, Kinds};
use crate::fixers::modules::Roots;
use crate::fixers::program::inputs;
use crate::fixers::ruff::package::Package;
use crate::fixers::{Fixed, Kind, Recipe, Scope};
use crate::intake::skip::Skip;
use crate::memo::{Key, Known};

/// A file that is to be looked at, with everything that is known before reading.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Absolute path.
    pub path: PathBuf,
    /// As it is shown.
    pub shown: String,
    /// Relative to the repository.
    pub relative: String,
    /// How it is fixed.
    pub recipe: Arc<Recipe>,
    /// Everything beside bytes, path, scope and the modules in `roots` that the
    /// answer depends on.
    pub fingerprint: [u8; 32],
    /// Where import sorting looks for modules.
    pub roots: Arc<Roots>,
    /// The files that its configuration and the arguments of its tools name.
    pub extends: Arc<Named>,
    /// Which tools take part.
    pub kinds: Kinds,
    /// Whether a person named this very file.
    pub named: bool,
    /// Its package.
    pub package: Option<Package>,
    /// Why it is checked but not fixed, if so.
    pub check_only: Option<Skip>,
    /// Whether the Golden Rules of the recipe take part.
    pub golden: Golden,
}

/// The files that configuration and arguments name, found out for those who ask, once for
/// all files that share a recipe.
#[derive(Debug)]
pub struct Named {
    recipe: Arc<Recipe>,
    found: OnceLock<Vec<PathBuf>>,
}

impl Named {
    pub(super) fn by(recipe: Arc<Recipe>) -> Self {
        Self {
            recipe,
            found: OnceLock::new(),
        }
    }

    /// Their paths, as [`inputs::named`] has them.
    pub fn paths(&self) -> &[PathBuf] {
        self.found.get_or_init(|| inputs::named(&self.recipe))
    }
}

impl Planned {
    /// Everything beside bytes, path and scope that the answer depends on.
    pub fn fingerprint(&self, bytes: &[u8], executable: bool) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.fingerprint);
        // Some rules look at it.
        hasher.update(&[u8::from(executable), self.golden as u8]);
        self.roots.standing(bytes, &mut hasher);
        *hasher.finalize().as_bytes()
    }

    /// The same file with only some kinds of tools.
    #[must_use]
    pub fn only(&self, kinds: Kinds) -> Self {
        Self {
            kinds,
            fingerprint: self.salted(&[b'k', kinds.bits()]),
            ..self.clone()
        }
    }

    /// The same file with findings of some more codes left as they are.
    #[must_use]
    pub fn keeping(&self, codes: &[&str]) -> Self {
        let mut recipe = Recipe::clone(&self.recipe);
        let codes: Vec<String> = codes
            .iter()
            .map(|code| (*code).to_owned())
            .filter(|code| !recipe.policy.keep.contains(code))
            .collect();
        recipe.policy.keep.extend(codes.iter().cloned());
        Self {
            recipe: Arc::new(recipe),
            fingerprint: self.salted(codes.join(" ").as_bytes()),
            ..self.clone()
        }
    }

    /// The same file with only some of its Golden Rules, by code or id; `None` if none of
    /// them is active.
    pub fn only_golden(&self, rules: &[String]) -> Option<Self> {
        let named = |code: &str| rules.iter().any(|rule| rule.eq_ignore_ascii_case(code));
        let mut recipe = Recipe::clone(&self.recipe);
        recipe.golden = recipe.golden.only(named);
        (!recipe.golden.is_empty()).then(|| self.with(recipe, self.kinds, rules))
    }

    /// The same file with only some rules of its tools: `format` is the layout, `I001` the
    /// order of imports, everything else the linter's. `None` if no tool takes part then.
    pub fn only_rules(&self, rules: &[String]) -> Option<Self> {
        let mut recipe = Recipe::clone(&self.recipe);
        let (mut kinds, mut fixable) = (Kinds::NONE, Vec::new());
        for rule in rules {
            let code = rule.to_ascii_uppercase();
            let kind = match code.as_str() {
                "FORMAT" => Kind::Format,
                "I001" | "I002" => Kind::Imports,
                _ => Kind::Lint,
            };
            if self.kinds.has(kind) {
                kinds = kinds.with(kind);
            }
            if kind != Kind::Format {
                // The embedded engine takes both from one set of settings.
                fixable.push(code);
            }
        }
        if kinds.has(Kind::Lint)
            && let Some(step) = &mut recipe.lint
        {
            step.args
                .extend(["--fixable".to_owned(), fixable.join(",")]);
        }
        (!kinds.is_empty()).then(|| self.with(recipe, kinds, rules))
    }

    fn with(&self, recipe: Recipe, kinds: Kinds, rules: &[String]) -> Self {
        let salt = format!("only {} {}", kinds.bits(), rules.join(" "));
        Self {
            recipe: Arc::new(recipe),
            kinds,
            fingerprint: self.salted(salt.as_bytes()),
            ..self.clone()
        }
    }

    /// The same file with or without the Golden Rules of its recipe.
    #[must_use]
    pub fn golden(mut self, golden: Golden) -> Self {
        self.golden = if self.recipe.golden.is_empty() {
            Golden::Off
        } else {
            golden
        };
        self
    }

    fn salted(&self, salt: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.fingerprint).update(salt);
        *hasher.finalize().as_bytes()
    }

    /// What is known of the result of a whole file that was fixed and verified: it
    /// is a fixed point, so that the next run need not find that out again.
    pub fn fixed_point(&self, fixed: &Fixed, executable: bool) -> Option<(Key, Known)> {
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
