#!/bin/sh
# hive: lays out the files that a coding agent has edited and says which it has changed, so
# that the agent reads them again. Called after an edit, with the paths as arguments, or
# with what the agent's hook gets on standard input. It never fails the agent's turn, and
# without hive it does nothing.
PATH=$PATH:$HOME/.local/bin:$HOME/.cargo/bin
if command -v hive >/dev/null 2>&1; then
	hive agent-edit "$@" || :
fi
exit 0
