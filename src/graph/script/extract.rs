//! The imports of a script, from its syntax tree.
//!
//! Pure.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    ArrowFunctionBody, CallExpression, ConditionalExpression, DoWhileStatement,
    ExportAllDeclaration, ExportFromDeclaration, Expression, ForInStatement, ForOfStatement,
    ForStatement, FormalParameters, FunctionBody, IfStatement, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, LogicalExpression, PropertyDefinition,
    SwitchStatement, TSExternalModuleDeclaration, TSImportEqualsDeclaration, TSImportType,
    TSModuleReference, TryStatement, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::GetSpan;
use ruff_text_size::TextSize;

use super::depth::{BASE, LEVEL, depth};
use super::dialect::Dialect;
use crate::graph::extract::Place;
use crate::graph::facts::{Alias, Facts, Import, Problem, Reading};
use crate::graph::lines::Lines;

/// Extracts the imports of a file: static ones, what is exported from elsewhere,
/// `import()` and `require` of a literal, and the types that are imported.
///
/// An import of types (`import type`, or where each name has a `type` before it), and each
/// in a file of declarations, is of the kind that never runs. A file with an error of
/// syntax has no facts.
pub fn facts(bytes: &[u8], dialect: Dialect) -> Reading {
    let text = str::from_utf8(bytes).map_err(|_| Problem::Unreadable("is not UTF-8".to_owned()))?;
    let levels = depth(text, dialect).ok_or(Problem::TooDeep)?;
    let needed = levels * LEVEL + BASE;
    stacker::maybe_grow(needed, needed + BASE, || parsed(text, dialect))
}

fn parsed(text: &str, dialect: Dialect) -> Reading {
    let allocator = Allocator::default();
    let options = ParseOptions {
        // In CommonJS a file is the body of a function.
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, text, dialect.source())
        .with_options(options)
        .parse();
    let mut lines = Lines::of(text, &[]);
    if let Some(error) = parsed.diagnostics.into_iter().next() {
        let at = error
            .labels
            .first()
            .map_or(0, oxc_span::LabeledSpan::offset);
        return Err(Problem::Syntax {
            at: lines.spot(TextSize::new(at)),
            message: error.message.to_string(),
        });
    }
    let mut extraction = Extraction {
        text,
        lines,
        place: Place {
            typing: dialect == Dialect::Declaration,
            ..Place::default()
        },
        runs_now: None,
        imports: Vec::new(),
    };
    extraction.visit_program(&parsed.program);
    let mut imports = extraction.imports;
    imports.sort_by_key(|import| (import.at, import.names[0].at));
    Ok(Facts {
        imports,
        ..Facts::default()
    })
}

struct Extraction<'t> {
    text: &'t str,
    lines: Lines<'t>,
    place: Place,
    /// Where the body begins of the function that is called where it is written.
    runs_now: Option<u32>,
    imports: Vec<Import>,
}

impl Extraction<'_> {
    /// One import: where its statement begins, where its specifier stands, and what that is.
    fn add(&mut self, at: u32, literal: u32, specifier: &str, typing: bool) {
        let place = Place {
            typing: self.place.typing || typing,
            ..self.place
        };
        self.imports.push(Import {
            at: self.lines.spot(TextSize::new(at)),
            kind: place.kind(),
            binds: place.is_top(),
            from: None,
            names: vec![Alias {
                at: self.lines.spot(TextSize::new(literal)),
                name: specifier.to_owned(),
                alias: None,
            }],
        });
    }

    /// Goes on in a place of its own.
    fn within(&mut self, change: impl FnOnce(&mut Place), walk: impl FnOnce(&mut Self)) {
        let before = self.place;
        change(&mut self.place);
        walk(self);
        self.place = before;
    }

    fn conditional(&mut self, walk: impl FnOnce(&mut Self)) {
        self.within(|place| place.conditional = true, walk);
    }

    /// The body of a function: what is called at once runs where it stands.
    fn called(&mut self, start: u32, walk: impl FnOnce(&mut Self)) {
        if self.runs_now.take_if(|at| *at == start).is_some() {
            walk(self);
        } else {
            self.within(|place| place.function = true, walk);
        }
    }

    /// Whether a condition asks if the file itself is run.
    fn asks_for_main(&self, test: &Expression<'_>) -> bool {
        let span = test.span();
        let written = self.text.get(span.start as usize..span.end as usize);
        let test: String = written.unwrap_or_default().split_whitespace().collect();
        matches!(
            test.as_str(),
            "import.meta.main"
                | "require.main===module"
                | "require.main==module"
                | "module===require.main"
                | "module==require.main"
        )
    }
}

/// The text of a literal, and where it begins.
fn literal<'e>(expression: &'e Expression<'_>) -> Option<(&'e str, u32)> {
    match expression {
        Expression::StringLiteral(literal) => Some((literal.value.as_str(), literal.span.start)),
        Expression::TemplateLiteral(template) if template.is_no_substitution_template() => {
            let cooked = template.quasis[0].value.cooked.as_ref()?;
            Some((cooked.as_str(), template.span.start))
        }
        _ => None,
    }
}

impl<'a> Visit<'a> for Extraction<'_> {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let each_is_type = it.specifiers.as_ref().is_some_and(|all| {
            !all.is_empty()
                && all.iter().all(|one| {
                    matches!(one, ImportDeclarationSpecifier::ImportSpecifier(one)
                        if one.import_kind.is_type())
                })
        });
        let typing = it.import_kind.is_type() || each_is_type;
        let source = &it.source;
        self.add(it.span.start, source.span.start, &source.value, typing);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        let mut each = it.specifiers.iter();
        let each_is_type = !it.specifiers.is_empty() && each.all(|one| one.export_kind.is_type());
        let typing = it.export_kind.is_type() || each_is_type;
        let source = &it.source;
        self.add(it.span.start, source.span.start, &source.value, typing);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        let source = &it.source;
        let typing = it.export_kind.is_type();
        self.add(it.span.start, source.span.start, &source.value, typing);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(reference) = &it.module_reference {
            let source = &reference.expression;
            let typing = it.import_kind.is_type();
            self.add(it.span.start, source.span.start, &source.value, typing);
        }
    }

    fn visit_ts_import_type(&mut self, it: &TSImportType<'a>) {
        self.add(it.span.start, it.source.span.start, &it.source.value, true);
        walk::walk_ts_import_type(self, it);
    }

    fn visit_ts_external_module_declaration(&mut self, it: &TSExternalModuleDeclaration<'a>) {
        self.within(
            |place| place.typing = true,
            |this| walk::walk_ts_external_module_declaration(this, it),
        );
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Some((specifier, at)) = literal(&it.source) {
            self.add(it.span.start, at, specifier, false);
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if it.callee.is_specific_id("require")
            && let Some(argument) = it.arguments.first().and_then(|one| one.as_expression())
            && let Some((specifier, at)) = literal(argument)
        {
            self.add(it.span.start, at, specifier, false);
        }
        self.runs_now = match it.callee.without_parentheses() {
            Expression::FunctionExpression(it) => it.body.as_ref().map(|it| it.span.start),
            Expression::ArrowFunctionExpression(it) => Some(it.body.span().start),
            _ => None,
        };
        walk::walk_call_expression(self, it);
    }

    fn visit_function_body(&mut self, it: &FunctionBody<'a>) {
        self.called(it.span.start, |this| walk::walk_function_body(this, it));
    }

    fn visit_arrow_function_body(&mut self, it: &ArrowFunctionBody<'a>) {
        if matches!(it, ArrowFunctionBody::FunctionBody(_)) {
            return walk::walk_arrow_function_body(self, it);
        }
        self.called(it.span().start, |this| {
            walk::walk_arrow_function_body(this, it);
        });
    }

    fn visit_formal_parameters(&mut self, it: &FormalParameters<'a>) {
        self.within(
            |place| place.function = true,
            |this| walk::walk_formal_parameters(this, it),
        );
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        let fixed = it.r#static;
        self.within(
            |place| {
                place.class = true;
                place.function |= !fixed;
            },
            |this| walk::walk_property_definition(this, it),
        );
    }

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.visit_expression(&it.test);
        let main = self.asks_for_main(&it.test);
        let change = |place: &mut Place| {
            place.main |= main;
            place.conditional |= !main;
        };
        self.within(change, |this| this.visit_statement(&it.consequent));
        if let Some(alternate) = &it.alternate {
            self.conditional(|this| this.visit_statement(alternate));
        }
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.visit_expression(&it.test);
        self.conditional(|this| {
            this.visit_expression(&it.consequent);
            this.visit_expression(&it.alternate);
        });
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.visit_expression(&it.left);
        self.conditional(|this| this.visit_expression(&it.right));
    }

    fn visit_switch_statement(&mut self, it: &SwitchStatement<'a>) {
        self.visit_expression(&it.discriminant);
        self.conditional(|this| {
            for case in &it.cases {
                this.visit_switch_case(case);
            }
        });
    }

    fn visit_while_statement(&mut self, it: &WhileStatement<'a>) {
        self.conditional(|this| walk::walk_while_statement(this, it));
    }

    fn visit_do_while_statement(&mut self, it: &DoWhileStatement<'a>) {
        self.conditional(|this| walk::walk_do_while_statement(this, it));
    }

    fn visit_for_statement(&mut self, it: &ForStatement<'a>) {
        self.conditional(|this| walk::walk_for_statement(this, it));
    }

    fn visit_for_in_statement(&mut self, it: &ForInStatement<'a>) {
        self.conditional(|this| walk::walk_for_in_statement(this, it));
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.conditional(|this| walk::walk_for_of_statement(this, it));
    }

    /// A `catch` catches whatever an import throws.
    fn visit_try_statement(&mut self, it: &TryStatement<'a>) {
        let caught = it.handler.is_some();
        let change = |place: &mut Place| {
            place.optional |= caught;
            place.conditional |= !caught;
        };
        self.within(change, |this| {
            this.visit_block_statement(&it.block);
            if let Some(handler) = &it.handler {
                this.visit_catch_clause(handler);
            }
        });
        if let Some(finalizer) = &it.finalizer {
            self.visit_block_statement(finalizer);
        }
    }
}
