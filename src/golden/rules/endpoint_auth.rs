//! GR18: routes that anybody may call.

use ruff_python_ast::{Decorator, Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::DottedSet;
use crate::golden::found::Found;
use crate::golden::module::{BindingKind, Meaning, Module, ScopeId, StatementAt};
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR18",
    slug: "endpoint-auth",
    summary: "a route without authentication",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Authentication that each handler has to remember is forgotten by the next one, and nothing fails.

A handler is a function with a decorator like `@router.get(\"/orders\")`: one of `methods`, on an \
application or router that the file makes, or with a path as its first argument. It has to have one \
of `require`: a dependency (`Depends(current_user)` or `Security(…)`, as a default, in \
`Annotated[…]`, in the `dependencies` of the decorator or of the router that the file makes), the \
name of such a type as an annotation (`user: CurrentUser`), or a decorator. Names are resolved \
through imports; `*.current_user` leaves open where it comes from.

Routes whose path is in `public` need none. A router that is imported with its dependencies cannot be \
seen: exempt such files, or say so in a suppression.

    [golden.endpoint-auth]
    require = [\"shop.auth.current_user\", \"*.login_required\"]
    public = [\"/health\"]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if params.require.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Check::file(EndpointAuth {
            require: DottedSet::read(&params.require)?,
            params,
        })])
    },
    proof: EXAMPLES,
};

const REQUIRE: &str = "require = ['shop.auth.current_user', 'shop.auth.CurrentUser', '*.login_required']\npublic = ['/health']";

const EXAMPLES: &[Example] = &[
    Example::new(
        &[(
            "api.py",
            "from fastapi import APIRouter, Depends\nfrom shop.db import session\n\nrouter = APIRouter()\nPATH = '/all'\n\n\n@router.get('/orders')\nasync def orders(db=Depends(session)):\n    return []\n\n\n@router.post(PATH)\ndef add(order: int):\n    return order\n",
        )],
        &[("api.py", 9, 11), ("api.py", 14, 5)],
    )
    .with(REQUIRE),
    Example::new(
        &[(
            "api.py",
            "from typing import Annotated\n\nfrom fastapi import APIRouter, Depends, Security\nfrom flask_login import login_required\nfrom shop import auth\nfrom shop.auth import CurrentUser, current_user as user\n\nrouter = APIRouter()\nsafe = APIRouter(dependencies=[Depends(user)])\nMine = Annotated[str, Depends(user)]\n\n\n@router.get('/a')\ndef a(it=Depends(user)):\n    return it\n\n\n@router.get('/b')\ndef b(it: Annotated[str, Security(auth.current_user, scopes=['x'])]):\n    return it\n\n\n@router.get('/c', dependencies=[Depends(auth.current_user)])\ndef c():\n    return 1\n\n\n@router.get('/d')\ndef d(it: CurrentUser):\n    return it\n\n\n@router.get('/e')\n@login_required\ndef e():\n    return 1\n\n\n@safe.get('/f')\ndef f():\n    return 1\n\n\n@router.get('/g')\ndef g(it: Mine):\n    return it\n\n\n@router.get('/health')\ndef health():\n    return 1\n\n\n@router.get(path='/health')\ndef named():\n    return 1\n",
        )],
        &[],
    )
    .with(REQUIRE),
    Example::new(
        &[(
            "test_api.py",
            "from unittest import mock\n\n\n@mock.patch('shop.api.x')\ndef test_x(x):\n    assert x\n\n\nclass Cache:\n    @property\n    def get(self):\n        return self\n\n\ndef fetch(client):\n    '''@router.get('/x')'''\n    return client.get('/orders')\n",
        )],
        &[],
    )
    .with(REQUIRE),
];

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Dotted names of dependencies, annotated types and decorators of which a handler
    /// has to have one.
    require: Vec<String>,
    /// Paths of routes that need none, as they are written in the decorator.
    public: Vec<String>,
    /// The methods of an application or router that make a route.
    methods: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let methods = [
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "route",
            "api_route",
            "websocket",
        ];
        Self {
            require: Vec::new(),
            public: Vec::new(),
            methods: methods.map(str::to_owned).to_vec(),
        }
    }
}

/// What makes applications and routers, by the end of its name.
const ROUTERS: [&str; 7] = [
    "APIRouter",
    "Blueprint",
    "FastAPI",
    "Flask",
    "Quart",
    "Router",
    "Sanic",
];

/// How deep a dependency is looked for.
const FOLLOWED: u8 = 8;

struct EndpointAuth {
    params: Params,
    require: DottedSet,
}

impl FileCheck for EndpointAuth {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        for at in &module.index.statements {
            let Stmt::FunctionDef(function) = at.node else {
                continue;
            };
            let routes: Vec<Route<'_>> = function
                .decorator_list
                .iter()
                .filter_map(|decorator| self.route(module, decorator, at.scope))
                .collect();
            let open = routes.iter().any(|route| !self.is_public(route));
            if !open || self.is_guarded(module, function, at) {
                continue;
            }
            let guarded = routes
                .iter()
                .all(|route| self.is_public(route) || self.router_guards(module, route, at.scope));
            if guarded {
                continue;
            }
            let message = format!("`{}` serves a route without authentication", function.name);
            found.range(function.name.range(), message).help(format!(
                "it needs one of {}",
                self.params.require.join(", ")
            ));
        }
    }
}

/// A decorator that makes a route.
struct Route<'a> {
    call: &'a ExprCall,
    router: &'a Expr,
}

impl EndpointAuth {
    fn route<'a>(
        &self,
        module: &Module<'a>,
        decorator: &'a Decorator,
        scope: ScopeId,
    ) -> Option<Route<'a>> {
        let Expr::Call(call) = &decorator.expression else {
            return None;
        };
        let Expr::Attribute(attribute) = &*call.func else {
            return None;
        };
        let method = attribute.attr.as_str();
        if !self.params.methods.iter().any(|known| known == method) {
            return None;
        }
        let router = &*attribute.value;
        let first = path(call);
        let is_path = first.is_some_and(|first| {
            matches!(first, Expr::StringLiteral(text) if text.value.is_empty() || text.value.to_str().starts_with('/'))
        });
        let is_route = is_path || made_by(module, router, scope).is_some_and(is_router);
        is_route.then_some(Route { call, router })
    }

    fn is_public(&self, route: &Route<'_>) -> bool {
        matches!(path(route.call), Some(Expr::StringLiteral(text)) if self.params.public.iter().any(|it| it == text.value.to_str()))
    }

    fn is_guarded<'a>(
        &self,
        module: &Module<'a>,
        function: &'a StmtFunctionDef,
        at: &StatementAt<'a>,
    ) -> bool {
        let scope = at.scope;
        function.decorator_list.iter().any(|decorator| {
            let expr = &decorator.expression;
            let named = match expr {
                Expr::Call(call) => &call.func,
                other => other,
            };
            self.names(module, named, scope) || self.mentions(module, expr, scope, FOLLOWED)
        }) || function.parameters.iter().any(|parameter| {
            let annotated = parameter.annotation().is_some_and(|it| {
                self.names(module, it, scope) || self.mentions(module, it, scope, FOLLOWED)
            });
            annotated
                || parameter
                    .default()
                    .is_some_and(|it| self.mentions(module, it, scope, FOLLOWED))
        })
    }

    fn router_guards<'a>(&self, module: &Module<'a>, route: &Route<'a>, scope: ScopeId) -> bool {
        made_by(module, route.router, scope)
            .is_some_and(|call| self.dependencies(module, call, scope, FOLLOWED))
    }

    fn names<'a>(&self, module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> bool {
        self.require.named(module, expr, scope).is_some()
    }

    /// Whether an expression has a dependency in it: `Depends(…)`, in a list, in
    /// `Annotated[…]`, in the arguments of a decorator, or behind the name of such a type.
    fn mentions<'a>(&self, module: &Module<'a>, expr: &'a Expr, scope: ScopeId, left: u8) -> bool {
        // A name may stand for what it is part of.
        let Some(left) = left.checked_sub(1) else {
            return false;
        };
        match expr {
            Expr::Call(call) => {
                let depends = match &*call.func {
                    Expr::Name(name) => name.id.as_str(),
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    _ => "",
                };
                if matches!(depends, "Depends" | "Security") {
                    let dependency = call.arguments.find_argument_value("dependency", 0);
                    return dependency.is_some_and(|it| self.names(module, it, scope));
                }
                self.dependencies(module, call, scope, left)
            }
            Expr::Subscript(subscript) => match &*subscript.slice {
                Expr::Tuple(tuple) => tuple
                    .elts
                    .iter()
                    .any(|it| self.mentions(module, it, scope, left)),
                one => self.mentions(module, one, scope, left),
            },
            Expr::List(list) => list
                .elts
                .iter()
                .any(|it| self.mentions(module, it, scope, left)),
            Expr::Tuple(list) => list
                .elts
                .iter()
                .any(|it| self.mentions(module, it, scope, left)),
            Expr::Name(name) => match module.scopes().meaning(name.id.as_str(), scope) {
                Meaning::Bound([only], at) => match only.kind {
                    BindingKind::Value(value @ (Expr::Subscript(_) | Expr::List(_))) => {
                        self.mentions(module, value, at, left)
                    }
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
    }

    fn dependencies<'a>(
        &self,
        module: &Module<'a>,
        call: &'a ExprCall,
        scope: ScopeId,
        left: u8,
    ) -> bool {
        let given = call.arguments.find_keyword("dependencies");
        given.is_some_and(|given| self.mentions(module, &given.value, scope, left))
    }
}

/// Where a route is served.
fn path(call: &ExprCall) -> Option<&Expr> {
    let named = ["path", "rule"].into_iter();
    let mut named = named.filter_map(|name| call.arguments.find_keyword(name));
    let named = named.next().map(|keyword| &keyword.value);
    named.or(call.arguments.args.first())
}

/// The call that made what a name stands for.
fn made_by<'a>(module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> Option<&'a ExprCall> {
    let Expr::Name(name) = expr else { return None };
    match module.scopes().meaning(name.id.as_str(), scope) {
        Meaning::Bound([only], _) => match only.kind {
            BindingKind::Value(Expr::Call(call)) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

fn is_router(call: &ExprCall) -> bool {
    let name = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    ROUTERS.contains(&name)
}
