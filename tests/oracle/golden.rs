//! The Golden Rules over whole source trees that a person names, with figures.
//!
//! `HIVE_CORPUS=/tree,/other cargo test --test oracle -- --ignored --nocapture golden`
//! (docs/golden-proof.md). Nothing crashes; every fix is made as planned, to the byte; what
//! could be parsed still can; a second run finds nothing more to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hive_test_support::Sandbox;
use serde_json::Value;

use super::HIVE;
use super::corpus;
use super::judge::report;
use super::large::{broken, count, name, named};

/// No tools: only the rules speak.
const FLAGS: [&str; 9] = [
    "--no-memo",
    "--format",
    "json",
    "--lint",
    "off",
    "--imports",
    "off",
    "--format-with",
    "off",
];
/// The rules whose fixes land, which are to be made wherever they can.
const FIXED: &str = "[golden]\npreset = \"none\"\nenable = [\"GR09\", \"GR19\"]\n";

#[test]
#[ignore = "needs HIVE_CORPUS and minutes; see docs/golden-proof.md"]
fn golden_findings() {
    for tree in named() {
        for preset in ["start", "full"] {
            let sandbox = planted(&tree, &format!("[golden]\npreset = \"{preset}\"\n"));
            let found = run(&sandbox, "check");
            let crashed = count(&found, |file| file["status"] == "failed");
            let mut rules: BTreeMap<String, usize> = BTreeMap::new();
            for finding in golden(&found).map(|(_, finding)| finding) {
                *rules.entry(text(&finding["code"])).or_default() += 1;
            }
            let files = corpus::read(&sandbox.root()).len();
            println!("{}, {preset}: {files} files, {rules:?}", name(&tree));
            assert_eq!(crashed, 0, "{}", failures(&found));
        }
    }
}

#[test]
#[ignore = "needs HIVE_CORPUS and minutes; see docs/golden-proof.md"]
fn golden_fixes() {
    for tree in named() {
        let sandbox = planted(&tree, FIXED);
        let before = corpus::read(&sandbox.root());
        let found = run(&sandbox, "check");
        let planned = planned(&found);
        let fixed = run(&sandbox, "fix");
        let after = corpus::read(&sandbox.root());
        let (mut made, mut refused, mut elsewhere) = (0, 0, Vec::new());
        for path in corpus::differing(&before, &after) {
            match planned.get(&path) {
                Some(edits) if applied(&before[&path], edits) == Some(after[&path].clone()) => {
                    made += edits.len();
                }
                _ => elsewhere.push(path),
            }
        }
        for (path, edits) in &planned {
            if before[path] == after[path] {
                refused += edits.len();
            }
        }
        let second = run(&sandbox, "fix");
        let again = corpus::differing(&after, &corpus::read(&sandbox.root()));
        let stopped = broken(&before, &after);
        println!(
            "{}: {} findings, {} with a fix that lands, {made} edits made in {} files, \
             {refused} refused; {} files differ from the plan, {} stopped parsing, {} \
             changed by a second run",
            name(&tree),
            golden(&found).count(),
            golden(&found)
                .filter(|(_, it)| it["fixable"] == true)
                .count(),
            corpus::differing(&before, &after).len(),
            elsewhere.len(),
            stopped.len(),
            again.len(),
        );
        for path in elsewhere.iter().chain(&stopped).chain(&again) {
            println!("    {}", path.display());
        }
        for run in [&found, &fixed, &second] {
            assert_eq!(
                count(run, |file| file["status"] == "failed"),
                0,
                "{}",
                failures(run)
            );
        }
        assert!(
            elsewhere.is_empty() && stopped.is_empty() && again.is_empty(),
            "see above"
        );
        assert_eq!(refused, 0, "fixes that do not hold should not be offered");
    }
}

fn planted(tree: &Path, settings: &str) -> Sandbox {
    let sandbox = Sandbox::repository(HIVE);
    corpus::copy(tree, &sandbox.root());
    sandbox.write("hive.toml", settings);
    sandbox
}

fn run(sandbox: &Sandbox, verb: &str) -> Value {
    let mut args = vec![verb];
    args.extend(FLAGS);
    let ran = sandbox.hive(&args);
    assert!(
        matches!(ran.code, Some(0 | 1)),
        "{:?}\n{}",
        ran.code,
        ran.stderr
    );
    report(&ran)
}

/// All violations with the paths of their files.
fn golden(report: &Value) -> impl Iterator<Item = (PathBuf, &Value)> {
    let files = report["files"].as_array().into_iter().flatten();
    files.flat_map(|file| {
        let path = PathBuf::from(text(&file["path"]));
        let findings = file["findings"].as_array().into_iter().flatten();
        let ours = findings.filter(|finding| !finding["golden"].is_null());
        ours.map(move |finding| (path.clone(), finding))
    })
}

type Edit = (usize, usize, String);

/// The edits of the fixes that land, by file, in order of their place, each once.
fn planned(report: &Value) -> BTreeMap<PathBuf, Vec<Edit>> {
    let mut planned: BTreeMap<PathBuf, Vec<Edit>> = BTreeMap::new();
    for (path, finding) in golden(report).filter(|(_, finding)| finding["fixable"] == true) {
        let edits = finding["golden"]["suggestion"]["edits"].as_array();
        let of_file = planned.entry(path).or_default();
        for edit in edits.into_iter().flatten() {
            let at = |end: usize| {
                let at = edit["range"][end].as_u64().expect("a place");
                usize::try_from(at).expect("within memory")
            };
            of_file.push((at(0), at(1), text(&edit["text"])));
        }
    }
    for edits in planned.values_mut() {
        edits.sort();
        edits.dedup();
    }
    planned
}

/// A file with edits made; `None` where it is not UTF-8, or they do not fit.
fn applied(bytes: &[u8], edits: &[Edit]) -> Option<Vec<u8>> {
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let text = std::str::from_utf8(&bytes[mark..]).ok()?;
    let mut out = bytes[..mark].to_vec();
    let mut at = 0;
    for (from, to, new) in edits {
        out.extend(text.get(at..*from)?.bytes());
        out.extend(new.bytes());
        at = *to;
    }
    out.extend(text.get(at..)?.bytes());
    Some(out)
}

fn failures(report: &Value) -> String {
    let files = report["files"].as_array().into_iter().flatten();
    files
        .filter(|file| file["status"] == "failed")
        .map(|file| format!("{}: {}", file["path"], file["reason"]))
        .collect::<Vec<_>>()
        .join("\n")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
