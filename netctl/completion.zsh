#compdef netctl
# zsh completion for netctl: source it after compinit, or put it as _netctl into a directory
# of $fpath (netctl completion zsh > /usr/local/share/zsh/site-functions/_netctl).
# What may come next is asked from netctl, which asks the daemon.

_netctl() {
    local -a found finished unfinished
    local answer code
    answer=$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)
    code=$?
    case $code in
        3) _files; return ;;
        4) _command_names -e; return ;;
    esac
    found=("${(@f)answer}")
    finished=(${(M)found:#* })
    unfinished=(${(@)found:#* })
    (( $#finished )) && compadd -Q -- "${(@)finished% }"
    (( $#unfinished )) && compadd -Q -S '' -- "${(@)unfinished}"
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _netctl "$@"
else
    compdef _netctl netctl
fi
