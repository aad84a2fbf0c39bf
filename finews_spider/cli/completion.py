"""What Typer's completion in a shell lacks."""

from typer import _completion_shared

BEGIN_AT_ONCE = '[[ $zsh_eval_context[-1] == loadautofunc ]] && %(complete_func)s "$@"'
"""The end of the script for zsh. Typer's script only defines the function, and the first Tab would do nothing."""


def mend_zsh() -> None:
    """Let the script that `--install-completion` writes for zsh complete when zsh loads it, at the first Tab."""
    scripts = _completion_shared._completion_scripts  # noqa: SLF001 -- Typer has no other way to change a script
    scripts["zsh"] = f"{scripts['zsh'].rstrip()}\n{BEGIN_AT_ONCE}\n"
