#!/bin/sh
# hive: wakes the agent. It never stops git, waits for nothing and ends as if it were not there.
# Written by `hive init`, taken away by `hive uninit`. (hive hook, version 1)
status=0
before=${0%/*}/@EVENT@.before-hive
if test -x "$before"; then
	"$before" "$@"
	status=$?
fi
if test -z "$CI" && test "$HIVE" != 0; then
	if test -x @BINARY@; then
		@BINARY@ hook @EVENT@ "$@" || :
	elif command -v hive >/dev/null 2>&1; then
		hive hook @EVENT@ "$@" || :
	fi
fi
exit "$status"
