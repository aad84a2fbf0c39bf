"""The small posts in shared/cases, each of a kind that real mirrors have, and others of the same kinds."""

import shutil
from datetime import datetime

import pytest

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article
from finews_spider.mirror.reader import read_post
from finews_spider.stores.rules import fold
from finews_spider.times import SHANGHAI
from tests.mirror.test_categories import POST
from tests.running import GOLDEN, Runner
from tests.servers import missing

CASES = GOLDEN.parent / "cases"
SAME = ["01-import-paren-category", "02-import-two-blanks", "04-import-empty-category"]


@pytest.fixture
def finews(tmp_path):
    return Runner(tmp_path)


def bring(finews, case):
    """Import a case and export it into an empty folder; return its files."""
    if not CASES.is_dir():
        missing("golden", f"there are no cases in {CASES}")
    finews("import", str(CASES / case))
    finews("export")
    return {path.name: path.read_bytes() for path in (CASES / case / "_posts").iterdir()}


@pytest.mark.parametrize("case", SAME)
def test_the_same_bytes(finews, case):
    assert bring(finews, case) == finews.posts()


def test_both_urls_answer(finews):
    bring(finews, "03-import-two-posts-one-article")
    [alias] = (finews.mirror / "alias").iterdir()
    assert 'permalink: "/emnews/2022/01/07/202201072239300005.html"' in alias.read_text("utf-8")
    assert list(finews.posts()) == ["2022-01-07-NW202201072239300005.md"]


def test_names_that_differ_by_case_have_two_pages(finews):
    originals = bring(finews, "08-case-twins")
    pages = [path.stem for path in (finews.mirror / "category").iterdir() if path.suffix]
    assert len(set(map(fold, pages))) == len(pages) == 2
    for name, text in finews.posts().items():
        assert text.partition(b"[\xe8\xbf\x94")[0] == originals[name].partition(b"[\xe8\xbf\x94")[0]


def test_a_title_with_quotes_or_backslashes_is_read_and_written_as_yaml(finews):
    bring(finews, "09-quote-in-title")
    titles = [text.decode().split("\n")[2] for text in finews.posts().values()]
    assert titles == ['title: "他说\\"好\\"字"', 'title: "斜\\\\d线"']


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"好"', '"好"'),
        ("他说“好”", "他说“好”"),
        ('一"', '一"'),
        ('"', '"'),
        ("C:\\new\\table", "C:\\new\\table"),
        ("完\\", "完\\"),
        ("\\u4e00", "\\u4e00"),
        ('\\"好\\"', '"好"'),
        ("一\\\\二", "一\\二"),
        ('\\\\"', '\\\\"'),
        ('a\\"b"c', 'a\\"b"c'),
        ("两个  空格", "两个  空格"),
        ("冒号: 与 #", "冒号: 与 #"),
    ],
)
def test_a_title_is_what_stands_between_its_quotes(finews, tmp_path, written, title):
    text = POST.format(category="chaye", tag="茶业报", number=1, code="202206012399290001")
    name = "2022-06-01-NW202206012399290001.md"
    text = text.replace('"新茶上市"', f'"{written}"')
    post = read_post(f"_posts/{name}", text)
    assert post.article.title == title
    (tmp_path / "old/_posts").mkdir(parents=True)
    (tmp_path / "old/_posts" / name).write_text(text, encoding="utf-8")
    finews("import", str(tmp_path / "old"))
    finews("export")
    assert read_post(f"_posts/{name}", finews.posts()[name].decode()) == post


@pytest.mark.parametrize(
    "tag", ["*ST甲", "@甲", "甲: 乙", "A|B", "- 甲", "甲 #乙", "“甲”", "'甲'乙", "甲  乙", "%甲", "[甲"]
)
def test_a_publication_is_read_whatever_signs_it_has(tag):
    text = POST.format(category="chaye", tag=tag, number=1, code="202206012399290001")
    assert read_post("_posts/2022-06-01-NW202206012399290001.md", text).article.media == tag


def test_a_whole_mirror_of_twins_has_a_page_each(finews, tmp_path):
    folder = tmp_path / "old/_posts"
    folder.mkdir(parents=True)
    twins = ["TechWeb", "Techweb", "TECHWEB", "techweb", "Caf\u00e9", "Cafe\u0301", "café", "Emnews", "EMNEWS"]
    for number, category in enumerate(twins):
        code = f"20220601239929{number:04}"
        text = POST.format(category=category, tag=category, number=number, code=code)
        (folder / f"2022-06-01-NW{code}.md").write_text(text, encoding="utf-8")
    finews("import", str(tmp_path / "old"))
    finews("export")
    names = [path.relative_to(finews.mirror).as_posix() for path in finews.mirror.rglob("*") if path.is_file()]
    assert len(set(map(fold, names))) == len(names)
    assert len(list((finews.mirror / "category").glob("*.html"))) == len(twins)
    for number, category in enumerate(twins):
        post = finews.posts()[f"2022-06-01-NW20220601239929{number:04}.md"].decode()
        assert f"\ncategories: {category}\n" in post
    before = finews.state()
    finews("export", "--all")
    finews("verify")
    assert finews.state() == before
    shutil.rmtree(finews.mirror)
    finews("export", "--all")
    assert {path: content for path, (_, content) in finews.state().items()} == {
        path: content for path, (_, content) in before.items()
    }


def test_a_publication_keeps_the_category_that_its_imported_posts_have(finews, tmp_path):
    folder = tmp_path / "old/_posts"
    folder.mkdir(parents=True)
    for number, category in enumerate(["TechWeb", "Techweb"]):
        code = f"20220601239929{number:04}"
        text = POST.format(category=category, tag=category, number=number, code=code)
        (folder / f"2022-06-01-NW{code}.md").write_text(text, encoding="utf-8")
    finews("import", str(tmp_path / "old"))
    finews("export")
    shown = datetime(2022, 6, 2, 9, tzinfo=SHANGHAI)
    new = Article(
        code="202206022399290009", title="新的", body="<p>新的。</p>", media="Techweb", channel="甲", published_at=shown
    )
    finews.ask(lambda store: store.save([normalize(new)], shown))
    finews("export")
    text = finews.posts()["2022-06-02-NW202206022399290009.md"].decode()
    assert "\ncategories: Techweb\n" in text
    assert "/category/Techweb-2.html)" in text
