//! Reports for machines.

use super::{repository, tool};

use hive_test_support::Sandbox;

/// A repository with something of everything: a change, findings, a failure, a skip,
/// a name that has to be escaped.
fn zoo() -> Sandbox {
    let sandbox = repository();
    sandbox.write("a, b: 50%.py", "x=1\ny = undefined\n");
    sandbox.write("<&\">.py", "import os\n");
    sandbox.write("bad.py", b"x = '\xff'\n");
    sandbox.write("clean.py", "x = 1\n");
    sandbox.write("gen_pb2.py", "x=1\n");
    sandbox.write(
        "lines.py",
        "def f():\n    raise NotImplemented\n    print(\n\n   undefined\n    )\n",
    );
    sandbox
}

/// Reads standard input with python's own parsers and prints what a check says.
#[track_caller]
fn python(sandbox: &Sandbox, name: &str, text: &str, program: &str) -> String {
    sandbox.write(&format!("../home/{name}"), text);
    let path = sandbox.home().join(name);
    let ran = sandbox.run("python3", &["-c", program, path.to_str().unwrap()]);
    ran.expect(0).stdout
}

#[test]
fn json_has_its_documented_shape() {
    let sandbox = zoo();
    let ran = sandbox.hive(&["check", "--format", "json"]).expect(1);
    let out = python(
        &sandbox,
        "report.json",
        &ran.stdout,
        r#"
import json, sys
run = json.load(open(sys.argv[1]))
assert list(run) == ["version", "hive", "mode", "files", "held", "rules", "commits", "totals", "milliseconds"], list(run)
assert run["version"] == 1 and run["mode"] == "check"
assert isinstance(run["milliseconds"], int)
assert list(run["totals"]) == ["files", "unchanged", "changed", "fixes", "findings", "failing", "skipped", "left", "unreadable", "misconfigured", "failed", "remembered", "frozen"], list(run["totals"])
for rule in run["rules"]:
    assert list(rule) == ["rule", "name", "level", "verdict", "files"], rule
assert [rule["rule"] for rule in run["rules"]] == sorted({rule["rule"] for rule in run["rules"]})
for file in run["files"]:
    extra = {"skipped": ["reason"], "failed": ["reason", "failure"]}.get(file["status"], [])
    assert list(file) == ["path", "status", "findings", "fixes"] + extra, file
    for finding in file["findings"]:
        assert list(finding) == ["code", "message", "line", "column", "end_line", "end_column", "help", "fixable", "url"], finding
        assert 1 <= finding["line"] <= finding["end_line"] and finding["column"] >= 1
    for fix in file["fixes"]:
        assert list(fix) == ["code", "class", "count"] and fix["class"] in ("same", "linter", "golden"), fix
    print(file["path"], file["status"], [f["code"] for f in file["findings"]], [f["code"] for f in file["fixes"]], file.get("failure"))
print(run["totals"]["files"], run["totals"]["skipped"])
"#,
    );
    assert_eq!(
        out,
        "<&\">.py would-change [] ['F401'] None
a, b: 50%.py would-change ['F821'] ['format'] None
bad.py failed [] [] unreadable
gen_pb2.py skipped [] [] None
lines.py would-change ['F821'] ['F901', 'format'] None
5 1
"
    );
}

#[test]
fn json_patches_and_fixes_are_told_apart() {
    let sandbox = repository();
    sandbox.write("a.py", "x=1\n");
    let diff = sandbox
        .hive(&["fix", "--diff", "--format", "json"])
        .expect(1);
    assert!(diff.stdout.contains(r#""mode": "diff""#), "{}", diff.stdout);
    let patch = r#""patch": "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n""#;
    assert!(diff.stdout.contains(patch), "{}", diff.stdout);
    let fix = sandbox.hive(&["fix", "--format", "json"]).expect(0);
    assert!(
        fix.stdout.contains(r#""status": "fixed""#),
        "{}",
        fix.stdout
    );
}

#[test]
fn a_run_about_nothing_is_still_a_document() {
    let sandbox = repository();
    sandbox.write("a.txt", "x\n");
    sandbox.commit("one");
    for (args, code) in [
        (&["fix", "--staged"][..], 0),
        (&["check", "--since", "HEAD"], 0),
        (&["check"], 4),
        (&["check", "a.txt"], 4),
    ] {
        for (format, holds) in [
            ("json", "\"version\": 1"),
            ("sarif", "\"results\": []"),
            ("junit", "<testsuite "),
        ] {
            let args = [args, &["--format", format]].concat();
            sandbox.hive(&args).expect(code).says(holds);
        }
    }
}

#[test]
fn sarif_has_the_structure_of_2_1_0() {
    let sandbox = zoo();
    let ran = sandbox.hive(&["check", "--format", "sarif"]).expect(1);
    let out = python(
        &sandbox,
        "report.sarif",
        &ran.stdout,
        r#"
import json, sys
from urllib.parse import unquote
log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
[run] = log["runs"]
driver = run["tool"]["driver"]
assert driver["name"] == "hive" and driver["version"]
rules = {rule["id"] for rule in driver["rules"]}
assert len(rules) == len(driver["rules"])
[invocation] = run["invocations"]
assert invocation["executionSuccessful"] is True
for result in run["results"]:
    assert set(result) == {"ruleId", "level", "message", "locations"}, result
    assert result["ruleId"] in rules and result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    [location] = result["locations"]
    place = location["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert not any(c in uri for c in ' <>"&,:'), uri
    region = place["region"]
    start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    assert (1, 1) <= start <= end, region
    print(unquote(uri), result["ruleId"], start)
"#,
    );
    assert_eq!(
        out,
        "<&\">.py would-change (1, 1)
a, b: 50%.py F821 (2, 5)
a, b: 50%.py would-change (1, 1)
bad.py unreadable (1, 1)
lines.py F821 (5, 4)
lines.py would-change (1, 1)
"
    );
}

#[test]
fn annotations_of_github_are_one_line_each() {
    let sandbox = zoo();
    let ran = sandbox.hive(&["check", "--format", "github"]).expect(1);
    assert_eq!(
        ran.stdout,
        "::error title=hive,file=<&\">.py::hive would fix F401
::error title=hive (F821),file=a%2C b%3A 50%25.py,line=2,endLine=2,col=5,endColumn=14::F821: Undefined name `undefined`
::error title=hive,file=a%2C b%3A 50%25.py::hive would fix format
::error title=hive,file=bad.py::is not UTF-8 (byte 5), and no encoding cookie says otherwise
::error title=hive (F821),file=lines.py,line=5,endLine=5,col=4,endColumn=13::F821: Undefined name `undefined`
::error title=hive,file=lines.py::hive would fix F901, format
"
    );
}

#[test]
fn junit_is_xml() {
    let sandbox = zoo();
    sandbox.write("ctrl\u{1b}.py", "x=1\n");
    let ran = sandbox.hive(&["check", "--format", "junit"]).expect(1);
    let out = python(
        &sandbox,
        "report.xml",
        &ran.stdout,
        r#"
import sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites" and float(root.get("time")) >= 0
[suite] = root
cases = list(suite)
failed = [case for case in cases if case.find("failure") is not None]
skipped = [case for case in cases if case.find("skipped") is not None]
assert int(suite.get("tests")) == int(root.get("tests")) == len(cases)
assert int(suite.get("failures")) == int(root.get("failures")) == len(failed)
assert int(suite.get("skipped")) == len(skipped)
for case in cases:
    what = case.find("failure")
    print(case.get("name").replace("\ufffd", "?"), "-" if what is None else what.get("message"))
"#,
    );
    assert_eq!(
        out,
        "<&\">.py would fix F401
a, b: 50%.py would fix format
bad.py is not UTF-8 (byte 5), and no encoding cookie says otherwise
clean.py -
ctrl\\u{1b}.py would fix format
gen_pb2.py -
lines.py would fix F901, format
"
    );
}

#[test]
fn what_is_held_is_in_every_report() {
    let sandbox = repository();
    tool::ruff(&sandbox, "0.14.0", "");
    sandbox.write("a.py", "x=1\n");
    let hint = "hint: `hive trust` shows what would run and asks; --trust trusts for one run";
    for format in ["sarif", "github", "junit"] {
        let ran = sandbox.hive(&["check", "--format", format]).expect(3);
        assert!(ran.stdout.contains(hint), "{}", ran.stdout);
    }
    let json = sandbox.hive(&["check", "--format", "json"]).expect(3);
    assert!(
        json.stdout
            .contains("\"reason\": \"this repository is not trusted to run programs\"")
    );
    assert!(json.stdout.contains("\"tool\": \"ruff\""));
}
