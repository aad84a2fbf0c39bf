"""The search index, read as the contract in docs/site.md says."""

import json
import random
from contextlib import suppress

import pytest

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.rows import Row
from finews_spider.mirror.search import index, merging, segments
from finews_spider.mirror.search.index import INDEX, update
from finews_spider.mirror.search.segments import DATA, Entry
from tests.mirror import index_reader
from tests.mirror.index_reader import found
from tests.mirror.index_reader import segments as listed
from tests.mirror.postings_reference import terms_of

WORDS = ["油价上涨", "央行降息", "银行", "A股", "TechWeb", "2026", "新能源汽车", "比亚迪", "人民币", "𠀀", "ﾃｽﾄ"]


def entry(number, text, day="2026-01-02", title=None, stocks=""):
    time = f"{day}T{number // 60:02}:{number % 60:02}:00+08:00"
    return Entry(Row(time, f"/x/{day}/{number}.html", title or f"题{number}", "报"), text, stocks)


def change(folder, *entries, gone=()):
    """Add or replace *entries*, and remove those of *gone*."""
    changes = {}
    for post in (*entries, *gone):
        changes.setdefault(post.row.time[:10], {})[post.row.url] = None if post in gone else post
    update(folder, changes)


def files(folder):
    return {path: folder.read(path) for path in folder.files(DATA)}


@pytest.fixture
def folder(tmp_path):
    return MirrorFolder(tmp_path)


@pytest.fixture
def small(monkeypatch):
    """Make the limits so small that a test's few posts reach them."""
    monkeypatch.setattr(index, "LEVELS", (10, 40, 100))
    monkeypatch.setattr(index, "MOST_GONE", 12)
    monkeypatch.setattr(merging, "LONGEST", 4)
    monkeypatch.setattr(merging, "ARTICLES_A_PART", 8)
    monkeypatch.setattr(merging, "CHUNK", 3)
    monkeypatch.setattr(merging, "TEXTS", 7)
    for module in (merging, segments, index_reader):
        monkeypatch.setattr(module, "ROWS", 3)


def test_any_part_of_a_word_is_found_newest_first(folder):
    change(folder, entry(1, "新能源汽车"), entry(2, "能源"), entry(3, "汽车 TechWeb"))
    change(folder, entry(4, "能源", "2026-02-03"))
    assert found(folder, "能源") == ["题4", "题2", "题1"]
    assert found(folder, "新能", "能源") == ["题1"]
    assert found(folder, "汽") == ["题3", "题1"]
    assert found(folder, "车") == ["题3", "题1"]
    assert found(folder, "tech") == found(folder, "t") == ["题3"]
    assert found(folder, "web") == []


def test_title_publication_and_stocks_are_found_alone(folder):
    change(folder, entry(1, "茅台涨", title="白酒"), entry(2, "白酒", title="茅台", stocks="1.600519\n贵州茅台"))
    assert (found(folder, "茅台"), found(folder, "^茅台"), found(folder, "$茅台")) == (["白酒"], ["茅台"], ["茅台"])
    assert found(folder, "@报") == ["茅台", "白酒"]
    assert found(folder, "$600519") == found(folder, "$6005") == ["茅台"]
    assert found(folder, "$白酒") == []


def test_a_revision_is_found_by_its_new_text_only_and_what_is_gone_by_none(folder):
    change(folder, entry(1, "油价"), entry(2, "油价"))
    change(folder, entry(1, "银行"))
    assert (found(folder, "油价"), found(folder, "银行")) == (["题2"], ["题1"])
    change(folder, gone=[entry(2, ""), entry(5, "")])
    assert found(folder, "油价") == []
    change(folder, gone=[entry(1, "")])
    assert files(folder) == {INDEX: '{"format":3,"segments":[]}'}


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.torture) for n in range(2, 6))])
def test_whatever_the_order_of_changes_the_newest_version_of_each_post_is_found(folder, small, seed):
    dice = random.Random(seed)
    now = {}
    for _ in range(40):
        entries = []
        for _ in range(dice.choice([1, 1, 4, 15])):
            day = f"{dice.randint(2024, 2026)}-02-{dice.randint(1, 29):02}"
            entries.append(entry(dice.randrange(9), " ".join(dice.sample(WORDS, 3)), day))
        gone = [now[url] for url in dice.sample(sorted(now), min(len(now), dice.choice([0, 0, 0, 2])))]
        gone = [post for post in gone if post.row.url not in {new.row.url for new in entries}]
        change(folder, *entries, gone=gone)
        now |= {post.row.url: post for post in entries}
        for post in gone:
            del now[post.row.url]
    for term in {term for word in WORDS for term in terms_of(word)}:
        expected = sorted((post.row for post in now.values() if term in terms_of(post.text)), reverse=True)
        assert found(folder, term) == [row.title for row in expected]
    for year in ("2024", "2025", "2026"):
        assert sum(segment["name"].startswith(year) for segment in listed(folder)) <= 4
    assert set(folder.folders(DATA)) == {segment["name"] for segment in listed(folder)}


def test_a_year_of_few_posts_is_the_same_in_whatever_order_they_came(tmp_path):
    dice = random.Random(1)
    entries = [entry(n, " ".join(dice.sample(WORDS, 3))) for n in range(400)]
    gone = dice.sample(entries, 10)
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    change(other, *(post for post in entries if post not in gone))
    dice.shuffle(entries)
    for start in range(0, 400, 90):
        change(one, *entries[start : start + 90])
    for post in gone:
        change(one, gone=[post])
    assert files(one) == files(other)


def test_a_tick_writes_the_smallest_segment_and_a_new_year_merges_the_one_before(folder, small):
    for number in range(45):
        change(folder, entry(number, "油价"))
    first = [segment["articles"] for segment in listed(folder)]
    assert first == [44, 1]
    before = set(folder.folders(DATA))
    change(folder, entry(46, "油价"))
    assert [segment["articles"] for segment in listed(folder)] == [44, 2]
    assert len(before & set(folder.folders(DATA))) == 1
    change(folder, entry(1, "油价", "2027-01-01"))
    assert [segment["articles"] for segment in listed(folder)] == [1, 46]


def test_a_late_post_and_a_revision_leave_the_closed_year_as_it_is(folder, small):
    change(folder, *(entry(number, "油价") for number in range(45)))
    change(folder, entry(1, "油价", "2027-01-01"))
    closed = listed(folder)[1]
    untouched = {path: text for path, text in files(folder).items() if closed["name"] in path}
    change(folder, entry(3, "银行"), entry(50, "油价"))
    assert [(segment["articles"], segment["gone"]) for segment in listed(folder)] == [(1, []), (45, [3]), (2, [])]
    assert untouched.items() <= files(folder).items()
    assert found(folder, "油价").count("题3") == 0
    assert len(found(folder, "油价")) == 46
    assert found(folder, "银行") == ["题3"]


def test_what_is_taken_down_leaves_no_trace_in_a_closed_year(folder, small):
    change(folder, *(entry(number, "油价") for number in range(45)), entry(46, "秘密", title="机密"))
    change(folder, entry(1, "油价", "2027-01-01"))
    change(folder, entry(46, "保密", title="机密"))
    assert listed(folder)[1]["gone"] == [45]
    change(folder, gone=[entry(46, "")])
    assert not [path for path, text in files(folder).items() if "密" in text or "/46.html" in text]
    assert len(found(folder, "油价")) == 46


def test_an_export_that_changes_nothing_writes_nothing(folder, small, monkeypatch):
    posts = [entry(number, "油价") for number in range(45)]
    for start in range(0, 45, 4):
        change(folder, *posts[start : start + 4])
    before = files(folder)
    monkeypatch.setattr(folder, "write", lambda path, text: (path, text) in before.items() or pytest.fail(path))
    change(folder, *posts[:30], gone=[entry(99, "")])
    assert files(folder) == before


def test_killed_anywhere_the_index_is_whole(tmp_path, monkeypatch, small):
    entries = [entry(n, word) for n, word in enumerate(WORDS * 6)]
    later = [*entries, entry(1, "银行", "2027-01-01")]
    writes, is_done = 0, False
    while not is_done:
        folder = MirrorFolder(tmp_path / str(writes))
        for start in range(0, 45, 9):
            change(folder, *entries[start : start + 9])
        count = 0

        def write(path, text, folder=folder, writes=writes):
            nonlocal count
            count += 1
            if count > writes:
                raise KeyboardInterrupt
            return MirrorFolder.write(folder, path, text)

        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(folder, "write", write)
            change(folder, *later)
            is_done = True
        assert len(found(folder, "银行")) in {4, 6, 7}
        change(folder, *later)
        assert len(found(folder, "银行")) == 7
        assert len(folder.folders(DATA)) == len(listed(folder))
        writes += 7
    assert writes > 14


def test_files_are_small(folder):
    text = "".join(chr(0x4E00 + n * 37 % 3000) for n in range(600))
    change(folder, *(entry(n, text[n % 300 :]) for n in range(640)))
    sizes = {path: len(text.encode()) for path, text in files(folder).items()}
    assert max(sizes.values()) < 40_000
    assert sum(sizes.values()) < 640 * 1_100


def test_what_someone_broke_costs_no_neighbour(folder):
    change(folder, entry(1, "油价"), entry(2, "油价"))
    shard = next(path for path, text in files(folder).items() if '"油价"' in text)
    folder.write(shard, '{"油价":"#\\uffff","":"#","银行":"","\U00100000":"#"}')
    change(folder, entry(3, "油价"))
    assert found(folder, "油价") == ["题3", "题1"]


@pytest.mark.parametrize(
    "listing",
    [
        "[]", "1", "null", '"x"', '{"segments": {}}', '{"segments": [1, null, "x", []]}', "[" * 100_000,
        *(
            json.dumps({"format": format_, "segments": [{
                "name": "2026-0123456789ab", "articles": 1, "shards": 1, "days": [1] + [0] * 371,
                "gone": [], **other,
            }]})
            for format_, other in [
                (2, {}), (3, {"name": 1}), (3, {"name": "../../x"}), (3, {"name": "2026-01-0123456789ab"}),
                (3, {"articles": "1"}), (3, {"articles": 1e99}), (3, {"articles": 99999999999999}),
                (3, {"shards": None}), (3, {"shards": 99999999999999}), (3, {"days": [0] * 372}),
                (3, {"days": []}), (3, {"days": ["x"] * 372}), (3, {"gone": [-1]}), (3, {"gone": {}}),
            ]
        ),
    ],
)  # fmt: skip
def test_an_index_of_another_shape_ends_no_export(folder, listing):
    folder.write(INDEX, listing)
    change(folder, entry(1, "油价"))
    assert found(folder, "油价") == ["题1"]


def test_an_index_of_an_earlier_format_is_replaced(folder):
    old = "2026-01-0123456789ab"
    segment = {"name": old, "articles": 1, "shards": 1, "block_shards": 0, "days": [0] * 31, "gone": []}
    folder.write(INDEX, json.dumps({"format": 2, "segments": [segment]}))
    folder.write(f"{DATA}/{old}/0.json", "{}")
    change(folder, entry(1, "油价"))
    assert old not in folder.folders(DATA)
    assert found(folder, "油价") == ["题1"]


@pytest.mark.parametrize("name", ["rows-0", "rows-1", "0", "1", "chunk-0", "chunk-1", ".articles-01-02", ".check"])
@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", "7", "null", "[1, null, [], [1, 2, 3, 4], {}]", '{"油价": 5, "价上": null}', "[" * 100_000,
        '[["a", "b", "\\ud800", "d"]]', '{"油价": "\\ud800"}', '{"\\ud800": "#"}', '{"articles": {"a": 1}}',
    ],
)  # fmt: skip
def test_a_file_of_another_shape_costs_what_it_held(folder, small, name, content):
    change(folder, *(entry(number, f"油价{number}") for number in range(150)))
    [segment] = folder.folders(DATA)
    folder.write(f"{DATA}/{segment}/{name}.json", content)
    change(folder, gone=[entry(149, "")])
    change(folder, entry(200, "银行"))
    assert found(folder, "银行") == ["题200"]
    if name.startswith("rows"):
        held = {f"题{number}" for number in (range(3) if name == "rows-0" else range(3, 6))}
        assert set(found(folder, "油价")) == {f"题{number}" for number in range(149)} - held
