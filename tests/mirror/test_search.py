"""The search index, read as the contract in docs/site.md says."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import Row
from finews_spider.mirror.postings import build_postings
from finews_spider.mirror.search import DATA, INDEX, Entry, update
from tests.mirror import postings_reference
from tests.mirror.postings_reference import decode, terms_of

WORDS = ["油价上涨", "央行降息", "银行", "A股", "TechWeb", "2026", "新能源汽车", "比亚迪", "人民币", "𠀀", "ﾃｽﾄ"]


def entry(number, text, day="2026-01-02"):
    return Entry(
        Row(f"{day}T{number // 60:02}:{number % 60:02}:00+08:00", f"/x/{number}.html", f"题{number}", "报"), text
    )


def change(folder, *entries, day="2026-01-02", gone=()):
    update(folder, {day: {e.row.url: e for e in entries} | dict.fromkeys(gone)})


def files(folder):
    return {path: folder.read(path) for path in folder.files(DATA)}


def load(folder, path):
    return json.loads(folder.read(path))


def found(folder, prefix):
    """Return the titles of the posts that have a term beginning with *prefix*, newest first."""
    titles = []
    for segment in load(folder, INDEX)["segments"]:
        where = f"{DATA}/{segment['name']}"
        shard = load(folder, f"{where}/{ord(prefix[0]) % segment['shards']}.json")
        numbers = {n for term, postings in shard.items() if term.startswith(prefix) for n in decode(postings)}
        rows = (load(folder, f"{where}/rows-{n // 100}.json")[n % 100] for n in sorted(numbers, reverse=True))
        titles += [row[2] for row in rows]
    return titles


@pytest.fixture
def folder(tmp_path):
    return MirrorFolder(tmp_path)


def test_terms_are_pairs_of_chinese_characters_and_words():
    terms = build_postings({0: "油价上涨3.5%，ＴｅｃｈWeb说", 1: "x" * 50, 2: "…… \n!"}, {}, [])
    assert terms.keys() == {"油价", "价上", "上涨", "涨", "3", "5", "techweb", "说", "x" * 40}


def test_any_part_of_a_word_is_found_newest_first(folder):
    change(folder, entry(1, "新能源汽车"), entry(2, "能源"), entry(3, "汽车"))
    change(folder, entry(4, "能源", "2026-01-03"), day="2026-01-03")
    assert found(folder, "能源") == ["题4", "题2", "题1"]
    assert found(folder, "汽") == ["题3", "题1"]
    assert found(folder, "车") == ["题3", "题1"]


def test_a_revision_is_found_by_its_new_text_only_and_what_is_gone_by_none(folder):
    change(folder, entry(1, "油价"), entry(2, "油价"))
    change(folder, entry(1, "银行"))
    assert (found(folder, "油价"), found(folder, "银行")) == (["题2"], ["题1"])
    change(folder, gone=["/x/2.html", "/x/unknown.html"])
    assert found(folder, "油价") == []
    change(folder, gone=["/x/1.html"])
    assert files(folder) == {INDEX: '{"segments":[]}'}


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_changes_leaves_no_trace_and_all_is_found(tmp_path, seed):
    dice = random.Random(seed)
    entries = [entry(n, " ".join(dice.sample(WORDS, 3))) for n in range(dice.choice([20, 130, 400]))]
    gone = dice.sample(entries, 10)
    left = [e for e in entries if e not in gone]
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    change(other, *left)
    dice.shuffle(entries)
    while entries:
        now, entries = entries[:90], entries[90:]
        change(one, *now)
    for e in gone:
        change(one, gone=[e.row.url])
    assert files(one) == files(other)
    for word in WORDS:
        for term in terms_of(word):
            expected = sorted((e.row for e in left if any(t.startswith(term) for t in terms_of(e.text))), reverse=True)
            assert found(one, term) == [row.title for row in expected]


def test_killed_anywhere_the_index_is_whole(tmp_path, monkeypatch):
    entries = [entry(n, dice) for n, dice in enumerate(WORDS * 20)]
    for writes in range(14):
        folder = MirrorFolder(tmp_path / str(writes))
        change(folder, *entries[:150])
        count = 0

        def write(path, text, folder=folder, writes=writes):
            nonlocal count
            count += 1
            if count > writes:
                raise KeyboardInterrupt
            return MirrorFolder.write(folder, path, text)

        monkeypatch.setattr(folder, "write", write)
        try:
            change(folder, *entries)
        except KeyboardInterrupt:
            assert len(found(folder, "银行")) in {14, 20}
        monkeypatch.undo()
        change(folder, *entries)
        assert len(found(folder, "银行")) == 20
        assert len(folder.folders(DATA)) == 1


def test_files_are_small(folder):
    text = "".join(chr(0x4E00 + n * 37 % 3000) for n in range(600))
    change(folder, *(entry(n, text[n % 300 :]) for n in range(640)))
    sizes = {path: len(text.encode()) for path, text in files(folder).items()}
    assert max(sizes.values()) < 40_000
    assert sum(sizes.values()) < 640 * 600


NUMBERS = st.lists(st.integers(0, 200_000), unique=True, max_size=50).map(sorted)


@given(NUMBERS, NUMBERS)
def test_postings_come_back_as_they_were(before, now):
    old = build_postings(dict.fromkeys(before, "油价"), {}, [])
    both = build_postings(dict.fromkeys(set(now) - set(before), "油价"), old, range(200_001))
    numbers = sorted({*before, *now})
    expected = {"油价": numbers, "价": numbers} if numbers else {}
    written = json.loads(json.dumps(both, ensure_ascii=False).encode())
    assert {term: decode(coded) for term, coded in written.items()} == expected


TEXTS = st.dictionaries(
    st.integers(0, 9), st.text(st.sampled_from("油价上涨，。A股 3.x𠀀\U00040000ﾃ") | st.characters(), max_size=30)
)


@given(TEXTS, TEXTS, st.sets(st.integers(0, 9)))
def test_postings_are_those_of_the_reference(before, now, gone):
    old = build_postings(before, {}, [])
    assert old == postings_reference.build_postings(before, {}, [])
    moves = [-1 if number in gone or number in now else number for number in range(10)]
    assert build_postings(now, old, moves) == postings_reference.build_postings(now, old, moves)


@given(TEXTS, st.permutations(range(10)), TEXTS)
def test_postings_of_posts_that_move_are_those_of_the_reference(before, moves, now):
    old = build_postings(before, {}, [])
    moves = [-1 if new in now else new for new in moves]
    assert build_postings(now, old, moves) == postings_reference.build_postings(now, old, moves)


def test_the_example_in_the_docs_is_right():
    texts = {0: "油价涨, A股", 1: "股价", 3: "油价"}
    expected = {"油价": "#%", "价涨": "#", "涨": "#", "a": "#", "股": "#", "股价": "$", "价": "$$"}
    assert build_postings(texts, {}, []) == postings_reference.build_postings(texts, {}, []) == expected


def test_what_someone_broke_costs_no_neighbour(folder):
    change(folder, entry(1, "油价"), entry(2, "油价"))
    [shard] = (path for path in files(folder) if path.endswith("/0.json"))
    folder.write(shard, '{"油价":"#\\uffff","":"#","银行":"","\U00100000":"#"}')
    change(folder, entry(3, "油价"))
    assert found(folder, "油价") == ["题3", "题1"]


@pytest.mark.parametrize(
    "index",
    [
        "[]", "1", "null", '"x"', '{"segments": {}}', '{"segments": [1, null, "x", []]}', "[" * 100_000,
        '{"segments": [{"name": 1, "articles": 1, "shards": 1}]}',
        '{"segments": [{"name": "2026-01-01-0123456789ab", "articles": 1}]}',
        '{"segments": [{"name": "2026-01-01-0123456789ab", "articles": "1", "shards": 1}]}',
        '{"segments": [{"name": "2026-01-01-0123456789ab", "articles": 1e99, "shards": 1}]}',
        '{"segments": [{"name": "2026-01-02-0123456789ab", "articles": 99999999999999, "shards": 1}]}',
        '{"segments": [{"name": "2026-01-02-0123456789ab", "articles": 1, "shards": 99999999999999}]}',
        '{"segments": [{"name": "../../x", "articles": 1, "shards": 1}]}',
    ],
)  # fmt: skip
def test_an_index_of_another_shape_ends_no_export(folder, index):
    folder.write(INDEX, index)
    change(folder, entry(1, "油价"))
    assert found(folder, "油价") == ["题1"]


@pytest.mark.parametrize("name", ["rows-0", "rows-1", "0", "1"])
@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", "7", "null", "[1, null, [], [1, 2, 3, 4], {}]", '{"油价": 5, "价上": null}', "[" * 100_000,
        '[["a", "b", "\\ud800", "d"]]', '{"油价": "\\ud800"}', '{"\\ud800": "#"}',
    ],
)  # fmt: skip
def test_a_file_of_another_shape_costs_what_it_held(folder, name, content):
    change(folder, *(entry(number, f"油价{number}") for number in range(150)))
    [segment] = folder.folders(DATA)
    folder.write(f"{DATA}/{segment}/{name}.json", content)
    change(folder, entry(200, "银行"))
    assert found(folder, "银行") == ["题200"]
    held = {f"题{number}" for number in (range(100) if name == "rows-0" else range(100, 150))}
    if name.startswith("rows"):
        assert set(found(folder, "油价")) == {f"题{number}" for number in range(150)} - held
