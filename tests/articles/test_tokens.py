import nh3
import pytest
from hypothesis import given

from finews_spider.articles.tokens import Token, attributes_of, tokens_of, value_of
from finews_spider.items import UNWANTED
from tests.hostile import BODIES


@pytest.mark.parametrize(
    ("fragment", "kinds"),
    [
        ("甲<p a=1>乙</p >", "text tag text end"),
        ("1 < 2 <= 3 <", "text"),
        ("<!-- 甲 -- 乙 --><!--><!---><!-- --!>", "comment comment comment comment"),
        ("<!DOCTYPE x><?xml ?></ ></>", "bogus bogus bogus bogus"),
        ("<p a='>' b=\">\"><br/>", "tag tag"),
        ("<strong<p>", "tag"),
        ("<p a='", "text"),
        ("甲<!-- 乙", "text text"),
        ("<script>a<b</script >", "end"),
        ("<style>p{}", ""),
        ("<title>甲</title>", "end"),
    ],
)
def test_tokens_are_those_of_a_browser(fragment, kinds):
    assert [token.kind for token in tokens_of(fragment)] == kinds.split()


@pytest.mark.parametrize(
    ("fragment", "kinds"),
    [("<iframe src=/x />甲<iframe></iframe>", "text end"), ("<iframe>甲<iframe>乙<p>", "text text tag")],
)
def test_a_frame_that_is_not_closed_hides_no_text(fragment, kinds):
    assert [token.kind for token in tokens_of(fragment)] == kinds.split()


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("<p a=1 B='2' c=\"3\" d e=>", [("a", "1"), ("b", "2"), ("c", "3"), ("d", ""), ("e", "")]),
        ('<p a="1"b="2"/c = 3 />', [("a", "1"), ("b", "2"), ("c", "3")]),
        ("<p a=b/c/>", [("a", "b/c/")]),
        ("<p =x>", [("=x", "")]),
        ('<p a="&lt;&#65;&amp;b&copy=1&copy&times2">', [("a", "<A&b&copy=1©&times2")]),
    ],
)
def test_attributes_are_those_of_a_browser(tag, attributes):
    assert [(each.name, each.value) for each in attributes_of(Token("tag", tag, "p"))] == attributes


@given(BODIES)
def test_nh3_reads_the_same_attributes(body):
    seen = set()
    cleaner = nh3.Cleaner(attributes={"*": {"class", "title", "x"}}, attribute_filter=lambda *each: seen.add(each))
    for token in tokens_of(UNWANTED.sub("", body.replace("\r", ""))):
        if token.kind == "tag" and token.name.lower() == "p":
            seen.clear()
            cleaner.clean(token.source)
            ours = {each.name: each.value for each in reversed(attributes_of(token))}
            assert {name: value for _, name, value in seen} == {
                n: v for n, v in ours.items() if n in {"class", "title", "x"}
            }


def test_a_control_in_a_value_can_be_seen():
    assert value_of('"java&#1;script"') == "java\0script"
