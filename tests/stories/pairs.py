"""The pairs of articles that finding reprints is measured with. All text is our own; README.md says how it is made."""

from functools import cache

from tests.stories.build import Set
from tests.stories.model import Group, Pair
from tests.stories.reprints import DRESSES, TEXT_CHANGES

CORRECTIONS = [
    ("cpi", "下降1.7%", "下降1.4%"),
    ("battery-results", "21.06亿元", "20.16亿元"),
    ("copper", "92,180元/吨", "91,280元/吨"),
    ("ipo-sensor", "18.6亿元，用于", "16.8亿元，用于"),
    ("rrr", "1.1万亿元", "1.2万亿元"),
    ("auto-sales", "129.6万辆", "126.9万辆"),
]
TYPOS = [
    ("securities-column", "寅吃卯粮", "寅吃卯量"),
    ("fund-manager", "策略又高度雷同", "策略有高度雷同"),
    ("real-estate-interview", "琐碎的事", "锁碎的事"),
    ("wage-policy", "压实燃气经营企业", "压实然气经营企业"),
]
DIGESTS = [
    ("财经早餐：3月4日要闻速览", ["mergers-port", "battery-results", "copper", "a-share-close", "pmi"]),
    (
        "财经早餐（精编版）：3月4日要闻速览",
        ["mergers-port", "battery-results", "copper", "real-estate-interview", "cpi"],
    ),
]


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs for development."""
    made = Set("development", 3_100_000_000)
    return (
        *made.reprints(TEXT_CHANGES | DRESSES, each=8),
        *made.two_changes(TEXT_CHANGES, TEXT_CHANGES | DRESSES, 24),
        *made.corrections("typo corrected", TYPOS, same=True),
        *made.siblings(),
        *made.notices(),
        *made.corrections("correction with another figure", CORRECTIONS, same=False),
        *made.digests(DIGESTS),
        *made.shorts(),
    )


@cache
def groups() -> tuple[Group, ...]:
    """Return stories with several reprints in several orders, and near neighbours."""
    return ()


@cache
def held_out() -> tuple[Pair, ...]:
    """Return the pairs that nothing may be tuned on: other topics, companies, sentences and kinds of markup."""
    return ()
