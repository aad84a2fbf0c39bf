"""Feeds of any site. They are our own work, in the forms that RSS, Atom and JSON Feed specify."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.articles.links import web_code
from finews_spider.errors import SourceError
from finews_spider.sources.publishers.feed import feed
from finews_spider.times import SHANGHAI
from tests.sources.test_sources import check_result, thorough

NOON = datetime(2026, 11, 3, 12, tzinfo=SHANGHAI)
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
TEXT = "<p>第一段，写得很完整。</p><p>第二段。</p>"
JSON_ITEM = {
    "id": "https://news.example/1",
    "url": "https://news.example/1.html",
    "title": "题目",
    "content_html": TEXT,
    "summary": "摘要",
    "date_published": "2026-11-03T12:00:00+08:00",
    "date_modified": "2026-11-03T13:00:00+08:00",
    "authors": [{"name": "某人", "url": "mailto:editor@news.example"}],
}
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "某报",
    "home_page_url": "https://news.example/",
    "feed_url": "https://news.example/feed.json",
    "next_url": "https://news.example/feed.json?page=2",
    "items": [JSON_ITEM],
}


def rss(*items, head="", declared="", root="", version="2.0"):
    return (
        f'<?xml version="1.0"{declared}?><rss version="{version}" {CONTENT} xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:atom="http://www.w3.org/2005/Atom" {root}><channel><title>某报</title><link>https://news.example/</link>'
        f"<description>新闻</description>{head}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"
    ).encode()


def atom(*entries, head="", root=""):
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" {root}><title>某报</title>'
        f'<id>tag:news.example,2026:feed</id><updated>2026-11-03T05:00:00Z</updated><link href="https://news.example/"/>'
        f"{head}{''.join(f'<entry>{entry}</entry>' for entry in entries)}</feed>"
    ).encode()


def in_json(*items, **values):
    return json.dumps({**JSON_FEED, "items": items, **values}).encode()


def read_one(body, content_type=""):
    page = feed(body, content_type)
    check_result(page)
    assert page.problems == []
    [ref] = page.refs
    return ref


LINK = "<link>https://news.example/1.html</link>"
RSS_ITEM = (
    f"<title><![CDATA[  题目\n ]]></title>{LINK}<guid>https://news.example/1</guid><description>摘要</description>"
    f"<pubDate>Tue, 03 Nov 2026 12:00:00 +0800</pubDate><content:encoded><![CDATA[{TEXT}]]></content:encoded>"
    "<author>editor@news.example (某人)</author><dc:creator>某人</dc:creator>"
)
ATOM_ENTRY = (
    "<title>题目</title><id>https://news.example/1</id><link href='https://news.example/1.html'/><summary>摘要</summary>"
    "<published>2026-11-03T04:00:00Z</published><updated>2026-11-03T05:00:00Z</updated>"
    f"<content type='html'><![CDATA[{TEXT}]]></content>"
    "<author><name>某人</name><email>editor@news.example</email></author>"
)


@pytest.mark.parametrize(
    ("body", "updated"),
    [
        (rss(RSS_ITEM), NOON),
        (rss(RSS_ITEM, version="0.92"), NOON),
        (atom(ATOM_ENTRY), NOON.replace(hour=13)),
        (in_json(JSON_ITEM), NOON.replace(hour=13)),
        (b"\xef\xbb\xbf" + in_json(JSON_ITEM), NOON.replace(hour=13)),
    ],
)
def test_an_item_with_its_whole_text_is_the_article(body, updated):
    ref = read_one(body)
    article = ref.make_article()
    assert (ref.title, ref.time, article.title) == ("题目", updated, "题目")
    assert (article.media, article.source_url) == ("某报", "https://news.example/1.html")
    assert (article.body, article.digest, article.published_at) == (TEXT, "摘要", NOON)
    assert ref.code == article.code == web_code("https://news.example/1")
    assert "某人" not in repr([ref, article])
    assert "editor@" not in repr([ref, article])


def test_rss_1_has_its_items_beside_the_channel():
    body = (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel '
        'rdf:about="https://news.example/"><title>某报</title><link>https://news.example/</link></channel>'
        '<item rdf:about="https://news.example/1"><title>题目</title><link>https://news.example/1.html</link>'
        "<dc:date>2026-11-03T12:00:00+08:00</dc:date><description>摘要</description></item></rdf:RDF>"
    ).encode()
    ref = read_one(body)
    assert (ref.title, ref.time, ref.digest, ref.media) == ("题目", NOON, "摘要", "某报")


@pytest.mark.parametrize(
    "body",
    [
        rss(f"<title>题目</title>{LINK}<description>&lt;p&gt;摘要 &amp;amp; 其他&lt;/p&gt;</description>", root=""),
        atom("<title>题目</title><link href='https://news.example/1.html'/><summary type='html'>&lt;p&gt;摘要 &amp;amp; 其他</summary>"),
        in_json({"url": "https://news.example/1.html", "title": "题目", "summary": "摘要 &amp; 其他"}),
    ],
)  # fmt: skip
def test_an_item_with_a_summary_alone_is_a_row(body):
    ref = read_one(body)
    assert (ref.make_article, ref.digest, ref.title) == (None, "摘要 & 其他", "题目")
    assert ref.code == web_code("https://news.example/1.html")


def test_two_summaries_are_no_text():
    ref = read_one(
        rss(f"{LINK}<description>摘要</description><atom:summary>另一段摘要</atom:summary>").replace(
            CONTENT.encode(), b""
        )
    )
    assert ref.make_article is None


@pytest.mark.parametrize(
    "end", ["……", " [&#8230;]", "...", '<a href="https://news.example/1.html">阅读全文</a> &raquo;', "Read more"]
)
def test_a_text_that_goes_on_elsewhere_is_a_summary(end):
    ref = read_one(in_json({**JSON_ITEM, "summary": "", "content_html": f"<p>开头{end}</p>"}))
    assert ref.make_article is None
    assert ref.digest.startswith("开头")


def test_plain_texts_become_paragraphs():
    assert (
        read_one(in_json({**JSON_ITEM, "content_html": "", "content_text": "甲 < 乙\n\n丙"})).make_article().body
        == "<p>甲 &lt; 乙</p><p>丙</p>"
    )
    entry = ATOM_ENTRY.replace(f"<content type='html'><![CDATA[{TEXT}]]>", "<content>甲 &lt; 乙\n丙")
    assert read_one(atom(entry)).make_article().body == "<p>甲 &lt; 乙</p><p>丙</p>"


def test_a_text_in_xhtml():
    entry = ATOM_ENTRY.replace(
        f"<content type='html'><![CDATA[{TEXT}]]>",
        f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>{TEXT}</div>",
    )
    assert read_one(atom(entry)).make_article().body == TEXT


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<title>甲 &amp;amp; 乙</title>", "甲 & 乙"),
        ("<title>&lt;b&gt;甲&lt;/b&gt; 乙</title>", "甲 乙"),
        ("<title><![CDATA[\n   甲<em>乙</em>   ]]></title>", "甲乙"),
        ("<title>甲 &lt; 乙</title>", "甲 < 乙"),
        ("", ""),
    ],
)
def test_titles(written, title):
    assert read_one(rss(f"{written}{LINK}")).title == title


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Tue, 03 Nov 2026 12:00:00 +0800", NOON),
        ("Tue, 03 Nov 2026 04:00:00 GMT", NOON),
        ("3 Nov 2026 04:00 UT", NOON),
        ("Tue, 03 Nov 2026 12:00:00", NOON),
        ("Tue, 03 Nov 2026 12:00:00 CST", NOON),
        ("2026-11-03T04:00:00Z", NOON),
        ("2026-11-03T04:00:00.000+00:00", NOON),
        ("2026-11-03 12:00:00", NOON),
        ("2026/11/3 12:00", NOON),
        ("2026年11月03日 12:00", NOON),
        ("1793678400", NOON),
        ("2026-11-03", NOON.replace(hour=0)),
        ("gestern", None),
        ("Tue, 99 Nov 2026 12:00:00 +0800", None),
        ("Fri, 31 Dec 9999 23:59:00 -2359", None),
        ("", None),
    ],
)
def test_times(written, shown):
    assert read_one(rss(f"{LINK}<pubDate>{written}</pubDate>")).time == shown


def test_an_item_without_a_time():
    assert read_one(rss(LINK)).time is None


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("<link>https://wallstreetcn.com/articles/3782700?from=rss</link><guid>7</guid>", "wscn-3782700"),
        ("<link>https://feed.example/r?u=1</link><guid>https://wallstreetcn.com/livenews/3167593</guid>", "wscn-live-3167593"),
        ("<link>https://finance.eastmoney.com/a/202611031234567890.html</link>", "202611031234567890"),
        ("<link>https://news.example/a/202611031234567890.html</link>", web_code("https://news.example/a/202611031234567890.html")),
        ("<link>https://news.example/1?utm_source=rss</link><guid isPermaLink='false'>202611031234567890</guid>", web_code("https://news.example/1")),
        ("<link>https://news.example/new-slug</link><guid>https://news.example/?p=1</guid>", web_code("https://news.example/?p=1")),
        ("<link>/1.html</link>", web_code("https://news.example/1.html")),
    ],
)  # fmt: skip
def test_codes(item, code):
    assert read_one(rss(item)).code == code


def test_an_id_counts_for_its_own_site_alone():
    item = "<title>题</title><guid isPermaLink='false'>12345</guid>"
    here, there = rss(item), rss(item).replace(b"news.example", b"other.example")
    assert read_one(here).code != read_one(there).code
    entry = "<title>题</title><id>tag:news.example,2026:1</id><link href='{}'/>"
    moved = [read_one(atom(entry.format(link))) for link in ("https://news.example/1", "https://new.example/1")]
    assert moved[0].code == moved[1].code


def test_articles_of_eastmoney_are_fetched_as_ever():
    item = RSS_ITEM.replace("https://news.example/1.html", "https://finance.eastmoney.com/a/202611031234567890.html")
    assert read_one(rss(item)).make_article is None


def test_the_publication():
    assert read_one(rss(f"{LINK}<source url='https://other.example/'>别报</source>")).media == "别报"
    assert read_one(rss("<link>https://www.cls.cn/detail/2492814</link>")).media == "财联社"
    entry = ATOM_ENTRY + "<source><title>别报</title><id>x</id></source>"
    assert read_one(atom(entry)).complete().media == "别报"


def test_relative_links_are_of_the_site_and_of_xml_base():
    entry = (
        "<title>题</title><id>tag:x,2026:1</id><link href='../1.html'/>"
        "<content type='html'>&lt;p&gt;文&lt;img src='a.png'&gt;&lt;/p&gt;</content>"
    )
    ref = read_one(atom(entry, root='xml:base="https://base.example/x/y/"'))
    assert ref.complete().url == "https://base.example/x/1.html"
    assert ref.make_article().body == "<p>文<img src='https://base.example/x/y/a.png'></p>"
    item = RSS_ITEM.replace("<p>第二段。</p>", '<img src="/b.png"><a href="2.html">二</a>')
    assert (
        '<img src="https://news.example/b.png"><a href="https://news.example/2.html">'
        in read_one(rss(item)).make_article().body
    )


@pytest.mark.parametrize(
    ("body", "following"),
    [
        (rss(LINK, head='<atom:link rel="self" href="https://news.example/feed"/><atom:link rel="next" href="?page=2"/>'), "?page=2"),
        (atom(ATOM_ENTRY, head='<link rel="next" href="https://news.example/feed?page=2"/>'), "https://news.example/feed?page=2"),
        (in_json(JSON_ITEM), JSON_FEED["next_url"]),
        (rss(LINK), ""),
    ],
)  # fmt: skip
def test_the_next_page(body, following):
    assert feed(body).next == following


@pytest.mark.parametrize(
    ("declared", "content_type", "encoding"),
    [
        (' encoding="gb2312"', "text/xml", "gb18030"),
        (' encoding="GBK"', "", "gb18030"),
        ("", "text/xml; charset=gb2312", "gb18030"),
        (' encoding="utf-8"', "text/xml; charset=utf-8", "gb18030"),
        (' encoding="gb2312"', "text/html", "utf-8"),
        ("", "application/rss+xml", "utf-16"),
        (' encoding="utf-8"', "text/html; charset=UTF-8", "utf-8"),
    ],
)
def test_encodings(declared, content_type, encoding):
    body = rss(f"<title>朱镕基与陈喆谈经济与市场</title>{LINK}", declared=declared).decode().encode(encoding)
    assert read_one(body, content_type).title == "朱镕基与陈喆谈经济与市场"


def test_each_article_once_as_it_was_listed_last():
    old, new = RSS_ITEM, RSS_ITEM.replace("12:00:00", "14:00:00").replace("题目", "新题")
    for items in ((old, new), (new, old)):
        ref = read_one(rss(*items))
        assert (ref.title, ref.time.hour) == ("新题", 14)


def test_an_item_that_names_no_article_leaves_its_neighbours():
    page = feed(rss("<title>广告</title><author>editor@news.example</author>", RSS_ITEM, "<link>mailto:a@x</link>"))
    assert [ref.title for ref in page.refs] == ["题目"]
    assert len(page.problems) + len(page.adverts) == 2
    assert "editor@" not in repr(page)


def test_a_feed_without_items_is_empty():
    for body in (rss(), atom(), in_json()):
        assert replace(feed(body), next="").refs == []


def test_entities_are_harmless(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY a "哈"><!ENTITY b "&a;&a;">]>'
    body = rss(f"<title>题&x;&b;</title>{LINK}").replace(b"?>", f"?>{doctype}".encode(), 1)
    with suppress(SourceError):
        assert "geheim" not in repr(feed(body))
    bomb = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10 if n else "哈"}">' for n in range(20))
    body = rss(f"<title>题&x19;</title>{LINK}").replace(b"?>", f"?><!DOCTYPE rss [{bomb}]>".encode(), 1)
    with suppress(SourceError):
        assert len(repr(feed(body))) < 10_000


def test_a_feed_is_never_taken_for_the_name_of_a_file(tmp_path):
    file = tmp_path / "feed.xml"
    file.write_bytes(rss(RSS_ITEM))
    for name in (str(file), file.as_uri(), "http://127.0.0.1:9/"):
        with pytest.raises(SourceError):
            feed(name.encode())


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"<html><body><p>404</p></body></html>", b"<!DOCTYPE html><title>x</title>", b"{}", b'{"version": 1}', b"[]", b"x", b"<a>" * 200_000, rss("<a>" * 300)],
)  # fmt: skip
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(SourceError):
        feed(body)


def test_a_hostile_name_of_an_author_takes_no_time():
    item = f"<author>{'a.' * 100_000}</author>{LINK}"
    begun = process_time()
    assert read_one(rss(item)).url == "https://news.example/1.html"
    assert process_time() - begun < 2


def test_a_feed_that_ends_in_its_middle_keeps_its_whole_items():
    whole = rss(RSS_ITEM, RSS_ITEM.replace("/1", "/2"))
    page = feed(whole[: whole.rindex(b"<item>") + 60])
    assert [ref.make_article is not None for ref in page.refs][:1] == [True]


@pytest.mark.parametrize("whole", [rss(RSS_ITEM, head='<atom:link rel="next" href="?2"/>'), atom(ATOM_ENTRY)])
@given(data=st.data())
@thorough
def test_any_bytes_in_a_feed(whole, data):
    begin = data.draw(st.integers(0, len(whole)))
    body = whole[:begin] + data.draw(st.binary(max_size=20)) + whole[begin + data.draw(st.integers(0, 40)) :]
    with suppress(SourceError):
        page = feed(body)
        check_result(page)
