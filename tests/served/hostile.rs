//! Messages that no client should send: each gets an answer or is passed over, and the
//! next one is served.

use hive_test_support::Sandbox;
use serde_json::{Value, json};

use crate::wire::Wire;

fn repository() -> Sandbox {
    let sandbox = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    sandbox.write("a.py", "x=1\n");
    sandbox.commit("first");
    sandbox
}

/// The code of an error that has no request.
#[track_caller]
fn refused(wire: &mut Wire, code: i64) {
    let answer = wire.wait(&format!("an error {code}"), |it| it.get("error").is_some());
    assert_eq!(answer["error"]["code"], code, "{answer}");
}

#[test]
fn tools_survive_what_is_no_message() {
    let sandbox = repository();
    let mut wire = Wire::mcp(&sandbox);
    let deep = "[".repeat(300_000);
    let long = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{}\"}}",
        "x".repeat(5 << 20)
    );
    for (line, code) in [
        ("{", -32700),
        ("nonsense", -32700),
        (&deep, -32700),
        (&long, -32700),
        ("[]", -32600),
        (
            "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
            -32600,
        ),
        ("7", -32600),
        ("{\"id\":1,\"method\":\"ping\"}", -32600),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
            -32600,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}",
            -32600,
        ),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":[]}", -32600),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":\"x\"}",
            -32600,
        ),
    ] {
        wire.raw(line.as_bytes());
        wire.raw(b"\n");
        refused(&mut wire, code);
    }
    wire.raw(b"\xff\xfe\x00\n\r\n\n");
    refused(&mut wire, -32700);
    // Before it is greeted: a ping, but no tools.
    assert_eq!(wire.ask("ping", &json!({}))["result"], json!({}));
    assert_eq!(wire.ask("tools/list", &json!({}))["error"]["code"], -32002);
    assert_eq!(wire.ask("initialize", &json!({}))["error"]["code"], -32602);
    assert_eq!(
        wire.ask("initialize", &Value::Null)["error"]["code"],
        -32602
    );
    wire.greet();
    let again = json!({"protocolVersion": "2025-06-18"});
    assert_eq!(wire.ask("initialize", &again)["error"]["code"], -32600);
    for (method, params, code) in [
        ("resources/list", json!({}), -32601),
        ("tools/call", json!({}), -32602),
        ("tools/call", json!([1, 2]), -32602),
        ("tools/call", json!({"name": "rm"}), -32602),
        ("tools/call", json!({"name": 1}), -32602),
        ("tools/list", json!({"cursor": "x"}), -32602),
    ] {
        let answer = wire.ask(method, &params);
        assert_eq!(answer["error"]["code"], code, "{method} {params}: {answer}");
    }
    // Answers to nothing, and notifications of anything, are passed over.
    wire.raw(b"{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{}}\n");
    wire.raw(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n");
    wire.raw(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{}}\n");
    assert_eq!(wire.ask("ping", &json!({}))["result"], json!({}));
    assert_eq!(wire.rest(), Vec::<Value>::new());
    // A message that is cut short is the end.
    wire.raw(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"me");
    let (status, _) = wire.end();
    assert!(status.success());
    assert_eq!(sandbox.read("a.py"), "x=1\n");
}

#[test]
fn a_version_nobody_knows_gets_the_newest_that_is_spoken() {
    let sandbox = repository();
    for (asked, spoken) in [
        ("2024-11-05", "2024-11-05"),
        // In which several messages may come at once.
        ("2025-03-26", "2024-11-05"),
        ("1999-01-01", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let mut wire = Wire::mcp(&sandbox);
        let answer = wire.ask("initialize", &json!({"protocolVersion": asked}));
        assert_eq!(answer["result"]["protocolVersion"], spoken);
        assert_eq!(answer["result"]["serverInfo"]["name"], "hive");
    }
}

#[test]
fn a_flood_of_calls_is_answered_or_refused() {
    let sandbox = repository();
    let mut wire = Wire::mcp(&sandbox);
    wire.greet();
    let call = json!({"name": "check", "arguments": {"paths": ["a.py"]}});
    let ids: Vec<i64> = (0..100)
        .map(|_| wire.request("tools/call", &call))
        .collect();
    let (mut served, mut refused) = (0, 0);
    for id in ids {
        let answer = wire.answer(&json!(id));
        match answer["error"]["code"].as_i64() {
            None => served += 1,
            Some(-32603) => refused += 1,
            Some(code) => panic!("{code}: {answer}"),
        }
    }
    assert!(served >= 64, "{served} {refused}");
    // The same number twice at once is one too many.
    let twice = json!({"jsonrpc": "2.0", "id": "twice", "method": "tools/call", "params": call});
    wire.send(&twice);
    wire.send(&twice);
    let both = [wire.answer(&json!("twice")), wire.answer(&json!("twice"))];
    assert!(
        both.iter().any(|one| one.get("result").is_some()),
        "{both:?}"
    );
    assert!(wire.end().0.success());
}

#[test]
fn an_editor_survives_what_is_no_message() {
    let sandbox = repository();
    let mut wire = Wire::lsp(&sandbox);
    let body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}";
    for (bytes, code) in [
        (String::from("nonsense\r\n\r\n"), -32700),
        (format!("Content-Length: x\r\n\r\n{body}\r\n"), -32700),
        (String::from("Content-Length: 3\r\n\r\n{{{"), -32700),
        (String::from("Content-Length: 0\r\n\r\n"), -32700),
        (
            format!("Content-Length: 99999999999999999999\r\n\r\n{body}\r\n"),
            -32700,
        ),
        (String::from("Content-Length: 2\r\n\r\n[]"), -32600),
        (
            format!(
                "Content-Length: {}\r\n\r\n{}",
                65 << 20,
                " ".repeat(65 << 20)
            ),
            -32700,
        ),
    ] {
        wire.raw(bytes.as_bytes());
        refused(&mut wire, code);
    }
    wire.notify("textDocument/didOpen", &json!({"textDocument": 7}));
    assert_eq!(
        wire.ask("textDocument/formatting", &json!({}))["error"]["code"],
        -32002
    );
    assert_eq!(
        wire.ask("initialize", &json!({"capabilities": 7}))["error"]["code"],
        -32602
    );
    wire.open_editor(&json!({}));
    assert_eq!(
        wire.ask("initialize", &json!({"capabilities": {}}))["error"]["code"],
        -32600
    );
    for (method, params, code) in [
        ("textDocument/hover", json!({}), -32601),
        ("$/anything", json!({}), -32601),
        ("workspace/executeCommand", json!({"command": "rm"}), -32601),
        ("textDocument/formatting", json!({}), -32602),
        ("textDocument/codeAction", json!([]), -32602),
        ("codeAction/resolve", json!({"title": "x"}), -32602),
        (
            "codeAction/resolve",
            json!({"title": "x", "data": {"uri": 1}}),
            -32602,
        ),
        (
            "codeAction/resolve",
            json!({"title": "x", "data": {"uri": "file:///x.py", "edition": 1, "plan": "fix-all"}}),
            -32801,
        ),
    ] {
        let answer = wire.ask(method, &params);
        assert_eq!(answer["error"]["code"], code, "{method} {params}: {answer}");
    }
    // What is said without asking and makes no sense is told in the log, or passed over.
    wire.notify("textDocument/didChange", &json!({"textDocument": {}}));
    let log = wire.wait("a word in the log", |it| {
        it["method"] == "window/logMessage"
    });
    assert!(
        log["params"]["message"]
            .as_str()
            .unwrap()
            .contains("didChange"),
        "{log}"
    );
    let gone = json!({"textDocument": {"uri": "file:///x.py", "version": 3}, "contentChanges": []});
    wire.notify("textDocument/didChange", &gone);
    wire.notify(
        "textDocument/didClose",
        &json!({"textDocument": {"uri": "file:///x.py"}}),
    );
    wire.notify("$/cancelRequest", &json!({"id": 4711}));
    wire.notify("$/cancelRequest", &json!([]));
    wire.raw(b"Content-Length: 38\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":9,\"result\":null}");
    assert_eq!(wire.ask("shutdown", &Value::Null)["result"], Value::Null);
    assert_eq!(
        wire.ask("textDocument/formatting", &json!({}))["error"]["code"],
        -32600
    );
    wire.notify("exit", &Value::Null);
    assert_eq!(wire.end().0.code(), Some(0));
}

#[test]
fn an_editor_that_goes_without_a_word_is_noticed() {
    let sandbox = repository();
    let mut wire = Wire::lsp(&sandbox);
    wire.open_editor(&json!({}));
    wire.raw(b"Content-Length: 100\r\n\r\n{\"json");
    assert_eq!(wire.end().0.code(), Some(1));
    let mut wire = Wire::lsp(&sandbox);
    wire.notify("exit", &Value::Null);
    assert_eq!(wire.end().0.code(), Some(1));
}
