//! What a verb said, as the result of a tool. Pure.

use serde_json::{Map, Value, json};

use crate::rpc::Said;

/// How long the text of a result may be, in bytes: it goes into a conversation.
const MOST: usize = 200 << 10;

/// What the exit codes of a verb mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It tells something: 0, or 1 and 3 where it has something bad to tell.
    Tells,
    /// It judges files: 1 is that something is to be done, 3 that it could not judge.
    Judges,
    /// It does something: 1 is that not all of it could be done.
    Does,
}

/// Results of tools.
pub(super) struct Answer;

impl Answer {
    /// A call that cannot be carried out, and why, so that it can be made better.
    pub(super) fn refused(message: &str) -> Value {
        json!({"content": [{"type": "text", "text": message}], "isError": true})
    }
}

/// The result of a run.
pub(super) fn of(said: &Said, kind: Kind) -> Value {
    let data = serde_json::from_slice::<Value>(&said.data).ok();
    let right = matches!(
        (kind, said.code),
        (_, Some(0)) | (Kind::Tells, Some(1 | 3)) | (Kind::Judges, Some(1))
    );
    let wrong = !right;
    let mut content = Vec::new();
    let mut result = json!({"isError": wrong});
    if let Some(Value::Object(mut data)) = data {
        fit(&mut data, MOST);
        let data = Value::Object(data);
        content.push(json!({"type": "text", "text": data.to_string()}));
        result["structuredContent"] = data;
    }
    if wrong || content.is_empty() {
        let words = said.words();
        let text = match (words.is_empty(), said.code) {
            (false, _) => words,
            (true, None) => "hive was ended by a signal".to_owned(),
            (true, Some(0)) => "done".to_owned(),
            (true, Some(code)) => format!("hive ended with exit code {code}"),
        };
        content.push(json!({"type": "text", "text": text}));
    }
    result["content"] = content.into();
    result
}

/// Leaves out what is last in the lists of an answer that is too long, and says how much
/// under `omitted`, by the list's name.
fn fit(data: &mut Map<String, Value>, most: usize) {
    let size = |value: &Value| value.to_string().len() + 1;
    let whole: usize = data.iter().map(|(key, it)| key.len() + 4 + size(it)).sum();
    if whole <= most {
        return;
    }
    let lists: usize = data.values().filter(|it| it.is_array()).map(size).sum();
    let mut room = most.saturating_sub(whole - lists);
    let mut omitted = Map::new();
    for (name, value) in data.iter_mut() {
        let Value::Array(items) = value else { continue };
        let mut kept = 0;
        for item in items.iter() {
            let needs = size(item);
            if needs > room {
                break;
            }
            room -= needs;
            kept += 1;
        }
        if kept < items.len() {
            omitted.insert(name.clone(), json!(items.len() - kept));
            items.truncate(kept);
        }
    }
    let hint = "the answer was too long; ask for fewer files, or use the filters";
    omitted.insert("hint".to_owned(), hint.into());
    data.insert("omitted".to_owned(), omitted.into());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, MOST, fit, of};
    use crate::rpc::Said;

    fn said(code: Option<i32>, data: &str, talk: &str) -> Said {
        Said {
            code,
            data: data.into(),
            talk: talk.to_owned(),
        }
    }

    #[test]
    fn the_exit_code_says_what_is_an_error() {
        for (kind, code, wrong) in [
            (Kind::Tells, Some(0), false),
            (Kind::Tells, Some(3), false),
            (Kind::Tells, Some(2), true),
            (Kind::Judges, Some(1), false),
            (Kind::Judges, Some(3), true),
            (Kind::Judges, Some(4), true),
            (Kind::Does, Some(0), false),
            (Kind::Does, Some(1), true),
            (Kind::Does, None, true),
        ] {
            let result = of(&said(code, "{\"a\": 1}", "error: why\n"), kind);
            assert_eq!(result["isError"], json!(wrong), "{kind:?} {code:?}");
            assert_eq!(result["structuredContent"], json!({"a": 1}));
            let texts = result["content"].as_array().unwrap();
            assert_eq!(texts.len(), if wrong { 2 } else { 1 });
            assert_eq!(texts[0]["text"], json!("{\"a\":1}"));
        }
        let silent = of(&said(None, "", ""), Kind::Does);
        assert_eq!(
            silent["content"][0]["text"],
            json!("hive was ended by a signal")
        );
        assert_eq!(silent.get("structuredContent"), None);
    }

    #[test]
    fn a_long_answer_says_what_it_leaves_out() {
        let files: Vec<String> = (0..10_000).map(|at| format!("{at:0100}")).collect();
        let Value::Object(mut data) = json!({"version": 1, "files": files, "held": [1, 2]}) else {
            unreachable!()
        };
        fit(&mut data, MOST);
        let kept = data["files"].as_array().unwrap().len();
        assert!(kept > 1000, "{kept}");
        assert_eq!(data["omitted"]["files"], json!(10_000 - kept));
        assert_eq!(data["version"], json!(1));
        assert!(Value::Object(data.clone()).to_string().len() < MOST + 1000);
        let Value::Object(mut short) = json!({"files": [1]}) else {
            unreachable!()
        };
        fit(&mut short, MOST);
        assert_eq!(json!(short), json!({"files": [1]}));
    }
}
