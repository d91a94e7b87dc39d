//! `hive lsp`: what an editor is shown and offered, and that nothing else happens.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use hive_test_support::{Sandbox, older_ruff};
use serde_json::{Value, json};

use crate::ground::{Ground, MESSY, NEAT};
use crate::wire::Wire;

/// What an editor can do that asks for edits when they are taken.
fn able() -> Value {
    let action = json!({"dataSupport": true, "resolveSupport": {"properties": ["edit"]}});
    json!({"textDocument": {"codeAction": action}})
}

/// The name of a file as editors say it.
fn uri(path: &Path) -> String {
    format!("file://{}", path.display()).replace(' ', "%20")
}

fn open(wire: &mut Wire, uri: &str, text: &str) {
    let item = json!({"uri": uri, "languageId": "python", "version": 1, "text": text});
    wire.notify("textDocument/didOpen", &json!({"textDocument": item}));
}

fn change(wire: &mut Wire, uri: &str, version: i32, changes: &Value) {
    let params =
        json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
    wire.notify("textDocument/didChange", &params);
}

/// What is shown of a document in a version.
#[track_caller]
fn shown(wire: &mut Wire, uri: &str, version: i32) -> Vec<Value> {
    let message = wire.wait(
        &format!("diagnostics of {uri} in version {version}"),
        |it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri
                && it["params"]["version"] == version
        },
    );
    message["params"]["diagnostics"].as_array().unwrap().clone()
}

fn codes(shown: &[Value]) -> Vec<&str> {
    shown
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

fn format(wire: &mut Wire, uri: &str) -> Value {
    let options = json!({"tabSize": 4, "insertSpaces": true});
    wire.ask(
        "textDocument/formatting",
        &json!({"textDocument": {"uri": uri}, "options": options}),
    )
}

fn actions(wire: &mut Wire, uri: &str, line: u32, only: Option<&str>) -> Vec<Value> {
    let place = json!({"line": line, "character": 0});
    let mut context = json!({"diagnostics": []});
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let params = json!({"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": context});
    let answer = wire.ask("textDocument/codeAction", &params);
    answer["result"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .clone()
}

/// The text after edits of ASCII lines.
fn edited(text: &str, edits: &Value) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let before: usize = lines.iter().take(line).map(|line| line.len()).sum();
        before + usize::try_from(place["character"].as_u64().unwrap()).unwrap()
    };
    let mut text = text.to_owned();
    for edit in edits.as_array().unwrap().iter().rev() {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        text.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text
}

#[test]
fn the_text_in_the_editor_is_what_counts() {
    let ground = Ground::new();
    ground.write("a b.py", "x = 1\n");
    let mut wire = Wire::lsp(&ground.sandbox);
    let able = wire.open_editor(&able());
    assert_eq!(able["capabilities"]["positionEncoding"], "utf-16");
    let uri = uri(&ground.sandbox.path("a b.py"));
    // Something wrong behind a character of two halves, and a file to be laid out.
    open(&mut wire, &uri, "s = \"😀\"; print(undefined)\n");
    let found = shown(&mut wire, &uri, 1);
    let undefined = found.iter().find(|one| one["code"] == "F821").unwrap();
    assert_eq!(
        undefined["range"]["start"],
        json!({"line": 0, "character": 16})
    );
    assert_eq!(
        undefined["range"]["end"],
        json!({"line": 0, "character": 25})
    );
    assert_eq!(
        (&undefined["severity"], &undefined["source"]),
        (&json!(2), &json!("hive"))
    );
    // In pieces: the second counts on the first.
    let piece = |from: [u32; 2], to: [u32; 2], text: &str| {
        let place = |at: [u32; 2]| json!({"line": at[0], "character": at[1]});
        json!({"range": {"start": place(from), "end": place(to)}, "text": text})
    };
    let pieces = json!([
        piece([0, 8], [0, 26], "\n"),
        piece([1, 0], [1, 0], "print(s)"),
        piece([9, 9], [9, 9], "\n"),
    ]);
    change(&mut wire, &uri, 2, &pieces);
    let found = shown(&mut wire, &uri, 2);
    assert_eq!(codes(&found), ["hive"], "{found:?}");
    assert!(
        found[0]["message"].as_str().unwrap().contains("format ×1"),
        "{found:?}"
    );
    // All at once.
    change(&mut wire, &uri, 3, &json!([{"text": "def f(:\n"}]));
    let found = shown(&mut wire, &uri, 3);
    assert!(codes(&found).contains(&"invalid-syntax"), "{found:?}");
    assert_eq!(found[0]["severity"], 1, "{found:?}");
    change(&mut wire, &uri, 4, &json!([{"text": "x = 2\n"}]));
    assert_eq!(shown(&mut wire, &uri, 4), Vec::<Value>::new());
    assert_eq!(ground.read("a b.py"), "x = 1\n");
    wire.ask("shutdown", &Value::Null);
    wire.notify("exit", &Value::Null);
    assert_eq!(wire.end().0.code(), Some(0));
}

#[test]
fn an_editor_that_counts_bytes_gets_bytes() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    let able = json!({"general": {"positionEncodings": ["utf-8", "utf-16"]}});
    let able = wire.open_editor(&able);
    assert_eq!(able["capabilities"]["positionEncoding"], "utf-8");
    let uri = uri(&ground.sandbox.path("new.py"));
    open(&mut wire, &uri, "s = \"😀ä\"; print(undefined)\n");
    let found = shown(&mut wire, &uri, 1);
    let undefined = found.iter().find(|one| one["code"] == "F821").unwrap();
    assert_eq!(undefined["range"]["start"]["character"], 20);
}

#[test]
fn several_documents_are_kept_apart() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let [one, two] = ["one.py", "two.py"].map(|name| uri(&ground.sandbox.path(name)));
    open(&mut wire, &one, "print(one)\n");
    open(&mut wire, &two, "print(two)\n");
    let message = |found: &[Value]| found[0]["message"].as_str().unwrap().to_owned();
    assert!(message(&shown(&mut wire, &two, 1)).contains("two"));
    assert!(message(&shown(&mut wire, &one, 1)).contains("one"));
    wire.notify(
        "textDocument/didClose",
        &json!({"textDocument": {"uri": one}}),
    );
    let closed = wire.wait("an empty list", |it| {
        it["params"]["uri"] == *one && it["params"]["diagnostics"] == json!([])
    });
    assert!(closed["params"].get("version").is_none(), "{closed}");
    change(&mut wire, &two, 2, &json!([{"text": "print(three)\n"}]));
    assert!(message(&shown(&mut wire, &two, 2)).contains("three"));
    // A document that is closed is nobody's.
    assert_eq!(format(&mut wire, &one)["result"], Value::Null);
}

#[test]
fn layout_is_that_of_the_filter() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("messy.py"));
    open(&mut wire, &uri, MESSY);
    let answer = format(&mut wire, &uri);
    assert_eq!(edited(MESSY, &answer["result"]), NEAT, "{answer}");
    change(&mut wire, &uri, 2, &json!([{"text": NEAT}]));
    assert_eq!(format(&mut wire, &uri)["result"], json!([]));
    // Broken text is left as it is.
    change(&mut wire, &uri, 3, &json!([{"text": "x = (\n"}]));
    assert_eq!(format(&mut wire, &uri)["result"], json!([]));
    shown(&mut wire, &uri, 3);
    let all = actions(&mut wire, &uri, 0, Some("source.fixAll"));
    assert_eq!(all, Vec::<Value>::new());
    // As at a save right behind the last key: nobody has looked at the text yet.
    change(&mut wire, &uri, 4, &json!([{"text": MESSY}]));
    let all = actions(&mut wire, &uri, 0, Some("source.fixAll"));
    assert_eq!(all.len(), 1, "{all:?}");
    let action = wire.ask("codeAction/resolve", &all[0])["result"].clone();
    assert_eq!(edited(MESSY, &action["edit"]["changes"][&uri]), NEAT);
    // Of another version of the text it is not made.
    change(&mut wire, &uri, 5, &json!([{"text": NEAT}]));
    assert_eq!(
        wire.ask("codeAction/resolve", &all[0])["error"]["code"],
        -32801
    );
    assert!(!ground.sandbox.path("messy.py").exists());
}

#[test]
fn a_request_is_cancelled_and_a_change_overtakes_it() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("long.py"));
    let long = MESSY.repeat(2000);
    open(&mut wire, &uri, &long);
    let params =
        json!({"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": true}});
    let first = wire.request("textDocument/formatting", &params);
    wire.notify("$/cancelRequest", &json!({"id": first}));
    let answer = wire.answer(&json!(first));
    let code = answer["error"]["code"].as_i64();
    assert!(
        code == Some(-32800) || answer["result"].is_array(),
        "{answer}"
    );
    let second = wire.request("textDocument/formatting", &params);
    change(&mut wire, &uri, 2, &json!([{"text": "x = 1\n"}]));
    let answer = wire.answer(&json!(second));
    assert_eq!(answer["error"]["code"], -32801, "{answer}");
    assert_eq!(format(&mut wire, &uri)["result"], json!([]));
}

#[test]
fn questions_appear_and_go_with_the_database() {
    let ground = Ground::new();
    let code = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n";
    let path = ground.sandbox.path("a.py");
    ground.write("a.py", code);
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&path);
    open(&mut wire, &uri, code);
    let found = shown(&mut wire, &uri, 1);
    assert!(
        found.iter().all(|one| one.get("data").is_none()),
        "{found:?}"
    );
    // It is asked when the file is committed, and nobody touches the editor.
    ground.sandbox.commit("feat: a");
    ground.hive(&["wait"]);
    let asked = wire.wait("the question", |it| {
        it["params"]["uri"] == *uri && it["params"]["diagnostics"][0]["data"]["question"] == 1
    });
    let one = &asked["params"]["diagnostics"][0];
    assert_eq!(
        one["range"]["start"],
        json!({"line": 3, "character": 4}),
        "{one}"
    );
    let found = asked["params"]["diagnostics"].as_array().unwrap();
    let said = codes(found)
        .iter()
        .filter(|code| code.contains("E722"))
        .count();
    assert_eq!(said, 1, "what is asked is not shown twice: {found:?}");
    // The lines have moved in the editor, and the question with them.
    change(
        &mut wire,
        &uri,
        2,
        &json!([{"text": format!("# new\n\n{code}")}]),
    );
    let found = shown(&mut wire, &uri, 2);
    let one = found.iter().find(|one| one.get("data").is_some()).unwrap();
    assert_eq!(one["range"]["start"]["line"], 5, "{one}");
    ground.hive(&["dismiss", "1"]).expect(0);
    wire.wait("the question gone", |it| {
        let list = it["params"]["diagnostics"].as_array();
        it["params"]["uri"] == *uri
            && list.is_some_and(|all| all.iter().all(|one| one.get("data").is_none()))
    });
}

#[test]
fn what_a_rule_suggests_is_offered_and_judged() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("a.py"));
    let text = "import time\n\n\nasync def f():\n    time.sleep(1)\n";
    open(&mut wire, &uri, text);
    let found = shown(&mut wire, &uri, 1);
    let golden = found
        .iter()
        .find(|one| one["code"].as_str().unwrap().starts_with("GR"));
    let golden = golden.unwrap_or_else(|| panic!("{found:?}"));
    let line = u32::try_from(golden["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    let all = actions(&mut wire, &uri, line, Some("quickfix"));
    let comment = all
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with("Suppress GR"));
    let comment = comment.unwrap_or_else(|| panic!("{all:?}"));
    let taken = wire.ask("codeAction/resolve", comment)["result"].clone();
    let new = edited(text, &taken["edit"]["changes"][&uri]);
    assert!(new.contains("  # golden-rule-ignore: GR"), "{new}");
    change(&mut wire, &uri, 2, &json!([{"text": new}]));
    let found = shown(&mut wire, &uri, 2);
    assert!(
        codes(&found).iter().all(|code| !code.starts_with("GR")),
        "{found:?}"
    );
    // Elsewhere nothing is offered, and no other kind.
    assert_eq!(
        actions(&mut wire, &uri, 0, Some("refactor")),
        Vec::<Value>::new()
    );
}

#[test]
fn an_editor_that_cannot_ask_again_gets_the_edits_at_once() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&json!({}));
    let uri = uri(&ground.sandbox.path("a.py"));
    let text = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n";
    open(&mut wire, &uri, text);
    shown(&mut wire, &uri, 1);
    let all = actions(&mut wire, &uri, 3, None);
    let comment = all
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with("Suppress"));
    let comment = comment.unwrap_or_else(|| panic!("{all:?}"));
    let new = edited(text, &comment["edit"]["changes"][&uri]);
    assert!(new.contains("except:  # noqa: E722 - "), "{new}");
    assert!(comment.get("data").is_none(), "{comment}");
}

#[test]
fn what_is_not_hives_is_left_alone() {
    let ground = Ground::new();
    let outside = ground.outside("elsewhere");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("x.py"), MESSY).unwrap();
    symlink(outside.join("x.py"), ground.sandbox.path("link.py")).unwrap();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let inside = |name: &str| uri(&ground.sandbox.path(name));
    for name in [
        uri(&outside.join("x.py")),
        inside("link.py"),
        inside(".git/x.py"),
        inside("../elsewhere/x.py"),
        inside("notes.txt").replace("notes.txt", "nowhere/../../x.py"),
        String::from("untitled:Untitled-1"),
        String::from("https://example.org/x.py"),
        String::from("file:///a%00b.py"),
        String::from("file://host/x.py"),
    ] {
        open(&mut wire, &name, MESSY);
        change(&mut wire, &name, 2, &json!([{"text": MESSY}]));
        assert_eq!(format(&mut wire, &name)["result"], Value::Null, "{name}");
        assert_eq!(
            actions(&mut wire, &name, 0, None),
            Vec::<Value>::new(),
            "{name}"
        );
    }
    let item =
        json!({"uri": inside("a.txt"), "languageId": "plaintext", "version": 1, "text": "x"});
    wire.notify("textDocument/didOpen", &json!({"textDocument": item}));
    assert_eq!(format(&mut wire, &inside("a.txt"))["result"], Value::Null);
    // One that is, comes after all of them: nothing was said of the others.
    let name = inside("ours.py");
    open(&mut wire, &name, "print(undefined)\n");
    shown(&mut wire, &name, 1);
    assert_eq!(wire.rest(), Vec::<Value>::new());
}

#[test]
fn what_is_held_or_refused_is_said() {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write(
        "pyproject.toml",
        "[tool.ruff]\nrequired-version = \"==0.14.0\"\n[tool.ruff.lint]\nselect = [\"F\"]\n",
    );
    sandbox.write(".gitignore", ".venv\n");
    symlink(older_ruff(), sandbox.path(".venv")).unwrap();
    sandbox.commit("first");
    let mut wire = Wire::lsp(&sandbox);
    wire.open_editor(&able());
    let uri = uri(&sandbox.path("a.py"));
    open(&mut wire, &uri, "import os\n");
    let found = shown(&mut wire, &uri, 1);
    let message = found[0]["message"].as_str().unwrap();
    assert!(
        message.contains("ruff did not run") && message.contains("hive trust"),
        "{message}"
    );
    let answer = format(&mut wire, &uri);
    assert_eq!(answer["error"]["code"], -32803, "{answer}");
    let why = answer["error"]["message"].as_str().unwrap();
    assert!(why.contains("hive trust"), "{why}");
}

#[test]
fn a_text_that_breaks_tools_costs_only_itself() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let [deep, good] = ["deep.py", "good.py"].map(|name| uri(&ground.sandbox.path(name)));
    open(&mut wire, &deep, &format!("x = {}1\n", "-".repeat(200_000)));
    let found = shown(&mut wire, &deep, 1);
    assert!(!found.is_empty());
    actions(&mut wire, &deep, 0, None);
    open(&mut wire, &good, "print(undefined)\n");
    assert_eq!(codes(&shown(&mut wire, &good, 1)), ["F821"]);
}

/// A change that cannot be read was passed over, and the text before it laid out over the
/// one that the person saw.
#[test]
fn a_text_that_is_not_surely_the_editors_is_not_edited() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("a.py"));
    open(&mut wire, &uri, MESSY);
    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let piece = |from: u32, text: &str| {
        format!(
            "{{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{{\
             \"textDocument\":{{\"uri\":\"{uri}\",\"version\":3}},\"contentChanges\":[{{\"range\":\
             {{\"start\":{{\"line\":0,\"character\":{from}}},\"end\":{{\"line\":0,\"character\":{from}}}}},\
             \"text\":\"{text}\"}}]}}}}"
        )
    };
    let sound = format!("# 😀\n{MESSY}");
    for (what, bytes) in [
        ("half a pair", frame(&piece(0, "# \\ud83d\\n"))),
        ("between the halves of one", frame(&piece(3, "x"))),
        (
            "parameters",
            frame(&piece(0, "x").replace(":3}", ":\"x\"}")),
        ),
        ("no JSON", frame(&piece(0, "x").replace("[{", "[{{"))),
        ("no message", frame(&piece(0, "x").replace("2.0", "1.0"))),
        ("too long", frame(&" ".repeat(65 << 20))),
    ] {
        change(&mut wire, &uri, 2, &json!([{"text": sound}]));
        shown(&mut wire, &uri, 2);
        assert!(format(&mut wire, &uri)["result"][0].is_object(), "{what}");
        wire.raw(bytes.as_bytes());
        assert_eq!(format(&mut wire, &uri)["result"], Value::Null, "{what}");
        assert_eq!(
            actions(&mut wire, &uri, 0, None),
            Vec::<Value>::new(),
            "{what}"
        );
        wire.wait(what, |it| it["params"]["diagnostics"] == json!([]));
    }
    // One too large to be kept loses what was said of it before.
    change(&mut wire, &uri, 2, &json!([{"text": "print(undefined)\n"}]));
    shown(&mut wire, &uri, 2);
    change(&mut wire, &uri, 4, &json!([{"text": "#".repeat(17 << 20)}]));
    assert_eq!(shown(&mut wire, &uri, 4), Vec::<Value>::new());
}

/// The editor numbers the texts of a document anew when it opens it again, and got the
/// layout of the one before.
#[test]
fn a_document_that_is_opened_again_is_another() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("a.py"));
    open(&mut wire, &uri, MESSY);
    shown(&mut wire, &uri, 1);
    let all = actions(&mut wire, &uri, 0, Some("source.fixAll"));
    let params =
        json!({"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": true}});
    let closed = json!({"textDocument": {"uri": uri}});
    let asked = wire.request("textDocument/formatting", &params);
    wire.notify("textDocument/didClose", &closed);
    open(&mut wire, &uri, "print(undefined)\n");
    assert_eq!(wire.answer(&json!(asked))["error"]["code"], -32801);
    assert_eq!(
        wire.ask("codeAction/resolve", &all[0])["error"]["code"],
        -32801
    );
    assert_eq!(codes(&shown(&mut wire, &uri, 1)), ["F821"]);
    // Looks at what is closed hold up nobody, and leave no trace.
    for at in 0..20 {
        wire.notify("textDocument/didClose", &closed);
        open(
            &mut wire,
            &uri,
            &format!("print(undefined)\n{}", MESSY.repeat(at)),
        );
    }
    wire.notify("textDocument/didClose", &closed);
    open(&mut wire, &uri, "x = 1\n");
    wire.wait("nothing to say", |it| {
        it["params"]["version"] == 1 && it["params"]["diagnostics"] == json!([])
    });
    assert_eq!(format(&mut wire, &uri)["result"], json!([]));
}

#[test]
fn what_is_open_at_shutdown_is_answered_before() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("a.py"));
    open(&mut wire, &uri, MESSY);
    let params =
        json!({"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": true}});
    let asked: Vec<i64> = (0..8)
        .map(|_| wire.request("textDocument/formatting", &params))
        .collect();
    wire.ask("shutdown", &Value::Null);
    wire.notify("exit", &Value::Null);
    let (status, said) = wire.end();
    assert_eq!(status.code(), Some(0));
    for id in asked {
        let answers = said.iter().filter(|it| it["id"] == id);
        let answers: Vec<&Value> = answers.collect();
        assert_eq!(answers.len(), 1, "{id}: {said:?}");
        let cancelled = answers[0]["error"]["code"] == -32800;
        assert!(cancelled || answers[0]["result"].is_array(), "{said:?}");
    }
}

/// A text in an editor is characters; what it says of bytes is about its file.
#[test]
fn texts_of_other_encodings_are_read_as_their_files_are() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    for (name, cookie, word) in [("a.py", "latin-1", "äöü"), ("b.py", "shift_jis", "日本")] {
        let uri = uri(&ground.sandbox.path(name));
        let text = format!("# coding: {cookie}\ns = \"{word}\"; print( undefined)\n");
        open(&mut wire, &uri, &text);
        let found = shown(&mut wire, &uri, 1);
        let undefined = found.iter().find(|one| one["code"] == "F821").unwrap();
        let column = 15 + word.chars().count();
        assert_eq!(
            undefined["range"]["start"]["character"], column,
            "{found:?}"
        );
        let answer = format(&mut wire, &uri);
        let neat = format!("# coding: {cookie}\ns = \"{word}\"\nprint(undefined)\n");
        assert_eq!(edited(&text, &answer["result"]), neat, "{answer}");
    }
    // What cannot be in such a file is said, and nothing is made of it.
    let uri = uri(&ground.sandbox.path("c.py"));
    open(&mut wire, &uri, "# coding: latin-1\nx=\"日\"\n");
    let found = shown(&mut wire, &uri, 1);
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.contains("cannot be written as"), "{message}");
    assert_eq!(format(&mut wire, &uri)["error"]["code"], -32803);
}

#[test]
fn an_editor_may_say_what_hive_does_not_know() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    let able = json!({
        "textDocument": {
            "codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
            "foldingRange": {"foldingRangeKind": {"valueSet": ["function"]}},
            "hover": {"contentFormat": ["html"]},
        },
        "workspace": {"workspaceEdit": {
            "documentChanges": true,
            "resourceOperations": ["link"],
        }},
    });
    let params = json!({"processId": -1, "rootUri": "file:///a b", "trace": "compact",
        "capabilities": able});
    let answer = wire.ask("initialize", &params);
    assert!(answer["result"]["capabilities"].is_object(), "{answer}");
    wire.notify("initialized", &json!({}));
    // As it stands in the path, and the bytes of a mark count for a suggestion.
    let raw = format!("file://{}", ground.sandbox.path("a ä.py").display());
    let text = "\u{feff}def f(a=[]):\n    return a\n";
    open(&mut wire, &raw, text);
    let found = shown(&mut wire, &raw, 1);
    assert!(codes(&found).contains(&"GR38"), "{found:?}");
    let all = actions(&mut wire, &raw, 0, Some("quickfix"));
    let made = all
        .iter()
        .find(|one| one["title"].as_str().unwrap().starts_with("Make"));
    let taken = wire.ask("codeAction/resolve", made.unwrap());
    let change = &taken["result"]["edit"]["documentChanges"][0];
    assert_eq!(
        change["textDocument"],
        json!({"uri": raw, "version": 1}),
        "{taken}"
    );
    let new = change["edits"].to_string();
    assert!(new.contains("def f(a=None):"), "{new}");
}

#[test]
fn a_file_whose_directory_comes_later_is_no_trouble() {
    let ground = Ground::new();
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let [new, other] = ["new/a.py", "b.py"].map(|name| uri(&ground.sandbox.path(name)));
    open(&mut wire, &new, "print(undefined)\n");
    assert_eq!(format(&mut wire, &new)["result"], Value::Null);
    open(&mut wire, &other, "print(undefined)\n");
    shown(&mut wire, &other, 1);
    assert_eq!(wire.rest(), Vec::<Value>::new());
    ground.write("new/a.py", "print(undefined)\n");
    wire.notify(
        "textDocument/didSave",
        &json!({"textDocument": {"uri": new}}),
    );
    assert_eq!(codes(&shown(&mut wire, &new, 1)), ["F821"]);
}

/// Whoever had the editor open before `hive init` saw no question.
#[test]
fn questions_come_with_hive_and_go_with_it() {
    let ground = Ground::bare();
    let code = "def f(x):\n    try:\n        return x()\n    except:\n        return None\n";
    ground.write("a.py", code);
    let mut wire = Wire::lsp(&ground.sandbox);
    wire.open_editor(&able());
    let uri = uri(&ground.sandbox.path("a.py"));
    open(&mut wire, &uri, code);
    shown(&mut wire, &uri, 1);
    ground.hive(&["init", "--yes"]).expect(0);
    ground.write("c.py", "x = 1\n");
    ground.sandbox.commit("feat: a");
    ground.hive(&["wait"]);
    let is_asked = |it: &Value| {
        let list = it["params"]["diagnostics"].as_array();
        list.map(|all| all.iter().any(|one| one.get("data").is_some()))
    };
    wire.wait("the question", |it| is_asked(it) == Some(true));
    wire.rest();
    ground.hive(&["uninit", "--force"]).expect(0);
    wire.wait("the question gone", |it| is_asked(it) == Some(false));
}
