
complete -F _cargo_perfbase -o bashdefault -o default cargo-perfbase

# `cargo perfbase …` is completed alike. All other commands of cargo go on to whoever completed them
# before, or whom bash-completion finds when they are first needed.
_cargo_perfbase_of_cargo() {
    if [[ $COMP_CWORD -ge 2 && ${COMP_WORDS[1]} == perfbase ]]; then
        local line=(cargo-perfbase "${COMP_WORDS[@]:2}") at=$((COMP_CWORD - 1))
        local COMP_WORDS=("${line[@]}") COMP_CWORD=$at
        _cargo_perfbase cargo-perfbase "$2" "$3"
        return
    fi
    if [[ -z ${_cargo_perfbase_next-} ]]; then
        if declare -F _comp_load > /dev/null; then
            _comp_load cargo
        elif declare -F __load_completion > /dev/null; then
            __load_completion cargo
        fi
        _cargo_perfbase_take_over
    fi
    if [[ -n ${_cargo_perfbase_next-} ]]; then
        "$_cargo_perfbase_next" "$@"
    fi
}

_cargo_perfbase_take_over() {
    local known
    known="$(complete -p cargo 2> /dev/null)"
    if [[ $known =~ -F\ ([^ ]+) && ${BASH_REMATCH[1]} != _cargo_perfbase_of_cargo ]]; then
        _cargo_perfbase_next="${BASH_REMATCH[1]}"
    fi
    complete -F _cargo_perfbase_of_cargo -o bashdefault -o default cargo
}

_cargo_perfbase_take_over
