"""Stories in the mirror: in posts, in lists and feeds, and in the data for articles' pages, as they come, change and go."""

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.cli.options import read_config
from finews_spider.errors import ConfigError
from finews_spider.mirror import exporter, latest, listings, site_data
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.importer import import_posts, post_files
from finews_spider.mirror.listing_updates import SiteOptions
from finews_spider.mirror.rows import rows_of
from finews_spider.mirror.verify import verify
from finews_spider.stores import open_store
from tests.mirror.test_exporter import LINKS, NOW, Mirror, article, run
from tests.mirror.test_feeds import read_json

STOCK = '<a href="https://quote.eastmoney.com/unify/r/1.600519" data-code="1.600519">贵州茅台</a>'
REPORT = (
    "公司昨日晚间在交易所网站发布公告称，董事会已经审议通过关于回购股份的议案，拟使用自有资金以集中竞价的方式回购公司股份，"
    "独立董事认为，这次回购有利于维护广大投资者的利益，也表明管理层对公司未来的发展充满信心，市场对此反应积极。"
)
OTHER = (
    "国家统计部门今天公布的数据显示，上个月全国规模以上工业企业的利润继续恢复，装备制造业的贡献最大，"
    "分析人士认为，随着一系列稳增长政策逐步落地，企业的经营状况有望在下半年进一步改善，出口也有起色。"
)
DAY, NEXT_DAY = "archive/2026-01-02", "archive/2026-01-03"
MEDIA = ("晨报", "商报", "日报", "周刊")


def report(number, text=REPORT, days=0, **fields):
    """Return an article that was published so many minutes before noon, and so many days later."""
    made = article(number, **{"body": f"<p>{text}</p><p>{STOCK}</p>", "media": MEDIA[number % 4]} | fields)
    return replace(made, published_at=made.published_at + timedelta(days=days))


FIRST, SECOND, THIRD = report(40), report(30), report(20)
TODAYS = [FIRST, SECOND, THIRD, report(10, OTHER)]


class Mirrored(Mirror):
    """A mirror with the options of the site."""

    options = SiteOptions()

    def exporter(self, folder=None):
        return Exporter(self.store, MirrorFolder(folder or self.folder), LINKS, options=self.options)

    async def export(self):
        """Export, and check that the mirror follows from the store alone."""
        before = {path: text for path, text in self.files().items() if not path.startswith("search/")}
        await self.exporter().export()
        assert not await verify(self.store, self.exporter())
        after = {path: text for path, text in self.files().items() if not path.startswith("search/")}
        return {path for path in {*before, *after} if before.get(path) != after.get(path)}

    def rows(self, path):
        """Return the titles in a list, each with those of its reprints."""
        return [[row.title, *(each.title for each in row.reprints)] for row in rows_of(self.files()[path])]

    def home(self):
        return json.loads(self.files()[latest.NEWEST])["home"]

    def feed(self, path=None):
        if path:
            return [item["title"] for item in read_json(self.files()[path])]
        text = json.loads(self.files()[site_data.FEED])["jsonfeed"]
        return [item["title"] for item in read_json(text)]

    def stories(self, day=DAY):
        return {
            story: [url[-7:-5] for _, url, _ in posts]
            for story, posts in json.loads(self.files()[f"{day}/stories.json"]).items()
        }


@pytest.fixture
def mirror(tmp_path):
    return Mirrored(tmp_path)


def test_a_reprint_names_its_story_and_the_first_article_does_not(mirror):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        line = f'tags: {{media}}新闻\nstory: "{FIRST.code}"\n---\n'
        posts = mirror.posts()
        for each in (SECOND, THIRD):
            assert line.format(media=each.media) in posts[f"_posts/2026-01-02-NW{each.code}.md"]
        for each in (FIRST, TODAYS[3]):
            assert "story:" not in posts[f"_posts/2026-01-02-NW{each.code}.md"]
        assert mirror.stories() == {FIRST.code: ["40", "30", "20"]}

    run(scenario, mirror)


def test_each_list_shows_a_story_once_and_each_feed_its_first_article(mirror):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        for path in (f"{DAY}/index.html", "stock/1.600519/index.html"):
            assert mirror.rows(path) == [["题10"], ["题40", "题30", "题20"]]
        assert mirror.rows("category/ribao.html") == [["题10"], ["题30"]]
        assert mirror.feed("category/ribao/feed.json") == ["题10", "题30"]
        assert mirror.feed() == mirror.feed("stock/1.600519/feed.json") == ["题10", "题40"]
        assert [url[-7:-5] for url in mirror.home()] == ["10", "40"]
        archive = json.loads(mirror.files()[site_data.ARCHIVE])
        assert archive["days"] == [["2026-01-02", 4]]
        assert json.loads(mirror.files()["_data/mirror/.stocks.json"])["1.600519"][2] == 4

    run(scenario, mirror)


def test_a_reprint_of_the_next_day_is_no_news_and_has_a_row_in_its_own_day(mirror):
    async def scenario(mirror):
        await mirror.save(FIRST)
        await mirror.export()
        before = mirror.home(), mirror.feed()
        await mirror.save(report(5, days=1), report(4, days=1), report(3, OTHER, days=1))
        await mirror.export()
        assert mirror.rows(f"{NEXT_DAY}/index.html") == [["题3"], ["题5", "题4"]]
        assert mirror.rows(f"{DAY}/index.html") == [["题40"]]
        home = json.loads(mirror.files()["_data/mirror/home.json"])
        assert [[row[2], *(each[2] for each in row[7])] if len(row) > 4 else row[2] for row in home] == [
            "题3",
            ["题40", "题5", "题4"],
        ]
        assert (mirror.home()[1:], mirror.feed()[1:]) == before
        assert mirror.stories(NEXT_DAY) == mirror.stories() == {FIRST.code: ["40", "05", "04"]}

    run(scenario, mirror)


def test_a_reprint_of_an_article_that_is_older_than_the_home_page_is_not_there(mirror, monkeypatch):
    for module in (latest, listings):
        monkeypatch.setattr(module, "PAGE", 4)

    async def scenario(mirror):
        await mirror.save(FIRST, *(report(number, f"短讯{number}", days=3) for number in range(1, 9)))
        await mirror.export()
        feed = mirror.feed()
        await mirror.save(report(9, days=3))
        await mirror.export()
        assert mirror.feed() == feed == [f"题{number}" for number in range(1, 9)]
        showing = [path for path, text in mirror.files().items() if '"题9"' in text]
        assert not [path for path in showing if path.startswith(("latest/", "_data/"))]
        assert [path for path in showing if path.startswith("archive/2026-01-05/")]

    run(scenario, mirror)


def test_a_reprint_changes_no_more_than_its_own_pages_and_what_its_originals_day_says_of_it(mirror):
    async def scenario(mirror):
        await mirror.save(FIRST, *(report(number, OTHER[number:], days=number % 6) for number in range(41, 49)))
        await mirror.export()
        await mirror.save(report(7, days=6, media="夜读"))
        changed = await mirror.export()
        assert {path for path in changed if "2026-01-02" in path} == {f"{DAY}/stories.json"}
        assert not {path for path in changed if "2026-01-0" in path and "2026-01-08" not in path} - {
            f"{DAY}/stories.json",
            "archive/2026-01-07/index.html",  # leads to the next day
        }
        assert not [path for path in changed if path.startswith(("category/chenbao", "latest/2026"))]

    run(scenario, mirror)


def test_when_the_first_article_is_taken_down_the_next_one_stands_and_all_comes_back(mirror):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        before = mirror.files()
        await mirror.store.take_down(FIRST.code, "x", NOW)
        await mirror.export()
        assert mirror.rows(f"{DAY}/index.html") == [["题10"], ["题30", "题20"]]
        assert mirror.feed() == mirror.feed("stock/1.600519/feed.json") == ["题10", "题30"]
        assert mirror.stories() == {FIRST.code: ["30", "20"]}
        left = mirror.files()
        assert not [path for path in left if f"NW{FIRST.code}.html" in left[path] and not path.startswith("takedown/")]
        await mirror.store.take_down(SECOND.code, "x", NOW)
        await mirror.export()
        assert (mirror.rows(f"{DAY}/index.html"), mirror.stories()) == ([["题10"], ["题20"]], {})
        for each in (SECOND, FIRST):
            await mirror.store.restore(each.code)
        await mirror.export()
        after = mirror.files()
        assert {path for path in before if not path.startswith("search/") and before[path] != after[path]} == set()

    run(scenario, mirror)


def test_an_article_that_becomes_another_text_leaves_its_story(mirror):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        rewritten = normalize(replace(FIRST, title="新题", body=f"<p>{OTHER[::-1]}</p>", content_hash="", text_hash=""))
        await mirror.save(rewritten, now=NOW + timedelta(hours=1))
        await mirror.export()
        assert mirror.rows(f"{DAY}/index.html") == [["题10"], ["题30", "题20"], ["新题"]]
        assert mirror.stories() == {SECOND.code: ["30", "20"]}
        assert "story:" not in mirror.posts()[f"_posts/2026-01-02-NW{SECOND.code}.md"]

    run(scenario, mirror)


async def export_while(mirror, *articles, now=NOW + timedelta(hours=1), before="mark_exported"):
    """Export. A crawl saves *articles* before the export calls that method of the store."""
    method = getattr(mirror.store, before)

    async def save_and_call(*arguments):
        await mirror.save(*articles, now=now)
        return await method(*arguments)

    setattr(mirror.store, before, save_and_call)
    await mirror.exporter().export()
    setattr(mirror.store, before, method)


@pytest.mark.parametrize(
    ("meanwhile", "after"),
    [
        ((30, OTHER[::-1], 1), {FIRST.code: ["40", "20"]}),
        ((40, OTHER[::-1]), {}),
        ((31, REPORT, 1), {FIRST.code: ["40", "31", "30", "20"]}),
    ],
    ids=["a reprint leaves", "the first article leaves", "a reprint joins"],
)
def test_a_story_that_changes_during_an_export_is_right_after_the_next_one(mirror, store_url, meanwhile, after):
    mirror.store = open_store(store_url)

    async def scenario(mirror):
        await mirror.save(FIRST, report(30, days=1))
        await mirror.export()
        await mirror.save(report(20, days=2))
        await export_while(mirror, report(*meanwhile))
        await mirror.export()
        assert mirror.stories() == after

    run(scenario, mirror)


def test_the_rows_name_another_article_when_the_one_that_has_the_row_leaves_during_an_export(mirror):
    async def scenario(mirror):
        await mirror.save(FIRST, SECOND, report(20, days=1), report(19, days=1))
        await mirror.store.take_down(FIRST.code, "x", NOW)
        await mirror.export()
        await mirror.save(report(18, days=1))
        await export_while(mirror, report(30, OTHER))
        await mirror.export()
        assert mirror.rows(f"{NEXT_DAY}/index.html") == [["题20", "题19", "题18"]]
        assert mirror.feed() == ["题20", "题30"]

    run(scenario, mirror)


def test_a_setting_shows_all(mirror):
    mirror.options = SiteOptions(folds_stories=False)

    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        assert mirror.rows(f"{DAY}/index.html") == [["题10"], ["题20"], ["题30"], ["题40"]]
        assert mirror.feed() == ["题10", "题20", "题30", "题40"]
        assert mirror.stories() == {FIRST.code: ["40", "30", "20"]}
        mirror.options = SiteOptions()
        await mirror.store.requeue()
        await mirror.export()
        assert mirror.rows(f"{DAY}/index.html") == [["题10"], ["题40", "题30", "题20"]]

    run(scenario, mirror)


def test_the_setting_is_fold_or_all():
    assert [read_config(given).folds_stories for given in ([], ["FINEWS_STORIES=all"])] == [True, False]
    with pytest.raises(ConfigError, match="FINEWS_STORIES: 'none' should be fold or all"):
        read_config(["FINEWS_STORIES=none"])


def test_verify_finds_and_repairs_what_somebody_changed(mirror):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        right = mirror.files()
        (mirror.folder / f"{DAY}/stories.json").write_text('{"x":[["a","b"],7,["a","b","c"]],"y":3}')
        (mirror.folder / "archive/2025-01-01").mkdir()
        (mirror.folder / "archive/2025-01-01/stories.json").write_text("{}")
        found = await verify(mirror.store, mirror.exporter(), repair=True)
        assert (found.changed, found.orphaned) == ([f"{DAY}/stories.json"], ["archive/2025-01-01/stories.json"])
        assert mirror.files() == right

    run(scenario, mirror)


def test_an_import_and_an_export_give_the_same_posts_again(mirror, tmp_path):
    async def scenario(mirror):
        await mirror.save(*TODAYS)
        await mirror.export()
        async with open_store(f"sqlite:///{tmp_path / 'other.db'}") as store:
            await import_posts(store, mirror.folder, post_files(mirror.folder))
            await Exporter(store, MirrorFolder(tmp_path / "other"), LINKS).export()
        for path, text in mirror.posts().items():
            assert (tmp_path / "other" / path).read_text("utf-8") == text

    run(scenario, mirror)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.torture) for n in range(2, 5))])
def test_whatever_happens_in_whatever_order_the_mirror_follows_from_the_store(mirror, monkeypatch, seed):
    """Each export is compared with a mirror that is written at once; lists are written after every few posts."""
    dice = random.Random(seed)
    monkeypatch.setattr(exporter, "FLUSH", dice.choice([1, 3, 10_000]))
    texts = [REPORT, OTHER, REPORT[::-1], OTHER[::-1]]

    async def scenario(mirror):
        known = []
        for step in range(25):
            for _ in range(dice.choice([1, 1, 4])):
                number = dice.choice([len(known) + 1, dice.randint(1, len(known) + 1)])
                made = report(number, dice.choice(texts), days=number % 3, title=f"题{dice.random()}")
                await mirror.save(made, now=NOW + timedelta(minutes=step))
                known = [*{*known, made.code}]
            if dice.random() < 0.3:
                await mirror.store.take_down(dice.choice(known), "x", NOW)
            if dice.random() < 0.2:
                await mirror.store.restore(dice.choice(known))
            if dice.random() < 0.5:
                number = dice.randint(1, len(known))
                made = report(number, dice.choice(texts), days=number % 3, title=f"题{dice.random()}")
                before = dice.choice(["story_posts", "mark_exported"])
                await export_while(mirror, made, now=NOW + timedelta(minutes=step), before=before)
            await mirror.export()

    run(scenario, mirror)
