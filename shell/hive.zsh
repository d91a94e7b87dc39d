#compdef hive
# Completion of hive for zsh. hive itself says what can stand at the cursor.
_hive() {
    local -a lines described
    local line kind
    lines=("${(@f)$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    kind=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        # What a word is stands behind a colon.
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    local found=1
    (( $#described )) && _describe -o -t hive 'hive' described && found=0
    [[ $kind == files ]] && _files && found=0
    return found
}
# Called where it was loaded from $fpath, made known where it was sourced.
if [[ $funcstack[1] == _hive ]]; then
    _hive "$@"
else
    compdef _hive hive
fi
