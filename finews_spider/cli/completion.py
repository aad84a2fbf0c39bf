"""What Typer's completion in a shell lacks."""

from collections.abc import Callable
from typing import Any

from typer import _completion_classes, _completion_shared

BEGIN_AT_ONCE = '[[ $zsh_eval_context[-1] == loadautofunc ]] && %(complete_func)s "$@"'
"""The end of the script for zsh. Typer's script only defines the function, and the first Tab would do nothing."""


def mend_zsh() -> None:
    """Let the script that `--install-completion` writes for zsh complete when zsh loads it, at the first Tab."""
    scripts = _completion_shared._completion_scripts  # noqa: SLF001 -- Typer has no other way to change a script
    scripts["zsh"] = f"{scripts['zsh'].rstrip()}\n{BEGIN_AT_ONCE}\n"


def mend_equals() -> None:
    """Complete a value behind ``--option=`` too. Bash makes the ``=`` a word; other shells want the whole word."""
    for shell in (_completion_classes.BashComplete, _completion_classes.FishComplete, _completion_classes.ZshComplete):
        shell.get_completions = _with_equals(shell.get_completions)  # type: ignore[method-assign]


def _with_equals(get_completions: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def completions(shell: object, args: list[str], incomplete: str) -> list[Any]:
        items = get_completions(shell, [word for word in args if word != "="], incomplete)
        option, equals, _ = incomplete.partition("=")
        if option.startswith("--") and equals:
            for item in items:
                item.value = f"{option}={item.value}"
        return items

    return completions
