"""The home page and the pages that continue it: they cover the hours, and stay as they are while articles arrive."""

import json
from datetime import datetime, timedelta

import pytest
import yaml

from finews_spider.mirror import latest, listings
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import PAGE, ListPageKey
from finews_spider.mirror.rows import Row
from finews_spider.times import SHANGHAI

START = datetime(2026, 1, 1, tzinfo=SHANGHAI)


def row(minutes: int) -> Row:
    return Row((START + timedelta(minutes=minutes)).isoformat(), f"/x/{minutes}.html", f"题{minutes}", "报")


class Mirror:
    """A mirror of articles, each so many minutes after the first day began."""

    def __init__(self, folder: MirrorFolder) -> None:
        self.folder = folder
        self.days: set[str] = set()

    def change(self, *minutes: int, gone: bool = False) -> latest.Latest:
        """Let articles come or go, and return the newest ones."""
        for day in {row(minute).time[:10] for minute in minutes}:
            rows = [row(minute) for minute in minutes if row(minute).time[:10] == day]
            head = listings.update(
                self.folder, ListPageKey("archive", day, day), {each.url: None if gone else each for each in rows}
            )
            (self.days.add if head else self.days.discard)(day)
        found = latest.read(self.folder, sorted(self.days, reverse=True), 24)
        latest.write(self.folder, found)
        return found

    def parts(self) -> dict[str, str | None]:
        return {path: self.folder.read(path) for path in self.folder.files("latest") if path != latest.NEWEST}


@pytest.fixture
def mirror(tmp_path):
    return Mirror(MirrorFolder(tmp_path))


def matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_all_articles_of_24_hours_are_there_each_once(mirror):
    mirror.change(*range(0, 2880, 2))
    home = json.loads(mirror.folder.read("_data/mirror/home.json"))
    assert PAGE <= len(home) < 3 * PAGE
    names = json.loads(mirror.folder.read("_data/mirror/parts.json"))
    assert sorted(mirror.parts()) == sorted(f"latest/{name}.html" for name in names)
    pages = [matter(mirror.folder.read(f"latest/{name}.html")) for name in names]
    times = [each[0] for each in [*home, *(each for page in pages for each in page["rows"])]]
    assert times == sorted(set(times), reverse=True)
    assert times[-1] <= row(2878 - 24 * 60).time
    assert [page["older"] for page in pages] == [*(f"/latest/{name}.html" for name in names[1:]), ""]
    assert [page["newer"] for page in pages] == ["/", *(f"/latest/{name}.html" for name in names[:-1])]
    assert len(times) < 24 * 30 + 2 * PAGE
    assert json.loads(mirror.folder.read(latest.NEWEST)) == {"home": [each[1] for each in home], "parts": names}


def test_an_article_changes_the_home_page_alone(mirror):
    mirror.change(*range(0, 2800, 3))
    before = mirror.parts()
    mirror.change(2801)
    assert mirror.parts() == before


def test_a_page_that_becomes_full_changes_two_parts_and_the_hours_go_on(mirror):
    mirror.change(*range(0, 2000, 3))
    before = mirror.parts()
    mirror.change(*range(2000, 2000 + 3 * PAGE, 3))
    after = mirror.parts()
    assert len([path for path in after if after[path] != before.get(path)]) <= 4
    assert before.keys() - after.keys()


def test_few_articles_are_on_the_home_page_alone_however_old(mirror):
    found = mirror.change(*range(0, 60 * 24 * 90, 60 * 24))
    assert (len(found.home), found.parts) == (PAGE, [])
    assert len(found.rows(50)) == 50


def test_the_feed_has_the_hours_and_no_more(mirror):
    found = mirror.change(*range(0, 4000, 5))
    assert [each.time for each in found.rows(50)] == [row(minutes).time for minutes in range(3995, 2554, -5)]


def test_articles_that_go_leave_no_part(mirror):
    mirror.change(*range(0, 2880, 3))
    mirror.change(*range(60, 2880, 3), gone=True)
    assert mirror.parts() == {}
    assert len(json.loads(mirror.folder.read(latest.NEWEST))["home"]) == 20


@pytest.mark.parametrize("time", ["", "x", "9999-99-99", "0001-01-01T00:00:00+08:00"])
def test_a_time_that_somebody_changed_ends_nothing(mirror, time):
    mirror.change(*range(0, 2880, 3))
    path = ListPageKey("archive", "2026-01-02").path()
    mirror.folder.write(path, mirror.folder.read(path).replace(row(2877).time, time))
    latest.read(mirror.folder, ["2026-01-02", "2026-01-01"], 24)
