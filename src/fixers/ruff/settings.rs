//! ruff's settings for a recipe.

use std::path::Path;
use std::sync::Mutex;

use ruff_linter::registry::Rule;
use ruff_linter::rule_selector::{PreviewOptions, UnresolvedRuleSelector};
use ruff_linter::settings::LinterSettings;
use ruff_workspace::Settings;
use ruff_workspace::configuration::{Configuration, RuleSelection};
use ruff_workspace::pyproject::{find_fallback_target_version, find_user_settings_toml};
use ruff_workspace::resolver::{
    ConfigurationOrigin, ConfigurationTransformer, resolve_root_settings,
};

use super::arguments::{Arguments, selectors};
use crate::fixers::{
    Engine, HIVE_SELECT, Kind, Policy, Recipe, RuffConfiguration, Step, Tool, Trouble,
};
use crate::golden::RuleSet;

/// Resolved settings and which of ruff's parts are to run.
#[derive(Debug)]
pub struct RuffSettings {
    /// ruff's own resolved settings; the rule table holds only what is to run.
    pub settings: Settings,
    /// Codes whose fixes are safe by hive's policy, not by ruff's.
    pub extend_safe: Vec<String>,
    /// Codes that are not fixed, by hive's policy.
    pub keep: Vec<String>,
    /// Whether lint rules run.
    pub lint: bool,
    /// Whether import sorting runs.
    pub imports: bool,
    /// Whether formatting runs.
    pub format: bool,
}

/// Resolves the settings of the embedded ruff for a recipe. `None` when the
/// recipe does not use it.
///
/// A configuration that arguments name is an absolute path by now.
pub fn resolve(recipe: &Recipe) -> Result<Option<RuffSettings>, Trouble> {
    let part = |kind| recipe.step(kind).filter(|step| embedded(step));
    let (lint, imports, format) = (part(Kind::Lint), part(Kind::Imports), part(Kind::Format));
    let Some(first) = lint.or(imports).or(format) else {
        return Ok(None);
    };
    let refused = |message| Trouble::Configuration {
        tool: "ruff".to_owned(),
        message,
    };
    let mut settings = load(recipe, first, &recipe.policy, None).map_err(refused)?;
    if let Some(step) = imports.filter(|step| step.args != first.args) {
        let sorting = load(recipe, step, &recipe.policy, None).map_err(refused)?;
        take_sorting(&mut settings.linter, sorting.linter);
    }
    if let Some(step) = format.filter(|step| step.args != first.args) {
        settings.formatter = load(recipe, step, &recipe.policy, None)
            .map_err(refused)?
            .formatter;
    }
    // A `noqa` for what only the Golden Rules ask the linter about is not unused.
    for code in delegated(recipe) {
        let known = Rule::from_code(code).ok();
        if known.is_some_and(|rule| !settings.linter.rules.enabled(rule)) {
            settings.linter.external.push(code.to_owned());
        }
    }
    restrict(&mut settings, lint.is_some(), imports.is_some());
    Ok(Some(RuffSettings {
        settings,
        extend_safe: recipe.policy.extend_safe.clone(),
        keep: recipe.policy.keep.clone(),
        lint: lint.is_some(),
        imports: imports.is_some(),
        format: format.is_some(),
    }))
}

/// The linter's codes that the recipe's Golden Rules ask for; a configuration that cannot
/// be prepared is told elsewhere.
fn delegated(recipe: &Recipe) -> Vec<&'static str> {
    RuleSet::prepare(&recipe.golden).map_or_else(|_| Vec::new(), |set| set.linter_codes())
}

/// The linter's settings for rules that the Golden Rules delegate to it: the project's
/// configuration with these rules in place of its own selection, but for those that it
/// ignores. A configuration that this version cannot use counts as none: its meaning for
/// these rules is not known.
pub fn for_golden(recipe: &Recipe, rules: &[Rule]) -> LinterSettings {
    let step = recipe
        .lint
        .clone()
        .filter(embedded)
        .unwrap_or_else(|| Step {
            tool: Tool::Ruff,
            engine: Engine::Embedded,
            args: Vec::new(),
        });
    let ignored = Mutex::new(Vec::new());
    let loaded = load(recipe, &step, &Policy::default(), Some(&ignored));
    let mut settings = loaded.map_or_else(
        |_| LinterSettings::for_rules(rules.iter().copied()),
        |settings| settings.linter,
    );
    let preview = PreviewOptions {
        mode: settings.preview,
        require_explicit: false,
    };
    let ignored: Vec<Rule> = ignored
        .into_inner()
        .unwrap_or_default()
        .iter()
        .filter_map(|selector: &UnresolvedRuleSelector| selector.resolve(settings.preview).ok())
        .flat_map(|selector| selector.rules(&preview).collect::<Vec<_>>())
        .collect();
    let wanted = rules.iter().filter(|rule| !ignored.contains(rule));
    settings.rules = wanted.copied().collect();
    settings
}

/// Replaces what only the sorting of imports goes by.
fn take_sorting(linter: &mut LinterSettings, sorting: LinterSettings) {
    for rule in [Rule::UnsortedImports, Rule::MissingRequiredImport] {
        match (sorting.rules.enabled(rule), linter.rules.enabled(rule)) {
            (true, false) => linter.rules.enable(rule, true),
            (false, true) => linter.rules.disable(rule),
            _ => {}
        }
    }
    linter.isort = sorting.isort;
    linter.src = sorting.src;
}

fn embedded(step: &Step) -> bool {
    step.tool == Tool::Ruff && step.engine == Engine::Embedded
}

/// Loads the configuration with a step's arguments and hive's policy on top.
fn load(
    recipe: &Recipe,
    step: &Step,
    policy: &Policy,
    ignored: Option<&Mutex<Vec<UnresolvedRuleSelector>>>,
) -> Result<Settings, String> {
    let arguments = Arguments::parse(&step.args)?;
    let overlay = Overlay {
        arguments: &arguments,
        policy,
        refusal: Mutex::new(None),
        ignored,
        root: &recipe.boundary,
    };
    let loaded = if arguments.isolated {
        overlay
            .transform(Configuration::default())
            .into_settings(&recipe.boundary)
    } else if let Some(path) = &arguments.config {
        // Paths in it are relative to where ruff runs: with a project's own file, there.
        let is_own = path.parent() == Some(&recipe.project);
        let origin = if is_own {
            ConfigurationOrigin::Unknown
        } else {
            ConfigurationOrigin::UserSpecified
        };
        resolve_root_settings(path, &overlay, origin)
    } else {
        match &recipe.ruff {
            RuffConfiguration::File(path) => {
                resolve_root_settings(path, &overlay, ConfigurationOrigin::Ancestor)
            }
            RuffConfiguration::ToolDefaults => match find_user_settings_toml() {
                Some(path) => {
                    let fallback = WithFallback {
                        overlay: &overlay,
                        project: &recipe.project,
                    };
                    resolve_root_settings(&path, &fallback, ConfigurationOrigin::UserSettings)
                }
                None => defaults(
                    &overlay,
                    &recipe.project,
                    Configuration::default(),
                    &recipe.boundary,
                ),
            },
            RuffConfiguration::HiveDefaults => {
                let mut configuration = Configuration::default();
                configuration.lint.rule_selections.push(RuleSelection {
                    select: Some(selectors(&HIVE_SELECT)),
                    ..RuleSelection::default()
                });
                defaults(&overlay, &recipe.project, configuration, &recipe.boundary)
            }
        }
    };
    if let Some(refusal) = overlay.refusal.into_inner().ok().flatten() {
        return Err(refusal);
    }
    loaded.map_err(|error| format!("{error:#}"))
}

/// Without a configuration, the target version still comes from the nearest
/// `requires-python`.
fn defaults(
    overlay: &Overlay,
    project: &Path,
    base: Configuration,
    root: &Path,
) -> anyhow::Result<Settings> {
    let mut configuration = overlay.transform(base);
    if configuration.target_version.is_none() && can_be_read(project) {
        configuration.target_version = find_fallback_target_version(project).map(Into::into);
    }
    configuration.into_settings(root)
}

/// Whether every `pyproject.toml` from here upwards is a file of a reasonable size. The
/// library opens whatever is there, and would wait for ever at a pipe and never come to
/// the end of a device.
fn can_be_read(project: &Path) -> bool {
    const LARGEST: u64 = 4 << 20;
    project.ancestors().all(|directory| {
        let about = std::fs::metadata(directory.join("pyproject.toml"));
        about.map_or(true, |about| about.is_file() && about.len() <= LARGEST)
    })
}

/// What goes over a configuration file.
struct Overlay<'a> {
    arguments: &'a Arguments,
    policy: &'a Policy,
    root: &'a Path,
    /// The trait cannot fail, so a refusal waits here for the caller.
    refusal: Mutex<Option<String>>,
    /// Where the rules go that the configuration ignores, if somebody asks.
    ignored: Option<&'a Mutex<Vec<UnresolvedRuleSelector>>>,
}

impl ConfigurationTransformer for Overlay<'_> {
    fn transform(&self, configuration: Configuration) -> Configuration {
        let mut configuration = match self.arguments.apply(configuration, self.root) {
            Ok(configuration) => configuration,
            Err(message) => {
                if let Ok(mut refusal) = self.refusal.lock() {
                    *refusal = Some(message);
                }
                return Configuration::default();
            }
        };
        if let Some(Ok(mut ignored)) = self.ignored.map(Mutex::lock) {
            let selections = configuration.lint.rule_selections.iter();
            ignored.extend(selections.flat_map(|selection| selection.ignore.iter().cloned()));
        }
        // Suppressions of Golden Rules are not the linter's to call unused.
        let external = configuration.lint.external.get_or_insert_default();
        external.push("GR".to_owned());
        // A project's own word on the safety of a rule stands: ruff lets the
        // later and more specific of two selectors win, and `extend-unsafe-fixes`
        // comes after `extend-safe-fixes`.
        configuration
            .lint
            .extend_safe_fixes
            .splice(0..0, selectors(&self.policy.extend_safe));
        if configuration.cache_dir.is_none() {
            // Never used, but resolving the default asks the file system.
            configuration.cache_dir = Some(self.root.to_path_buf());
        }
        configuration
    }
}

/// The user's own configuration yields to the project's `requires-python`.
struct WithFallback<'a> {
    overlay: &'a Overlay<'a>,
    project: &'a Path,
}

impl ConfigurationTransformer for WithFallback<'_> {
    fn transform(&self, mut configuration: Configuration) -> Configuration {
        if let Some(version) = find_fallback_target_version(self.project) {
            configuration.target_version = Some(version.into());
        }
        self.overlay.transform(configuration)
    }
}

/// Leaves only the rules of the kinds that run.
fn restrict(settings: &mut Settings, lint: bool, imports: bool) {
    let enabled: Vec<Rule> = settings.linter.rules.iter_enabled().collect();
    for rule in enabled {
        let keep = if sorts_imports(rule) { imports } else { lint };
        if !keep {
            settings.linter.rules.disable(rule);
        }
    }
    if imports && !settings.linter.rules.enabled(Rule::UnsortedImports) {
        settings.linter.rules.enable(Rule::UnsortedImports, true);
    }
}

/// Whether a rule belongs to import sorting (I001, I002).
pub fn sorts_imports(rule: Rule) -> bool {
    matches!(rule, Rule::UnsortedImports | Rule::MissingRequiredImport)
}
