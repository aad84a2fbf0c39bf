"""`finews export --format`: the stored articles as data, read back with the tools that people would use."""

import csv
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from finews_spider.errors import ConfigError
from finews_spider.stores import data, dump
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import RunRecord
from finews_spider.times import SHANGHAI
from tests.running import ROOT, Runner
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes, ref

DAY = timedelta(days=1)
IMAGES = ("//p/1.png", "//p/2.png")


@pytest.fixture
def finews(tmp_path):
    """Return a user's folder with an empty store."""
    finews = Runner(tmp_path)
    finews.summary()
    return finews


def fill(finews):
    """Store four articles: A exported and revised, B, C taken down, and D with the text of B a day later, so it is no duplicate."""
    stocks = ("1.600160", "116.09988")
    first = article(A, "同", media="晨报", stocks=stocks, images=IMAGES, digest='一,"二"\n三')
    finews.ask(lambda store: store.save([first], NOW))
    finews("export")
    newer = article(
        A, "改", media="晨报", stocks=stocks, images=IMAGES, digest=first.digest, published_at=SHOWN + MINUTE
    )
    same = [
        article(B, "甲"),
        article(C, "乙"),
        article(D, "甲", media="晚报", published_at=SHOWN.replace(hour=0) + DAY),
    ]
    finews.ask(lambda store: store.save([newer, *same], NOW))
    finews.ask(lambda store: store.take_down(C, "侵权", NOW))
    return newer


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a user's folder with the four articles, for tests that only read them."""
    finews = Runner(tmp_path_factory.mktemp("filled"))
    fill(finews)
    return finews


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exported(finews, *arguments):
    """Return the codes that an export with these *arguments* writes."""
    return [record["code"] for record in lines(finews("export", "--format", "jsonl", *arguments).stdout)]


def test_json_lines_hold_every_field(tmp_path, store_url):
    finews = Runner(tmp_path, store=store_url)
    newer = fill(finews)
    done = finews("export", "--format", "jsonl")
    a, b, d = lines(done.stdout)
    assert a == {
        "code": A,
        "info_code": f"NW{A}",
        "title": "标题",
        "digest": '一,"二"\n三',
        "body": "<p>改</p>",
        "published_at": "2026-01-02T09:30:00+08:00",
        "revised_at": "2026-01-02T09:31:00+08:00",
        "media": "晨报",
        "channel": "要闻",
        "source_url": "",
        "layout": "media",
        "category": "",
        "tag": "",
        "stocks": ["1.600160", "116.09988"],
        "images": list(IMAGES),
        "content_hash": newer.content_hash,
        "text_hash": newer.text_hash,
        "partial": False,
        "extracted": False,
        "revision": 1,
        "first_seen_at": "2026-01-02T12:00:00+08:00",
        "duplicate_of": "",
        "story": "",
        "gone_at": None,
        "path": f"_posts/2026-01-02-NW{A}.md",
        "text": "改",
    }
    assert (b["code"], b["path"]) == (B, "")
    assert (d["code"], d["duplicate_of"]) == (D, "")
    assert done.stderr == "Articles: wrote 3 to standard output\n"
    assert "标题" in done.stdout


def test_duplicates_are_there_and_name_their_first(finews):
    finews.ask(lambda store: store.save([article(A, "同"), article(B, "同")], NOW))
    found = lines(finews("export", "--format", "jsonl").stdout)
    assert {record["code"]: record["duplicate_of"] for record in found} == {A: "", B: A}


def test_csv_reads_back(filled):
    filled("export", "--format", "csv", "--output", "news.csv")
    a, b, d = rows(filled.folder / "news.csv")
    assert list(a) == list(data.FIELDS)
    assert (a["code"], a["title"], a["digest"]) == (A, "标题", '一,"二"\n三')
    assert (a["stocks"], a["images"], a["revision"]) == ("1.600160 116.09988", " ".join(IMAGES), "1")
    assert (a["published_at"], a["gone_at"]) == ("2026-01-02T09:30:00+08:00", "")
    assert (b["stocks"], d["duplicate_of"]) == ("", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_cells_are_no_formulas_and_other_values_stay(finews, start):
    formula = f"{start}HYPERLINK(A1)"
    made = article(A, title=formula, media=f"a{formula}", body=formula, images=(formula, "x"))
    finews.ask(lambda store: store.save([made], NOW))
    finews("export", "--format", "csv", "--output", "news.csv")
    [row] = rows(finews.folder / "news.csv")
    assert (row["title"], row["body"], row["images"]) == (f"'{formula}", f"'{formula}", f"'{formula} x")
    assert row["media"] == f"a{formula}"


def test_parquet_reads_back_with_its_types(filled):
    assert filled("export", "--format", "parquet", "--output", "news.parquet").stdout == (
        "Articles: wrote 3 to news.parquet\n"
    )
    table = pq.read_table(filled.folder / "news.parquet")
    assert table.schema.names == list(data.FIELDS)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["published_at"] == types["gone_at"] == "timestamp[ms, tz=Asia/Shanghai]"
    assert types["revision"] == "int32"
    assert types["stocks"].startswith("list<")
    a, _, d = table.to_pylist()
    assert (a["published_at"], a["published_at"].utcoffset()) == (SHOWN, timedelta(hours=8))
    assert (a["revised_at"], a["gone_at"]) == (SHOWN + MINUTE, None)
    assert (a["stocks"], a["images"], a["revision"]) == (["1.600160", "116.09988"], list(IMAGES), 1)
    assert (d["stocks"], d["duplicate_of"]) == ([], "")


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], [A, B, D]),
        (["--since", "2026-01-03"], [D]),
        (["--until", "2026-01-02"], [A, B]),
        (["--since", "2026-01-02", "--until", "2026-01-02"], [A, B]),
        (["--media", "晨报"], [A]),
        (["--stock", "116.09988"], [A]),
        (["--stock", "600160.SH"], [A]),
        (["--stock", "1.600161"], []),
        (["--media", "晚报", "--since", "2026-01-03"], [D]),
        (["--media", "晚报", "--stock", "1.600160"], []),
    ],
)
def test_articles_are_chosen_by_day_media_and_stock(filled, arguments, left):
    assert exported(filled, *arguments) == left


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "xml"], "--format 'xml' is not one of jsonl, csv, parquet"),
        (["--format", "parquet"], "--format parquet needs a file"),
        (["--format", "parquet", "--output", "-"], "--format parquet needs a file"),
        (["--format", "csv", "--output", "."], "--output . is no file"),
        (["--format", "csv", "--output", "nowhere/x.csv"], "nowhere/x.csv can't be written: No such file"),
        (["--format", "csv", "--all"], "--all is for posts"),
        (["--media", "晨报"], "--media is for data; choose a format with --format"),
        (["--output", "x"], "--output is for data"),
        (["--format", "csv", "--since", "2026-02-30"], "--since '2026-02-30' is not a valid day"),
    ],
)
def test_a_user_error_is_one_line(finews, arguments, message):
    done = finews("export", *arguments, code=2)
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("since", "until", "stock", "message"),
    [
        ("", "20260101", "", "--until '20260101' is not a valid day; write it as 2026-01-31"),
        ("２０２６-01-01", "", "", "is not a valid day"),
        ("", "9999-12-31", "", "--until '9999-12-31' is not a valid day"),
        ("2026-01-02", "2026-01-01", "", "--since 2026-01-02 is after --until 2026-01-01"),
        ("", "", "600160", "--stock '600160' is no quote code; write it as 1.600160 or 600160.SH"),
    ],
)
def test_a_wrong_filter_is_named(since, until, stock, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        data.selection(since, until, "", stock)


@pytest.mark.parametrize("format_", dump.WRITERS)
def test_nothing_to_write_is_still_a_file(finews, format_):
    finews("export", "--format", format_, "--output", "news")
    content = (finews.folder / "news").read_bytes()
    if format_ == "parquet":
        assert pq.read_table(finews.folder / "news").num_rows == 0
    else:
        assert content.decode().strip() == (",".join(data.FIELDS) if format_ == "csv" else "")


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_a_reader_that_closes_the_pipe_is_no_error(finews, format_):
    made = [article(code, code * 400) for code in codes(500)]
    finews.ask(lambda store: store.save(made, NOW))
    process = finews.start("export", "--format", format_)
    assert len(process.stdout.readline()) > 20
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == 0
    process.stdin.close()
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_a_full_disk_behind_standard_output_is_one_line(filled, format_):
    command = [sys.executable, "-m", "finews_spider", "export", "--format", format_]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command,
            env=os.environ | filled.settings,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "finews: standard output can't be written: No space left on device\n"


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    finews, old = Runner(tmp_path), tmp_path / "out/news.csv"
    finews.ask(lambda store: store.save([article(A), article(B)], NOW))
    old.parent.mkdir()
    old.write_text("old")
    monkeypatch.setattr(dump, "BATCH", 1)

    def fail(_done, _total):
        raise KeyboardInterrupt

    async def interrupted(store):
        with suppress(KeyboardInterrupt):
            await dump.dump(store, "csv", old, dump.ALL, fail)

    finews.ask(interrupted)
    assert [(path.name, path.read_text()) for path in old.parent.iterdir()] == [("news.csv", "old")]


def test_a_link_to_a_file_stays_one(filled):
    (filled.folder / "link.jsonl").symlink_to("news.jsonl")
    filled("export", "--format", "jsonl", "--output", "link.jsonl")
    assert (filled.folder / "link.jsonl").is_symlink()
    assert len(lines((filled.folder / "news.jsonl").read_text())) == 3


def test_many_batches_hold_each_article_once(tmp_path, monkeypatch):
    monkeypatch.setattr(dump, "BATCH", 3)
    finews, stored, calls = Runner(tmp_path), codes(10), []
    finews.ask(lambda store: store.save([article(code) for code in stored], NOW))
    path = tmp_path / "news.parquet"
    finews.ask(lambda store: dump.dump(store, "parquet", path, dump.ALL, lambda *counts: calls.append(counts)))
    assert pq.read_table(path)["code"].to_pylist() == stored
    assert pq.ParquetFile(path).num_row_groups == 4
    assert calls == [(3, 10), (6, 10), (9, 10), (10, 10)]


def test_parquet_without_pyarrow_names_the_extra(finews):
    (finews.folder / "pyarrow.py").write_text("raise ImportError")
    done = finews("export", "--format", "parquet", "--output", "news.parquet", code=2)
    assert done.stderr == "finews: --format parquet needs pyarrow: pip install 'finews[parquet]'\n"
    assert not (finews.folder / "news.parquet").exists()


def test_a_day_is_chinas():
    chosen = data.selection("2026-01-01", "2026-01-31", "", "")
    assert chosen.since.isoformat() == "2026-01-01T00:00:00+08:00"
    assert chosen.until == chosen.since.replace(month=2)
    assert chosen.since.tzinfo == SHANGHAI


def test_every_field_is_documented_in_its_order():
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \| (?:text|time|list|whole|true)", page, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == list(data.FIELDS)


# --bom and --since last


def test_a_byte_order_mark_is_for_csv_only(filled):
    filled("export", "--format", "csv", "--bom", "--output", "excel.csv")
    content = (filled.folder / "excel.csv").read_bytes()
    filled("export", "--format", "csv", "--output", "plain.csv")
    assert content == b"\xef\xbb\xbf" + (filled.folder / "plain.csv").read_bytes()
    assert filled("export", "--format", "jsonl", "--bom", code=2).stderr == "finews: --bom is for --format csv\n"
    assert "--bom is for data" in filled("export", "--bom", code=2).stderr


def since_last(finews, name, *arguments, format_="jsonl"):
    """Return the codes in the file *name* after an export of what came since the last one."""
    finews("export", "--format", format_, "--since", "last", "--output", name, *arguments)
    return [record["code"] for record in lines((finews.folder / name).read_text())]


def test_since_last_writes_what_was_stored_or_revised_since(tmp_path, store_url):
    finews = Runner(tmp_path, store=store_url)
    finews.ask(lambda store: store.save([article(A), article(B)], NOW))
    assert since_last(finews, "1.jsonl") == [A, B]
    assert since_last(finews, "2.jsonl") == []
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    finews.ask(lambda store: store.save([article(A, "改", published_at=now), article(D)], now))
    finews.ask(lambda store: store.mark_gone([ref(B)], now))
    assert since_last(finews, "3.jsonl") == [A, B, D]
    assert since_last(finews, "4.jsonl") == since_last(finews, "5.jsonl") == []
    finews.ask(lambda store: store.save([article(A, "又改", published_at=now + MINUTE)], now))
    assert since_last(finews, "6.jsonl") == [A]


def test_since_last_is_kept_for_each_folder_and_filter(tmp_path, sqlite_url):
    finews = Runner(tmp_path, store=sqlite_url)
    (tmp_path / "other").mkdir()
    finews.ask(lambda store: store.save([article(A, media="晨报"), article(B)], NOW))
    assert since_last(finews, "1.jsonl", "--media", "晨报") == [A]
    assert since_last(finews, "2.jsonl", "--media", "晨报") == []
    assert since_last(finews, "3.jsonl") == [A, B]
    assert since_last(finews, "other/3.jsonl") == [A, B]


def test_a_revision_that_a_later_run_found_is_not_missed(tmp_path, sqlite_url):
    """The crawl rested for a week, so the showtime of the revision is long before the last export."""
    finews, week = Runner(tmp_path, store=sqlite_url), timedelta(days=7)
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    before = RunRecord(id=new_id(now - week), spider="feed", started_at=(now - week).isoformat())
    finews.ask(lambda store: store.save([article(A), article(B)], NOW))
    finews.ask(lambda store: store.save_run(before))
    assert since_last(finews, "1.jsonl") == [A, B]
    finews.ask(lambda store: store.save([article(A, "改", published_at=now - week + DAY)], now))
    assert since_last(finews, "2.jsonl") == [A]


def test_an_export_that_fails_does_not_count(tmp_path, sqlite_url):
    finews = Runner(tmp_path, store=sqlite_url)
    finews.ask(lambda store: store.save([article(A)], NOW))
    finews("export", "--format", "jsonl", "--since", "last", "--output", "no/1.jsonl", code=2)
    (tmp_path / "pyarrow.py").write_text("raise ImportError")
    finews("export", "--format", "parquet", "--since", "last", "--output", "1.parquet", code=2)
    assert not list(tmp_path.rglob(".finews*"))


@pytest.mark.parametrize("content", ["{", "[]", '{"jsonl": 1}', '{"jsonl": {"seen": "gestern"}}'])
def test_a_damaged_memory_of_the_last_export_is_one_line(finews, content):
    (finews.folder / ".finews-last-export.json").write_text(content)
    done = finews("export", "--format", "jsonl", "--since", "last", "--output", "1.jsonl", code=2)
    assert done.stderr == (
        "finews: .finews-last-export.json can't be read; remove it, and the next export writes all articles\n"
    )


def test_since_last_needs_a_file_and_takes_no_end(finews):
    for arguments in ([], ["--output", "-"]):
        done = finews("export", "--format", "jsonl", "--since", "last", *arguments, code=2)
        assert done.stderr == "finews: --since last needs a file; name it with --output\n"
    done = finews("export", "--format", "csv", "--since", "last", "--until", "2026-01-01", "--output", "x", code=2)
    assert done.stderr == "finews: --since last takes no --until\n"
    assert "is not a valid day" in finews("list", "--since", "last", code=2).stderr
