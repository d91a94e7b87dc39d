//! Writing the comment that suppresses a finding, with its reason, at the right place.

use std::collections::BTreeMap;

use super::apply::{Applied, Lines};
use super::desk::Desk;
use crate::agent::lessons;
use crate::escalation::Escalation;
use crate::failure::{Failure, Outcome};
use crate::golden::{contracts, suppression};
use crate::graph::{self, Enclosing};
use crate::queue::EscalationId;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// The comment that golden rules look for.
const GOLDEN: &str = "golden-rule-ignore:";
/// The comment that linters look for.
const LINTERS: &str = "noqa:";

/// Writes the comment for a question's rule into the working file. The result is
/// verified: the comment is one, the finding is gone, and no other has come.
pub(super) fn suppress(desk: &Desk, one: &Escalation, reason: &str) -> Outcome<Applied> {
    let (id, path) = (one.id, &one.question.path);
    let (codes, golden) = rules(desk, one)?.ok_or_else(|| no_rule(id, &one.question.rule))?;
    let reason = one_line(reason);
    if reason.is_empty() {
        return Err(Failure::usage("a suppression needs a reason")
            .hint(format!("hive suppress {id} --note \"why\"")));
    }
    if one.question.line == 0 {
        return Err(no_line(id, path));
    }
    let snapshot = desk.snapshot(path)?;
    let now = Lines::of(snapshot.bytes());
    let snippet = one.question.snippet.lines().next().unwrap_or_default();
    let line = lessons::place(&now.text, one);
    let there =
        line_of(&now.text, line).map(|(text, _)| String::from_utf8_lossy(text).into_owned());
    let is_there = there.is_some_and(|there| is_still(snippet.trim(), there.trim()));
    if line == 0 || !is_there {
        return Err(Failure::usage(format!(
            "the line of question {id} is not in {path} any more"
        ))
        .hint(format!(
            "hive escalations retry {id} looks at the file again"
        )));
    }
    let judge = desk.judge(path)?;
    let before = judge
        .counts(path, &now.text)
        .map_err(|why| refused(path.as_str(), &why))?;
    let mut why = String::new();
    let mut tried = Vec::new();
    for at in [line, Enclosing::of(&now.text).end_of_statement(line)] {
        if tried.contains(&at) {
            continue;
        }
        tried.push(at);
        let Some(new) = with_comment(&now.text, at, &codes, &reason, golden) else {
            "the line has a comment of its own that cannot be added to".clone_into(&mut why);
            continue;
        };
        let after = judge
            .counts(path, &new)
            .map_err(|why| refused(path.as_str(), &why))?;
        let of =
            |counts: &BTreeMap<String, u32>, code: &str| counts.get(code).copied().unwrap_or(0);
        let gone = codes
            .iter()
            .all(|code| of(&after, code) < of(&before, code).max(1));
        if !gone {
            "the tool does not heed a comment there".clone_into(&mut why);
            continue;
        }
        if let Some((code, _)) = after
            .iter()
            .find(|(code, count)| **count > of(&before, code))
        {
            why = format!("the comment would add {code}");
            continue;
        }
        let bytes = now.ended(&new);
        desk.write(path, &snapshot, &bytes)?;
        return Ok(Applied {
            path: path.clone(),
            before: snapshot.bytes().to_vec(),
            after: blake3::hash(&bytes),
            merged: false,
        });
    }
    Err(refused(path.as_str(), &why))
}

/// Why no comment suppresses a question, where that is certain before a reason is given.
pub fn unsuppressible(
    id: EscalationId,
    rule: &str,
    stage: Stage,
    (path, line): (&RepoPath, u32),
) -> Option<Failure> {
    // A rule of the team's own has a name; whether it is one is looked up afterwards.
    if codes(rule).is_none() && stage != Stage::Golden {
        return Some(no_rule(id, rule));
    }
    (line == 0).then(|| no_line(id, path))
}

fn no_rule(id: EscalationId, rule: &str) -> Failure {
    Failure::usage(format!(
        "{rule} is no rule of a tool, so no comment suppresses it"
    ))
    .hint(format!("hive escalations dismiss {id} --note …"))
}

fn no_line(id: EscalationId, path: &RepoPath) -> Failure {
    Failure::usage(format!(
        "question {id} is about {path} as a whole, and no comment suppresses that"
    ))
    .hint(format!(
        "exempt the file in hive.toml, or: hive escalations dismiss {id} --note …"
    ))
}

/// A text in an editor with a comment that suppresses a rule's finding in a line (counted
/// from 1): each place where the comment may have to stand, the likelier first. None where
/// the rule is none that a comment suppresses. Nothing is written, and nothing verified.
pub fn commented(text: &[u8], line: u32, rule: &str, reason: &str) -> Vec<Vec<u8>> {
    let Some(codes) = codes(rule).filter(|_| line > 0) else {
        return Vec::new();
    };
    let now = Lines::of(text);
    let golden = codes[0].starts_with("GR");
    let mut places = vec![line, Enclosing::of(&now.text).end_of_statement(line)];
    places.dedup();
    places
        .into_iter()
        .filter_map(|at| with_comment(&now.text, at, &codes, &one_line(reason), golden))
        .map(|new| now.ended(&new))
        .collect()
}

fn refused(path: &str, why: &str) -> Failure {
    Failure::usage(format!("nothing is suppressed in {path}: {why}"))
        .hint("hive escalations open ID opens the place in your editor")
}

/// The rules of a question as a comment names them, and whether they are Golden Rules;
/// `None` for what no comment is about. The team's own rules and contracts have names.
fn rules(desk: &Desk, one: &Escalation) -> Outcome<Option<(Vec<String>, bool)>> {
    let rule = &one.question.rule;
    if let Some(codes) = codes(rule) {
        let golden = codes.iter().all(|code| code.starts_with("GR"));
        return Ok(Some((codes, golden)));
    }
    if one.question.stage != Stage::Golden {
        return Ok(None);
    }
    let own = desk.house()?.golden(false)?.custom;
    let names: Vec<String> = rule.split(", ").map(str::to_owned).collect();
    let is_rule = |name: &String| {
        own.iter().any(|rule| rule.id == *name)
            || contracts::is_contract(name)
            || codes(name).is_some_and(|codes| codes[0].starts_with("GR"))
    };
    Ok(names.iter().all(is_rule).then_some((names, true)))
}

/// The codes of a rule as questions name it (`F401, F811`); `None` for what is no code.
fn codes(rule: &str) -> Option<Vec<String>> {
    let codes: Vec<&str> = rule.split(',').map(str::trim).collect();
    let is_code = |code: &&str| {
        let letters = code.chars().take_while(char::is_ascii_uppercase).count();
        letters > 0 && code.len() > letters && code[letters..].chars().all(|c| c.is_ascii_digit())
    };
    let all = codes.iter().all(is_code);
    all.then(|| codes.into_iter().map(str::to_owned).collect())
}

/// Whether a line is what it was, or has a comment behind it since, such as the one that
/// suppressed another finding there.
fn is_still(before: &str, now: &str) -> bool {
    now.strip_prefix(before).is_some_and(|more| {
        more.is_empty() || more.starts_with("  ") && more.trim_start().starts_with('#')
    })
}

/// A line of a text (counted from 1) without its end, and where it ends.
fn line_of(text: &[u8], line: u32) -> Option<(&[u8], usize)> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let mut from = 0;
    for (number, whole) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if number == at {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            return Some((line, from + line.len()));
        }
        from += whole.len();
    }
    None
}

/// The text with the comment at the end of a line: a new one, or the codes added to one
/// that suppresses others there already. `None` where that is no comment or the text
/// would not parse any more.
fn with_comment(
    text: &[u8],
    line: u32,
    codes: &[String],
    reason: &str,
    golden: bool,
) -> Option<Vec<u8>> {
    let (own, end) = line_of(text, line)?;
    let own_text = std::str::from_utf8(own).ok()?;
    let mark = if golden { GOLDEN } else { LINTERS };
    let codes = codes.join(", ");
    let start = end - own.len();
    let (from, to, comment) = if let Some(found) = own_text.find(mark) {
        // After the codes that are there, before their reason.
        let rest = &own_text[found + mark.len()..];
        let (listed, said) = if golden {
            named(rest)
        } else {
            (listed(rest), true)
        };
        let at = start + found + mark.len() + listed;
        let why = if said {
            String::new()
        } else {
            format!(" - {reason}")
        };
        (at, at, format!(", {codes}{why}"))
    } else {
        let kept = own_text.trim_end().len();
        (start + kept, end, format!("  # {mark} {codes} - {reason}"))
    };
    let mut new = text[..from].to_vec();
    new.extend_from_slice(comment.as_bytes());
    new.extend_from_slice(&text[to..]);
    // The mark itself: a comment in a string would suppress nothing and change the text.
    let inside = from + comment.len() - 1;
    let whole = graph::is_comment(&new, inside);
    (whole && (graph::parses(&new) || !graph::parses(text))).then_some(new)
}

/// How many bytes a list of codes takes after its mark.
fn listed(rest: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for part in rest.split_inclusive([',', ' ']) {
        let code = part.trim_end_matches([',', ' ']);
        at += part.len();
        if code.is_empty() {
            continue;
        }
        let plain = code.chars().all(|c| c.is_ascii_alphanumeric());
        let numbered = code.chars().any(|c| c.is_ascii_digit());
        if !plain || !numbered {
            break;
        }
        end = at - part.len() + code.len();
    }
    end
}

/// How many bytes the rules that a golden comment names take after its mark, and whether a
/// reason follows.
fn named(rest: &str) -> (usize, bool) {
    let comment = rest.split(" #").next().unwrap_or(rest);
    let reason = suppression::DASHES
        .iter()
        .filter_map(|dash| comment.find(dash))
        .min();
    let end = reason.unwrap_or(comment.len());
    (comment[..end].trim_end().len(), reason.is_some())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{codes, with_comment};

    #[test]
    fn rules_that_are_codes() {
        assert_eq!(
            codes("F401, F811"),
            Some(vec!["F401".to_owned(), "F811".to_owned()])
        );
        assert_eq!(codes("GR09"), Some(vec!["GR09".to_owned()]));
        for none in [
            "conflict",
            "max_lines",
            "invalid-syntax",
            "F",
            "",
            "tool-failure",
        ] {
            assert_eq!(codes(none), None, "{none}");
        }
    }

    #[test]
    fn the_comment_stands_where_it_counts() {
        for (text, line, golden, expected) in [
            ("x = 1 \n", 1, false, Some("x = 1  # noqa: F841 - why\n")),
            ("x = 1", 1, false, Some("x = 1  # noqa: F841 - why")),
            (
                "x = 1  # note\n",
                1,
                false,
                Some("x = 1  # note  # noqa: F841 - why\n"),
            ),
            (
                "x = 1  # noqa: E501 - long\n",
                1,
                false,
                Some("x = 1  # noqa: E501, F841 - long\n"),
            ),
            (
                "x = 1  # noqa: E501,E7\n",
                1,
                false,
                Some("x = 1  # noqa: E501,E7, F841\n"),
            ),
            ("x = '''a\nb'''\n", 1, false, None),
            (
                "x = '''a\nb'''\n",
                2,
                false,
                Some("x = '''a\nb'''  # noqa: F841 - why\n"),
            ),
            ("x = 1 + \\\n  2\n", 1, false, None),
            (
                "x = 1\n",
                1,
                true,
                Some("x = 1  # golden-rule-ignore: F841 - why\n"),
            ),
            (
                "x = 1  # golden-rule-ignore: billing-clock - why not\n",
                1,
                true,
                Some("x = 1  # golden-rule-ignore: billing-clock, F841 - why not\n"),
            ),
            (
                "x = 1  # golden-rule-ignore: billing-clock # mine\n",
                1,
                true,
                Some("x = 1  # golden-rule-ignore: billing-clock, F841 - why # mine\n"),
            ),
            ("x = 1\n", 9, false, None),
        ] {
            let new = with_comment(text.as_bytes(), line, &["F841".to_owned()], "why", golden);
            let new = new.map(|new| String::from_utf8(new).unwrap());
            assert_eq!(new.as_deref(), expected, "{text:?}");
        }
    }
}
