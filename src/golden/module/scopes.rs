//! Scopes and bindings, and what a name means where it is used. Pure.
//!
//! The analysis is one of names, not of flow: every binding of a scope counts for the
//! whole scope, as the compiler itself decides which names are local. A name with
//! several meanings has none, except that of an import whose other bindings are what
//! stands in for it when it fails.

use ruff_python_ast::{Expr, Stmt};
use ruff_python_stdlib::builtins::is_python_builtin;
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

/// The newest minor version of Python 3 whose builtins are known.
const NEWEST: u8 = 14;
/// How many assignments of one name to another are followed.
const FOLLOWED: u8 = 4;

/// A scope's number; 0 is the module.
pub type ScopeId = u32;

/// What opens a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// The module.
    Module,
    /// A class body, which nested functions do not see.
    Class,
    /// The type parameters of a function, a class or an alias.
    TypeParameters,
    /// A function.
    Function {
        /// Whether it is `async def`.
        is_async: bool,
    },
    /// A lambda.
    Lambda,
    /// A comprehension or a generator.
    Comprehension,
}

/// One scope.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What opened it.
    pub kind: ScopeKind,
    /// The scope around it; the module has none.
    pub parent: Option<ScopeId>,
    /// The function or class that it belongs to, for a name.
    pub owner: Option<&'a Stmt>,
    names: FxHashMap<&'a str, Vec<Binding<'a>>>,
    globals: FxHashSet<&'a str>,
    nonlocals: FxHashSet<&'a str>,
}

/// How a name came to be bound.
#[derive(Debug, Clone)]
pub struct Binding<'a> {
    /// What it is bound to.
    pub kind: BindingKind<'a>,
    /// Where.
    pub range: TextRange,
    /// Whether it stands in the handler of an import that failed, or beside it.
    pub stand_in: bool,
}

/// What a name is bound to.
#[derive(Debug, Clone)]
pub enum BindingKind<'a> {
    /// A module or a member of one, by its dotted path.
    Import(Qualified<'a>),
    /// A function or a class.
    Definition(&'a Stmt),
    /// The value of a plain assignment.
    Value(&'a Expr),
    /// A parameter.
    Parameter,
    /// Anything else that binds.
    Other,
}

/// A dotted path: `["time", "sleep"]`. Builtins begin with `builtins`; a relative import
/// whose package is not known begins with its dots.
pub type Qualified<'a> = Vec<&'a str>;

/// What a name means somewhere.
#[derive(Debug, Clone, Copy)]
pub enum Meaning<'s, 'a> {
    /// These bindings of that scope.
    Bound(&'s [Binding<'a>], ScopeId),
    /// The builtin.
    Builtin,
    /// Nothing that is bound here; a star import may bring it.
    Unknown,
}

/// The scopes of a module.
#[derive(Debug)]
pub struct Scopes<'a> {
    all: Vec<Scope<'a>>,
    /// The module's own dotted name, for its definitions.
    module: Vec<&'a str>,
    /// Whether a star import may bind any name.
    pub has_star: bool,
}

impl<'a> Scopes<'a> {
    /// A module's scopes, still empty.
    pub(super) fn new(module: Vec<&'a str>) -> Self {
        let mut scopes = Self {
            all: Vec::new(),
            module,
            has_star: false,
        };
        scopes.open(ScopeKind::Module, None, None);
        scopes
    }

    pub(super) fn open(
        &mut self,
        kind: ScopeKind,
        parent: Option<ScopeId>,
        owner: Option<&'a Stmt>,
    ) -> ScopeId {
        self.all.push(Scope {
            kind,
            parent,
            owner,
            names: FxHashMap::default(),
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
        });
        ScopeId::try_from(self.all.len() - 1).unwrap_or(ScopeId::MAX)
    }

    pub(super) fn global(&mut self, scope: ScopeId, name: &'a str) {
        self.all[scope as usize].globals.insert(name);
    }

    pub(super) fn nonlocal(&mut self, scope: ScopeId, name: &'a str) {
        self.all[scope as usize].nonlocals.insert(name);
    }

    /// Binds a name where Python binds it: `global` names in the module.
    pub(super) fn bind(&mut self, scope: ScopeId, name: &'a str, binding: Binding<'a>) {
        let mut at = scope;
        if self.all[at as usize].globals.contains(name) {
            at = 0;
        } else if self.all[at as usize].nonlocals.contains(name) {
            let mut outer = self.all[at as usize].parent;
            while let Some(id) = outer {
                let one = &self.all[id as usize];
                if matches!(one.kind, ScopeKind::Function { .. }) && one.names.contains_key(name) {
                    break;
                }
                outer = one.parent;
            }
            at = outer.unwrap_or(at);
        }
        let bindings = self.all[at as usize].names.entry(name).or_default();
        bindings.push(binding);
    }

    /// A scope.
    pub fn get(&self, id: ScopeId) -> &Scope<'a> {
        &self.all[id as usize]
    }

    /// A scope and those around it, the innermost first.
    pub fn around(&self, id: ScopeId) -> impl Iterator<Item = (ScopeId, &Scope<'a>)> {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let id = next?;
            let scope = self.get(id);
            next = scope.parent;
            Some((id, scope))
        })
    }

    /// Whether what stands here runs in an `async def`: the innermost function around is
    /// one. A lambda's body runs wherever it is called.
    pub fn in_async(&self, id: ScopeId) -> bool {
        for (_, scope) in self.around(id) {
            match scope.kind {
                ScopeKind::Function { is_async } => return is_async,
                ScopeKind::Class | ScopeKind::Module | ScopeKind::Lambda => return false,
                ScopeKind::Comprehension | ScopeKind::TypeParameters => {}
            }
        }
        false
    }

    /// The innermost function or class around, dotted with those around it
    /// (`Order.total`); empty at the top of the module.
    pub fn symbol(&self, id: ScopeId) -> String {
        let mut parts: Vec<&str> = self
            .around(id)
            .filter_map(|(_, scope)| match scope.owner? {
                Stmt::FunctionDef(function) => Some(function.name.as_str()),
                Stmt::ClassDef(class) => Some(class.name.as_str()),
                _ => None,
            })
            .collect();
        parts.dedup();
        parts.reverse();
        parts.join(".")
    }

    /// What a name means when it is read in a scope.
    pub fn meaning(&self, name: &str, scope: ScopeId) -> Meaning<'_, 'a> {
        let mut direct = true;
        for (id, one) in self.around(scope) {
            // A class body is seen by itself alone and by type parameters in it, not by the
            // functions in it.
            let hidden = one.kind == ScopeKind::Class && !direct;
            direct &= one.kind == ScopeKind::TypeParameters;
            if hidden {
                continue;
            }
            if one.globals.contains(name) {
                return match self.all[0].names.get(name) {
                    Some(bindings) => Meaning::Bound(bindings, 0),
                    None => outside(name),
                };
            }
            if let Some(bindings) = one.names.get(name) {
                return Meaning::Bound(bindings, id);
            }
        }
        outside(name)
    }

    /// Whether a name would mean something else in this scope or one around it than it
    /// does in the module.
    pub fn is_shadowed(&self, name: &str, scope: ScopeId) -> bool {
        matches!(self.meaning(name, scope), Meaning::Bound(_, id) if id != 0)
    }

    /// Whether any scope but the module binds a name.
    pub fn is_bound_below(&self, name: &str) -> bool {
        self.all[1..]
            .iter()
            .any(|scope| scope.names.contains_key(name))
    }

    /// All bindings of a name in the scope that has one of them at a place.
    pub fn with_binding(&self, name: &str, place: TextRange) -> Option<&[Binding<'a>]> {
        let bindings = self.all.iter().filter_map(|scope| scope.names.get(name));
        bindings
            .map(Vec::as_slice)
            .find(|bindings| bindings.iter().any(|it| it.range == place))
    }

    /// The bindings of a name in the module itself.
    pub fn of_module(&self, name: &str) -> &[Binding<'a>] {
        self.all[0].names.get(name).map_or(&[], Vec::as_slice)
    }

    /// All names that the module binds, in no order.
    pub fn module_names(&self) -> impl Iterator<Item = (&'a str, &[Binding<'a>])> {
        self.all[0]
            .names
            .iter()
            .map(|(name, bindings)| (*name, bindings.as_slice()))
    }

    /// The dotted path of what an expression names, through imports, definitions of this
    /// module, and plain assignments of one name to another. `None` where it is not known.
    pub fn qualified(&self, expr: &'a Expr, scope: ScopeId) -> Option<Qualified<'a>> {
        self.follow(expr, scope, FOLLOWED)
    }

    /// The dotted path of what a name means where it is read; see [`Self::qualified`].
    pub fn named(&self, name: &'a str, scope: ScopeId) -> Option<Qualified<'a>> {
        match self.meaning(name, scope) {
            Meaning::Builtin => Some(vec!["builtins", name]),
            Meaning::Unknown => None,
            Meaning::Bound(bindings, at) => self.of_bindings(name, bindings, at, FOLLOWED),
        }
    }

    fn follow(&self, expr: &'a Expr, scope: ScopeId, left: u8) -> Option<Qualified<'a>> {
        let mut attributes = Vec::new();
        let mut inner = expr;
        while let Expr::Attribute(attribute) = inner {
            attributes.push(attribute.attr.as_str());
            inner = &attribute.value;
        }
        let Expr::Name(name) = inner else { return None };
        let mut path = match self.meaning(name.id.as_str(), scope) {
            Meaning::Builtin => vec!["builtins", name.id.as_str()],
            Meaning::Unknown => return None,
            Meaning::Bound(bindings, at) => {
                self.of_bindings(name.id.as_str(), bindings, at, left)?
            }
        };
        path.extend(attributes.into_iter().rev());
        Some(path)
    }

    fn of_bindings(
        &self,
        name: &'a str,
        bindings: &[Binding<'a>],
        scope: ScopeId,
        left: u8,
    ) -> Option<Qualified<'a>> {
        let main: Vec<&Binding<'a>> = bindings.iter().filter(|it| !it.stand_in).collect();
        let main = if main.is_empty() {
            bindings.iter().collect()
        } else {
            main
        };
        if let Some(BindingKind::Import(path)) = main.first().map(|first| &first.kind) {
            let same = |it: &&Binding<'a>| match &it.kind {
                // `import a.b` and `import a.c` both bind `a`.
                BindingKind::Import(other) => other == path,
                _ => false,
            };
            return main.iter().all(same).then(|| path.clone());
        }
        let [only] = main[..] else { return None };
        match &only.kind {
            BindingKind::Definition(_) if scope == 0 => {
                let mut path = self.module.clone();
                path.push(name);
                Some(path)
            }
            BindingKind::Value(value) if left > 0 => self.follow(value, scope, left - 1),
            _ => None,
        }
    }
}

/// What a name means that nothing here binds.
fn outside<'s, 'a>(name: &str) -> Meaning<'s, 'a> {
    if is_python_builtin(name, NEWEST, false) {
        Meaning::Builtin
    } else {
        Meaning::Unknown
    }
}
