//! What opening a configuration file looks like.

use ruff_python_ast::{Expr, ExprCall};

use crate::golden::module::{At, Module};

/// How a call opens a configuration file, for the message; `None` if it does not.
pub(super) fn opened<'a>(module: &Module<'a>, at: &At<'a, ExprCall>) -> Option<String> {
    let call = at.node;
    let path = module.qualified(&call.func, at.scope);
    match path.as_deref() {
        Some(["builtins" | "io", "open"]) => {
            let named = call
                .arguments
                .keywords
                .iter()
                .find(|it| it.arg.as_deref() == Some("file"));
            let file = call.arguments.args.first().or(named.map(|it| &it.value))?;
            file_of(module, file, at)
        }
        Some(["dotenv", "load_dotenv" | "dotenv_values"]) => Some("an `.env` file".to_owned()),
        _ => {
            let Expr::Attribute(called) = &*call.func else {
                return None;
            };
            match called.attr.as_str() {
                "open" | "read_text" | "read_bytes" => file_of(module, &called.value, at),
                "read" => {
                    let parser = module.made_by(&called.value, at.scope)?;
                    let is_parser = matches!(
                        parser[..],
                        ["configparser", "ConfigParser" | "RawConfigParser"]
                    );
                    let file = call.arguments.args.first().filter(|_| is_parser)?;
                    file_of(module, file, at)
                }
                _ => None,
            }
        }
    }
}

/// The configuration file that an expression names: a literal, or `Path` of one.
fn file_of<'a>(module: &Module<'a>, expr: &'a Expr, at: &At<'a, ExprCall>) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => {
            let name = text.value.to_str();
            is_configuration(name).then(|| format!("the configuration file `{name}`"))
        }
        Expr::Call(call) if module.names(&call.func, at.scope, &["pathlib", "Path"]) => {
            file_of(module, call.arguments.args.last()?, at)
        }
        // `Path(…) / "settings.toml"`, `folder / "settings.toml"`.
        Expr::BinOp(join) => file_of(module, &join.right, at),
        _ => None,
    }
}

fn is_configuration(path: &str) -> bool {
    const ENDS: [&str; 5] = ["ini", "cfg", "conf", "toml", "env"];
    const NAMES: [&str; 4] = ["config", "configuration", "settings", "secrets"];
    const DATA: [&str; 3] = ["json", "yaml", "yml"];
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    name == ".env" || ENDS.contains(&end) || DATA.contains(&end) && NAMES.contains(&stem)
}
