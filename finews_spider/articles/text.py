"""The text of an article as a reader sees it, and the search in it."""

from collections.abc import Iterable

from lxml import etree
from parsel import Selector

from finews_spider.articles import body, bounds, fields

BLOCKS = (
    *("address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"),
)
UNSEEN = ("script", "style", etree.Comment, etree.ProcessingInstruction)


def lines_of(fragment: str, *, images: bool = False) -> list[str]:
    """Return the text of *fragment*: a line for each paragraph or table row that isn't empty.

    :param fragment: HTML.
    :param images: put the URL of each image where the image is, in brackets.
    """
    # The element around it is needed if the fragment has none.
    root = Selector(text=f"<div>{' '.join(bounds.body(fragment).split())}</div>", type="html").root
    etree.strip_elements(root, *UNSEEN, with_tail=False)
    parts = []
    for event, element in etree.iterwalk(root, ("start", "end")):
        if element.tag in BLOCKS:
            parts.append("\n")
        if images and element.tag == "img" and event == "start":
            parts.append(f"[{element.get('src', '')}]")
        parts.append((element.text if event == "start" else element.tail) or "")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return [line for line in lines if line]


def text_of(fragment: str) -> str:
    """Return the text of *fragment*, one line for each paragraph."""
    return "\n".join(lines_of(fragment))


def search_words(texts: Iterable[str]) -> list[str]:
    """Return the words of *texts*, in the form in which :func:`has_words` compares them."""
    return [_folded(word) for text in texts for word in text.split()]


def has_words(title: str, fragment: str, words: Iterable[str]) -> bool:
    """Return whether each of *words* is in the title or in the text, whatever its case, width and markup.

    :param fragment: the article's HTML.
    :param words: words of :func:`search_words`.
    """
    text = f"{_folded(fields.plain(title))}\n{_folded(body.text_of(fragment))}"
    return all(word in text for word in words)


def _folded(text: str) -> str:
    return text.translate(fields.FULL_WIDTH).casefold()
