"""The pairs of articles that finding reprints is measured with. All text is our own; README.md says how it is made."""

from functools import cache

from tests.stories import tables, tables_held_out
from tests.stories.build import Set, numbered
from tests.stories.model import Group, Pair
from tests.stories.reprints import DRESSES, TEXT_CHANGES
from tests.stories.reprints_held_out import DRESSES as OTHER_DRESSES
from tests.stories.reprints_held_out import TEXT_CHANGES as OTHER_TEXT_CHANGES


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs for development."""
    changes = TEXT_CHANGES | DRESSES
    mild = {kind: change for kind, change in changes.items() if kind in tables.MILD_CHANGES}
    made = Set("development", 3_100_000_000)
    return (
        *made.reprints(changes, each=9),
        *made.two_changes(TEXT_CHANGES, changes, 40),
        *made.two_reprints(mild, changes, 24),
        *made.reworded(tables.REWORDED),
        *made.corrections("typo corrected", tables.TYPOS, same=True),
        *made.siblings(),
        *made.strangers(12),
        *made.notices(),
        *made.notices_elsewhere(mild),
        *made.first_paragraphs(10),
        *made.corrections("correction with another figure", tables.CORRECTIONS, same=False),
        *made.corrections("one digit in the data", tables.ONE_DIGIT, same=False),
        *made.digests(tables.DIGESTS),
        *made.shorts(),
    )


@cache
def groups() -> tuple[Group, ...]:
    """Return stories with several reprints in several orders, and near neighbours."""
    changes = TEXT_CHANGES | DRESSES
    made = Set("development", 3_900_000_000)
    return tuple(
        group
        for name, kinds, neighbours in tables.GROUPS
        for group in made.group(name, [changes[kind] for kind in kinds], neighbours)
    )


@cache
def held_out() -> tuple[Pair, ...]:
    """Return the pairs that nothing may be tuned on: other topics, companies, sentences and kinds of markup."""
    changes = OTHER_TEXT_CHANGES | OTHER_DRESSES
    mild = {kind: change for kind, change in changes.items() if kind in tables_held_out.MILD_CHANGES}
    made = Set("held_out", 4_200_000_000)
    return (
        *made.reprints(changes, each=5),
        *made.two_changes(OTHER_TEXT_CHANGES, changes, 25),
        *made.two_reprints(mild, changes, 15),
        *made.reworded(tables_held_out.REWORDED),
        *made.corrections("typo corrected", tables_held_out.TYPOS, same=True),
        *made.siblings(),
        *made.strangers(10),
        *made.notices(),
        *made.notices_elsewhere(mild),
        *made.first_paragraphs(6),
        *made.corrections("correction with another figure", tables_held_out.CORRECTIONS, same=False),
        *made.corrections("one digit in the data", tables_held_out.ONE_DIGIT, same=False),
        *made.digests(tables_held_out.DIGESTS, numbered),
        *made.shorts(),
    )
