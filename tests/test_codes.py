import pytest

from finews_spider.codes import id_of, is_code, label, publisher_name, publisher_of

CODES = {
    "202206012399294452": ("", "202206012399294452", "NW202206012399294452", "东方财富网"),
    "wscn-3782700": ("wscn", "3782700", "wscn-3782700", "华尔街见闻"),
    "wscn-live-3782700": ("wscn", "3782700", "wscn-live-3782700", "华尔街见闻"),
    "cls-3782700": ("cls", "3782700", "cls-3782700", "财联社"),
    "sina-nitmeav9622448": ("sina", "nitmeav9622448", "sina-nitmeav9622448", "新浪财经"),
    "ths-680400243": ("ths", "680400243", "ths-680400243", "同花顺"),
    "web-ab87e83a74c0dcb6": ("web", "ab87e83a74c0dcb6", "web-ab87e83a74c0dcb6", "其他网站"),
}


@pytest.mark.parametrize(("code", "parts"), CODES.items())
def test_a_code_says_who_published_the_article(code, parts):
    assert is_code(code)
    assert (publisher_of(code), id_of(code), label(code), publisher_name(publisher_of(code))) == parts


@pytest.mark.parametrize(
    "text",
    [None, 7, "", "3782700", "NW202206012399294452", "wscn-", "wscn-live-", "stcn-1", "web-design", "WSCN-1", "cls-1/2",
     "cls-1.md", "cls-../1", "ths-１", "sina-1\n", f"cls-{'1' * 41}"],
)  # fmt: skip
def test_what_is_no_code(text):
    assert not is_code(text)
