"""``python -m tests.stories`` prints the number of pairs by kind; with a kind, also the pairs of it, to read."""

# ruff: noqa: T201 -- printing is what it is for
import sys
from collections import Counter

from finews_spider.articles.body import lines_of
from tests.stories import pairs

for name, made in (("pairs", pairs.pairs()), ("held out", pairs.held_out())):
    counts = Counter((pair.same, pair.kind) for pair in made)
    print(f"{name}: {len(made)}, of these same: {sum(pair.same for pair in made)}")
    for (same, kind), count in sorted(counts.items()):
        print(f"  {'same' if same else 'different':9}  {count:4}  {kind}")
    for pair in made:
        if pair.kind in sys.argv[1:]:
            for side in (pair.left, pair.right):
                print(
                    f"\n{side.code}  {side.title}  {side.publication}  {side.published:%m-%d %H:%M}\n{lines_of(side.body)}"
                )
