"""`tickertape completion`: what the shells' completion asks for, and the few lines that ask for it.

The program itself completes, from its own parsers and the sessions that are there, so a shell's script never grows old;
each script only hands over the words and shows the answer. `completion words WORD...` gives the candidates for the
last word, one a line, each with a tab and what is said of it; `:files` where the shell shall complete file names.
"""

import argparse
from itertools import pairwise
from pathlib import Path

from agent.settings.settings import Settings
from tui.cli.parsing import EXIT_OK, Commands

__all__ = ["add_parser"]

_BASH = """\
_tickertape() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = :files ]; then
            compopt -o default 2>/dev/null
            return
        fi
        COMPREPLY+=("${line%%$'\\t'*}")
    done < <(tickertape completion words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tickertape tickertape
"""
_ZSH = """\
#compdef tickertape
_tickertape() {
    local line
    local -a described
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        described+=("${${line%%$'\\t'*}//:/\\\\:}:${${line#${line%%$'\\t'*}}#$'\\t'}")
    done < <(tickertape completion words "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    _describe -V tickertape described
}
if [[ $funcstack[1] == _tickertape ]]; then
    _tickertape "$@"
else
    compdef _tickertape tickertape
fi
"""
_FISH = """\
function __tickertape_candidates
    set -l given (commandline -opc)
    set -l current (commandline -ct)
    set -l found (tickertape completion words $given[2..-1] "$current" 2>/dev/null)
    if test "$found" = :files
        __fish_complete_path "$current"
    else
        printf '%s\\n' $found
    end
end
complete -c tickertape -f -k -a '(__tickertape_candidates)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_EPILOG = """\
bash: add  source <(tickertape completion bash)  to ~/.bashrc;
zsh: add  source <(tickertape completion zsh)  to ~/.zshrc, after compinit;
fish: tickertape completion fish > ~/.config/fish/completions/tickertape.fish"""


def add_parser(commands: Commands, _epilog: str) -> None:
    """Add the command to the command line."""
    completion = commands.add_parser(
        "completion",
        help="print a script that completes commands, options and session ids",
        description="Print a script for a shell that completes commands, options and session ids.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.add_argument("shell", choices=[*_SCRIPTS, "words"], metavar="{bash,zsh,fish}", help="the shell")
    completion.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    completion.set_defaults(run=_run)


def _run(settings: Settings, args: argparse.Namespace) -> int:
    if args.shell != "words":
        print(_SCRIPTS[args.shell], end="")
        return EXIT_OK
    from tui.cli.candidates import candidates, names_of, sessions_of  # here only: the screen starts without

    data_dir = next((Path(word) for option, word in pairwise(args.words) if option == "--data-dir"), settings.data_dir)
    for word, about in candidates(args.parser, args.words, sessions_of(data_dir), names_of(settings)):
        print(f"{word}\t{about}" if about else word)
    return EXIT_OK
