//! Decides what runs, from what is mentioned.
//!
//! The order of sources is the contract: hooks, then commands, then tables; the
//! first source that speaks about a kind decides it. Where one source gives a kind
//! to several tools, or to one tool with several filters, each file goes to the
//! first whose filter lets it pass, so no file ever has two.

use std::path::Path;
use std::sync::Arc;

use super::decision::{Cause, Choice, Decision, Evidence, Wanted, Wish, verb};
use super::engine::{Chosen, Search, counting};
use super::filter::PathFilter;
use super::mention::{Gathered, Mention, Pin, Source, Spot};
use super::program::{Program, Role};
use super::ruff_file::RuffFile;
use crate::fixers::{EMBEDDED_RUFF, Engine, Kind, Step, Tool};

/// What a decision is made from.
pub(super) struct Bench<'a> {
    /// What the project's files say.
    pub gathered: &'a Gathered,
    /// Pins in lock files, nearest first.
    pub locks: &'a [Pin],
    /// ruff's configuration for the project.
    pub ruff: Option<&'a RuffFile>,
    /// Whether these arguments, in this version, select the sorting of imports.
    pub sorts: &'a dyn Fn(&Mention) -> bool,
    /// Finds engines.
    pub search: Search<'a>,
    /// The repository's root, for paths in sentences.
    pub boundary: &'a Path,
    /// Whether the project is below the root and has tables of its own.
    pub nested: bool,
    /// Whether a file that arguments name may be read, or why not.
    pub refused: &'a dyn Fn(&Mention) -> Option<String>,
}

impl Bench<'_> {
    /// The decisions for a kind, in the order in which a file tries their filters.
    /// Never empty.
    pub(super) fn decide(&self, kind: Kind, wanted: Wanted) -> Vec<Decision> {
        let wish = wanted.of(kind);
        if wish == Wish::Off {
            return vec![self.off(kind, "the settings say off".to_owned(), &[])];
        }
        let relevant: Vec<&Mention> = self
            .gathered
            .mentions
            .iter()
            .filter(|mention| mention.is_about(kind, |_| (self.sorts)(mention)))
            .collect();
        if let Some(tool) = wish.tool() {
            return self.by_setting(kind, tool, &relevant);
        }
        let winner = winner(kind, &relevant);
        let rank = winner.map_or(u8::MAX, |mention| mention.source.rank());
        if let Some(held) = self.unreadable(kind, rank, &relevant) {
            return vec![held];
        }
        let Some(winner) = winner else {
            return vec![if self.gathered.mentions.is_empty() {
                self.own_set(kind)
            } else {
                self.nothing_said(kind, &relevant)
            }];
        };
        let Program::Known(_) = winner.program else {
            let reason = format!(
                "the project {} with {} ({}), which hive does not run",
                verb(kind),
                winner.program.name(),
                self.shown(&winner.spot)
            );
            return vec![self.off(kind, reason, &relevant)];
        };
        let alternatives = self.alternatives(winner, &relevant);
        alternatives
            .iter()
            .map(|mention| self.using(kind, mention, &alternatives, &relevant))
            .collect()
    }

    /// All that may decide a file: what the winner's file says, what others of the
    /// same rank say about the same tool, and a nested project's own tables.
    fn alternatives<'b>(&self, winner: &'b Mention, relevant: &[&'b Mention]) -> Vec<&'b Mention> {
        let rank = winner.source.rank();
        let mut found: Vec<&Mention> = Vec::new();
        for mention in relevant {
            let known = matches!(mention.program, Program::Known(_));
            let same_rank = mention.source.rank() == rank
                && (mention.spot.file == winner.spot.file || mention.program == winner.program);
            let own_table =
                self.nested && mention.source == Source::Table && winner.filter.narrows();
            if !known || !(same_rank || own_table) {
                continue;
            }
            if found.iter().any(|earlier| {
                earlier.program == mention.program
                    && earlier.filter.shown() == mention.filter.shown()
            }) {
                continue;
            }
            found.push(mention);
            if mention.filter.is_everything() {
                break;
            }
        }
        found
    }

    fn by_setting(&self, kind: Kind, tool: Tool, relevant: &[&Mention]) -> Vec<Decision> {
        let able = match kind {
            Kind::Lint => tool == Tool::Ruff,
            Kind::Imports => tool != Tool::Black,
            Kind::Format => tool != Tool::Isort,
        };
        if !able {
            let reason = format!(
                "the settings ask {} for {}, which it cannot do",
                tool.name(),
                kind.name()
            );
            return vec![Decision {
                choice: Choice::Hold {
                    tool: Some(tool),
                    cause: Cause::Configuration,
                    reason,
                    remedy: format!("set `{} = \"auto\"` in hive.toml", kind.name()),
                },
                ..self.off(kind, String::new(), &[])
            }];
        }
        if let Some(held) = self.unreadable(kind, 0, relevant) {
            return vec![held];
        }
        let own: Vec<&Mention> = relevant
            .iter()
            .filter(|mention| mention.program == Program::Known(tool))
            .copied()
            .collect();
        let setting = Mention {
            program: Program::Known(tool),
            role: Role::For(&[]),
            source: Source::Setting,
            spot: Spot {
                file: Arc::default(),
                line: None,
            },
            text: format!("{} = \"{}\"", kind.name(), tool.name()),
            // What the project's own use of the tool adds still holds.
            args: own
                .first()
                .map(|mention| mention.args.clone())
                .unwrap_or_default(),
            filter: PathFilter::default(),
            pin: own.iter().find_map(|mention| mention.pin.clone()),
            broken: None,
        };
        vec![self.using(kind, &setting, &[&setting], relevant)]
    }

    fn using(
        &self,
        kind: Kind,
        mention: &Mention,
        alternatives: &[&Mention],
        relevant: &[&Mention],
    ) -> Decision {
        let Program::Known(tool) = mention.program else {
            return self.nothing_said(kind, relevant);
        };
        let pins = self.pins(tool, mention.pin.as_ref());
        let mut decision = Decision {
            kind,
            choice: Choice::Off {
                reason: String::new(),
            },
            evidence: std::iter::once(mention)
                .chain(
                    relevant
                        .iter()
                        .copied()
                        .filter(|other| !std::ptr::eq(*other, mention)),
                )
                .map(|one| self.evidence(kind, one))
                .collect(),
            disagreements: Vec::new(),
            missing: Vec::new(),
            unreadable: self
                .gathered
                .unreadable
                .iter()
                .map(|(_, one)| one.clone())
                .collect(),
            filter: mention.filter.clone(),
        };
        self.other_tools(kind, mention, alternatives, relevant, &mut decision);
        let hold = |cause, reason: String, remedy: String| Choice::Hold {
            tool: Some(tool),
            cause,
            reason,
            remedy,
        };
        if let Some(reason) = mention.broken.clone().or_else(|| (self.refused)(mention)) {
            let place = self.shown(&mention.spot);
            decision.choice = hold(
                Cause::Configuration,
                format!("{place}: {reason}"),
                edit(mention.spot.file.as_path(), mention.spot.line.unwrap_or(1)),
            );
            return decision;
        }
        if tool == Tool::Ruff
            && let Some(refused) = self.ruff.and_then(|ruff| ruff.refused.as_ref())
        {
            decision.choice = hold(
                Cause::Configuration,
                self.unreadable_shown(refused),
                edit(&refused.file, refused.line),
            );
            return decision;
        }
        match self.search.find(tool, &pins) {
            Err(missing) => {
                decision.missing = missing.looked;
                decision.choice = hold(Cause::Missing, missing.reason, missing.remedy);
            }
            Ok(chosen) => {
                self.other_versions(tool, mention, &pins, &chosen, &mut decision);
                if let Some(refusal) = self.refused_by_embedded(tool, &chosen) {
                    if counting(&pins).is_none_or(|pin| pin.version().is_none()) {
                        decision.missing.push(format!(
                            "no version is pinned; if an older ruff reads this configuration: \
                             uv venv && uv pip install 'ruff<{EMBEDDED_RUFF}'"
                        ));
                    }
                    decision.choice = refusal;
                    return decision;
                }
                decision.choice = Choice::Use {
                    step: Step {
                        tool,
                        engine: chosen.engine,
                        args: mention.args.clone(),
                    },
                    version: chosen.version,
                };
            }
        }
        decision
    }

    fn refused_by_embedded(&self, tool: Tool, chosen: &Chosen) -> Option<Choice> {
        if tool != Tool::Ruff || chosen.engine != Engine::Embedded {
            return None;
        }
        let refused = self.ruff?.embedded_refuses()?;
        Some(Choice::Hold {
            tool: Some(tool),
            cause: Cause::Configuration,
            reason: format!(
                "the embedded ruff {} refuses the configuration: {}",
                chosen.version.version,
                self.unreadable_shown(&refused)
            ),
            remedy: edit(&refused.file, refused.line),
        })
    }

    /// Pins of a tool in the order in which they count; the deciding place's own first.
    fn pins<'b>(&'b self, tool: Tool, own: Option<&'b Pin>) -> Vec<&'b Pin> {
        let mut pins: Vec<&Pin> = self
            .gathered
            .pins
            .iter()
            .chain(self.locks)
            .filter(|pin| pin.tool == tool && Some(*pin) != own)
            .collect();
        pins.sort_by_key(|pin| pin.origin);
        own.into_iter().chain(pins).collect()
    }

    /// The version by which ruff's defaults are judged.
    pub(super) fn ruff_version(&self, mention: &Mention) -> pep440_rs::Version {
        let pins = self.pins(Tool::Ruff, mention.pin.as_ref());
        self.search.likely_ruff(counting(&pins))
    }

    fn nothing_said(&self, kind: Kind, relevant: &[&Mention]) -> Decision {
        if let Some(other) = relevant.first() {
            let reason = format!(
                "the project {} with {} ({}), which hive does not run",
                verb(kind),
                other.program.name(),
                self.shown(&other.spot)
            );
            return self.off(kind, reason, relevant);
        }
        let nearest = self.gathered.mentions.first().map(|mention| {
            format!(
                ", but {} is used ({})",
                mention.program.name(),
                self.shown(&mention.spot)
            )
        });
        let reason = format!(
            "nothing says what {} here{}",
            verb(kind),
            nearest.unwrap_or_default()
        );
        self.off(kind, reason, relevant)
    }

    fn own_set(&self, kind: Kind) -> Decision {
        let mut decision = self.off(kind, String::new(), &[]);
        decision.evidence.push(Evidence {
            source: Source::HiveDefault,
            program: Tool::Ruff.name(),
            file: std::path::PathBuf::new(),
            line: None,
            text: "no evidence of any tool: hive's own set".to_owned(),
        });
        decision.choice = match self.search.find(Tool::Ruff, &[]) {
            Ok(chosen) => Choice::Use {
                step: Step {
                    tool: Tool::Ruff,
                    engine: chosen.engine,
                    args: Vec::new(),
                },
                version: chosen.version,
            },
            Err(missing) => {
                decision.missing = missing.looked;
                Choice::Hold {
                    cause: Cause::Missing,
                    tool: Some(Tool::Ruff),
                    reason: missing.reason,
                    remedy: missing.remedy,
                }
            }
        };
        decision
    }

    pub(super) fn off(&self, kind: Kind, reason: String, relevant: &[&Mention]) -> Decision {
        Decision {
            kind,
            choice: Choice::Off { reason },
            evidence: relevant
                .iter()
                .map(|one| self.evidence(kind, one))
                .collect(),
            disagreements: Vec::new(),
            missing: Vec::new(),
            unreadable: self
                .gathered
                .unreadable
                .iter()
                .map(|(_, one)| one.clone())
                .collect(),
            filter: PathFilter::default(),
        }
    }
}

/// The mention that decides a kind.
pub(super) fn winner<'a>(kind: Kind, relevant: &[&'a Mention]) -> Option<&'a Mention> {
    let known = |mention: &&&Mention| matches!(mention.program, Program::Known(_));
    if kind == Kind::Lint {
        // Linters add up: flake8 in a hook does not speak against ruff's table.
        let best = relevant
            .iter()
            .filter(known)
            .map(|one| one.source.rank())
            .min()?;
        return relevant
            .iter()
            .filter(known)
            .find(|one| one.source.rank() == best)
            .copied();
    }
    let best = relevant.iter().map(|one| one.source.rank()).min()?;
    let first = relevant.iter().find(|one| one.source.rank() == best)?;
    // Beside another program in the same file, the one that hive runs counts.
    relevant
        .iter()
        .filter(known)
        .find(|one| one.source.rank() == best && one.spot.file == first.spot.file)
        .or(Some(first))
        .copied()
}

/// The command that opens a file where it is wrong.
pub(super) fn edit(file: &Path, line: u32) -> String {
    format!("$EDITOR +{} {}", line.max(1), file.display())
}
