//! Asking hive about a text: what it says of it, and whether another one is better.

use std::time::Duration;

use super::home::Home;
use super::problems::Checked;
use crate::fixers::encoding;
use crate::process::Interrupt;
use crate::rpc::{Code, Hive, Order, Unanswered};

/// How long a look at one text may take.
const DEADLINE: Duration = Duration::from_mins(2);

/// Why there is no result, as the editor is told.
pub(super) type Refused = (Code, String);

/// What is to be tried in the place of a text.
pub(super) struct Trial {
    /// The new texts, the best first.
    pub(super) candidates: Vec<String>,
    /// A rule of which the new text has to have less to say.
    pub(super) less: Option<String>,
}

/// What `hive check` says of a text in the place of a file.
pub(super) fn checked(
    hive: &Hive,
    home: &Home,
    text: &str,
    edition: u64,
    interrupt: &Interrupt,
) -> Result<Checked, Refused> {
    let order = order(home, &["check", "--format", "json"]).input(written(text)?);
    let said = hive
        .run(order, interrupt)
        .map_err(|error| refused(&error))?;
    Ok(Checked::of(&said, edition))
}

/// What `hive fix` makes of a text in the place of a file.
pub(super) fn fixed(
    hive: &Hive,
    home: &Home,
    text: &str,
    interrupt: &Interrupt,
) -> Result<String, Refused> {
    let order = order(home, &["fix"]).input(written(text)?);
    let said = hive
        .run(order, interrupt)
        .map_err(|error| refused(&error))?;
    if said.code != Some(0) {
        return Err((Code::RequestFailed, said.words()));
    }
    match encoding::decode(&said.data) {
        Ok((new, _)) => Ok(new),
        Err(trouble) => Err((Code::RequestFailed, format!("the result {trouble}"))),
    }
}

/// The text as its file has it: an editor sends characters, whatever the text says of
/// bytes.
fn written(text: &str) -> Result<Vec<u8>, Refused> {
    encoding::written(text).map_err(|trouble| (Code::RequestFailed, format!("it {trouble}")))
}

impl Trial {
    /// The first of the new texts that is no worse than the one that is there: no rule has
    /// more to say of it, and the one that is meant less.
    pub(super) fn of(
        self,
        hive: &Hive,
        home: &Home,
        text: &str,
        interrupt: &Interrupt,
    ) -> Result<String, Refused> {
        let before = checked(hive, home, text, 0, interrupt)?;
        if let Some(trouble) = before.troubles.first() {
            return Err((Code::RequestFailed, trouble.clone()));
        }
        let mut why = "it does not fit the text as it is now".to_owned();
        for new in self.candidates {
            let after = checked(hive, home, &new, 0, interrupt)?;
            let worse = after.troubles.first().cloned();
            match worse.or_else(|| objection(&before, &after, self.less.as_deref())) {
                None => return Ok(new),
                Some(objection) => why = objection,
            }
        }
        Err((Code::RequestFailed, why))
    }
}

/// What speaks against a new text.
fn objection(before: &Checked, after: &Checked, less: Option<&str>) -> Option<String> {
    let (was, is) = (before.counts(false), after.counts(false));
    let of = |counts: &std::collections::BTreeMap<String, u32>, code: &str| {
        counts.get(code).copied().unwrap_or(0)
    };
    if let Some((code, _)) = is.iter().find(|(code, count)| **count > of(&was, code)) {
        return Some(format!("it would add {code}"));
    }
    let (was, is) = (before.counts(true), after.counts(true));
    less?.split(',').map(str::trim).find_map(|code| {
        // What this check does not see, such as a cycle of imports, it cannot see go.
        let stays = of(&was, code) > 0 && of(&is, code) >= of(&was, code);
        stays.then(|| format!("{code} does not heed a comment there"))
    })
}

fn order(home: &Home, args: &[&str]) -> Order {
    let mut all: Vec<std::ffi::OsString> = args.iter().map(std::ffi::OsString::from).collect();
    all.extend(["-".into(), "--stdin-filename".into()]);
    all.push(home.path.clone().into());
    Order::new(all, &home.place.root, DEADLINE)
}

fn refused(error: &Unanswered) -> Refused {
    let code = match error {
        Unanswered::Cancelled => Code::Cancelled,
        _ => Code::RequestFailed,
    };
    (code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Checked, objection};

    #[test]
    fn a_new_text_may_not_be_worse() {
        let of = |fixes: &[(&str, u32)]| Checked {
            fixes: fixes
                .iter()
                .map(|(code, count)| ((*code).to_owned(), *count))
                .collect(),
            ..Checked::default()
        };
        let (none, one, two) = (of(&[]), of(&[("F401", 1)]), of(&[("F401", 2)]));
        for (before, after, less, against) in [
            (&one, &none, Some("F401"), false),
            (&one, &one, Some("F401"), true),
            (&two, &one, Some("F401, E501"), false),
            (&none, &none, Some("GR10"), false),
            // What a fix takes away is no objection.
            (&none, &one, None, false),
        ] {
            let found = objection(before, after, less);
            assert_eq!(found.is_some(), against, "{less:?} {found:?}");
        }
    }
}
