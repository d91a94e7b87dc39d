//! What nests and what does not.

use super::{DEEPEST, Dialect, depth};

fn long(part: &str, times: usize) -> String {
    format!("{}{}", " ".repeat(65), part.repeat(times))
}

#[test]
fn what_nests_is_counted_and_what_follows_is_not() {
    for (part, dialect, nests) in [
        ("(", Dialect::Ts, true),
        ("!", Dialect::Js, true),
        ("- ", Dialect::Js, true),
        ("typeof ", Dialect::Js, true),
        ("x=>", Dialect::Js, true),
        ("a?b:", Dialect::Js, true),
        ("a+", Dialect::Js, true),
        ("a.b.", Dialect::Js, true),
        ("if(a)", Dialect::Js, true),
        ("if(a);else ", Dialect::Js, true),
        ("if(a){}else ", Dialect::Js, true),
        ("A<x,", Dialect::Ts, true),
        ("<a>", Dialect::Tsx, true),
        ("<a>;", Dialect::Tsx, true),
        ("`${", Dialect::Js, true),
        ("f();", Dialect::Js, false),
        ("a = b.c(d);\n", Dialect::Js, false),
        ("const a = b + 'c'\n", Dialect::Js, false),
        ("function a(){return 1}", Dialect::Js, false),
        ("if (a) { b() } else { c() }\n", Dialect::Js, false),
        ("f(a, [b, {c: 1}], `d${e}`)\n", Dialect::Js, false),
        ("let a: Map<string, Set<B>>;\n", Dialect::Ts, false),
        ("x = <a href=\"b\">it's (c)</a>;\n", Dialect::Tsx, false),
        ("import a from './b'\n", Dialect::Ts, false),
        ("x = /[(/]/.test(a)\n", Dialect::Js, false),
    ] {
        let text = long(part, DEEPEST + 1);
        // Some things in texts are counted although they do not nest.
        let few = long(part, 500);
        if nests {
            assert_eq!(depth(&text, dialect), None, "{part}");
        } else {
            let levels = depth(&few, dialect).expect(part);
            assert!(levels < 2_600, "{part}: {levels}");
        }
    }
}
