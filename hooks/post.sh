#!/bin/sh
# hive: wakes the agent. It never stops git, waits for nothing and ends as if it were not there.
# Written by `hive init`, taken away by `hive uninit`. (hive hook, version 2)
status=0
before=${0%/*}/@EVENT@.before-hive
if test -x "$before"; then
	"$before" "$@"
	status=$?
fi
if test -z "$CI" && test "$HIVE" != 0; then
	# Where an agent works it is enough to touch its wake file: `agent` names the
	# descriptor in which it holds its lock open, which nobody else can have there.
	# Anything else, and a notice to print, is for the binary.
	hive=${GIT_DIR:-.git}/hive
	if { test -f "$hive/agent" && echo @EVENT@ >"$hive/wake" && read -r held <"$hive/agent" &&
		test "$held" -ef "$hive/agent.lock" && ! test -e "$hive/notice"; } 2>/dev/null; then
		:
	elif test -x @BINARY@; then
		@BINARY@ hook @EVENT@ "$@" || :
	elif command -v hive >/dev/null 2>&1; then
		hive hook @EVENT@ "$@" || :
	fi
fi
exit "$status"
