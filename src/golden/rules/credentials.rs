//! Which names stand for credentials, and to which name a string is bound. Pure.

use ruff_python_ast::{Expr, ExprStringLiteral, Identifier, Stmt};
use ruff_text_size::Ranged;

use crate::golden::module::{At, Module};

/// Words that a credential's name ends with.
const LAST: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
];
/// Words that make a credential of a `key` that follows them.
const KEYS: [&str; 9] = [
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "encryption",
    "signing",
    "account",
    "master",
];

/// The words of a name in lower case: `clientSecret2` is `client`, `secret`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if !letter.is_alphabetic() {
            before = ' ';
            continue;
        }
        let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins =
            before == ' ' || letter.is_uppercase() && (before.is_lowercase() || next_is_lower);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words
}

/// Whether a name stands for a credential: `password`, `API_KEY`, `clientSecret`; not
/// `password_hashers`, `token_url`, `public_key`.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [.., before, "key"] => KEYS.contains(&before),
        [.., last] => LAST.contains(&last) && !words.contains(&"public"),
        [] => false,
    }
}

/// The name that a string is assigned, passed or compared to, or the default of.
pub(super) fn bound_name<'a>(
    module: &Module<'a>,
    place: &At<'a, ExprStringLiteral>,
) -> Option<&'a str> {
    let is_it = |expr: &Expr| expr.range() == place.node.range();
    match place.parent {
        None => assigned_name(module, place),
        Some(Expr::Call(call)) => {
            let arguments = &call.arguments;
            if let Some(keyword) = arguments.keywords.iter().find(|it| is_it(&it.value)) {
                return keyword.arg.as_ref().map(Identifier::as_str);
            }
            // `environ.get("TOKEN", "…")`, `setdefault("token", "…")`.
            match (&*call.func, &*arguments.args) {
                (Expr::Attribute(_) | Expr::Name(_), [name, default]) if is_it(default) => {
                    literal(name)
                }
                _ => None,
            }
        }
        Some(Expr::Dict(dict)) => {
            let item = dict.items.iter().find(|item| is_it(&item.value))?;
            literal(item.key.as_ref()?)
        }
        Some(Expr::Compare(compare)) => {
            let [right] = &*compare.comparators else {
                return None;
            };
            target_name(if is_it(right) { &compare.left } else { right })
        }
        _ => None,
    }
}

fn assigned_name<'a>(module: &Module<'a>, place: &At<'a, ExprStringLiteral>) -> Option<&'a str> {
    let is_it = |expr: &Expr| expr.range() == place.node.range();
    match module.index.statement(place.statement).node {
        Stmt::Assign(assign) if is_it(&assign.value) => assign.targets.iter().find_map(target_name),
        Stmt::AnnAssign(assign) if assign.value.as_deref().is_some_and(is_it) => {
            target_name(&assign.target)
        }
        Stmt::FunctionDef(function) => function
            .parameters
            .iter_non_variadic_params()
            .find(|parameter| parameter.default().is_some_and(is_it))
            .map(|parameter| parameter.name().as_str()),
        _ => None,
    }
}

/// The last name of what is assigned to: `key` of `settings["key"]`.
pub(super) fn target_name(target: &Expr) -> Option<&str> {
    match target {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Subscript(part) => literal(&part.slice),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str()),
        _ => None,
    }
}

/// Whether a value only stands where a credential is to be put.
pub(super) fn is_placeholder(value: &str) -> bool {
    const MARKS: [&str; 14] = [
        "example",
        "changeme",
        "change-me",
        "change_me",
        "your",
        "dummy",
        "fake",
        "sample",
        "placeholder",
        "xxxx",
        "****",
        "redacted",
        "insert",
        "replace",
    ];
    let lower = value.to_lowercase();
    let frame = |c: char| matches!(c, '<' | '>' | '{' | '}' | '$' | '%');
    lower.starts_with(frame) || lower.ends_with(frame) || MARKS.iter().any(|it| lower.contains(it))
}

#[cfg(test)]
mod tests {
    use super::{is_credential, words};

    #[test]
    fn names_are_read_by_word() {
        assert_eq!(words("clientSecret2"), ["client", "secret"]);
        assert_eq!(words("APIKey"), ["api", "key"]);
        assert_eq!(words("DB_PASSWORD"), ["db", "password"]);
        for (name, expected) in [
            ("password", true),
            ("API_KEY", true),
            ("clientSecret", true),
            ("self_token1", true),
            ("PASSWORD_HASHERS", false),
            ("token_url", false),
            ("public_key", false),
            ("primary_key", false),
            ("tokenizer", false),
            ("", false),
        ] {
            assert_eq!(is_credential(name), expected, "{name}");
        }
    }
}
