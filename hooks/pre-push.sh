#!/bin/sh
# hive: says what a push leaves for you, and lets nothing land on what is being pushed. It never stops git.
# Written by `hive init`, taken away by `hive uninit`. (hive hook, version 1)
# What git says on standard input is for the hook that was there, too.
refs=$(cat)
# First of all: a hook that runs the tests may take minutes, in which nothing may land either.
if test -z "$CI" && test "$HIVE" != 0; then
	if test -x @BINARY@; then
		printf '%s\n' "$refs" | @BINARY@ hook @EVENT@ "$@" || :
	elif command -v hive >/dev/null 2>&1; then
		printf '%s\n' "$refs" | hive hook @EVENT@ "$@" || :
	fi
fi
before=${0%/*}/@EVENT@.before-hive
if test -x "$before"; then
	if test -n "$refs"; then
		printf '%s\n' "$refs" | "$before" "$@"
	else
		"$before" "$@" </dev/null
	fi
	exit
fi
exit 0
