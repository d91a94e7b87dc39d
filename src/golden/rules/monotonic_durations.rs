//! GR35: durations measured with a clock that people and servers set.

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, ExprBinOp, ExprCall, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::escalation::Level;
use crate::golden::found::{Edit, Found};
use crate::golden::module::{At, BindingKind, Meaning, Module, ScopeId, ScopeKind};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR35",
    slug: "monotonic-durations",
    summary: "a duration measured as a difference of `time.time()`",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Start,
    remedy: Remedy::Suggest,
    docs: "\
`time.time()` tells the time of day, and that is corrected: by a server, by a person, by a leap \
second. A difference of two such times can be negative. `time.monotonic()` only moves forwards.

Found are differences in which both sides are `time.time()`: the call itself, a variable that is \
assigned nothing else, or an attribute of `self` that its class assigns nothing else (`None` and `0` \
aside). Times of files, of messages and of databases, and deadlines, are left alone.

Where the start is a local variable that is used for nothing but such differences, the patch that \
changes all of them together is suggested.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(check)]),
    proof: &[
        Example::new(
            &[(
                "shop/load.py",
                "import time\n\n\ndef load(work):\n    start = time.time()\n    work()\n    print(time.time() - start)\n    end = time.time()\n    return end - start\n",
            )],
            &[("shop/load.py", 7, 11), ("shop/load.py", 9, 12)],
        )
        .fixed("import time\n\n\ndef load(work):\n    start = time.monotonic()\n    work()\n    print(time.monotonic() - start)\n    end = time.monotonic()\n    return end - start\n"),
        // An attribute, a name that is also a timestamp, another name for the function.
        Example::new(
            &[(
                "shop/load.py",
                "from time import time as now\n\n\nclass Timer:\n    def __init__(self):\n        self.begun = None\n\n    def start(self):\n        self.begun = now()\n\n    def took(self, log):\n        begun = now()\n        log(begun)\n        return now() - self.begun, now() - begun\n",
            )],
            &[("shop/load.py", 14, 16), ("shop/load.py", 14, 36)],
        )
        .fixed("from time import time as now\n\n\nclass Timer:\n    def __init__(self):\n        self.begun = None\n\n    def start(self):\n        self.begun = now()\n\n    def took(self, log):\n        begun = now()\n        log(begun)\n        return now() - self.begun, now() - begun\n"),
        // Another name has the time, too; another module may read it.
        Example::new(
            &[(
                "shop/load.py",
                "import time\n\nSTART = time.time()\n\n\ndef load(log):\n    begun = stamp = time.time()\n    log(stamp)\n    return time.time() - begun, time.time() - START\n",
            )],
            &[("shop/load.py", 9, 12), ("shop/load.py", 9, 33)],
        )
        .fixed("import time\n\nSTART = time.time()\n\n\ndef load(log):\n    begun = stamp = time.time()\n    log(stamp)\n    return time.time() - begun, time.time() - START\n"),
        // Timestamps, deadlines, parameters, other clocks, and attributes from elsewhere.
        Example::new(
            &[(
                "shop/load.py",
                "import os\nimport time\n\n\ndef load(path, since, self):\n    age = time.time() - os.path.getmtime(path)\n    deadline = time.time() + 10\n    left = deadline - time.time()\n    start = time.monotonic()\n    took = time.monotonic() - start\n    yesterday = time.time() - 86400\n    then = since or time.time()\n    return age, left, took, yesterday, time.time() - then, time.time() - since\n\n\nclass Cache:\n    def __init__(self, made):\n        self.made = made\n\n    def touch(self):\n        self.made = time.time()\n\n    def age(self):\n        return time.time() - self.made\n\n\ndef local(time):\n    start = time.time()\n    return time.time() - start\n",
            )],
            &[],
        ),
    ],
};

fn check(module: &Module<'_>, found: &mut Found) {
    let clocks = Clocks::new(module);
    let spans: Vec<&At<'_, ExprBinOp>> = module
        .index
        .operations
        .iter()
        .filter(|at| {
            at.node.op == Operator::Sub
                && clocks.is_time(&at.node.left, at.scope)
                && clocks.is_time(&at.node.right, at.scope)
        })
        .collect();
    for at in &spans {
        let draft = found.at(
            at.node,
            "a duration measured with `time.time()` may be negative",
        );
        match clocks.edits(at, &spans) {
            Some(edits) => draft.fix(Remedy::Suggest, "Use `time.monotonic()`", edits),
            None => draft.help("measure durations with `time.monotonic()`"),
        };
    }
}

/// Where a module keeps what `time.time()` has said.
struct Clocks<'m, 'a> {
    module: &'m Module<'a>,
    /// Attributes of `self` by the scope of their class: whether they have only times.
    attributes: BTreeMap<(ScopeId, &'a str), bool>,
}

impl<'m, 'a> Clocks<'m, 'a> {
    fn new(module: &'m Module<'a>) -> Self {
        let mut clocks = Self {
            module,
            attributes: BTreeMap::new(),
        };
        let is_now = |value: &'a Expr, scope| clocks.now(value, scope).is_some();
        let mut attributes: BTreeMap<(ScopeId, &'a str), (bool, bool)> = BTreeMap::new();
        for at in &module.index.statements {
            let (targets, value): (Vec<&'a Expr>, Option<&'a Expr>) = match at.node {
                Stmt::Assign(assign) => (assign.targets.iter().collect(), Some(&assign.value)),
                Stmt::AnnAssign(assign) => match &assign.value {
                    Some(value) => (vec![&assign.target], Some(value)),
                    None => continue,
                },
                Stmt::AugAssign(assign) => (vec![&assign.target], None),
                Stmt::For(each) => (vec![&each.target], None),
                _ => continue,
            };
            for target in targets {
                let parts: Vec<&'a Expr> = match target {
                    Expr::Tuple(tuple) => tuple.elts.iter().collect(),
                    other => vec![other],
                };
                let whole = parts.len() == 1;
                for part in parts {
                    let Some(key) = of_self(module, part, at.scope) else {
                        continue;
                    };
                    let value = value.filter(|_| whole);
                    let now = value.is_some_and(|value| is_now(value, at.scope));
                    let empty = value.is_some_and(is_empty);
                    let known = attributes.entry(key).or_insert((false, true));
                    known.0 |= now;
                    known.1 &= now || empty;
                }
            }
        }
        clocks.attributes = attributes
            .into_iter()
            .map(|(key, (any, only))| (key, any && only))
            .collect();
        clocks
    }

    /// `time.time()`.
    fn now(&self, expr: &'a Expr, scope: ScopeId) -> Option<&'a ExprCall> {
        match expr {
            Expr::Call(call)
                if call.arguments.is_empty()
                    && self.module.names(&call.func, scope, &["time", "time"]) =>
            {
                Some(call)
            }
            _ => None,
        }
    }

    /// The calls whose value a name has, and the first place where it is bound; `None` if
    /// it may have another value.
    fn of_name(&self, expr: &'a Expr, scope: ScopeId) -> Option<(TextRange, Vec<&'a ExprCall>)> {
        let Expr::Name(name) = expr else { return None };
        let Meaning::Bound(bindings, at) = self.module.scopes().meaning(name.id.as_str(), scope)
        else {
            return None;
        };
        let mut calls = Vec::new();
        for binding in bindings {
            match binding.kind {
                BindingKind::Value(value) => match self.now(value, at) {
                    Some(call) => calls.push(call),
                    None if is_empty(value) => {}
                    None => return None,
                },
                _ => return None,
            }
        }
        (!calls.is_empty()).then(|| (bindings[0].range, calls))
    }

    /// Whether a call is assigned to one name, which no other module can read.
    fn is_local(&self, call: &ExprCall) -> bool {
        let Some(number) = self.module.index.innermost(call.range()) else {
            return false;
        };
        let at = self.module.index.statement(number);
        let one = !matches!(at.node, Stmt::Assign(assign) if assign.targets.len() > 1);
        let kind = self.module.scopes().get(at.scope).kind;
        let inside = matches!(kind, ScopeKind::Function { .. }) || at.context.main_guard;
        one && inside
    }

    fn is_time(&self, expr: &'a Expr, scope: ScopeId) -> bool {
        self.now(expr, scope).is_some()
            || self.of_name(expr, scope).is_some()
            || of_self(self.module, expr, scope)
                .is_some_and(|key| self.attributes.get(&key) == Some(&true))
    }

    /// The edits that change a difference together with all that share a name with it;
    /// `None` if a name is used for something else, too.
    fn edits(&self, span: &At<'a, ExprBinOp>, spans: &[&At<'a, ExprBinOp>]) -> Option<Vec<Edit>> {
        let mut names: Vec<TextRange> = Vec::new();
        let mut together: Vec<&At<'a, ExprBinOp>> = Vec::new();
        let mut waiting = vec![span];
        let mut calls: Vec<&'a ExprCall> = Vec::new();
        while let Some(at) = waiting.pop() {
            if together
                .iter()
                .any(|other| other.node.range() == at.node.range())
            {
                continue;
            }
            together.push(at);
            for side in [&*at.node.left, &*at.node.right] {
                if let Some(call) = self.now(side, at.scope) {
                    calls.push(call);
                    continue;
                }
                let (name, assigned) = self.of_name(side, at.scope)?;
                if !assigned.iter().all(|call| self.is_local(call)) {
                    return None;
                }
                if names.contains(&name) {
                    continue;
                }
                names.push(name);
                calls.extend(assigned);
                for other in spans {
                    let same = |side: &'a Expr| {
                        self.of_name(side, other.scope)
                            .is_some_and(|it| it.0 == name)
                    };
                    if same(&other.node.left) || same(&other.node.right) {
                        waiting.push(other);
                    }
                }
            }
        }
        let mut reads = self.module.index.names.iter();
        let other_use = reads.any(|at| {
            let Meaning::Bound(bindings, _) =
                self.module.scopes().meaning(at.node.id.as_str(), at.scope)
            else {
                return false;
            };
            let ours = bindings.first().is_some_and(|it| names.contains(&it.range));
            let inside = together.iter().any(|span| {
                span.node.left.range() == at.node.range()
                    || span.node.right.range() == at.node.range()
            });
            ours && !inside
        });
        if other_use {
            return None;
        }
        let mut edits = Vec::new();
        for call in calls {
            let Expr::Attribute(called) = &*call.func else {
                return None;
            };
            let edit = Edit::replace(called.attr.range(), "monotonic");
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        Some(edits)
    }
}

/// The class and the name of an attribute of `self`.
fn of_self<'a>(module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> Option<(ScopeId, &'a str)> {
    let Expr::Attribute(attribute) = expr else {
        return None;
    };
    let is_self = matches!(&*attribute.value, Expr::Name(name) if name.id == "self");
    let mut around = module.scopes().around(scope);
    let class = around.find(|(_, scope)| scope.kind == ScopeKind::Class);
    class
        .filter(|_| is_self)
        .map(|(id, _)| (id, attribute.attr.as_str()))
}

fn is_empty(value: &Expr) -> bool {
    match value {
        Expr::NoneLiteral(_) => true,
        Expr::NumberLiteral(number) => match &number.value {
            ruff_python_ast::Number::Int(int) => int.as_u8() == Some(0),
            ruff_python_ast::Number::Float(float) => *float == 0.0,
            ruff_python_ast::Number::Complex { .. } => false,
        },
        _ => false,
    }
}
