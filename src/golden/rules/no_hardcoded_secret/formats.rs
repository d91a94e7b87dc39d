//! What keys of known services look like. Pure.

use super::random;
use crate::golden::rules::credentials::is_placeholder;

/// A key that is told by how it begins.
struct Format {
    what: &'static str,
    prefix: &'static str,
    /// Which characters follow.
    tail: fn(char) -> bool,
    /// How many of them there are at least and at most.
    length: (usize, usize),
}

const FORMATS: &[Format] = &[
    format("an AWS access key", "AKIA", upper, (16, 16)),
    format("an AWS access key", "ASIA", upper, (16, 16)),
    format("a GitHub token", "ghp_", alphanumeric, (36, 255)),
    format("a GitHub token", "gho_", alphanumeric, (36, 255)),
    format("a GitHub token", "ghu_", alphanumeric, (36, 255)),
    format("a GitHub token", "ghs_", alphanumeric, (36, 255)),
    format("a GitHub token", "ghr_", alphanumeric, (36, 255)),
    format("a GitHub token", "github_pat_", word, (82, 82)),
    format("a GitLab token", "glpat-", url_safe, (20, 255)),
    format("a Slack token", "xoxb-", url_safe, (20, 255)),
    format("a Slack token", "xoxp-", url_safe, (20, 255)),
    format("a Slack token", "xoxa-", url_safe, (20, 255)),
    format("a Slack token", "xoxr-", url_safe, (20, 255)),
    format(
        "a Slack webhook",
        "hooks.slack.com/services/T",
        path,
        (30, 80),
    ),
    format("a Stripe key", "sk_live_", alphanumeric, (24, 255)),
    format("a Stripe key", "rk_live_", alphanumeric, (24, 255)),
    format("a Google API key", "AIza", url_safe, (35, 35)),
    format("a SendGrid key", "SG.", dotted, (60, 80)),
    format("an npm token", "npm_", alphanumeric, (36, 36)),
    format("a PyPI token", "pypi-AgEIcHlwaS5vcmc", url_safe, (50, 255)),
    format("an OpenAI key", "sk-proj-", url_safe, (40, 255)),
    format("an Anthropic key", "sk-ant-", url_safe, (80, 255)),
    format("a signed web token", "eyJ", dotted, (80, 4096)),
];

const fn format(
    what: &'static str,
    prefix: &'static str,
    tail: fn(char) -> bool,
    length: (usize, usize),
) -> Format {
    Format {
        what,
        prefix,
        tail,
        length,
    }
}

fn upper(c: char) -> bool {
    c.is_ascii_uppercase() || ('2'..='7').contains(&c)
}

fn alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn url_safe(c: char) -> bool {
    word(c) || c == '-'
}

fn dotted(c: char) -> bool {
    url_safe(c) || c == '.'
}

fn path(c: char) -> bool {
    alphanumeric(c) || c == '/'
}

/// The kind of key that a text contains, if it does.
pub(super) fn find(text: &str) -> Option<&'static str> {
    if has_private_key(text) {
        return Some("a private key");
    }
    FORMATS
        .iter()
        .find(|format| format.is_in(text))
        .map(|format| format.what)
}

impl Format {
    fn is_in(&self, text: &str) -> bool {
        text.match_indices(self.prefix).any(|(at, _)| {
            let alone = !text[..at].ends_with(url_safe);
            let rest = &text[at + self.prefix.len()..];
            let length = rest.find(|c| !(self.tail)(c)).unwrap_or(rest.len());
            let tail = &rest[..length];
            let parts = tail.matches('.').count();
            let whole = match self.prefix {
                "eyJ" => parts == 2 && tail.contains(".eyJ") && !tail.ends_with('.'),
                "SG." => parts == 1,
                // Words in capitals have none; one key in thirty has none.
                "AKIA" | "ASIA" => tail.contains(|c: char| c.is_ascii_digit()),
                _ => true,
            };
            alone
                && whole
                && (self.length.0..=self.length.1).contains(&length)
                && random::is_varied(tail)
                && !is_placeholder(tail)
        })
    }
}

/// Whether a text holds a private key, and not only the line that one begins with.
fn has_private_key(text: &str) -> bool {
    const BEGIN: &str = "-----BEGIN ";
    text.match_indices(BEGIN).any(|(at, _)| {
        let rest = &text[at + BEGIN.len()..];
        let Some(end) = rest.find("-----") else {
            return false;
        };
        let body = &rest[end + 5..];
        let body = &body[..body.find("-----").unwrap_or(body.len())];
        let base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        let longest = body.split_whitespace().map(str::len).max().unwrap_or(0);
        rest[..end].contains("PRIVATE KEY")
            && body.chars().filter(base64).count() >= 64
            && longest >= 40
            && !is_placeholder(body)
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn keys_stand_alone_and_are_varied() {
        let tail = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
        for (text, expected) in [
            (format!("ghp_{tail}"), Some("a GitHub token")),
            (format!("token ghp_{tail};"), Some("a GitHub token")),
            (format!("xghp_{tail}"), None),
            ("ghp_".to_owned() + &"a".repeat(36), None),
            (format!("AKIA{}", "IOSFODNN7EXAMPLE"), None),
            (format!("ASIA{}", "PACIFICNORTHWEST"), None),
            (
                format!("AKIA{}", "Q3ZW7HVNB2JKTLRX"),
                Some("an AWS access key"),
            ),
            ("-----BEGIN PRIVATE KEY-----".to_owned(), None),
            (
                format!("-----BEGIN RSA PRIVATE KEY-----\n{tail}{tail}\n"),
                Some("a private key"),
            ),
            ("é".repeat(40), None),
        ] {
            assert_eq!(find(&text), expected, "{text}");
        }
    }
}
