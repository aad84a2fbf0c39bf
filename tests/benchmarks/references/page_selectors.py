"""Reads an article page only by parsel's selectors, as a simple spider would."""

from parsel import Selector


def read(body: bytes) -> dict[str, str]:
    page = Selector(text=body.decode())
    items = page.css("div.infos div.item::text").getall()
    return {
        "title": page.css("#topbox div.title::text").get(""),
        "time": items[0],
        "media": items[1],
        "digest": page.css("div.abstract div.txt::text").get(""),
        "body": page.css("#ContentBody").get(""),
    }
