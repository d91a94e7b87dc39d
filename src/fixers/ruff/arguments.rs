//! Command line arguments that a hook or a CI step gives to ruff, applied to the
//! configuration as ruff's own command line applies them.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ruff_linter::UnresolvedRuleSelector;
use ruff_linter::line_width::LineLength;
use ruff_linter::settings::types::{
    FilePattern, GlobPath, PreviewMode, PythonVersion, UnsafeFixes,
};
use ruff_ranged_value::{ValueSource, ValueSourceGuard};
use ruff_workspace::configuration::{Configuration, RuleSelection};
use ruff_workspace::options::Options;

/// The arguments that change what ruff answers.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    selection: Lists,
    /// `--config FILE`.
    pub config: Option<PathBuf>,
    /// `--isolated`: no configuration file counts.
    pub isolated: bool,
    inline: Vec<Options>,
    line_length: Option<LineLength>,
    target_version: Option<PythonVersion>,
    preview: Option<bool>,
    unsafe_fixes: Option<bool>,
    exclude: Option<Vec<String>>,
    extend_exclude: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Lists {
    select: Option<Vec<String>>,
    ignore: Vec<String>,
    extend_select: Vec<String>,
    fixable: Option<Vec<String>>,
    unfixable: Vec<String>,
    extend_fixable: Vec<String>,
}

impl Arguments {
    /// Reads a list of arguments; an argument that is not understood is an error,
    /// because leaving it out could change the answer.
    pub fn parse(args: &[String]) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = args.iter().map(String::as_str);
        while let Some(arg) = rest.next() {
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value)),
                _ => (arg, None),
            };
            let mut value = || {
                inline
                    .or_else(|| rest.next())
                    .ok_or(format!("ruff's argument `{name}` lacks its value"))
            };
            match name {
                "--select" => parsed
                    .selection
                    .select
                    .get_or_insert_default()
                    .extend(codes(value()?)),
                "--ignore" | "--extend-ignore" => parsed.selection.ignore.extend(codes(value()?)),
                "--extend-select" => parsed.selection.extend_select.extend(codes(value()?)),
                "--fixable" => parsed
                    .selection
                    .fixable
                    .get_or_insert_default()
                    .extend(codes(value()?)),
                "--extend-fixable" => parsed.selection.extend_fixable.extend(codes(value()?)),
                "--unfixable" | "--extend-unfixable" => {
                    parsed.selection.unfixable.extend(codes(value()?));
                }
                "--config" => parsed.configuration(value()?)?,
                "--exclude" => parsed
                    .exclude
                    .get_or_insert_default()
                    .extend(codes(value()?)),
                "--extend-exclude" => parsed.extend_exclude.extend(codes(value()?)),
                "--isolated" => parsed.isolated = true,
                "--line-length" => {
                    let text = value()?;
                    let length = LineLength::from_str(text)
                        .map_err(|error| format!("--line-length {text}: {error}"))?;
                    parsed.line_length = Some(length);
                }
                "--target-version" => {
                    let text = value()?;
                    let version: PythonVersion =
                        serde_json::from_value(serde_json::Value::from(text))
                            .map_err(|error| format!("--target-version {text}: {error}"))?;
                    parsed.target_version = Some(version);
                }
                "--preview" => parsed.preview = Some(true),
                "--no-preview" => parsed.preview = Some(false),
                "--unsafe-fixes" => parsed.unsafe_fixes = Some(true),
                "--no-unsafe-fixes" => parsed.unsafe_fixes = Some(false),
                other => {
                    return Err(format!(
                        "ruff's argument `{other}` is not understood by the embedded engine"
                    ));
                }
            }
        }
        Ok(parsed)
    }

    /// `--config` takes a path or one inline setting (`lint.select = ["E"]`).
    fn configuration(&mut self, value: &str) -> Result<(), String> {
        if value.contains('=') {
            // ruff's options remember where they were written.
            let _source = ValueSourceGuard::new(ValueSource::Cli, true);
            let options =
                toml::from_str(value).map_err(|error| format!("--config {value}: {error}"))?;
            self.inline.push(options);
        } else {
            self.config = Some(PathBuf::from(value));
        }
        Ok(())
    }

    /// Applies the arguments over a configuration, as ruff's own command line does;
    /// their patterns are relative to `root`.
    pub fn apply(
        &self,
        mut configuration: Configuration,
        root: &Path,
    ) -> Result<Configuration, String> {
        for options in &self.inline {
            let base = std::path::Path::new(".");
            let over = Configuration::from_options(options.clone(), None, base)
                .map_err(|error| error.to_string())?;
            configuration = over.combine(configuration);
        }
        if let Some(length) = self.line_length {
            configuration.line_length = Some(length);
            configuration.lint.pycodestyle.get_or_insert_default();
        }
        if let Some(version) = self.target_version {
            configuration.target_version = Some(version.into());
        }
        if let Some(preview) = self.preview {
            let mode = PreviewMode::from(preview);
            configuration.preview = Some(mode);
            configuration.lint.preview = Some(mode);
            configuration.format.preview = Some(mode);
        }
        let patterns = |written: &[String]| -> Vec<FilePattern> {
            let whole =
                |one: &String| FilePattern::User(one.clone(), GlobPath::normalize(one, root));
            written.iter().map(whole).collect()
        };
        if let Some(exclude) = &self.exclude {
            configuration.exclude = Some(patterns(exclude));
        }
        configuration
            .extend_exclude
            .extend(patterns(&self.extend_exclude));
        if let Some(on) = self.unsafe_fixes {
            configuration.unsafe_fixes = Some(UnsafeFixes::from(on));
        }
        if self.selection.says_something() {
            configuration
                .lint
                .rule_selections
                .push(self.selection.to_rules());
        }
        Ok(configuration)
    }
}

impl Lists {
    fn says_something(&self) -> bool {
        self.select.is_some()
            || self.fixable.is_some()
            || [
                &self.ignore,
                &self.extend_select,
                &self.unfixable,
                &self.extend_fixable,
            ]
            .iter()
            .any(|l| !l.is_empty())
    }

    fn to_rules(&self) -> RuleSelection {
        RuleSelection {
            select: self.select.as_deref().map(selectors),
            ignore: selectors(&self.ignore),
            extend_select: selectors(&self.extend_select),
            fixable: self.fixable.as_deref().map(selectors),
            unfixable: selectors(&self.unfixable),
            extend_fixable: selectors(&self.extend_fixable),
        }
    }
}

/// Turns codes into ruff's selectors, with the command line as their source.
pub fn selectors<S: AsRef<str>>(codes: &[S]) -> Vec<UnresolvedRuleSelector> {
    codes
        .iter()
        .map(|code| UnresolvedRuleSelector::cli(code.as_ref()))
        .collect()
}

fn codes(list: &str) -> impl Iterator<Item = String> {
    list.split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn both_spellings_of_a_value_are_read() {
        for args in [
            &["--select", "E,F"][..],
            &["--select=E,F"],
            &["--select", "E", "--select=F"],
        ] {
            assert_eq!(
                parse(args).unwrap().selection.select.unwrap(),
                ["E", "F"],
                "{args:?}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(
            parse(&["--frobnicate"])
                .unwrap_err()
                .contains("--frobnicate")
        );
        assert!(
            parse(&["--line-length"])
                .unwrap_err()
                .contains("lacks its value")
        );
        assert!(parse(&["--line-length", "wide"]).is_err());
        assert!(parse(&["--target-version", "py2"]).is_err());
    }

    #[test]
    fn what_is_excluded_is_added_or_takes_its_place() {
        let parsed = parse(&["--exclude", "a,b/c", "--extend-exclude=d"]).unwrap();
        let applied = parsed
            .apply(Configuration::default(), Path::new("/r"))
            .unwrap();
        let shown = |patterns: &[FilePattern]| -> Vec<String> {
            let whole = |one: &FilePattern| match one {
                FilePattern::User(_, path) => path.display().to_string(),
                other => panic!("{other:?}"),
            };
            patterns.iter().map(whole).collect()
        };
        assert_eq!(shown(&applied.exclude.unwrap()), ["/r/a", "/r/b/c"]);
        assert_eq!(shown(&applied.extend_exclude), ["/r/d"]);
    }

    #[test]
    fn a_path_and_an_inline_setting_are_told_apart() {
        let parsed =
            parse(&["--config", "conf/ruff.toml", "--config", "line-length = 90"]).unwrap();
        assert_eq!(parsed.config.unwrap().to_str(), Some("conf/ruff.toml"));
        assert_eq!(parsed.inline.len(), 1);
    }
}
