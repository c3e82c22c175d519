# shellcheck shell=bash
# Completions of jelou for bash: jelou itself is asked what can be typed.
_jelou() {
    local line=${COMP_LINE:0:${COMP_POINT:-0}} reply files=
    [ -n "$line" ] || line="${COMP_WORDS[*]:0:COMP_CWORD} $2"
    COMPREPLY=()
    if [[ ${COMP_WORDS[COMP_CWORD - 1]} == *[\<\>]* ]]; then
        compopt -o bashdefault -o default 2>/dev/null
        return 0
    fi
    while IFS= read -r reply; do
        case $reply in
            $'\tfiles '*) files=yes ;;
            *) COMPREPLY+=("$reply") ;;
        esac
    done < <(printf '%s\0' "$line" "$2" | JELOU_COMPLETE=bash command jelou -- 2>/dev/null)
    if [ -n "$files" ]; then
        # bash 3 has no compopt, and completes no files here.
        compopt -o bashdefault -o default 2>/dev/null
    elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -o nosort -F _jelou jelou 2>/dev/null || complete -F _jelou jelou
