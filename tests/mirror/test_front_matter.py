"""What the exporter writes between the ``---`` is read by Ruby's YAML, which Jekyll has, as the text that it is."""

import json
import random
import shutil
import subprocess

import pytest
import yaml

from finews_spider.items import UNWANTED
from finews_spider.mirror import escape
from finews_spider.mirror.categories import split_category
from tests.mirror.unusual_categories import CATEGORIES
from tests.servers import missing

# As Jekyll does: it allows dates and times, and stops at all else that is no plain value.
RUBY = """
require "json"; require "yaml"; require "date"
read = JSON.parse($stdin.read).map do |text|
  begin
    YAML.safe_load(text, permitted_classes: [Date, Time])["x"]
  rescue StandardError => error
    {"failed" => error.message}
  end
end
puts JSON.generate(read)
"""
NAMES = [
    *CATEGORIES, "!!int x", "!!bool x", "!!timestamp x", "!!float", "!ruby/object:X", "- " * 1200, "[" * 1200, "2026-99-99 10:00:00",
    "2026-99-99", "2026-01-02", "2026-1-2", "2026-01-02 10:00:00", "2026-01-02T10:00:00Z", "2026-01-02t1:00:00 +8", "20260102",
    "yEs", "oN", "Y", "n", "No", "OFF", "tRUE", "False", "NULL", "Null", "~", "nil", "=", "<<", "<<: x", ":a", "::", ":", ": ",
    ':"a"', "::a", "a:", "a: ", "a :b", "1e5", "1E+5", "1.5e3", ".5", "5.", "+5", "-5", "0o7", "0x1F", "0b11", "017", "1_000",
    "1,000", "1,2,3", ".inf", "-.INF", "+.inf", ".nan", ".NaN", "12:30", "12:30:45", "190:20:30.15", "1:1", "685.230_15e+03",
    "163", "360", "0", "00", "007", "1", "٣", "１６３", "#x", "x #", "x #y", "x# y", "'x", '"x', "x'", 'x"', "@x", "`x", "%x", "&x",
    "*x", "|", ">", "|-", ">+", "?", "? x", "?x", "-", "--", "---", "-x", "...", "....", "{", "}", "{x", "[x", "]", ",", ",x", "!",
    "!x", "x,", "x]", "x}", "x: y", "x:y", "http://x.example/?a=b&c", "C:\\x", "a\\nb", "  x", "x  ", "x  y", "\tx", "x\ty", "",
    " ", "\u3000", "\u3000x", "x\u3000", "x\u3000y", "x\xa0", "\xa0", "x\x85y", "x\u2028y", "\ufeffx", "x\ufeffy", "\u200bx",
    "x\x7fy", "\x1b[31m", "😀", "😀报", "《x》", "“x”", "（x）", "(x)", "(x", "新京报新闻", "36氪新闻", "Career In 投行PEVC新闻",
    "y新闻", "null新闻", "1e5新闻", "2026-01-02新闻", "12:30新闻", "e5", "1e", "0x", "0xg", "1a", "1z", "12t", "2026-01-02Z", "a-b",
    "x" * 5000, "中" * 2000, "true story", "no news", "on air", "a: b: c", "key: [x", "é", "e\u0301", "ﬁ", "ŉ", "\u0301x",
]  # fmt: skip
ALPHABET = list("yYnNoOeEsStTrRuUfFalL0123456789.:,_+-~=<>!&*?|@`'\"#%{}[]() xX\\/\u3000新京报é😀")


def generated(count: int) -> list[str]:
    chance = random.Random(18)
    return ["".join(chance.choices(ALPHABET, k=chance.randint(1, 12))) for _ in range(count)]


@pytest.fixture(scope="module")
def texts():
    return [text for text in [*NAMES, *generated(20_000)] if text == UNWANTED.sub("", text)]


def ruby(documents: list[str]) -> list[object]:
    if not shutil.which("ruby"):
        missing("jekyll", "there is no ruby on the PATH")
    done = subprocess.run(
        ["ruby", "-Eutf-8", "-e", RUBY],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def wrong(texts, write, expected):
    """Return what Ruby or Python reads of what is written otherwise than expected."""
    documents = [f"x: {write(text)}\nlayout: post" for text in texts]
    return [
        (text, by_ruby)
        for text, document, by_ruby in zip(texts, documents, ruby(documents), strict=True)
        if not expected(text, by_ruby) or not expected(text, yaml.safe_load(document)["x"])
    ]


def test_a_title(texts):
    assert wrong(texts, escape.yaml_string, lambda text, read: read == text) == []


def test_a_tag(texts):
    assert wrong(texts, escape.yaml_tag, lambda text, read: read in (text, [text])) == []


def test_a_category(texts):
    def is_read(text, read):
        parts = read if isinstance(read, list) else split_category(read or "")
        return parts == split_category(text)

    texts = [text.strip() for text in texts]
    assert wrong(texts, escape.yaml_category, is_read) == []


PLAIN = [
    "xinjingbao", "21shijijingjibaodao", "36ke", "emnews", "Career In touxingPEVC", "chayeguoji(xianggang)", "《cha》zhoukan·e",
    "新京报新闻", "21世纪经济报道  南财理财通新闻", "36氪新闻", "安信国际证券(香港)新闻", "A&B+", "C#zhoukan", "100%", "a?b", "it's", "a:b",
    "TechWeb新闻", "第一财经 · 周刊新闻", "东财滚动新闻", "e公司新闻", "1号财经", "9k", "ＡＢＣ",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_what_the_original_wrote_stays_without_quotes(text):
    assert escape.yaml_tag(text) == escape.yaml_category(text) == text
