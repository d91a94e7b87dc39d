//! What rules of the repository find, and what is wrong with some.

use serde_json::{Value as Json, json};

use super::{CustomRule, prove};
use crate::golden::edits::Edits;
use crate::golden::found::Found;
use crate::golden::module::{Module, Station};
use crate::golden::rule::Check;
use crate::graph;

fn rule(mut json: Json) -> CustomRule {
    let table = json.as_object_mut().unwrap();
    table.entry("id").or_insert(json!("own"));
    table.entry("message").or_insert(json!("wrong"));
    CustomRule::read(&json).unwrap()
}

/// The texts that a rule finds in a module, and the module after all patches.
fn judge(rule: &CustomRule, path: &str, text: &str) -> (Vec<String>, String) {
    let checks = rule.checks().unwrap();
    let [Check::File(check)] = &checks[..] else {
        panic!("{checks:?}");
    };
    graph::with_tree(text, |parsed| {
        let station = Station::new(path, None);
        let module = Module::new(&station, text, parsed);
        let mut found = Found::default();
        check.check(&module, &mut found);
        let drafts = found.into_drafts();
        let mut edits = Edits::default();
        for fix in drafts.iter().filter_map(|draft| draft.fix.as_ref()) {
            assert!(edits.add(&fix.edits));
        }
        let found = drafts.iter().map(|draft| text[draft.range].to_owned());
        (found.collect(), edits.apply(text).unwrap())
    })
    .unwrap()
}

#[test]
fn each_kind_finds_what_it_says() {
    for (json, text, expected) in [
        (
            json!({"call": "datetime.datetime.now"}),
            "from datetime import datetime as d\nd.now()\nnow()\nx.now()\n",
            &["d.now()"][..],
        ),
        (
            json!({"call": "*.execute", "with": "f-string"}),
            "q = f'{x}'\nc.execute(q)\ndb.c.execute(sql=f'{a}' + 'b')\nc.execute(f'plain')\nc.execute('x')\nexecute(f'{x}')\n",
            &["c.execute(q)", "db.c.execute(sql=f'{a}' + 'b')"],
        ),
        (
            json!({"call": "requests.get", "without": ["timeout", 2]}),
            "import requests as r\nr.get(1)\nr.get(1, timeout=2)\nr.get(1, 2, 3)\nr.get(1, **k)\nr.get(*a)\n",
            &["r.get(1)"],
        ),
        (
            json!({"call": "print"}),
            "def f(print):\n    print(1)\n\n\nprint(2)\n'print(3)'\n",
            &["print(2)"],
        ),
        (
            json!({"import": "shop.legacy", "allow": "shop.legacy.keep"}),
            "import shop.legacy.x\nfrom shop import legacy\nfrom shop.legacy import keep, y\nimport shop.legacy2\n",
            &["shop.legacy.x", "legacy", "y"],
        ),
        (
            json!({"mention": "os.environ"}),
            "import os\nfrom os import environ as e\nos.environ['x']\ne.get('x')\nos.environb\n",
            &["os.environ", "e"],
        ),
        (
            json!({"define": "*Service", "allow": "BaseService"}),
            "class OrderService:\n    pass\n\n\nclass BaseService:\n    pass\n\n\ndef MakeService():\n    pass\n\n\nServices = 1\n",
            &["OrderService", "MakeService"],
        ),
        (
            json!({"decorate": ["celery.shared_task", "*.task"], "without": "acks_late=True"}),
            "from celery import shared_task\n\n\n@shared_task\ndef a():\n    pass\n\n\n@app.task(acks_late=False)\ndef b():\n    pass\n\n\n@app.task(acks_late=True)\ndef c():\n    pass\n",
            &["shared_task", "app.task(acks_late=False)"],
        ),
        (
            json!({"decorate": "*.get", "without": "Depends(shop.auth.user)"}),
            "from fastapi import Depends\nfrom shop import auth\n\n\n@r.get('/')\ndef a(u=Depends(auth.user)):\n    pass\n\n\n@r.get('/', dependencies=[Depends(auth.user)])\ndef b():\n    pass\n\n\n@r.get('/')\ndef c(u=Depends(other)):\n    pass\n",
            &["r.get('/')"],
        ),
        (
            json!({"inherit": "unittest.TestCase"}),
            "import unittest as u\n\n\nclass A(u.TestCase):\n    pass\n\n\nclass B(TestCase):\n    pass\n",
            &["u.TestCase"],
        ),
        (
            json!({"comment": ["TODO", "FIXME"], "without": ["[A-Z]*-[0-9]*"]}),
            "# TODO: x\n# TODO(SHOP-12): x\n# FIXME, y\nx = '# TODO'  # todo\n#TODO\n",
            &["# TODO: x", "# FIXME, y", "#TODO"],
        ),
        (
            json!({"pattern": "$A == None"}),
            "x == None\nif y.z == None: pass\nx is None\n# x == None\n",
            &["x == None", "y.z == None"],
        ),
        (
            json!({"define": "downgrade", "required": true, "in": "*.py"}),
            "def upgrade():\n    pass\n",
            &[""],
        ),
        (
            json!({"define": "downgrade", "required": true, "in": "*.py"}),
            "def downgrade():\n    pass\n",
            &[],
        ),
    ] {
        let (found, _) = judge(&rule(json.clone()), "app.py", text);
        assert_eq!(found, expected, "{json}");
    }
}

#[test]
fn a_replacement_is_imported_and_written() {
    for (json, text, expected) in [
        (
            json!({"call": "datetime.datetime.now", "use": "shop.clock.now"}),
            "from datetime import datetime as d\n\nd.now()\nd.now()\n",
            "from datetime import datetime as d\nfrom shop.clock import now\n\nnow()\nnow()\n",
        ),
        (
            json!({"call": "time.time", "use": "shop.clock.now"}),
            "import time\nfrom shop import clock as c\n\ntime.time()\n",
            "import time\nfrom shop import clock as c\n\nc.now()\n",
        ),
        // The name is taken: the module is imported instead.
        (
            json!({"call": "time.time", "use": "shop.clock.now"}),
            "import time\n\nnow = time.time()\n",
            "import time\nimport shop.clock\n\nnow = shop.clock.now()\n",
        ),
        (
            json!({"import": "shop.legacy", "use": "shop.modern"}),
            "from shop.legacy import a, b\nimport shop.legacy as l\n",
            "from shop.modern import a, b\nimport shop.modern as l\n",
        ),
        (
            json!({"import": "shop.legacy.total", "use": "shop.money.sum_up"}),
            "from shop.legacy import total\n\ntotal()\n",
            "from shop.money import sum_up\n\nsum_up()\n",
        ),
        (
            json!({"mention": "os.environ", "use": "shop.config.env"}),
            "import os\n\nos.environ['x']\n",
            "import os\nfrom shop.config import env\n\nenv['x']\n",
        ),
        (
            json!({"inherit": "unittest.TestCase", "use": "shop.testing.Case"}),
            "import unittest\n\n\nclass A(unittest.TestCase):\n    pass\n",
            "import unittest\nfrom shop.testing import Case\n\n\nclass A(Case):\n    pass\n",
        ),
        (
            json!({"pattern": "$A == None", "use": "$A is None"}),
            "x == None\n",
            "x is None\n",
        ),
        // No patch where something else, or what is allowed, is imported with it; where the
        // name is known for type checkers alone; and where it is assigned.
        (
            json!({"import": "shop.legacy", "use": "shop.modern", "allow": "shop.legacy.b"}),
            "from shop.legacy import a, b\n",
            "from shop.legacy import a, b\n",
        ),
        (
            json!({"call": "time.time", "use": "shop.clock.now"}),
            "import time\nif TYPE_CHECKING:\n    from shop.clock import now\ntime.time()\n",
            "import time\nimport shop.clock\nif TYPE_CHECKING:\n    from shop.clock import now\nshop.clock.now()\n",
        ),
        (
            json!({"mention": "os.environ", "use": "shop.config.env"}),
            "import os\n\nos.environ = {}\n",
            "import os\n\nos.environ = {}\n",
        ),
        // No patch where a star import may bring the name.
        (
            json!({"call": "time.time", "use": "shop.clock.now"}),
            "from x import *\nimport time\n\ntime.time()\n",
            "from x import *\nimport time\n\ntime.time()\n",
        ),
    ] {
        let (_, after) = judge(&rule(json.clone()), "app.py", text);
        assert_eq!(after, expected, "{json}");
    }
}

#[test]
fn a_replacement_is_not_written_where_it_lives() {
    let own = rule(json!({"call": "time.time", "use": "clock.now"}));
    let text = "import time\n\n\ndef now():\n    return time.time()\n";
    assert_eq!(judge(&own, "clock.py", text).1, text);
    let own = rule(json!({"import": "legacy", "use": "modern"}));
    let text = "from legacy import a\n";
    assert_eq!(judge(&own, "modern.py", text).1, text);
}

#[test]
fn a_rule_holds_where_it_says() {
    let own = rule(json!({
        "import": "services.*",
        "allow": "services.<service>",
        "in": "services/<service>/tests/**",
        "except": "conftest.py",
    }));
    let text = "import services.mail\nimport services.billing.x\n";
    for (path, expected) in [
        ("services/mail/tests/test_a.py", &["services.billing.x"][..]),
        ("services/billing/tests/test_a.py", &["services.mail"]),
        ("services/mail/tests/conftest.py", &[]),
        ("services/mail/app.py", &[]),
        // A name that is no identifier allows nothing.
        (
            "services/a-b/tests/t.py",
            &["services.mail", "services.billing.x"],
        ),
    ] {
        assert_eq!(judge(&own, path, text).0, expected, "{path}");
    }
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    for (json, expected) in [
        (json!({}), "it looks for nothing"),
        (json!({"call": "a.b", "import": "c"}), "exclude each other"),
        (json!({"call": "a b"}), "`a b` is no dotted name"),
        (
            json!({"call": "a.b", "with": "x y"}),
            "`x y` is no argument",
        ),
        (
            json!({"import": "a", "with": "x"}),
            "`with` goes with call, decorate, define",
        ),
        (json!({"define": "a", "use": "b"}), "`use` goes with"),
        (
            json!({"define": "a", "required": true}),
            "`required` needs `in`",
        ),
        (json!({"call": "a", "land": true}), "`land` needs `use`"),
        (json!({"call": "a", "id": "GR09"}), "id: `GR09` is no name"),
        (
            json!({"call": "a", "id": "use-logger"}),
            "is a Golden Rule already",
        ),
        (
            json!({"call": "a", "message": " "}),
            "message: it says nothing",
        ),
        (json!({"call": "a", "level": "bad"}), "level: expected"),
        (json!({"call": "a", "colour": 1}), "unknown field `colour`"),
        (json!({"pattern": "f("}), "is no Python"),
        (json!({"call": "a", "in": "a["}), "in: "),
    ] {
        let mut json = json;
        let table = json.as_object_mut().unwrap();
        table.entry("id").or_insert(json!("own"));
        table.entry("message").or_insert(json!("wrong"));
        let said = CustomRule::read(&json).unwrap_err();
        assert!(said.contains(expected), "{json}: {said}");
    }
}

#[test]
fn the_tests_of_a_rule_are_run() {
    let own = |bad: &[&str], good: &[&str]| {
        let rule = rule(json!({
            "call": "time.time", "use": "shop.clock.now", "in": "src/**", "bad": bad, "good": good,
        }));
        let failures = prove(&rule);
        failures.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (bad, good) = ("import time\ntime.time()", "time.time()");
    assert!(own(&[bad], &[good]).is_empty());
    assert_eq!(
        own(&[good, bad], &[bad, good]),
        ["bad 1: it is not found", "good 1: it is found, on line 2"]
    );
    let wrong = own(&["def ("], &["x ="]);
    assert!(wrong[0].starts_with("bad 1: it is no Python"), "{wrong:?}");
    assert!(wrong[1].starts_with("good 1: it is no Python"), "{wrong:?}");
    let stuck = own(&["from x import *\nimport time\ntime.time()"], &[]);
    assert!(stuck[0].contains("gives no patch"), "{stuck:?}");
}

const TWELVE: &str = include_str!("../../../fixtures/golden/twelve.toml");

/// What teams want to say fits in eight lines each, and keeps its word.
#[test]
fn what_teams_want_to_say_fits_in_eight_lines_each() {
    let file: toml::Table = TWELVE.parse().unwrap();
    let rules = file["rule"].as_array().unwrap();
    assert_eq!(rules.len(), 12);
    for entry in rules {
        let rule = CustomRule::read(&serde_json::to_value(entry).unwrap()).unwrap();
        assert_eq!(prove(&rule), [], "{}", rule.id);
        assert!(!rule.bad.is_empty() && !rule.good.is_empty(), "{}", rule.id);
    }
    for text in TWELVE.split("[[rule]]").skip(1) {
        let lines = text.trim().lines().count();
        assert!(lines <= 8, "{lines} lines: {text}");
    }
}
