# bash completion for netctl: source it, or put it where bash-completion finds it
# (netctl completion bash > /usr/share/bash-completion/completions/netctl).
# What may come next is asked from netctl, which asks the daemon.

_netctl() {
    local line=${COMP_LINE:0:COMP_POINT} word head answer status
    local -a words
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[-1]}

    answer=$("${words[0]}" __complete "${words[@]:1}" 2> /dev/null)
    status=$?
    COMPREPLY=()
    case $status in
        3) compopt -o default +o nospace ;;
        4) compopt +o nospace; mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
        *)
            # bash replaces only what follows the last = or : of a word
            head=
            [[ $COMP_WORDBREAKS == *=* && $COMP_WORDBREAKS == *:* ]] && head=${word%"${word##*[=:]}"}
            [[ -n $answer ]] && mapfile -t COMPREPLY <<< "$answer"
            COMPREPLY=("${COMPREPLY[@]#"$head"}")
            ;;
    esac
}

complete -o nospace -F _netctl netctl
