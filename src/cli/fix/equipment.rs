//! What `fix` and `check` need of a house, as their flags want it.

use std::path::PathBuf;

use super::arguments::Common;
use crate::cli::{Context, enter};
use crate::failure::{Failure, Outcome};
use crate::house::{Ground, House, unanswered};
use crate::intake::walk::{self, Walk};
use crate::memo::Memo;
use crate::repo::baseline;
use crate::settings::Overrides;
use crate::settings::trust::Consent;

/// Opens a house as the flags of `fix` and `check` want it.
pub(super) fn open(
    common: &Common,
    context: &Context,
    ground: &Ground,
) -> Outcome<(House, Context)> {
    let consent = Consent::given(common.trust);
    enter(ground, &overrides(common), consent, context)
}

/// The staged files below the asked-for paths.
pub(super) fn staged(house: &House, roots: &[PathBuf]) -> Outcome<Walk> {
    let place = house.place.as_ref().ok_or_else(|| {
        Failure::usage("--staged needs a git repository, and this is none")
            .hint("name the files instead")
    })?;
    let paths = baseline::staged(place).map_err(|error| unanswered(&error))?;
    let files = paths
        .iter()
        .map(|path| place.root.join(path))
        .filter(|path| roots.iter().any(|root| path.starts_with(root)))
        .filter_map(|path| {
            let symlink = path.symlink_metadata().ok()?.is_symlink();
            Some(walk::Found {
                path,
                root: place.root.clone(),
                symlink,
            })
        })
        .collect();
    Ok(Walk {
        files,
        errors: Vec::new(),
    })
}

/// Takes files that a hook names as if they had been found below the root.
pub(super) fn unname(common: &Common, house: &House, walk: &mut Walk) {
    if !common.as_hook {
        return;
    }
    for found in walk.files.iter_mut().filter(|found| found.named()) {
        let root = house.place.as_ref().map(|place| place.root.as_path());
        let above = root
            .filter(|root| found.path.starts_with(root))
            .or(found.path.parent());
        if let Some(above) = above {
            found.root = above.to_path_buf();
        }
    }
}

/// The memo; a run without one is slower, not wrong.
pub(super) fn memo(house: &House, common: &Common, context: &Context) -> Memo {
    if common.no_memo {
        return Memo::none();
    }
    let mut memo = house.memo();
    if let Some(warning) = memo.warning() {
        context.terminal.warn(&warning);
    }
    memo
}

fn overrides(common: &Common) -> Overrides {
    Overrides {
        lint: common.lint,
        imports: common.imports,
        format: common.format_with,
        engine: common.engine,
        ..Overrides::default()
    }
}
