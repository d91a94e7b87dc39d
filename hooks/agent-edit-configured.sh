PATH="$PATH:$HOME/.local/bin:$HOME/.cargo/bin"; if command -v hive >/dev/null 2>&1; then hive agent-edit || :; fi
