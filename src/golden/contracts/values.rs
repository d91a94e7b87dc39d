//! Values of TOML as contracts want them. Pure.

use toml::{Table, Value};

pub(super) fn texts(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("`{key}` is no list of texts");
    if let Some(text) = value.as_str() {
        return Ok(vec![text.to_owned()]);
    }
    let items = value.as_array().ok_or_else(wrong)?.iter();
    let items: Option<Vec<String>> = items.map(|it| it.as_str().map(str::to_owned)).collect();
    items.ok_or_else(wrong)
}

pub(super) fn tables<'v>(key: &str, value: &'v Value) -> Result<Vec<&'v Table>, String> {
    let tables = value
        .as_array()
        .and_then(|all| all.iter().map(Value::as_table).collect());
    tables.ok_or_else(|| format!("`{key}` is no list of tables"))
}

pub(super) fn yes(key: &str, value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("`{key}` is neither true nor false"))
}
