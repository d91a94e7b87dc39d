//! Facts of single files.

use std::fmt::Write as _;

use crate::graph::facts::Problem;
use crate::graph::script::{Dialect, facts};

/// `line:column kind specifier` of each import.
fn imports(text: &str, dialect: Dialect) -> String {
    let facts = facts(text.as_bytes(), dialect).unwrap();
    let mut shown = String::new();
    for import in &facts.imports {
        let (at, alias) = (import.at, &import.names[0]);
        let (line, column, kind) = (at.line, at.column, import.kind.name());
        let _ = writeln!(shown, "{line}:{column} {kind} {}", alias.name);
    }
    shown
}

#[test]
fn every_way_to_import_is_seen() {
    let text = "\
#!/usr/bin/env node
import a, { b } from './a';
import * as c from \"./c\"; import './effects';
import {} from './empty';
export { d } from './d';
export * from './e';
export * as f from './f';
const g = require('./g');
const h = require(`./h`), i = require(name);
if (x) { require('./i') }
function j() { return import('./j') }
const k = () => import('./k');
try { require('./l') } catch { require('./m') } finally { require('./n') }
try { require('./o') } finally {}
(function () { require('./p') })();
(() => { require('./q') })();
x && require('./r'); x ? require('./s') : 0;
for (const y of z) require('./t');
switch (x) { case 1: require('./u') }
if (require.main === module) { require('./v') } else require('./w');
class K { static a = require('./x'); b = require('./y'); m() { require('./z') } }
await import('./aa');
function m(n = require('./bb')) {}
object.require('./no'); require(); import.meta.url;
";
    assert_eq!(
        imports(text, Dialect::Js),
        "\
2:1 module ./a
3:1 module ./c
3:27 module ./effects
4:1 module ./empty
5:1 module ./d
6:1 module ./e
7:1 module ./f
8:11 module ./g
9:11 module ./h
10:10 conditional ./i
11:23 local ./j
12:17 local ./k
13:7 optional ./l
13:32 optional ./m
13:59 module ./n
14:7 conditional ./o
15:16 module ./p
16:10 module ./q
17:6 conditional ./r
17:26 conditional ./s
18:20 conditional ./t
19:22 conditional ./u
20:32 main ./v
20:54 conditional ./w
21:22 module ./x
21:42 local ./y
21:64 local ./z
22:7 module ./aa
23:16 local ./bb
"
    );
}

#[test]
fn types_never_run() {
    let text = "\
import type { A } from './a';
import { type B, type C } from './b';
import { type D, e } from './d';
export type { F } from './f';
export type * from './g';
export { type H } from './h';
import i = require('./i');
import type J = require('./j');
type K = import('./k').K<typeof import('./l')>;
declare module 'm' { import { N } from './n'; }
let o = <P>q;
";
    assert_eq!(
        imports(text, Dialect::Ts),
        "\
1:1 typing ./a
2:1 typing ./b
3:1 module ./d
4:1 typing ./f
5:1 typing ./g
6:1 typing ./h
7:1 module ./i
8:1 typing ./j
9:10 typing ./k
9:33 typing ./l
10:22 typing ./n
"
    );
    let declarations = "import { A } from './a';\nexport declare const b: A;\n";
    assert_eq!(
        imports(declarations, Dialect::Declaration),
        "1:1 typing ./a\n"
    );
}

#[test]
fn each_dialect_has_its_own_syntax() {
    let element = "import a from './a'; export default () => <a.B c='d'>it's {e}</a.B>;\n";
    assert_eq!(imports(element, Dialect::Tsx), "1:1 module ./a\n");
    assert_eq!(imports(element, Dialect::Js), "1:1 module ./a\n");
    assert!(facts(element.as_bytes(), Dialect::Ts).is_err());
    let returns = "if (a) return;\nmodule.exports = require('./b');\n";
    assert_eq!(imports(returns, Dialect::Cjs), "2:18 module ./b\n");
    assert!(facts(b"let a: number = 1", Dialect::Js).is_err());
    assert!(facts(b"with (a) { b }", Dialect::Js).is_ok());
}

#[test]
fn what_cannot_be_read_is_a_problem() {
    let Err(Problem::Syntax { at, .. }) = facts(b"import a from './a';\nlet b = );\n", Dialect::Ts)
    else {
        panic!("an error of syntax");
    };
    assert_eq!((at.line, at.column), (2, 9));
    assert!(matches!(
        facts(b"let a = '\xff'", Dialect::Js),
        Err(Problem::Unreadable(_))
    ));
}

/// Each of these is a stack overflow for a parser that goes down without looking.
#[test]
fn no_text_ends_the_process() {
    for part in [
        "(", "[", "{a:", "!", "- ", "typeof ", "x=>", "a?b:", "if(a)", "`${", "new ",
    ] {
        for times in [400, 9_000, 300_000] {
            let text = format!("import a from './a';\n{}1\n", part.repeat(times));
            let found = facts(text.as_bytes(), Dialect::Js);
            if times > 100_000 {
                assert_eq!(found, Err(Problem::TooDeep), "{part}");
            }
        }
    }
    for (part, dialect) in [
        ("<a>", Dialect::Tsx),
        ("A<", Dialect::Ts),
        ("(a+", Dialect::Ts),
    ] {
        let text = format!("let a: {}1\n", part.repeat(4_000));
        let _ = facts(text.as_bytes(), dialect);
    }
    // Long and flat is not deep.
    let text = "export const a = [1, 'b', { c: d.e(f) }];\n".repeat(20_000);
    assert!(facts(text.as_bytes(), Dialect::Ts).is_ok());
    let sum = format!("export const a = {}1;\n", "b + ".repeat(8_000));
    assert!(facts(sum.as_bytes(), Dialect::Ts).is_ok());
}
