#!/bin/sh
# hive: lays out what is staged, where index and file agree and in the time that
# `commit.budget` allows. It never stops git and ends as if it were not there. A hook that was
# there before has the last word: it is called afterwards, and git gets its answer.
# Written by `hive init` and `hive config set commit.mode tidy`, taken away by `hive uninit` and
# with another mode. (hive hook, version 2)
if test -z "$CI" && test "$HIVE" != 0; then
	if test -x @BINARY@; then
		@BINARY@ hook @EVENT@ "$@" || :
	elif command -v hive >/dev/null 2>&1; then
		hive hook @EVENT@ "$@" || :
	fi
fi
before=${0%/*}/@EVENT@.before-hive
if test -x "$before"; then
	exec "$before" "$@"
fi
exit 0
