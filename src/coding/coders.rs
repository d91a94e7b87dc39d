//! Who keeps what where. Pure.

/// A coding agent.
#[derive(Debug)]
pub struct Coder {
    /// The word for it on the command line.
    pub word: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The files that hive goes into, from the root of the repository.
    pub files: &'static [File],
}

/// A settings file.
#[derive(Debug)]
pub struct File {
    /// Its path from the root of the repository.
    pub path: &'static str,
    /// What it takes.
    pub(super) takes: &'static [Entry],
}

/// What hive puts into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// The server, in `mcpServers` of a JSON object.
    Server,
    /// The server, in the tables `mcp_servers` of a TOML document.
    ServerTable,
    /// A hook in a group with a matcher, below the name of an event. The time that it may
    /// take is said in seconds or in milliseconds.
    Grouped {
        event: &'static str,
        matcher: &'static str,
        timeout: u32,
    },
    /// A hook by itself, below the name of an event.
    Plain { event: &'static str },
}

/// All of them, as their documents describe them: Claude Code (hooks and `.mcp.json`),
/// Cursor (hooks from 1.7 on), Codex (hooks of a project that is trusted) and Gemini CLI.
pub const CODERS: [Coder; 4] = [
    Coder {
        word: "claude",
        name: "Claude Code",
        files: &[
            File {
                path: ".claude/settings.json",
                takes: &[Entry::Grouped {
                    event: "PostToolUse",
                    matcher: "Edit|MultiEdit|Write",
                    timeout: 120,
                }],
            },
            File {
                path: ".mcp.json",
                takes: &[Entry::Server],
            },
        ],
    },
    Coder {
        word: "cursor",
        name: "Cursor",
        files: &[
            File {
                path: ".cursor/hooks.json",
                takes: &[Entry::Plain {
                    event: "afterFileEdit",
                }],
            },
            File {
                path: ".cursor/mcp.json",
                takes: &[Entry::Server],
            },
        ],
    },
    Coder {
        word: "codex",
        name: "Codex",
        files: &[
            File {
                path: ".codex/hooks.json",
                takes: &[Entry::Grouped {
                    event: "PostToolUse",
                    matcher: "apply_patch|Edit|Write",
                    timeout: 120,
                }],
            },
            File {
                path: ".codex/config.toml",
                takes: &[Entry::ServerTable],
            },
        ],
    },
    Coder {
        word: "gemini",
        name: "Gemini CLI",
        files: &[File {
            path: ".gemini/settings.json",
            takes: &[
                Entry::Grouped {
                    event: "AfterTool",
                    matcher: "write_file|replace",
                    timeout: 120_000,
                },
                Entry::Server,
            ],
        }],
    },
];
