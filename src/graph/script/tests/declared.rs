//! What configuration files say of names.

use super::super::declared::{Aliases, Declared};
use crate::repo::RepoPath;

fn read(files: &[(&str, &str)]) -> Declared {
    let paths: Vec<RepoPath> = files
        .iter()
        .map(|(path, _)| RepoPath::new(*path).unwrap())
        .collect();
    Declared::read(&paths, |path| {
        let found = files.iter().find(|(name, _)| *name == path.as_str());
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| "is not there".to_owned())
    })
}

#[test]
fn configurations_extend_and_refer_to_each_other() {
    let declared = read(&[
        (
            "base.json",
            r#"{"compilerOptions": {"baseUrl": "src", "paths": {"a/*": ["b/*"]}}}"#,
        ),
        (
            "web/tsconfig.json",
            r#"{"extends": ["../base.json", "@outside/tsconfig"]}"#,
        ),
        (
            "app/tsconfig.json",
            r#"{"files": [], "references": [{"path": "./tsconfig.app.json"}]}"#,
        ),
        (
            "app/tsconfig.app.json",
            r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#,
        ),
        (
            "own/tsconfig.json",
            r#"{"compilerOptions": {"paths": {"~": ["${configDir}/x"]}}}"#,
        ),
    ]);
    assert_eq!(declared.problems(), []);
    let of = |directory: &str| {
        let mut all = declared.aliases.iter();
        all.find(|it| it.directory == directory).unwrap()
    };
    assert_eq!(of("web").base.as_deref(), Some("src"));
    assert_eq!(
        of("web").paths,
        [("a/*".to_owned(), vec!["src/b/*".to_owned()])]
    );
    assert_eq!(
        of("app").paths,
        [("@/*".to_owned(), vec!["app/src/*".to_owned()])]
    );
    assert_eq!(
        of("own").paths,
        [("~".to_owned(), vec!["own/x".to_owned()])]
    );
}

/// The way from each to each was followed: 2^30 of them, and some past the bound of
/// `extends`.
#[test]
fn references_of_all_to_all_are_followed_once() {
    let name = |at: usize| format!("p{at}/tsconfig.json");
    let mut files: Vec<(String, String)> = (0..30)
        .map(|at| {
            let to: Vec<String> = (0..=30)
                .filter(|to| *to != at)
                .map(|to| format!(r#"{{"path": "../p{to}"}}"#))
                .collect();
            (name(at), format!(r#"{{"references": [{}]}}"#, to.join(",")))
        })
        .collect();
    let paths = r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#;
    files.push((name(30), paths.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&**a, &**b)).collect();
    let declared = read(&files);
    assert_eq!(declared.problems(), []);
    let of = |it: &Aliases| it.paths == [("@/*".to_owned(), vec!["p30/src/*".to_owned()])];
    assert_eq!(declared.aliases.iter().filter(|it| of(it)).count(), 31);
}

#[test]
fn what_cannot_be_read_is_a_problem() {
    let declared = read(&[
        ("a/package.json", "{"),
        ("b/tsconfig.json", r#"{"extends": "./tsconfig.json"}"#),
        ("c/tsconfig.json", r#"{"extends": "./gone"}"#),
    ]);
    let named: Vec<&str> = declared
        .problems()
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(named, ["a/package.json", "b/tsconfig.json", "c/gone.json"]);
}

/// It was said to extend itself.
#[test]
fn a_configuration_may_extend_one_that_refers_to_it() {
    let declared = read(&[
        (
            "tsconfig.json",
            r#"{"references": [{"path": "./app"}, {"path": "./web"}]}"#,
        ),
        ("app/tsconfig.json", r#"{"extends": "../tsconfig.json"}"#),
        (
            "web/tsconfig.json",
            r#"{"extends": "../tsconfig.json", "compilerOptions": {"baseUrl": "src"}}"#,
        ),
    ]);
    assert_eq!(declared.problems(), []);
    let base = |it: &Aliases| it.base.as_deref() == Some("web/src");
    assert_eq!(declared.aliases.iter().filter(|it| base(it)).count(), 3);
}
