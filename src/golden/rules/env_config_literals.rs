//! GR30: credentials and addresses of databases as literals in settings.

use ruff_python_ast::ExprStringLiteral;

use super::credentials::{bound_name, is_credential, is_placeholder, words};
use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{At, Module, Part};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR30",
    slug: "env-config-literals",
    summary: "a credential or the address of a database as a literal in settings",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
Settings are what differs between a laptop, the test system and production. A password or the address \
of a database that stands in the code is the same everywhere, and known to everybody.

Looked at are settings modules: a part of the path is `settings`, `config`, `conf`, `configuration` \
or `environment`. Found are values of names like `SECRET_KEY` or `PASSWORD`, and addresses of \
databases and queues with a host. Empty values, placeholders, names of other things \
(`TOKEN_URL`), a key's own name (`PASSWORD = \"password\"`), SQLite and tests are left alone. \
Read them from the environment: `os.environ[\"SECRET_KEY\"]`.

Unlike `no-hardcoded-secret`, this rule does not ask how random a value looks.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(check)]),
    proof: &[
        Example::new(
            &[(
                "shop/settings.py",
                "SECRET_KEY = 'hunter2-hunter2'\nDATABASES = {'default': {'PASSWORD': 's3cret!'}}\nDATABASE_URL = 'postgres://shop:pw@db.intern/shop'\nBROKER: str = 'amqp://queue/shop'\n\n\nclass Config:\n    api_key = 'abc123'\n",
            )],
            &[
                ("shop/settings.py", 1, 14),
                ("shop/settings.py", 2, 38),
                ("shop/settings.py", 3, 16),
                ("shop/settings.py", 4, 15),
                ("shop/settings.py", 8, 15),
            ],
        ),
        Example::new(
            &[
                (
                    "shop/settings/base.py",
                    "import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\nPASSWORD = ''\nAPI_KEY = 'changeme'\nTOKEN_URL = 'https://example.org/token'\nCONF_PASSWORD = 'password'\nACCESS_TOKEN = 'access_token'\nDATABASE_URL = 'sqlite:///shop.db'\nSITE = 'https://example.org/'\nPASSWORD_HASHERS = ['a.b.C']\nSCHEME = 'postgres://'\nTOKEN = 'the token of the account'\nif SECRET_KEY == 'x':\n    raise SystemExit('no SECRET_KEY')\nopen(password='p4ss')\n",
                ),
                ("shop/api.py", "SECRET_KEY = 'hunter2'\n"),
                ("shop/latest_settings.py", "SECRET_KEY = 'hunter2'\n"),
                ("tests/settings.py", "SECRET_KEY = 'hunter2'\n"),
            ],
            &[],
        ),
    ],
};

const HELP: &str = "read it from the environment";

fn check(module: &Module<'_>, found: &mut Found) {
    if !module.station.is(Part::Configuration) || module.station.is_any(&[Part::Tests, Part::Docs])
    {
        return;
    }
    for string in &module.index.strings {
        let place = &string.place;
        if string.docstring || !is_assigned(module, place) {
            continue;
        }
        let value = place.node.value.to_str();
        if is_placeholder(value) || value.contains(char::is_whitespace) {
            continue;
        }
        if is_database(value) {
            let message = "the address of a database stands in the code";
            found.at(place.node, message).help(HELP);
            continue;
        }
        let name = bound_name(module, place).filter(|name| is_credential(name));
        if let Some(name) = name
            && is_secret(name, value)
        {
            let message = format!("the value of `{name}` stands in the code");
            found.at(place.node, message).help(HELP);
        }
    }
}

/// Whether a string is assigned: by itself, or within the tables of an assignment.
fn is_assigned(module: &Module<'_>, place: &At<'_, ExprStringLiteral>) -> bool {
    use ruff_python_ast::{Expr, Stmt};
    let statement = module.index.statement(place.statement).node;
    matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_))
        && matches!(place.parent, None | Some(Expr::Dict(_)))
}

/// Whether the value of a credential's name is one, and not its own name, or that of
/// something else.
fn is_secret(name: &str, value: &str) -> bool {
    let of_name = words(name);
    let own = words(value).iter().all(|word| of_name.contains(word));
    let number = value.chars().any(|c| c.is_ascii_digit());
    let dotted = value.contains('.') && !number;
    value.len() >= 4
        && (!own || number && value.len() >= 8)
        && !dotted
        && !value.contains("://")
        && !value.starts_with('/')
}

/// Whether a text is the address of a database or a queue on some host.
fn is_database(text: &str) -> bool {
    const SCHEMES: [&str; 14] = [
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongodb",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "mssql",
        "oracle",
        "clickhouse",
        "cockroachdb",
        "couchdb",
    ];
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    // `mongodb+srv`, `postgresql+psycopg`.
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    SCHEMES.contains(&scheme.to_lowercase().as_str()) && !host.is_empty()
}
