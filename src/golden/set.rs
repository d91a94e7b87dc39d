//! The active rules, ready to look at code.
//!
//! In: a [`Config`]. Out, for a module: [`Violation`]s, each with its place, its level,
//! its enclosing symbol, what would mend it, and whether a comment suppresses it. Always:
//! a fixer edits just what was reported; a rule that cannot be prepared is an error, never
//! a rule that found nothing.

use ruff_python_index::Indexer;
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::config::{Active, Config};
use super::contracts;
use super::found::{Draft, Fix, Found};
use super::module::{Module, Station};
use super::paths::Paths;
use super::registry;
use super::rule::{Check, Given, Keep, Remedy};
use super::suppression::Suppressions;
use super::tree::{Reports, Tree};
use crate::escalation::Level;
use crate::repo::RepoPath;

/// The active rules.
#[derive(Debug)]
pub struct RuleSet {
    laws: Vec<Law>,
}

/// One active rule, of the catalogue or the repository's own.
#[derive(Debug)]
pub struct Law {
    /// `GR09`, or the id of a rule of the repository.
    pub code: String,
    /// `use-logger`, or the id.
    pub slug: String,
    /// How bad a violation is.
    pub level: Level,
    /// Whether its fix lands, where that is decided here.
    pub land: Option<bool>,
    exempt: Paths,
    /// How it looks at code; nothing where it is not applicable.
    pub checks: Vec<Check>,
}

/// Something that violates a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's code.
    pub code: String,
    /// Its slug.
    pub slug: String,
    /// How bad it is.
    pub level: Level,
    /// Where, in bytes of the text.
    pub range: TextRange,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What would mend it; [`Remedy::Safe`] if that may land here.
    pub fix: Option<Fix>,
    /// The linter's code, where the rule stands on a finding of the linter's.
    pub linter: Option<String>,
    /// The enclosing function or class, dotted.
    pub symbol: String,
    /// The reason that a comment gives for leaving it.
    pub suppressed: Option<String>,
}

/// What the rules say of a repository.
#[derive(Debug, Default)]
pub struct Judged {
    /// What violates them, by path and in the order of each text.
    pub violations: Vec<(String, Violation)>,
    /// Rules that could not judge, by code, and why.
    pub failures: Vec<(String, String)>,
}

/// A finding of the linter that a delegated rule stands on.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The linter's code.
    pub code: String,
    /// What it reports.
    pub draft: Draft,
}

impl RuleSet {
    /// Prepares the rules of a configuration; an error names the rule.
    pub fn prepare(config: &Config) -> Result<Self, String> {
        let mut laws = Vec::new();
        for active in &config.rules {
            let law = prepare(active).map_err(|error| format!("{}: {error}", active.code))?;
            laws.push(law);
        }
        for custom in &config.custom {
            let checks = custom
                .checks()
                .map_err(|error| format!("{}: {error}", custom.id))?;
            laws.push(Law {
                code: custom.id.clone(),
                slug: custom.id.clone(),
                level: custom.level,
                land: custom.land,
                exempt: Paths::default(),
                checks,
            });
        }
        Ok(Self { laws })
    }

    /// The rules, in order of code, the repository's own last.
    pub fn laws(&self) -> &[Law] {
        &self.laws
    }

    /// The linter's codes that delegated rules ask for, each once, sorted.
    pub fn linter_codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&'static str> = self
            .laws
            .iter()
            .flat_map(|law| &law.checks)
            .filter_map(|check| match check {
                Check::Linter(delegated) => Some(&delegated.codes),
                _ => None,
            })
            .flatten()
            .copied()
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Whether any rule looks at single files.
    pub fn looks_at_files(&self) -> bool {
        self.laws
            .iter()
            .flat_map(|law| &law.checks)
            .any(|check| !matches!(check, Check::Tree(_)))
            || self.laws.iter().any(|law| law.code == "GR00")
    }

    /// Whether any rule looks at the repository as a whole.
    pub fn looks_at_trees(&self) -> bool {
        let mut checks = self.laws.iter().flat_map(|law| &law.checks);
        checks.any(|check| matches!(check, Check::Tree(_)))
    }

    /// Everything that is wrong in a module, in the order of the text, with what `hits` of
    /// the linter mean.
    pub fn judge(&self, module: &Module<'_>, hits: &[Hit]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for law in &self.laws {
            if !law.looks_at(module.station) {
                continue;
            }
            for draft in law.drafts(module, hits) {
                violations.push(law.violation(module, draft));
            }
        }
        let indexer = Indexer::from_tokens(module.parsed.tokens(), module.text);
        let mut suppressions = Suppressions::read(module.text, indexer.comment_ranges());
        for violation in &mut violations {
            let lines = lines(module.text, violation.range);
            violation.suppressed = suppressions.reason(&violation.code, lines);
        }
        if let Some(law) = self.laws.iter().find(|law| law.code == "GR00") {
            // Contracts look at the repository as a whole.
            let unknown =
                |code: &str| registry::find(code).is_none() && !contracts::is_contract(code);
            let judged = |code: &str| self.judges(code) || unknown(code);
            for (range, message) in suppressions.faults(judged) {
                let draft = Draft {
                    range,
                    message,
                    help: Some("say `# golden-rule-ignore: RULE - why`, or remove it".to_owned()),
                    fix: None,
                    linter: None,
                };
                violations.push(law.violation(module, draft));
            }
        }
        violations.sort_by(|a, b| {
            let place = |it: &Violation| (it.range.start(), it.range.end());
            place(a).cmp(&place(b)).then_with(|| a.code.cmp(&b.code))
        });
        violations
    }

    /// Everything that is wrong in the repository, by path and in the order of each text,
    /// also by the contracts that other tools' files hold there.
    pub fn judge_tree(&self, tree: &Tree<'_>) -> Judged {
        let (contracts, mut failures) = contracts::read(tree);
        let mut violations = Vec::new();
        for law in self.laws.iter().chain(&contracts) {
            for check in &law.checks {
                let Check::Tree(check) = check else { continue };
                let mut reports = Reports::default();
                if let Err(error) = check.check(tree, &mut reports) {
                    // What it could judge counts all the same.
                    failures.push((law.code.clone(), error));
                }
                for (path, drafts) in reports.into_files() {
                    if law.exempt.has(&path) {
                        continue;
                    }
                    let found = law.in_file(tree, &path, drafts);
                    violations.extend(found.into_iter().map(|it| (path.clone(), it)));
                }
            }
        }
        violations.sort_by(|(path, a), (other, b)| {
            (path, a.range.start(), &a.code).cmp(&(other, b.range.start(), &b.code))
        });
        Judged {
            violations,
            failures,
        }
    }

    /// Whether a rule is active and looks at single files here.
    fn judges(&self, code: &str) -> bool {
        self.laws.iter().any(|law| {
            law.code == code
                && law
                    .checks
                    .iter()
                    .any(|check| !matches!(check, Check::Tree(_)))
        })
    }
}

impl Law {
    /// A law that no setting is about.
    pub(super) fn new(id: String, level: Level, checks: Vec<Check>) -> Self {
        Self {
            code: id.clone(),
            slug: id,
            level,
            land: None,
            exempt: Paths::default(),
            checks,
        }
    }

    /// Whether a file is not exempt.
    pub fn looks_at(&self, station: &Station) -> bool {
        !self.exempt.has(&station.path)
    }

    /// Whether it looks at the repository as a whole.
    pub fn is_of_trees(&self) -> bool {
        self.checks
            .iter()
            .any(|check| matches!(check, Check::Tree(_)))
    }

    /// Whether it has nothing to say as it is configured.
    pub fn is_silent(&self) -> bool {
        self.checks.is_empty() && self.code != "GR00"
    }

    fn drafts(&self, module: &Module<'_>, hits: &[Hit]) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for check in &self.checks {
            match check {
                Check::Linter(delegated) => {
                    for hit in hits {
                        if !delegated.codes.contains(&hit.code.as_str()) {
                            continue;
                        }
                        let mut draft = hit.draft.clone();
                        let keep = delegated
                            .refine
                            .map_or(Keep::Yes, |refine| refine(module, &hit.code, &mut draft));
                        if keep == Keep::Yes {
                            drafts.push(draft);
                        }
                    }
                }
                Check::File(check) => {
                    let mut found = Found::default();
                    check.check(module, &mut found);
                    drafts.extend(found.into_drafts());
                }
                Check::Tree(_) => {}
            }
        }
        // What several codes of the linter say of one place in the same words is said once.
        let mut said = FxHashSet::default();
        drafts.retain(|draft| said.insert((draft.range, draft.message.clone())));
        drafts
    }

    /// Drafts in a file of the repository as violations of this rule. A Python file says
    /// in which function they stand, and its comments may suppress them.
    fn in_file(&self, tree: &Tree<'_>, path: &str, drafts: Vec<Draft>) -> Vec<Violation> {
        let of_file = |draft| self.of_draft(draft, String::new());
        // What the graph could read is known to be safe to parse.
        let known = RepoPath::new(path).is_ok_and(|path| tree.graph.facts(&path).is_some());
        let text = if known { tree.text(path).ok() } else { None };
        let Some(text) = text else {
            return drafts.into_iter().map(of_file).collect();
        };
        let Ok(parsed) = ruff_python_parser::parse_module(&text) else {
            return drafts.into_iter().map(of_file).collect();
        };
        let station = Station::new(path, None);
        let module = Module::new(&station, &text, &parsed);
        let indexer = Indexer::from_tokens(parsed.tokens(), &text);
        let mut suppressions = Suppressions::read(&text, indexer.comment_ranges());
        drafts
            .into_iter()
            .map(|draft| {
                let mut violation = self.violation(&module, draft);
                let lines = lines(&text, violation.range);
                violation.suppressed = suppressions.reason(&violation.code, lines);
                violation
            })
            .collect()
    }

    /// A draft as a violation of this rule.
    pub fn violation(&self, module: &Module<'_>, draft: Draft) -> Violation {
        let symbol = symbol(module, draft.range);
        self.of_draft(draft, symbol)
    }

    /// A draft in a file of any kind.
    pub fn of_draft(&self, draft: Draft, symbol: String) -> Violation {
        let fix = draft.fix.map(|mut fix| {
            match self.land {
                Some(true) => fix.remedy = Remedy::Safe,
                Some(false) if fix.remedy == Remedy::Safe => fix.remedy = Remedy::Suggest,
                _ => {}
            }
            fix
        });
        Violation {
            code: self.code.clone(),
            slug: self.slug.clone(),
            level: self.level,
            range: draft.range,
            message: draft.message,
            help: draft.help,
            fix,
            linter: draft.linter,
            symbol,
            suppressed: None,
        }
    }
}

fn prepare(active: &Active) -> Result<Law, String> {
    let rule = registry::find(&active.code).ok_or_else(|| registry::unknown(&active.code))?;
    let params: Json = serde_json::from_str(&active.params).map_err(|error| error.to_string())?;
    let given = Given {
        params: &params,
        full: active.full,
    };
    Ok(Law {
        code: rule.code.to_owned(),
        slug: rule.slug.to_owned(),
        level: active.level,
        land: active.land,
        exempt: Paths::new(&active.exempt)?,
        checks: (rule.prepare)(&given)?,
    })
}

/// The enclosing function or class of a range.
fn symbol(module: &Module<'_>, range: TextRange) -> String {
    let innermost = module.index.innermost(range);
    innermost.map_or_else(String::new, |number| {
        module.scopes().symbol(module.index.statement(number).scope)
    })
}

/// The first and the last line of a range, from 0.
fn lines(text: &str, range: TextRange) -> (u32, u32) {
    (line(text, range.start()), line(text, range.end()))
}

fn line(text: &str, at: TextSize) -> u32 {
    let before = &text.as_bytes()[..at.to_usize().min(text.len())];
    u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX)
}
