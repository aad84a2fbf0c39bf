"""The upstream's formats: one function for each, which returns what the server sends of the sample's articles."""

import html
import json
from collections.abc import Iterable
from typing import Any

from finews_spider.sample.news import Sample

TIME = "%Y-%m-%d %H:%M:%S"


def webapi_roll(articles: Iterable[Sample]) -> bytes:
    """Return the roll list; some of its rows have no title or no time, as the upstream's do."""

    def row(article: Sample) -> dict[str, Any]:
        number = int(article.code[-4:])
        return {
            "infoCode": f"NW{article.code}",
            "id": article.code,
            "title": "" if number % 37 == 1 else article.title,
            "digest": article.digest,
            "url_w": f"http://finance.example/news/1345,{article.code}.html",
            "showtime": "" if number % 43 == 2 else f"{article.shown:{TIME}}",
        }

    return _json({"records": [row(article) for article in articles]})


def webapi_media(articles: Iterable[Sample]) -> bytes:
    """Return the media list."""
    return _json(
        {
            "nodeList": [
                {
                    "infocode": f"NW{article.code}",
                    "title": article.title,
                    "simtitle": "",
                    "simdigest": article.digest,
                    "from": article.media,
                    "showtime": f"{article.shown:{TIME}}",
                }
                for article in articles
            ]
        }
    )


def webapi_market(articles: Iterable[Sample]) -> bytes:
    """Return a market's list."""
    return _json(
        {
            "record": [
                {
                    "infoCode": f"NW{article.code}",
                    "title": article.title,
                    "medianame": article.media,
                    "datetime": f"{article.shown:{TIME}}",
                }
                for article in articles
            ]
        }
    )


def kuaixun(articles: Iterable[Sample]) -> bytes:
    """Return a page of the kuaixun v1 list."""
    rows = [
        {
            "id": article.code,
            "newsid": article.code,
            "title": article.title,
            "digest": article.digest,
            "url_w": f"http://finance.example/a/{article.code}.html",
            "showtime": f"{article.shown:{TIME}}",
            "commentnum": "0",
        }
        for article in articles
    ]
    return b"var ajaxResult=" + _json({"rc": 1, "me": "", "LivesList": rows}) + b";"


def fastnews(articles: Iterable[Sample]) -> bytes:
    """Return a page of flash news, with the cursor to the one before it."""
    rows = [
        {
            "code": article.code,
            "title": article.title,
            "summary": article.digest,
            "showTime": f"{article.shown:{TIME}}",
            "realSort": str(article.sort),
            "stockList": [article.stock, "90.BK0428"],
            "image": [],
            "pinglun_Num": 0,
        }
        for article in articles
    ]
    end = rows[-1]["realSort"] if rows else ""
    return _json(
        {"code": "1", "message": "success", "data": {"sortEnd": end, "total": len(rows), "fastNewsList": rows}}
    )


def columns(articles: Iterable[Sample], page: int, callback: str) -> bytes:
    """Return a page of a column, as JSONP where there is a callback."""
    rows = [
        {
            "code": article.code,
            "title": article.title,
            "mediaName": article.media,
            "summary": article.digest,
            "showTime": f"{article.shown:{TIME}}",
            "image": "",
            "np_dst": "CMS",
            "uniqueUrl": f"http://finance.example/a/{article.code}.html",
            "url": f"http://finance.example/news/1344,{article.code}.html",
        }
        for article in articles
    ]
    data = {"page_index": page, "page_size": len(rows), "totle_hits": 5000, "list": rows}
    answer = _json({"req_trace": "1", "code": "1", "message": "success", "data": data})
    return callback.encode() + b"(" + answer + b")" if callback else answer


def parameter_missing(name: str) -> bytes:
    """Return the answer of np-listapi when a parameter is missing."""
    return _json({"code": 0, "message": f"Required String parameter '{name}' is not present"})


def no_data() -> bytes:
    """Return the answer of np-weblist when req_trace or sortEnd is missing."""
    return _json({"code": "1", "message": "success", "data": None})


def get_news_text(article: Sample | None, base: str) -> bytes:
    """Return an article's text. The answer for an unknown article is a guess."""
    if article is None:
        return b"{}"
    return _json(
        {
            "Id": f"NW{article.code}",
            "newsid": article.code,
            "Title": article.title,
            "Date": f"{article.shown:{TIME}}",
            "From": article.media,
            "Author": [],
            "Order": 0,
            "medianame": article.media,
            "reletecodes": [],
            "url": f"http://finance.example/a/{article.code}.html",
            "text": body(article, base),
        }
    )


def newsinfo(article: Sample | None, base: str) -> bytes:
    """Return an article's record of the v2 API: every value a string; ``data: null`` for an unknown one."""
    data = article and {
        "Art_Code": article.code,
        "Art_Title": article.title,
        "Art_ShowTime": f"{article.shown:%Y/%m/%d %H:%M:%S}",
        "Art_Content": body(article, base),
        "Art_Digest": article.digest,
        "Art_Media_Name": article.media,
        "Art_UniqueUrl": f"http://finance.example/a/{article.code}.html",
        "Art_Tip_Info": json.dumps([{"Type": 999, "Code": article.stock}]),
        "Extend": "[Null]",
    }
    return _json({"data": data, "errorcode": 0, "id": "0", "message": "", "success": 1})


def body(article: Sample, base: str) -> str:
    """Return an article's HTML, its images on the sample's own host."""
    return article.body.replace("{base}", base)


def article_page(article: Sample, base: str) -> bytes:
    """Return an article's page in the template of 2021 to 2026."""
    title = html.escape(article.title)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_东方财富网</title></head><body>'
        f'<div class="contentwrap"><div id="topbox"><div class="title">{title}</div><div class="tipbox">'
        '<div class="infos">'
        f'<div class=" item">{article.shown:%Y年%m月%d日 %H:%M}</div><div class=" item">来源：{article.media}</div>'
        '</div><div class="aboutctrl"></div></div></div>'
        f'<div class="abstract"><div class="txt">{html.escape(article.digest)}</div></div>'
        f'<div class="txtinfos" id="ContentBody">{body(article, base)}</div></div></body></html>'
    ).encode()


def share_page(delay_ms: int) -> bytes:
    """Return the share page, an empty shell. Its script fills it after *delay_ms*, or never where that is negative."""
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>资讯详情</title></head>
<body><div class="wrap"></div><script>
const code = new URLSearchParams(location.search).get("infoCode");
const fill = async () => {{
  const news = await (await fetch("/NewsData/GetNewsText.do?id=" + code)).json();
  const wrap = document.querySelector(".wrap");
  for (const [tag, text] of [["h1", news.Title], ["span", news.Date], ["span", "来源：" + news.medianame]])
    wrap.append(Object.assign(document.createElement(tag), {{textContent: text}}));
  wrap.append(Object.assign(document.createElement("div"), {{innerHTML: news.text}}));
}};
if ({delay_ms} >= 0) setTimeout(fill, {delay_ms});
</script></body></html>""".encode()


def column_shell(column: str) -> bytes:
    """Return a column page as the server has sent it since 2026, where a script fills the list."""
    return _page(f"""<ul id="newsListContent"></ul><script>
const query = "client=web&biz=web_news_col&column={column}&page_index=1&page_size=20&req_trace=1";
const fill = ({{data}}) => data.list.forEach((row, n) => {{
  const link = Object.assign(document.createElement("a"), {{href: "/a/" + row.code + ".html", textContent: row.title}});
  const item = Object.assign(document.createElement("li"), {{id: "newsTr" + n}});
  item.append(link, " ", row.showTime);
  newsListContent.append(item);
}});
fetch("/comm/web/getNewsByColumns?" + query).then(answer => answer.json()).then(fill);
</script>""")


def column_page(articles: Iterable[Sample]) -> bytes:
    """Return a column page as the server sent it until 2020, with the list in it."""
    rows = (
        f'<li id="newsTr{number}"><div class="text"><p class="title"><a href="/a/{article.code}.html">'
        f'{html.escape(article.title)}</a></p><p class="info" title="{html.escape(article.digest)}">…</p>'
        f'<p class="time">{article.shown:%Y年%m月%d日 %H:%M}</p></div></li>'
        for number, article in enumerate(articles)
    )
    return _page(f'<ul id="newsListContent">{"".join(rows)}</ul>')


def _page(content: str) -> bytes:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{content}</body></html>'.encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
