"""Lists of posts: whatever the order in which rows come and go, the pages are those of the rows that are left."""

import random
from contextlib import suppress

import pytest
import yaml

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import PAGE, ListPageKey, pages_of, update
from finews_spider.mirror.rows import Row, unfold

STOCK = ListPageKey("stock", "116.09988")
DAY = ListPageKey("archive", "2026-01-02", "2026-01-02")


def row(number, **fields):
    shown = f"2026-01-02T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+08:00"
    return Row(shown, f"/x/{number}.html", f'题"{number}', "晨报")._replace(**fields)


def pages(folder):
    return {path: folder.read(path) for path in folder.files("archive", "stock")}


def read(folder, path):
    _, matter, rest = folder.read(path).split("---\n")
    assert rest == ""
    return yaml.safe_load(matter)


def change(folder, rows=(), gone=(), key=DAY):
    update(folder, key, {r.url: r for r in rows} | {r.url: None for r in gone})


@pytest.fixture
def folder(tmp_path):
    return MirrorFolder(tmp_path)


def test_a_short_list_is_one_page_newest_first(folder):
    change(folder, [row(2), row(1), row(3)])
    assert list(pages(folder)) == ["archive/2026-01-02/index.html"]
    page = read(folder, "archive/2026-01-02/index.html")
    assert page.pop("rows") == [list(row(n)[:4]) for n in (3, 2, 1)]
    assert page == {
        "layout": "listing",
        "kind": "archive",
        "key": "2026-01-02",
        "title": "2026-01-02",
        "part": 1,
        "head": True,
        "before": "",
        "after": "",
        "hours": [["00", 3, "#h00"]],
        "parts": [],
        "newest": "2026-01-02T00:00:03+08:00",
    }


def test_a_long_list_has_full_pages_that_stay(folder):
    change(folder, [row(n) for n in range(3 * PAGE + 5)])
    head = read(folder, "archive/2026-01-02/index.html")
    assert (head["part"], len(head["rows"])) == (3, PAGE + 5)
    oldest = read(folder, "archive/2026-01-02/1.html")
    assert (oldest["part"], oldest["head"], len(oldest["rows"])) == (1, False, PAGE)
    before = pages(folder)
    change(folder, [row(1000)])
    assert changed(before, pages(folder)) == {"archive/2026-01-02/index.html"}


def changed(before, after):
    return {path for path in after if after[path] != before.get(path)}


def test_each_page_leads_to_the_next_newer_one(folder):
    change(folder, [row(n) for n in range(4 * PAGE)])
    newer = [read(folder, DAY.path(number)).get("newer") for number in (1, 2, 3, None)]
    assert newer == ["2.html", "3.html", "./", None]
    before = pages(folder)
    change(folder, [row(4 * PAGE + n) for n in range(PAGE)])
    assert changed(before, pages(folder)) == {DAY.path(number) for number in (3, 4, None)}
    assert [read(folder, DAY.path(number)).get("newer") for number in (3, 4)] == ["4.html", "./"]


def test_the_head_of_a_day_names_its_hours_and_its_full_pages(folder):
    at = {"08": 50, "09": 100, "23": 40}
    rows = [
        Row(f"2026-01-02T{hour}:{n % 60:02}:00+08:00", f"/{hour}/{n}.html", "题", "报")
        for hour in at
        for n in range(at[hour])
    ]
    change(folder, rows[:100])
    change(folder, rows[100:])
    page = read(folder, DAY.path())
    assert page["hours"] == [["23", 40, "#h23"], ["09", 100, "#h09"], ["08", 50, "1.html#h08"]]
    assert page["parts"] == [["08:00", "09:04", {"08": 50, "09": 10}], ["09:05", "09:34", {"09": 60}]]


@pytest.mark.parametrize(
    "parts",
    ["[", "[[1]]", '[["a","b",{}]]', '[["08:00","08:00",{"08":Infinity}]]', '[["08:00","08:00",{"\\ud800":1}]]', "[7]"],
)
def test_what_somebody_changed_of_the_full_pages_is_read_again(folder, parts):
    change(folder, [row(n) for n in range(2 * PAGE)])
    right = folder.read(DAY.path())
    broken = "\n".join(f"parts: {parts}" if line.startswith("parts") else line for line in right.split("\n"))
    folder.write(DAY.path(), broken)
    change(folder, [row(PAGE)])
    assert folder.read(DAY.path()) == right


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_changes_leaves_no_trace(tmp_path, seed):
    dice = random.Random(seed)
    rows = [row(n) for n in range(dice.randint(1, 5 * PAGE))]
    gone = set(dice.sample(rows, dice.randint(0, len(rows))))
    shuffled = rows[:]
    dice.shuffle(shuffled)
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    while shuffled:
        size = dice.choice([1, 7, PAGE, 2 * PAGE])
        now, shuffled = shuffled[:size], shuffled[size:]
        change(one, now, [r for r in gone if dice.random() < 0.1 and r not in now])
    for r in list(gone):
        change(one, gone=[r])
    if left := [r for r in rows if r not in gone]:
        change(other, left)
    assert pages(one) == pages(other)


def in_story(row, story):
    return row._replace(story="" if row.code == story else story)


def story_rows(dice, count):
    """Return rows, a third of which tell stories. A first article may be the latest one, or in another list."""
    rows = [row(n, url=f"/x/NW{n}.html") for n in range(count)]
    for _ in range(count // 12):
        members = dice.sample(range(count), 4)
        story = str(dice.choice([*members, 9999]))
        for n in members:
            rows[n] = in_story(rows[n], story)
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_whatever_order_stories_come_and_go_in_each_is_there_once(tmp_path, seed):
    dice = random.Random(seed)
    rows = {r.url: r for r in story_rows(dice, dice.randint(30, 4 * PAGE))}
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    heads = []
    change(one, rows.values())
    for _ in range(12):
        # As the exporter does, this gives all rows of a story that changes.
        changes = dict.fromkeys(dice.sample(list(rows), min(len(rows), dice.choice([0, 1, 5]))))
        story = dice.choice(["", *{r.story for r in rows.values()}, "3"])
        joined = dice.sample(list(rows), min(len(rows), 2)) if story else []
        touched = {story, *(rows[url].story for url in [*changes, *joined])} - {""}
        new = [row(n, url=f"/x/NW{n}.html") for n in dice.sample(range(5000), 2)]
        rows |= {r.url: in_story(r, story) for r in [*new, *(rows[url] for url in joined)]}
        touched |= {r.code for r in new} | {rows[url].code for url in [*changes, *joined]}
        changes = {url: r for url, r in rows.items() if r.story in touched or r.code in touched} | changes
        rows = {url: r for url, r in rows.items() if changes.get(url, r)}
        heads.append(update(one, DAY, changes))
    heads.append(update(other, DAY, rows))
    assert pages(one) == pages(other)
    assert heads[-1] == heads[-2]
    listed = [r for _, page in pages_of(one, DAY) for r in page]
    assert sorted(unfold(listed)) == sorted(rows.values())
    assert heads[-1].total == len(rows)
    stories = [r.story or r.code for r in listed]
    assert len(stories) == len(set(stories))
    hours = read(one, DAY.path())["hours"]
    assert sum(count for _, count, _ in hours) == len(rows)
    assert {hour for hour, _, _ in hours} == {r.time[11:13] for r in listed}


def test_nothing_left_is_no_page_and_no_folder(folder):
    change(folder, [row(n) for n in range(2 * PAGE)])
    change(folder, gone=[row(n) for n in range(2 * PAGE)])
    assert pages(folder) == {}
    assert not (folder.root / "archive/2026-01-02").exists()


@pytest.mark.parametrize("writes", range(1, 6))
@pytest.mark.parametrize("late", [row(0, url="/late"), row(9999)], ids=["oldest", "newest"])
def test_killed_between_two_pages_the_next_run_ends_the_same(tmp_path, writes, late):
    one, other = MirrorFolder(tmp_path / "one"), MirrorFolder(tmp_path / "other")
    rows = [row(n + 1) for n in range(4 * PAGE - 1)]
    for each in (one, other):
        change(each, rows)
    change(other, [late], [rows[70]])

    def write(path, text, left=[writes]):  # noqa: B006 -- counts
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return MirrorFolder.write(one, path, text)

    one.write = write
    with suppress(KeyboardInterrupt):
        change(one, [late], [rows[70]])
    del one.write
    change(one, [late], [rows[70]])
    assert pages(one) == pages(other)


def test_a_stock_is_called_what_its_newest_post_with_a_name_calls_it(folder):
    change(folder, [row(1, stock="旧名"), row(2, stock="新名"), row(3)], key=STOCK)
    page = read(folder, "stock/116.09988/index.html")
    assert (page["title"], page["rows"][0][2:], page["rows"][1][4:]) == ("新名", ['题"3', "晨报"], ["", "新名"])


def test_a_row_has_the_time_of_its_update(folder):
    updated = "2026-01-02T09:30:00+08:00"
    change(folder, [row(1, updated=updated), row(2), row(3, updated=updated, stock="名")], key=STOCK)
    rows = read(folder, STOCK.path())["rows"]
    assert [each[4:] for each in rows] == [[updated, "名"], [], [updated]]


def test_the_rows_of_a_stock_that_an_earlier_version_wrote_keep_their_names(folder):
    old = '- ["2026-01-02T00:00:01+08:00", "/x/1.html", "题", "晨报", "旧名"]'
    folder.write(STOCK.path(), f"---\npart: 1\nrows:\n{old}\n---\n")
    change(folder, [row(2)], key=STOCK)
    page = read(folder, STOCK.path())
    assert (page["title"], page["rows"][1][2:]) == ("旧名", ["题", "晨报", "", "旧名"])


def test_a_page_that_someone_broke_is_written_again(folder):
    (folder.root / "archive/2026-01-02").mkdir(parents=True)
    folder.write("archive/2026-01-02/index.html", '---\npart: x\nrows:\n- [1\n- [{"a"]\n- ["a"]\n')
    change(folder, [row(1)])
    assert len(read(folder, "archive/2026-01-02/index.html")["rows"]) == 1


@pytest.mark.parametrize(
    "line",
    ["- [1, 2, 3, 4]", '- [["a"], "b", "c", "d"]', '- ["a", ["b"], "c", "d"]', "- [" + "[" * 100_000, "- [null]",
     '- ["a", "b", "\\ud800", "d"]', '- ["a", "b", "c", "d", "e", "f", "g", "h"]', "part: 99999999999",
     "part: " + "9" * 5000, "part: 0", '- ["a", "b", "c", "d", "", "", "g", [["h"]]]',
     '- ["a", "b", "c", "d", "", "", "g", 7]', '- ["a", "b", "c", "d", "", "", "g", [], []]',
     '- ["a", "b", "c", "d", "", "", "g", ' + "[" * 900 + "]" * 901],
)  # fmt: skip
def test_a_line_of_another_shape_is_passed_over(folder, line):
    folder.write(DAY.path(), f"---\n{line}\n---\n")
    change(folder, [row(1)])
    change(folder, [row(2)])
    assert [each[1] for each in read(folder, DAY.path())["rows"]] == ["/x/2.html", "/x/1.html"]


def test_a_title_may_hold_what_some_take_for_the_end_of_a_line(folder):
    change(folder, [row(1, title="一\u2028二")])
    change(folder, [row(2)])
    assert "/x/1.html" in folder.read(DAY.path())
