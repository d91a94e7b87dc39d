if test -z "$CI" && test "$HIVE" != 0; then if test -x @BINARY@; then @BINARY@ hook @EVENT@ "$@" || :; elif command -v hive >/dev/null 2>&1; then hive hook @EVENT@ "$@" || :; fi; fi
