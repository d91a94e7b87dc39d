//! The pages are a book: each has its place in docs/SUMMARY.md, and every link of theirs
//! leads to a page, a heading or a file that is there.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::{document, pages, root};

const SUMMARY: &str = "docs/SUMMARY.md";

/// Links out of the book, which only who reads the repository can follow.
const OUTSIDE: [(&str, &str); 1] = [("docs/queue.md", "../examples/worker.rs")];

/// A link of a page.
struct Link {
    number: usize,
    target: String,
}

/// The links and pictures of a text, but for those in blocks and between backticks.
fn links(text: &str) -> Vec<Link> {
    let mut all = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with("    ") {
            continue;
        }
        let words: String = line.split('`').step_by(2).collect::<Vec<_>>().join("x");
        let marks = ["](", "src=\"", "srcset=\""];
        for mark in marks {
            for part in words.split(mark).skip(1) {
                let target = part.split([')', '"']).next().unwrap_or_default();
                all.push(Link {
                    number: at + 1,
                    target: target.to_owned(),
                });
            }
        }
    }
    all
}

/// The names by which the headings of a page are linked, as browsers of repositories and
/// mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let Some(title) = line.strip_prefix('#').filter(|_| !fenced) else {
            continue;
        };
        let title = title.trim_start_matches('#').trim();
        let name: String = title
            .to_lowercase()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c if c.is_alphanumeric() => Some(c),
                _ => None,
            })
            .collect();
        let mut number = 0;
        let mut unique = name.clone();
        while !all.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}-{number}");
        }
    }
    all
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link of a page.
fn fault(page: &str, link: &Link) -> Option<String> {
    if link.target.contains("://") || link.target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let directory = Path::new(page).parent().unwrap();
    let target = match file {
        "" => PathBuf::from(page),
        file => plain(&directory.join(file)),
    };
    let name = target.to_str().unwrap();
    if !root().join(&target).exists() {
        return Some("it is not there".to_owned());
    }
    let shown = page == "README.md" || OUTSIDE.contains(&(page, file));
    if !shown && !name.starts_with("docs/") {
        return Some("it is no part of the book; name the file between backticks".to_owned());
    }
    (!anchor.is_empty() && !anchors(&document(name)).contains(anchor))
        .then(|| format!("{name} has no such heading"))
}

#[test]
fn every_page_has_its_place_in_the_book() {
    let mut listed = BTreeSet::new();
    for link in links(&document(SUMMARY)) {
        let page = format!("docs/{}", link.target);
        assert!(listed.insert(page), "{SUMMARY} has {} twice", link.target);
    }
    let there: BTreeSet<String> = pages()
        .into_iter()
        .filter(|page| page.starts_with("docs/") && page != SUMMARY)
        .collect();
    let missing: Vec<&String> = there.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "{missing:?}: add a line `- [Title](page.md)` to {SUMMARY} where a reader looks for it"
    );
    let gone: Vec<&String> = listed.difference(&there).collect();
    assert!(
        gone.is_empty(),
        "{SUMMARY} lists {gone:?}, which are not there"
    );
}

/// mdBook reads a list of links, headings between them and nothing else, and refuses a
/// list item that is no link.
#[test]
fn the_summary_has_the_form_that_mdbook_reads() {
    let text = document(SUMMARY);
    let mut depth = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("# ") {
            depth = 0;
            continue;
        }
        let item = line.trim_start();
        let indent = line.len() - item.len();
        let link = item.strip_prefix("- ").unwrap_or(item);
        let is_link = link.starts_with('[') && link.ends_with(".md)");
        assert!(is_link, "{line}");
        assert!(item.starts_with("- ") || indent == 0, "{line}");
        assert!(
            indent % 2 == 0 && indent / 2 <= depth + 1,
            "{line} is too deep"
        );
        depth = indent / 2;
    }
    let book = document("book.toml");
    let book: Vec<&str> = book.lines().map(str::trim).collect();
    for line in ["[book]", "src = \"docs\"", "[build]"] {
        assert!(book.contains(&line), "book.toml does not say {line}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let (mut seen, mut faults) = (0, Vec::new());
    for page in pages() {
        for link in links(&document(&page)) {
            seen += 1;
            let fault = fault(&page, &link);
            faults.extend(fault.map(|it| format!("{page}:{}: {}: {it}", link.number, link.target)));
        }
    }
    assert!(seen > 100, "only {seen} links");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    let page = "docs/agent.md";
    for (target, wrong) in [
        ("landing.md", false),
        ("landing.md#folding", false),
        ("landing.md#no-such-heading", true),
        ("nothing.md", true),
        ("../README.md", true),
        ("https://example.org/x", false),
    ] {
        let text = format!("A [word]({target}) of `[x](y)` here.\n\n    [z](q)\n");
        let found = links(&text);
        assert_eq!(found.len(), 1, "{target}");
        assert_eq!(fault(page, &found[0]).is_some(), wrong, "{target}");
    }
    let names = anchors("# A `b.c` d\n## Same\n## Same\n```\n# no\n```\n");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(names, ["a-bc-d", "same", "same-1"]);
}
