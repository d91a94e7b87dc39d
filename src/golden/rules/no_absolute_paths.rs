//! GR26: paths that exist on one person's machine.

use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{Module, Part};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR26",
    slug: "no-absolute-paths",
    summary: "a path below somebody's home directory",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
A path like `/home/anna/data` is there for Anna alone. Take it from a setting, or begin at \
`pathlib.Path.home()` or at the file itself.

Found are string literals with a path below `/home/<name>/`, `/Users/<name>/` or \
`C:\\Users\\<name>\\`, also in f-strings. Web addresses, patterns, placeholders instead of a name, \
accounts that systems share (`Public`), docstrings, comments, tests and documentation are left alone.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(check)]),
    proof: &[
        Example::new(
            &[(
                "shop/data.py",
                "a = '/home/anna/data.csv'\nb = open('/Users/anna/data.csv')\nc = 'C:\\\\Users\\\\Anna\\\\data.csv'\nd = r'c:\\Users\\Anna\\data.csv'\ne = f'/home/anna/{a}.csv'\nf = '--config=/home/anna/x.toml'\ng = 'D:/Users/anna/x'\n",
            )],
            &[
                ("shop/data.py", 1, 5),
                ("shop/data.py", 2, 10),
                ("shop/data.py", 3, 5),
                ("shop/data.py", 4, 5),
                ("shop/data.py", 5, 5),
                ("shop/data.py", 6, 5),
                ("shop/data.py", 7, 5),
            ],
        ),
        Example::new(
            &[
                (
                    "shop/data.py",
                    "\"\"\"Reads /home/anna/data.csv.\"\"\"\n\n# /home/anna/data.csv\na = 'https://example.org/home/anna/data'\nb = '/api/home/anna/data'\nc = '/home/*/data'\nd = r'^/home/[^/]+/data'\ne = '/home/<user>/data'\nf = '/home/{user}/data'\ng = '/home/user/data'\nh = '/home/'\ni = '/home/anna'\nj = '/Users/Shared/data'\nk = 'C:\\\\Users\\\\Public\\\\data'\nl = f'/home/{a}/data'\nm = '/home/%s/data' % a\nn = '~/data'\no = '/home/$USER/data'\np = 'http://h/Users/anna/x'\nq = 'A directory, e.g. \"/home/anna/project\"'\n",
                ),
                ("tests/test_data.py", "a = '/home/anna/data.csv'\n"),
                ("docs/conf.py", "a = '/home/anna/data.csv'\n"),
            ],
            &[],
        ),
    ],
};

fn check(module: &Module<'_>, found: &mut Found) {
    if module.station.is_any(&[Part::Tests, Part::Docs]) {
        return;
    }
    for string in &module.index.strings {
        let value = string.place.node.value.to_str();
        if !string.docstring
            && let Some(home) = home(value)
        {
            report(string.place.node, home, found);
        }
    }
    for at in &module.index.fstrings {
        let texts = at.node.value.elements().filter_map(|it| it.as_literal());
        if let Some(home) = texts.map(|it| &*it.value).find_map(home) {
            report(at.node, home, found);
        }
    }
}

fn report(node: &impl Ranged, home: &str, found: &mut Found) {
    found
        .at(node, format!("`{home}` is one person's directory"))
        .help("take it from a setting, or begin at `Path.home()` or `__file__`");
}

/// The home directory that a text names, if it does.
fn home(text: &str) -> Option<&str> {
    // A pattern may match anything, and is no path.
    if text.contains(['*', '?', '^', '[', '(', '|', '<', '\n']) || text.contains("://") {
        return None;
    }
    let unix = ["/home/", "/Users/"];
    let windows = [":\\Users\\", ":/Users/", ":\\\\Users\\\\"];
    unix.iter().chain(&windows).find_map(|root| {
        let (at, _) = text.match_indices(root).find(|(at, _)| {
            let before = text[..*at].chars().next_back();
            if root.starts_with(':') {
                before.is_some_and(|drive| drive.is_ascii_alphabetic())
            } else {
                before.is_none_or(|c| matches!(c, '=' | ',' | ';'))
            }
        })?;
        let rest = &text[at + root.len()..];
        let end = rest.find(['/', '\\'])?;
        let begin = if root.starts_with(':') { at - 1 } else { at };
        is_person(&rest[..end]).then(|| &text[begin..at + root.len() + end])
    })
}

/// Whether the name of a directory is that of a person's account.
fn is_person(name: &str) -> bool {
    const NOBODY: [&str; 22] = [
        "all users",
        "bar",
        "default",
        "default user",
        "example",
        "foo",
        "me",
        "myname",
        "myuser",
        "name",
        "public",
        "shared",
        "some",
        "someone",
        "somebody",
        "test",
        "user",
        "username",
        "users",
        "your",
        "yourname",
        "you",
    ];
    let lower = name.to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ');
    !name.is_empty()
        && name.chars().all(plain)
        && !name.starts_with('.')
        && !NOBODY.contains(&lower.as_str())
        && !lower.starts_with("your")
        && !lower.contains("user")
}
