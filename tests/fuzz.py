"""A coverage-guided fuzzer: ``python -m tests.fuzz TARGET CORPUS [options of libFuzzer]``.

It exits with 0 if it finds nothing. Otherwise it names the input, which it leaves in the current folder.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["finews_spider.sources", "finews_spider.mirror", "finews_spider.pipelines"]):
    from finews_spider.articles.normalize import normalize
    from finews_spider.errors import MirrorError, SourceError
    from finews_spider.items import Article
    from finews_spider.mirror import sanitize
    from finews_spider.mirror.kramdown import unshield
    from finews_spider.mirror.post import path_of, render
    from finews_spider.mirror.reader import read_post
    from finews_spider.sources import ARTICLE_PAGES, ARTICLE_SOURCES, LIST_PAGES

from tests.browsing import LINKS
from tests.sources.publishers.readers import READERS as PUBLISHERS
from tests.sources.test_other_types import SAMPLES
from tests.sources.test_sources import CODE, LISTS, check_result

READERS: list[Callable[[bytes], object]] = [
    *LISTS.values(),
    *(lambda body, parse=parse: parse(body, "") for parse in LIST_PAGES.values()),
    *(lambda body, parse=parse: parse(body, CODE) for parse in ARTICLE_SOURCES.values()),
    *(lambda body, parse=parse: parse(body, CODE, "") for parse in ARTICLE_PAGES.values()),
    *(reader.read for reader in PUBLISHERS.values()),
]
NAMES = [*LISTS, *LIST_PAGES, *ARTICLE_SOURCES, *ARTICLE_PAGES, *PUBLISHERS]
SAMPLES |= {name: reader.wrap(reader.answer) for name, reader in PUBLISHERS.items()}
PAGE = f"<html><head><title>题</title></head><body><div id=ContentBody><p>正文</p></div><a href=/a/{CODE}.html>题</a></body></html>"


def sources(data: bytes) -> None:
    """Check that each source reads an answer into sound items, or refuses it by a SourceError."""
    if data:
        with suppress(SourceError):
            check_result(READERS[data[0] % len(READERS)](data[1:]))


def posts(data: bytes) -> None:
    """Check that a post is read or refused by a MirrorError, and that what was read can be written and read again."""
    try:
        post = read_post(f"_posts/2026-01-02-{CODE}.md", data.decode("utf-8", "replace"))
    except MirrorError:
        return
    category = post.category or "x"
    text = render(post.article, category, LINKS)
    again = read_post(path_of(post.article), text)
    assert render(again.article, category, LINKS) == text


def bodies(data: bytes) -> None:
    """Check that a sanitized body stays the same if it is sanitized again, keeps its text, and has no Liquid."""
    article = normalize(Article(code=CODE, body=data.decode("utf-8", "replace")))
    made = sanitize.body(article.body)
    assert sanitize.body(unshield(made)) == made
    assert "{{" not in made
    assert "{%" not in made


SEEDS: dict[Callable[[bytes], None], list[bytes]] = {
    sources: [bytes([NAMES.index(name)]) + body for name, body in SAMPLES.items()]
    + [bytes([number]) + PAGE.encode() for number in range(len(NAMES))],
    posts: [
        f'---\nlayout: post\ntitle: "题"\ndate: 2026-01-02 12:00:00 +0800\ncategories: {category}\ntags: {tag}\n---\n'
        f"> 摘要\n\n<p>正文</p>\n\n<http://x.example/a/{CODE}.html>\n\n[返回{tag}](//x/)｜[返回首页](//x/)".encode()
        for category, tag in (("emnews", "东财滚动新闻"), ("[a b]", "晨报新闻"))
    ],
    bodies: [b'<p style="color:red">a</p><!-- x --><a href="http://x/">b</a><img src="//x/y.png" /><b id=x>&lt;{{</b>'],
}  # fmt: skip


def main() -> None:
    target = {each.__name__: each for each in SEEDS}[sys.argv[1]]
    corpus = Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
