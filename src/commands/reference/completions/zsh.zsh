#compdef jelou
# Completions of jelou for zsh: jelou itself is asked what can be typed.
_jelou() {
    local line word entry
    local -a whole begun
    for line in "${(@f)$(JELOU_COMPLETE=zsh command jelou -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        if [[ $line == $'\tfiles '* ]]; then
            compset -p "${line#$'\tfiles '}"
            _files
            return
        fi
        word=${line%%$'\t'*}
        entry=${${word//\\/\\\\}//:/\\:}
        [[ $line == *$'\t'* ]] && entry+=:${line#*$'\t'}
        if [[ $word == *[=:/] ]]; then
            begun+=("$entry")
        else
            whole+=("$entry")
        fi
    done
    (( ${#begun} )) && _describe -V 'values' begun -S ''
    (( ${#whole} )) && _describe -V 'values' whole
    (( ${#begun} + ${#whole} ))
}
# As a file of fpath this is the body of the function; where it is sourced, it is not.
if [[ ${funcstack[1]} == _jelou ]]; then
    _jelou "$@"
else
    compdef _jelou jelou
fi
