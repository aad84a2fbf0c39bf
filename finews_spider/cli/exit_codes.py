"""The exit codes of each command. `--help` and docs/commands.md show them, and docs/running.md explains them."""

from finews_spider.errors import DONE, FAILED, INTERRUPTED, LOCKED, USAGE

MEANINGS = {
    DONE: "done",
    FAILED: "something failed",
    USAGE: "wrong usage or configuration",
    LOCKED: "another run, export or publication holds the lock",
    INTERRUPTED: "stopped by Ctrl-C",
}
"""What a code means if the command's row doesn't say more."""
_ENDS_AT_ONCE = {DONE: "", USAGE: "", INTERRUPTED: ""}
_READS = {DONE: "", FAILED: "the store can't be read", USAGE: "", INTERRUPTED: ""}
_WRITES = {DONE: "", FAILED: "the store or the disk failed", USAGE: "", LOCKED: "", INTERRUPTED: ""}
_POST_FAILED = "an article has no post, which the next export tries again; or the store or the disk failed"

EXIT_CODES = {
    "run": {
        DONE: "everything is done, or everything that --max-minutes left time for",
        FAILED: "something failed, and the next run tries it again; or Ctrl-C",
        USAGE: "",
        LOCKED: "another run is under way",
    },
    "watch": {DONE: "stopped by Ctrl-C or SIGTERM", USAGE: "wrong usage or configuration, also of one of its runs"},
    "fetch": {
        DONE: "",
        FAILED: "no source gives an article, or its post can't be written; or Ctrl-C",
        USAGE: "wrong usage or configuration, or a link leads to no article; the other links are fetched nevertheless",
        LOCKED: "",
    },
    "show": _READS,
    "search": _READS,
    "list": _READS,
    "channels": _ENDS_AT_ONCE,
    "channels probe": {
        DONE: "",
        FAILED: "the list can't be fetched, isn't in the format of its kind, or names no article",
        USAGE: "",
        INTERRUPTED: "",
    },
    "channels copy": {DONE: "", FAILED: "the disk is full", USAGE: "wrong usage, or there is a file of this name"},
    "export": {**_WRITES, FAILED: _POST_FAILED},
    "import": {**_WRITES, FAILED: "a file can't be read, and a line names it; or the store or the disk failed"},
    "history": _READS,
    "takedown": {**_WRITES, FAILED: _POST_FAILED},
    "verify": {
        **_WRITES,
        FAILED: "something is wrong and isn't repaired, or the store or the disk failed",
        USAGE: "wrong usage or configuration, or most of the mirror isn't of this store: then nothing is repaired",
    },
    "site init": {DONE: "", FAILED: "the disk is full", USAGE: ""},
    "status": {**_READS, FAILED: "the store can't be read; or with --check, the last run was bad or is too old"},
    "backup": {**_READS, FAILED: "the store can't be read, or the disk is full"},
    "restore": _WRITES,
    "compact": _WRITES,
    "publish": {
        DONE: "the site is where it should be",
        FAILED: "the site couldn't be built or sent, and the next time tries again; or Ctrl-C",
        USAGE: "wrong usage or configuration, a program is missing, or the mirror lost most of its posts",
        LOCKED: "another publication is under way",
    },
    "demo": {DONE: "", FAILED: "a run failed", USAGE: "", INTERRUPTED: ""},
}
"""Command → code → what the code means there; empty: what MEANINGS says."""


def exit_codes(command: str) -> list[tuple[str, str]]:
    """Return each exit code of a command and its meaning; nothing for a group that does nothing by itself.

    :param command: its name, without ``finews``.
    """
    return [(str(code), text or MEANINGS[code]) for code, text in EXIT_CODES.get(command, {}).items()]
