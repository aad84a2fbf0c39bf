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
    ("opec", "28.5万桶，幅度", "25.8万桶，幅度"),
    ("bank-results", "78.4亿元", "74.8亿元"),
    ("investigation", "4.83亿元", "4.38亿元"),
    ("hk-ipo-debut", "下跌7.42%", "下跌4.72%"),
]
ONE_DIGIT = [
    ("price-table", "| 23614.3 | 388.6", "| 23614.3 | 338.6"),
    ("price-table", "704.3", "704.8"),
    ("exports", "8,715.4", "8,715.9"),
    ("exports", "| 9.8 | 2,594.2", "| 9.3 | 2,594.2"),
    ("shipping-week", "1,862美元/FEU", "1,882美元/FEU"),
    ("us-stocks", "22,015.71", "22,075.71"),
    ("a-share-close", "14236.05", "14286.05"),
    ("battery-results", "43.9亿元", "48.9亿元"),
]
TYPOS = [
    ("securities-column", "寅吃卯粮", "寅吃卯量"),
    ("fund-manager", "策略又高度雷同", "策略有高度雷同"),
    ("real-estate-interview", "琐碎的事", "锁碎的事"),
    ("liquor-report", "最痛的一根神经", "最疼的一根神经"),
    ("insurance", "摆在险企面前的考题", "摆在险企面前的靠题"),
    ("humanoid-funding", "做了九年的伺服电机", "作了九年的伺服电机"),
    ("csrc-rule", "压实控股股东责任", "压实控股股东的责任"),
    ("wage-policy", "压实燃气经营企业", "压实然气经营企业"),
]
DIGESTS = [
    ("财经早餐：3月4日要闻速览", ["mergers-port", "battery-results", "copper", "a-share-close", "pmi"]),
    (
        "财经早餐（精编版）：3月4日要闻速览",
        ["mergers-port", "battery-results", "copper", "real-estate-interview", "cpi"],
    ),
    ("晚间公告汇总：3月4日", ["cpi", "battery-results", "real-estate-interview", "investigation", "hk-ipo-debut"]),
    ("3月6日上市公司要闻一览", ["pharma-deal", "investigation", "hk-ipo-debut", "tourism-reits", "cpi"]),
    ("周末重要消息汇总", ["pharma-deal", "tourism-reits", "investigation", "csrc-rule", "bank-results"]),
    ("周末重磅！影响下周股市的消息", ["csrc-rule", "bank-results", "investigation", "boj", "rrr"]),
    ("7×24小时快讯精选", ["pharma-deal.flash", "boj.flash", "exports.flash", "rrr.flash", "cpi.flash"]),
]
GROUPS = [
    (
        "cpi",
        ["other lead", "cut at the end", "background added", "words changed", "divs and spans"],
        ["cpi.flash", "cpi.own"],
    ),
    ("mergers-port", ["other title", "cut in the middle", "other ending", "images between"], ["mergers-port.own"]),
    ("rrr", ["other lead", "paragraphs split", "cut exactly 30 %", "background added"], ["rrr.flash", "rrr.next"]),
    (
        "opec",
        ["cut at the beginning", "cut at the end", "words changed", "numbers in full width"],
        ["opec.flash", "opec.next"],
    ),
    (
        "csrc-rule",
        ["other punctuation", "summary first", "related reading added", "cut at the end"],
        ["csrc-rule.half"],
    ),
    (
        "a-share-close",
        ["other lead", "line breaks", "numbers with separators", "source line first"],
        ["a-share-close.day"],
    ),
]


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs for development."""
    made = Set("development", 3_100_000_000)
    return (
        *made.reprints(TEXT_CHANGES | DRESSES, each=9),
        *made.two_changes(TEXT_CHANGES, TEXT_CHANGES | DRESSES, 40),
        *made.corrections("typo corrected", TYPOS, same=True),
        *made.siblings(),
        *made.strangers(12),
        *made.notices(),
        *made.corrections("correction with another figure", CORRECTIONS, same=False),
        *made.corrections("one digit in the data", ONE_DIGIT, same=False),
        *made.digests(DIGESTS),
        *made.shorts(),
    )


@cache
def groups() -> tuple[Group, ...]:
    """Return stories with several reprints in several orders, and near neighbours."""
    changes = TEXT_CHANGES | DRESSES
    made = Set("development", 3_900_000_000)
    return tuple(
        group
        for name, kinds, neighbours in GROUPS
        for group in made.group(name, [changes[kind] for kind in kinds], neighbours)
    )


@cache
def held_out() -> tuple[Pair, ...]:
    """Return the pairs that nothing may be tuned on: other topics, companies, sentences and kinds of markup."""
    return ()
