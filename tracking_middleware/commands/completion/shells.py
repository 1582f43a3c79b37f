"""The completions as each shell reads them. What is printed is quoted: no text of ours is run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence

from .places import Option, Place

_COMMAND = "tracking-middleware"

_BASH = r"""# bash completion of tracking-middleware
_tracking_middleware() {
    local IFS=$'\n' at="" each word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
    local words="" options=""
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$at $each" in
            @DESCENTS@) at="${at:+$at }$each" ;;
        esac
    done
    COMPREPLY=()
    case "$at $before" in
@VALUES@
    esac
    case "$at" in
@WORDS@
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    case "$at" in
        @FILES@)
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -f -- "$word")) ;;
        *)
            COMPREPLY=($(compgen -W "${words:-$options}" -- "$word")) ;;
    esac
}
complete -F _tracking_middleware tracking-middleware
"""

_ZSH = r"""#compdef tracking-middleware
_tracking_middleware() {
    local at="" each before="${words[CURRENT-1]}"
    local -a commands options
    for each in "${(@)words[2,CURRENT-1]}"; do
        case "$at $each" in
            (@DESCENTS@) at="${at:+$at }$each" ;;
        esac
    done
    case "$at $before" in
@VALUES@
    esac
    case "$at" in
@WORDS@
    esac
    if [[ $PREFIX == -* ]]; then
        _describe -o option options
        return
    fi
    (( $#commands )) && _describe command commands
    case "$at" in
        (@FILES@) _files ;;
    esac
}
if [[ "${funcstack[1]}" == _tracking_middleware ]]; then
    _tracking_middleware "$@"
else
    compdef _tracking_middleware tracking-middleware
fi
"""

_FISH = r"""# fish completion of tracking-middleware
function __tracking_middleware_at
    set -l at ""
    for each in (commandline -opc)[2..-1]
        switch "$at $each"
            case @DESCENTS@
                set at (string trim -- "$at $each")
        end
    end
    test "$at" = "$argv[1]"
end
complete -c tracking-middleware -f
@WORDS@
"""


def bash(places: Sequence[Place]) -> str:
    """For bash 3.2 and newer, with and without the package bash-completion."""
    values = [
        f"        {_cases(place, option)}) {_bash_value(option)}return ;;"
        for place, option in _with_values(places)
    ]
    words = [
        f"        {shlex.quote(place.path)}) words={_lines(place.commands)} "
        f"options={_lines(name for option in place.options for name in option.names)} ;;"
        for place in places
    ]
    return _with_cases(_BASH, places, values, words)


def zsh(places: Sequence[Place]) -> str:
    """For zsh, after ``compinit``."""
    values = [
        f"        ({_cases(place, option)}) {_zsh_value(option)} ;;" for place, option in _with_values(places)
    ]
    words = [
        f"        ({shlex.quote(place.path)}) commands=({_described(place.commands.items())}) "
        f"options=({_described((name, option.help) for option in place.options for name in option.names)}) ;;"
        for place in places
    ]
    return _with_cases(_ZSH, places, values, words)


def fish(places: Sequence[Place]) -> str:
    """For fish 3 and newer."""
    lines = []
    for place in places:
        condition = _fish_quoted(f"__tracking_middleware_at {_fish_quoted(place.path)}")
        at = f"complete -c {_COMMAND} -n {condition}"
        lines += [
            f"{at} -a {_fish_quoted(name)} -d {_fish_quoted(text)}" for name, text in place.commands.items()
        ]
        lines += [f"{at} {_fish_option(option)}" for option in place.options]
        if place.takes_files:
            lines.append(f"{at} -F")
    return _filled(_FISH, descents=" ".join(map(_fish_quoted, _descents(places))), words="\n".join(lines))


SHELLS: dict[str, Callable[[Sequence[Place]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _with_cases(script: str, places: Sequence[Place], values: Iterable[str], words: Iterable[str]) -> str:
    """A script that tells places by ``case``."""
    return _filled(
        script,
        descents=_cases_of(_descents(places)),
        files=_cases_of(_with_files(places)),
        values="\n".join(values),
        words="\n".join(words),
    )


def _filled(script: str, **parts: str) -> str:
    for name, text in parts.items():
        script = script.replace(f"@{name.upper()}@", text)
    return script


def _descents(places: Sequence[Place]) -> list[str]:
    """The words that lead from place to place, each as the path so far and the next word."""
    ways = (place.path.rpartition(" ") for place in places if place.path)
    return [f"{outer} {name}" for outer, _, name in ways]


def _cases_of(texts: Iterable[str]) -> str:
    return "|".join(map(shlex.quote, texts))


def _with_files(places: Sequence[Place]) -> list[str]:
    return [place.path for place in places if place.takes_files]


def _with_values(places: Sequence[Place]) -> list[tuple[Place, Option]]:
    return [(place, option) for place in places for option in place.options if option.takes_value]


def _cases(place: Place, option: Option) -> str:
    return "|".join(shlex.quote(f"{place.path} {name}") for name in option.names)


def _lines(words: Iterable[str]) -> str:
    return "$'" + "\\n".join(word.replace("'", "\\'") for word in words) + "'"


def _bash_value(option: Option) -> str:
    if option.takes_files:
        return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")); '
    if option.choices:
        return f'COMPREPLY=($(compgen -W {_lines(option.choices)} -- "$word")); '
    return ""


def _zsh_value(option: Option) -> str:
    if option.takes_files:
        return "_files; return"
    return f"compadd -- {shlex.join(option.choices)}; return" if option.choices else "return 1"


def _described(words: Iterable[tuple[str, str]]) -> str:
    return " ".join(shlex.quote(f"{word}:{text}") for word, text in words)


def _fish_option(option: Option) -> str:
    flags = [
        f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name.removeprefix('-')}"
        for name in option.names
    ]
    if option.takes_files:
        flags.append("-r -F")
    elif option.choices:
        flags.append(f"-x -a {_fish_quoted(' '.join(option.choices))}")
    elif option.takes_value:
        flags.append("-x")
    return " ".join([*flags, "-d", _fish_quoted(option.help)])


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
