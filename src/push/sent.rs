//! What a push is about to send, as git tells a `pre-push` hook. Pure.

use crate::repo::Oid;

/// One reference of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ref {
    /// The local branch, `refs/heads/…`; `None` where something else is sent: a tag, or a
    /// bare commit.
    pub(super) branch: Option<String>,
    /// The commit or tag that is sent.
    pub(super) oid: Oid,
    /// What the other side has there, if it has anything.
    pub(super) remote: Option<Oid>,
}

/// Reads the lines `local-ref local-oid remote-ref remote-oid`. Deletions send nothing.
/// `head` is the branch that HEAD is on, with its tip: git names what was typed, which may
/// be `HEAD` or `@`.
pub(super) fn parse(text: &str, head: Option<(&str, Oid)>) -> Vec<Ref> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (local, oid) = (words.next()?, words.next()?.parse::<Oid>().ok()?);
        if oid.id().is_null() {
            return None;
        }
        let remote = words.nth(1).and_then(|word| word.parse::<Oid>().ok());
        let here = head.filter(|(_, tip)| *tip == oid && !local.starts_with("refs/"));
        Some(Ref {
            branch: match here {
                Some((branch, _)) => Some(branch.to_owned()),
                None if local == "HEAD" || local == "@" => head.map(|head| head.0.to_owned()),
                None => Some(local.to_owned()).filter(|it| it.starts_with("refs/heads/")),
            },
            oid,
            remote: remote.filter(|oid| !oid.id().is_null()),
        })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Ref, parse};
    use crate::repo::Oid;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    #[test]
    fn what_git_says_is_read() {
        let (a, b, zero) = (oid('a'), oid('b'), "0".repeat(40));
        let found = |branch: Option<&str>, oid, remote| Ref {
            branch: branch.map(str::to_owned),
            oid,
            remote,
        };
        let main = Some("refs/heads/main");
        for (text, expected) in [
            (
                format!("refs/heads/x {a} refs/heads/y {b}"),
                vec![found(Some("refs/heads/x"), a, Some(b))],
            ),
            (
                format!("refs/heads/x {a} refs/heads/x {zero}\n"),
                vec![found(Some("refs/heads/x"), a, None)],
            ),
            (
                format!("refs/tags/v1 {a} refs/tags/v1 {zero}"),
                vec![found(None, a, None)],
            ),
            (format!("(delete) {zero} refs/heads/x {a}"), vec![]),
            // HEAD as it is, and as it was a moment ago.
            (
                format!("HEAD {b} refs/heads/z {zero}"),
                vec![found(main, b, None)],
            ),
            (
                format!("HEAD {a} refs/heads/z {zero}"),
                vec![found(main, a, None)],
            ),
            // A commit by its id: HEAD's, and another one.
            (
                format!("{b} {b} refs/heads/z {zero}"),
                vec![found(main, b, None)],
            ),
            (
                format!("{a} {a} refs/heads/z {zero}"),
                vec![found(None, a, None)],
            ),
            ("\n x\n a b c d\n".to_owned(), vec![]),
        ] {
            let head = Some(("refs/heads/main", b));
            assert_eq!(parse(&text, head), expected, "{text}");
        }
    }
}
