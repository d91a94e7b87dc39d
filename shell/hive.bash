# Completion of hive for bash, 3.2 and later. hive itself says what can stand at the cursor.
_hive() {
    local cur=${COMP_WORDS[COMP_CWORD]} count=0 word reply kind line prefix=
    local -a words
    COMPREPLY=()
    # bash takes `--name=value` apart at the `=`; it is one word again here.
    local index joined=
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $count -gt 0 && ($word == "=" || $joined == 1) ]]; then
            words[count - 1]+=$word
        else
            words[count]=$word
            count=$((count + 1))
        fi
        [[ $word == "=" ]] && joined=1 || joined=
    done
    if [[ $count -gt 0 && ${words[count - 1]} == --*=* ]]; then
        prefix=${words[count - 1]%%=*}=
        cur=${words[count - 1]#*=}
    fi
    reply=$("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null) || return 0
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        line=${line%%$'\t'*}
        COMPREPLY[${#COMPREPLY[@]}]=${line#"$prefix"}
    done <<<"$reply"
    if [[ $kind == files ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do
            [[ -n $line ]] && COMPREPLY[${#COMPREPLY[@]}]=$line
        done <<<"$(compgen -f -- "$cur")"
    fi
    return 0
}
complete -F _hive hive
