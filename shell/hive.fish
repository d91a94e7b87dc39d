# Completion of hive for fish. hive itself says what can stand at the cursor.
function __hive_complete
    set -l words (commandline -opc)
    # In quotes: a word that is not begun yet is one, too.
    set -l current "$(commandline -ct)"
    set -l reply ($words[1] complete -- $words[2..-1] $current 2>/dev/null)
    or return
    if test "$reply[1]" = files
        __fish_complete_path $current
    end
    for line in $reply[2..-1]
        echo $line
    end
end
complete -c hive -f -a '(__hive_complete)'
