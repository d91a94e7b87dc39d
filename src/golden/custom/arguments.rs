//! What a call is given: the `with` and `without` of a rule. Pure.
//!
//! `timeout` is a keyword, `0` a position, `acks_late=True` a keyword with that value,
//! `f-string` a string with places to fill in, `Depends(shop.auth.user)` a call with that
//! first argument anywhere in a decorator or in the signature below it.

use ruff_python_ast::{Arguments, Expr, Operator, Parameters};
use ruff_python_stdlib::identifiers::is_identifier;

use crate::golden::dotted::{Dotted, DottedSet};
use crate::golden::module::{BindingKind, Meaning, Module, ScopeId};

/// One argument that is looked for.
#[derive(Debug)]
enum Argument {
    Keyword(String),
    Value(String, String),
    Position(usize),
    FString,
    Call(DottedSet, Option<DottedSet>),
}

/// Several, of which one is enough.
#[derive(Debug, Default)]
pub(super) struct Wanted(Vec<Argument>);

/// Where arguments are looked for.
pub(super) struct Place<'m, 'a> {
    pub(super) module: &'m Module<'a>,
    pub(super) scope: ScopeId,
    pub(super) arguments: Option<&'a Arguments>,
    pub(super) parameters: Option<&'a Parameters>,
}

impl Wanted {
    /// Reads a list; an error says which is none.
    pub(super) fn read(texts: &[String]) -> Result<Self, String> {
        let read: Result<_, _> = texts.iter().map(|text| Argument::read(text)).collect();
        read.map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one is there. `unknown` is what is said of arguments that `*` and `**`
    /// bring.
    pub(super) fn found(&self, place: &Place<'_, '_>, unknown: bool) -> bool {
        self.0.iter().any(|one| one.found(place, unknown))
    }
}

impl Argument {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no argument: say a keyword, a position, `name=value`, `f-string` or \
                 `call(name)`"
            )
        };
        if let Ok(position) = text.parse() {
            return Ok(Self::Position(position));
        }
        if text == "f-string" {
            return Ok(Self::FString);
        }
        if let Some((callee, argument)) =
            text.strip_suffix(')').and_then(|text| text.split_once('('))
        {
            let argument = argument.trim();
            let argument = (!argument.is_empty()).then(|| end(argument)).transpose()?;
            return Ok(Self::Call(end(callee.trim())?, argument));
        }
        match text.split_once('=') {
            Some((name, value)) if is_identifier(name.trim()) => {
                Ok(Self::Value(name.trim().to_owned(), value.trim().to_owned()))
            }
            None if is_identifier(text) => Ok(Self::Keyword(text.to_owned())),
            _ => Err(wrong()),
        }
    }

    fn found(&self, place: &Place<'_, '_>, unknown: bool) -> bool {
        let Place {
            module,
            scope,
            arguments,
            ..
        } = *place;
        let keywords = || arguments.into_iter().flat_map(|it| it.keywords.iter());
        let spread = || unknown && keywords().any(|keyword| keyword.arg.is_none());
        match self {
            Self::Keyword(name) => {
                keywords()
                    .any(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == name.as_str()))
                    || spread()
            }
            Self::Value(name, value) => {
                keywords().any(|keyword| {
                    keyword.arg.as_ref().is_some_and(|arg| arg == name.as_str())
                        && module.text_of(&keyword.value) == value
                }) || spread()
            }
            Self::Position(position) => arguments.is_some_and(|arguments| {
                let starred = arguments.args.iter().position(Expr::is_starred_expr);
                match starred {
                    Some(at) if at <= *position => unknown,
                    _ => arguments.args.len() > *position,
                }
            }),
            Self::FString => arguments.is_some_and(|arguments| {
                arguments.args.iter().any(|it| is_filled(module, it, scope))
                    || keywords().any(|keyword| is_filled(module, &keyword.value, scope))
            }),
            Self::Call(callee, first) => place.expressions().any(|expr| {
                holds(expr, &mut |call| {
                    let named = callee.named(module, &call.func, scope).is_some();
                    named
                        && first.as_ref().is_none_or(|first| {
                            let given = call.arguments.args.first().or_else(|| {
                                call.arguments
                                    .keywords
                                    .first()
                                    .map(|keyword| &keyword.value)
                            });
                            given.is_some_and(|it| first.named(module, it, scope).is_some())
                        })
                })
            }),
        }
    }
}

impl<'a> Place<'_, 'a> {
    /// All expressions that are given: arguments, and the defaults and annotations of a
    /// signature.
    fn expressions(&self) -> impl Iterator<Item = &'a Expr> {
        let arguments = self.arguments.into_iter().flat_map(|arguments| {
            let keywords = arguments.keywords.iter().map(|keyword| &keyword.value);
            arguments.args.iter().chain(keywords)
        });
        let parameters = self.parameters.into_iter().flat_map(|parameters| {
            parameters.iter().flat_map(|parameter| {
                parameter
                    .annotation()
                    .into_iter()
                    .chain(parameter.default())
            })
        });
        arguments.chain(parameters)
    }
}

/// A name that is meant by its end where it has no dot: `Depends` is `fastapi.Depends`.
fn end(name: &str) -> Result<DottedSet, String> {
    if name.contains('.') {
        return DottedSet::read(&[name]);
    }
    Dotted::read(name)?;
    DottedSet::read(&[name.to_owned(), format!("*.{name}")])
}

/// Whether a string has places that are filled in, also behind a name that is bound to it.
fn is_filled<'a>(module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> bool {
    match expr {
        Expr::FString(text) => text
            .value
            .elements()
            .any(|it| it.as_interpolation().is_some()),
        Expr::BinOp(operation) if operation.op == Operator::Add => {
            // Parts of one text may be joined.
            let sides = [&operation.left, &operation.right];
            sides
                .iter()
                .any(|side| matches!(&***side, Expr::FString(_)) && is_filled(module, side, scope))
        }
        Expr::Name(name) => match module.scopes().meaning(name.id.as_str(), scope) {
            Meaning::Bound([only], at) => match only.kind {
                BindingKind::Value(value @ Expr::FString(_)) => is_filled(module, value, at),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether an expression is or holds a call of which something is true.
fn holds<'a>(
    expr: &'a Expr,
    is_it: &mut impl FnMut(&'a ruff_python_ast::ExprCall) -> bool,
) -> bool {
    match expr {
        Expr::Call(call) => {
            is_it(call)
                || call.arguments.args.iter().any(|it| holds(it, is_it))
                || call
                    .arguments
                    .keywords
                    .iter()
                    .any(|keyword| holds(&keyword.value, is_it))
        }
        Expr::Subscript(subscript) => holds(&subscript.slice, is_it),
        Expr::List(list) => list.elts.iter().any(|it| holds(it, is_it)),
        Expr::Tuple(tuple) => tuple.elts.iter().any(|it| holds(it, is_it)),
        Expr::BinOp(operation) => holds(&operation.left, is_it) || holds(&operation.right, is_it),
        _ => false,
    }
}
