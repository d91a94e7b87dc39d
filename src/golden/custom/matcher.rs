//! Finds what a rule of the repository looks for. Pure.

use globset::{Glob, GlobSet, GlobSetBuilder};
use ruff_python_ast::{Decorator, Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::arguments::{Place, Wanted};
use super::comments::comments;
use super::shape::Shape;
use super::within::{Within, filled};
use super::{CustomRule, What};
use crate::golden::dotted::{DottedSet, written};
use crate::golden::found::{Edit, Found};
use crate::golden::introduce::introduce;
use crate::golden::module::{At, ImportAt, Module, ScopeId};
use crate::golden::rename::{Sites, rename};
use crate::golden::rule::{FileCheck, Remedy};

/// A rule, ready to look at modules.
pub(super) struct Matcher {
    rule: CustomRule,
    within: Within,
    target: Target,
    /// As far as they need no name of a path.
    allow: DottedSet,
    /// Those that do.
    allow_named: Vec<String>,
    with: Wanted,
    without: Wanted,
}

enum Target {
    Names(DottedSet),
    /// Names of definitions, or words of comments and globs that words must not be.
    Words(GlobSet, GlobSet),
    Shape(Shape),
}

/// A match.
struct Match {
    range: TextRange,
    fix: Option<Result<(String, Vec<Edit>), String>>,
}

impl Matcher {
    pub(super) fn new(rule: &CustomRule) -> Result<Self, String> {
        let comment = rule.what == What::Comment;
        let target = match rule.what {
            What::Define => Target::Words(globs(&rule.names)?, globs(&rule.allow)?),
            What::Comment => Target::Words(globs(&rule.names)?, globs(&rule.without)?),
            What::Pattern => {
                let pattern = rule.names.first().map_or("", String::as_str);
                Target::Shape(Shape::read(pattern, rule.replacement.as_deref())?)
            }
            _ => Target::Names(DottedSet::read(&rule.names)?),
        };
        let names = !matches!(rule.what, What::Define);
        let (named, plain): (Vec<String>, Vec<String>) = rule
            .allow
            .iter()
            .filter(|_| names)
            .cloned()
            .partition(|name| name.contains('<'));
        if let (Some(replacement), true) = (&rule.replacement, rule.what != What::Pattern) {
            DottedSet::read(&[replacement]).map_err(|error| format!("use: {error}"))?;
        }
        Ok(Self {
            rule: rule.clone(),
            within: Within::new(&rule.within, &rule.except)?,
            target,
            allow: DottedSet::read(&plain)?,
            allow_named: named,
            with: Wanted::read(&rule.with)?,
            without: if comment {
                Wanted::default()
            } else {
                Wanted::read(&rule.without)?
            },
        })
    }

    /// Reports what is wrong in a module, wherever it lies.
    pub(super) fn judge(&self, module: &Module<'_>, found: &mut Found) {
        let matches = self.matches(module);
        if self.rule.required {
            if matches.is_empty() {
                let first = module.parsed.suite().first();
                let head = first.map_or_else(TextSize::default, Ranged::start);
                found.range(TextRange::empty(head), &*self.rule.message);
            }
            return;
        }
        for one in matches {
            let draft = found.range(one.range, &*self.rule.message);
            match one.fix {
                Some(Ok((title, edits))) => {
                    draft.fix(Remedy::Suggest, title, edits);
                }
                Some(Err(reason)) => {
                    let name = self.rule.replacement.as_deref().unwrap_or_default();
                    draft.help(format!("use `{name}`; no patch: {reason}"));
                }
                None => {}
            }
        }
    }

    fn matches(&self, module: &Module<'_>) -> Vec<Match> {
        let allow = self.allowed(module);
        let sight = Sight {
            matcher: self,
            module,
            allow: &allow,
        };
        match (&self.target, self.rule.what) {
            (Target::Names(names), What::Call) => sight.calls(names),
            (Target::Names(names), What::Import) => sight.imports(names),
            (Target::Names(names), What::Mention) => sight.mentions(names),
            (Target::Names(names), What::Decorate) => sight.decorators(names),
            (Target::Names(names), What::Inherit) => sight.bases(names),
            (Target::Words(names, but), What::Define) => sight.definitions(names, but),
            (Target::Words(words, without), _) => {
                let found = comments(module, words, without).into_iter();
                found.map(|range| Match { range, fix: None }).collect()
            }
            (Target::Shape(shape), _) => sight.shapes(shape),
            (Target::Names(_), _) => Vec::new(),
        }
    }

    /// The names that are fine here.
    fn allowed(&self, module: &Module<'_>) -> Vec<DottedSet> {
        let mut allow = vec![self.allow.clone()];
        if !self.allow_named.is_empty() {
            let named = self.within.named(&module.station.path);
            // A component that cannot be part of a name allows nothing.
            let read = |name: &String| DottedSet::read(&[filled(name, &named)]).ok();
            allow.extend(self.allow_named.iter().filter_map(read));
        }
        allow
    }
}

impl FileCheck for Matcher {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        if self.within.has(&module.station.path) {
            self.judge(module, found);
        }
    }
}

struct Sight<'s, 'm, 'a> {
    matcher: &'s Matcher,
    module: &'m Module<'a>,
    allow: &'s [DottedSet],
}

impl<'a> Sight<'_, '_, 'a> {
    fn named(&self, names: &DottedSet, expr: &'a Expr, scope: ScopeId) -> bool {
        names.named(self.module, expr, scope).is_some()
            && !self
                .allow
                .iter()
                .any(|allow| allow.named(self.module, expr, scope).is_some())
    }

    fn calls(&self, names: &DottedSet) -> Vec<Match> {
        let calls = self.module.index.calls.iter();
        let found = calls.filter(|at| {
            self.named(names, &at.node.func, at.scope)
                && self.given(&Place {
                    module: self.module,
                    scope: at.scope,
                    arguments: Some(&at.node.arguments),
                    parameters: None,
                })
        });
        let one = |at: &At<'a, ExprCall>| Match {
            range: at.node.range(),
            fix: self.replaced(at.node.func.range(), at.scope),
        };
        found.map(one).collect()
    }

    /// Whether the arguments are those that a rule is about.
    fn given(&self, place: &Place<'_, 'a>) -> bool {
        let Matcher { with, without, .. } = self.matcher;
        (with.is_empty() || with.found(place, false)) && !without.found(place, true)
    }

    fn imports(&self, names: &DottedSet) -> Vec<Match> {
        let to = self.matcher.rule.replacement.as_deref();
        let found = self.module.index.imports.iter();
        let found = found.filter(|import| self.is_found(names, import));
        let one = |import: &ImportAt<'a>| Match {
            range: import.alias.range(),
            fix: to.map(|to| self.moved(names, import, to)),
        };
        found.map(one).collect()
    }

    fn is_found(&self, names: &DottedSet, import: &ImportAt<'a>) -> bool {
        let covers = |names: &DottedSet| names.covers(&import.path).is_some();
        covers(names) && !self.allow.iter().any(covers)
    }

    /// The import of another module, or of another symbol, for one that a rule names.
    fn moved(
        &self,
        names: &DottedSet,
        import: &ImportAt<'a>,
        to: &str,
    ) -> Result<(String, Vec<Edit>), String> {
        let title = format!("Import `{to}`");
        if import.from && names.is(&import.path).is_some() {
            let sites = Sites::of(self.module, &import.path);
            let edits = rename(self.module, &import.path, to, &sites)?;
            return Ok((title, edits));
        }
        if self.module.is_in(to) {
            return Err(format!("this module is, or is part of, `{to}`"));
        }
        match self.module.index.statement(import.statement).node {
            Stmt::ImportFrom(from) if from.level == 0 && names.is(&import.module).is_some() => {
                let name = from.module.as_ref().ok_or("it has no module")?;
                let mut others = self.module.index.imports.iter();
                if others.any(|it| it.statement == import.statement && !self.is_found(names, it)) {
                    return Err("something else is imported with it".to_owned());
                }
                Ok((title, vec![Edit::replace(name.range(), to)]))
            }
            Stmt::Import(_)
                if import.alias.asname.is_some() && names.is(&import.path).is_some() =>
            {
                Ok((title, vec![Edit::replace(import.alias.name.range(), to)]))
            }
            _ => Err("its uses would have to change".to_owned()),
        }
    }

    fn mentions(&self, names: &DottedSet) -> Vec<Match> {
        let (module, index) = (self.module, &self.module.index);
        let mut matches = Vec::new();
        for at in &index.names {
            let name = at.node.id.as_str();
            let path = module.scopes().named(name, at.scope);
            if self.meant(names, path.as_ref(), &|| Some(vec![name])) {
                matches.push(self.mention(at.node.range(), at.scope, true));
            }
        }
        for at in &index.attributes {
            let attribute = at.node.attr.as_str();
            let member = |mut path: Vec<&'a str>| {
                path.push(attribute);
                path
            };
            let path = module.qualified(&at.node.value, at.scope).map(member);
            if self.meant(names, path.as_ref(), &|| {
                written(&at.node.value).map(member)
            }) {
                matches.push(self.mention(at.node.range(), at.scope, at.node.ctx.is_load()));
            }
        }
        matches
    }

    fn mention(&self, range: TextRange, scope: ScopeId, is_read: bool) -> Match {
        let fix = self.replaced(range, scope).filter(|_| is_read);
        Match { range, fix }
    }

    fn meant(
        &self,
        names: &DottedSet,
        path: Option<&Vec<&'a str>>,
        written: &dyn Fn() -> Option<Vec<&'a str>>,
    ) -> bool {
        let is_one = |names: &DottedSet| names.meant(path.cloned(), written).is_some();
        is_one(names) && !self.allow.iter().any(is_one)
    }

    fn decorators(&self, names: &DottedSet) -> Vec<Match> {
        let mut matches = Vec::new();
        for at in &self.module.index.statements {
            let (decorators, parameters): (&[Decorator], _) = match at.node {
                Stmt::FunctionDef(function) => {
                    (&function.decorator_list, Some(&*function.parameters))
                }
                Stmt::ClassDef(class) => (&class.decorator_list, None),
                _ => continue,
            };
            for decorator in decorators {
                let (named, arguments) = match &decorator.expression {
                    Expr::Call(call) => (&*call.func, Some(&call.arguments)),
                    other => (other, None),
                };
                let place = Place {
                    module: self.module,
                    scope: at.scope,
                    arguments,
                    parameters,
                };
                if self.named(names, named, at.scope) && self.given(&place) {
                    matches.push(Match {
                        range: decorator.expression.range(),
                        fix: self.replaced(named.range(), at.scope),
                    });
                }
            }
        }
        matches
    }

    fn bases(&self, names: &DottedSet) -> Vec<Match> {
        let mut matches = Vec::new();
        for at in &self.module.index.statements {
            let Stmt::ClassDef(class) = at.node else {
                continue;
            };
            for base in class.bases() {
                // `Base[int]` derives from `Base`.
                let named = match base {
                    Expr::Subscript(subscript) => &*subscript.value,
                    other => other,
                };
                if self.named(names, named, at.scope) {
                    matches.push(Match {
                        range: base.range(),
                        fix: self.replaced(named.range(), at.scope),
                    });
                }
            }
        }
        matches
    }

    fn definitions(&self, names: &GlobSet, but: &GlobSet) -> Vec<Match> {
        let mut matches = Vec::new();
        for at in &self.module.index.statements {
            let (name, arguments, parameters) = match at.node {
                Stmt::FunctionDef(function) => (&function.name, None, Some(&*function.parameters)),
                Stmt::ClassDef(class) => (&class.name, class.arguments.as_deref(), None),
                _ => continue,
            };
            let place = Place {
                module: self.module,
                scope: at.scope,
                arguments,
                parameters,
            };
            let is_it = names.is_match(name.as_str()) && !but.is_match(name.as_str());
            if is_it && self.given(&place) {
                matches.push(Match {
                    range: name.range(),
                    fix: None,
                });
            }
        }
        matches
    }

    fn shapes(&self, shape: &Shape) -> Vec<Match> {
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
        let range =
            |range: std::ops::Range<usize>| TextRange::new(size(range.start), size(range.end));
        let shaped = shape.find(self.module.text).into_iter();
        let one = |one: super::shape::Shaped| Match {
            range: range(one.range),
            fix: one.replacement.map(|(place, text)| {
                let title = format!("Write `{}`", text.lines().next().unwrap_or_default());
                Ok((title, vec![Edit::replace(range(place), text)]))
            }),
        };
        shaped.map(one).collect()
    }

    /// What stands in the place of an expression, if a rule says it.
    fn replaced(
        &self,
        range: TextRange,
        scope: ScopeId,
    ) -> Option<Result<(String, Vec<Edit>), String>> {
        let to = self.matcher.rule.replacement.as_deref()?;
        Some(
            introduce(self.module, to, scope).map(|(written, mut edits)| {
                edits.push(Edit::replace(range, written));
                (format!("Use `{to}`"), edits)
            }),
        )
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    set.build().map_err(|error| error.to_string())
}
