"""The postings of the search index are those of the plain code beside."""

import json

from hypothesis import given
from hypothesis import strategies as st

from finews_spider.mirror.search.postings import build_postings, merge_postings, split_postings
from tests.mirror import postings_reference
from tests.mirror.postings_reference import decode

NOTHING = {"title": "", "media": "", "stocks": ""}


def build(texts):
    return build_postings({number: NOTHING | {"text": text} for number, text in texts.items()})


def test_terms_are_characters_and_their_pairs_and_beginnings_of_words():
    terms = build({0: "油价上涨3.5%，ＴｅｃｈWeb说", 1: "…… \n!"})
    words = {"techweb"[:length] for length in range(1, 8)}
    assert terms.keys() == {"油价", "价上", "上涨", "油", "价", "上", "涨", "3", "5", "说"} | words
    assert build({0: "x" * 50}).keys() == {"x" * length for length in range(1, 41)}


def test_the_terms_of_a_title_a_publication_and_stocks_have_a_mark():
    postings = build_postings({0: {"text": "", "title": "油价", "media": "A报", "stocks": "1.60"}})
    assert postings.keys() == {"^油", "^油价", "^价", "@a", "@报", "$1", "$6", "$60"}


def test_the_example_in_the_docs_is_right():
    expected = {
        "油价": "#%", "价涨": "#", "油": "#%", "价": "##$", "涨": "#", "a": "#%", "ai": "&", "股": "##", "股价": "$",
    }  # fmt: skip
    assert build({0: "油价涨, A股", 1: "股价", 3: "AI油价"}) == expected


NUMBERS = st.lists(st.integers(0, 200_000), unique=True, max_size=50).map(sorted)


@given(NUMBERS, NUMBERS)
def test_postings_come_back_as_they_were(before, now):
    identity = range(200_001)
    new = build(dict.fromkeys(set(now) - set(before), "油价"))
    both = merge_postings([(build(dict.fromkeys(before, "油价")), identity), (new, identity)])
    written = json.loads(json.dumps(both, ensure_ascii=False).encode())
    numbers = sorted({*before, *now})
    assert {term: decode(coded) for term, coded in written.items()} == (
        {"油价": numbers, "价": numbers, "油": numbers} if numbers else {}
    )


@given(NUMBERS.filter(bool), st.sampled_from([1, 16, 4096]))
def test_postings_are_split_as_in_the_reference(numbers, size):
    coded = postings_reference.encode(numbers)
    assert list(split_postings(coded, size)) == list(postings_reference.split_postings(coded, size))


TEXT = st.text(st.sampled_from("油价上涨，。A股 3.x𠀀\U00040000ﾃ") | st.characters(), max_size=30)
POSTS = st.dictionaries(
    st.integers(0, 9), st.fixed_dictionaries(dict.fromkeys(["text", "title", "media", "stocks"], TEXT))
)


@given(POSTS)
def test_postings_are_those_of_the_reference(posts):
    assert build_postings(posts) == postings_reference.build_postings(posts)


@given(st.lists(st.tuples(POSTS, st.permutations(range(10)), st.sets(st.integers(0, 9))), max_size=3), st.booleans())
def test_merged_postings_are_those_of_the_reference(parts, keeps_numbers):
    sources = [
        (
            build_postings(posts),
            [-1 if number in gone else number for number in (range(10) if keeps_numbers else moves)],
        )
        for posts, moves, gone in parts
    ]
    assert merge_postings(sources) == postings_reference.merge_postings(sources)
