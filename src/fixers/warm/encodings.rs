//! Bytes in, bytes out: the same as the command line, case by case.

use std::fs;

use super::tests::{Project, tools};
use super::{Answer, Tool};

const FILES: &[(&str, &[u8])] = &[
    ("plain", b"import b\nimport a\nx=1\n"),
    (
        "latin1",
        b"# -*- coding: latin-1 -*-\nimport b\nimport a\nx='\xe9'\n",
    ),
    (
        "second line",
        b"#!/usr/bin/python\n# coding: cp1252\nimport b\nimport a\nx='\x80'\n",
    ),
    (
        "unknown cookie",
        b"# coding: nonsense\nimport b\nimport a\nx=1\n",
    ),
    ("wrong bytes", b"import b\nimport a\nx='\xe9'\n"),
    ("bom", b"\xef\xbb\xbfimport b\nimport a\nx=1\n"),
    ("bom and clean", b"\xef\xbb\xbfx = 1\n"),
    ("crlf", b"import b\r\nimport a\r\nx=1\r\n"),
    ("mixed, lf first", b"import b\nimport a\r\nx=1\r\n"),
    ("mixed, crlf first", b"import b\r\nimport a\nx=1\n"),
    ("lone cr", b"import b\rimport a\rx=1\r"),
    ("no final newline", b"import b\nimport a\nx=1"),
    ("clean without final newline", b"x = 1"),
    ("empty", b""),
    ("one newline", b"\n"),
    ("newlines", b"\n\n\n"),
    ("spaces", b"   "),
    ("crlf only", b"\r\n\r\n"),
    (
        "form feed",
        b"import b\nimport a\n\x0c\nx=1\n\x0c\ndef f(): pass\n",
    ),
    ("tabs", b"import b\nimport a\nif a:\n\tx=1\n"),
    ("comment only", b"# a"),
    ("docstring", b"'''a'''\nimport b\nimport a\n"),
    ("skip", b"# isort: skip_file\nimport b\nimport a\nx=1\n"),
    ("fmt off", b"# fmt: off\nimport b\nimport a\nx=1\n"),
    ("syntax error", b"import b\nimport a\nx = (\n"),
    ("python 2", b"import b\nimport a\nprint 'x'\n"),
    ("nul", b"import b\nimport a\nx=1\x00\n"),
    ("astral", "import b\nimport a\nx='\u{1f600}'\n".as_bytes()),
    (
        "separators",
        "import b\nimport a\n'''a\u{2028}b'''\nx=1\n".as_bytes(),
    ),
];

#[test]
fn bytes_come_out_as_the_command_line_writes_them() {
    let project = Project::new("[tool.isort]\nprofile = \"black\"\n");
    let mut server = tools().server();
    for tool in [Tool::Black, Tool::Isort] {
        for (name, source) in FILES {
            let path = project.path("case.py");
            fs::write(&path, source).expect("a file");
            let status = tools().run(tool, &["case.py"], project.root());
            let expected = fs::read(&path).expect("a file");
            let answer = project.ask(&mut server, tool, &path, source);
            let label = format!("{} on {name}", tool.name());
            match answer {
                Ok(Answer::Changed(bytes)) => {
                    assert_eq!(bytes, expected, "{label}");
                    assert_ne!(&bytes, source, "{label}");
                }
                Ok(Answer::Unchanged | Answer::Excluded { .. }) => {
                    assert_eq!(&expected, source, "{label}");
                    assert_eq!(status, 0, "{label}");
                }
                // What the command line refuses is refused here, too; isort
                // only warns of some of it and goes on with the next file.
                Err(trouble) => {
                    assert_eq!(&expected, source, "{label}: {trouble}");
                    assert!(status != 0 || tool == Tool::Isort, "{label}: {trouble}");
                }
            }
        }
    }
}
