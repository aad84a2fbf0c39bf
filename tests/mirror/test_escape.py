import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.mirror import escape


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=100))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_yaml_reads_titles_and_tags_as_they_are(text):
    assert yaml.safe_load(escape.yaml_string(text)) == text
    value = yaml.safe_load(escape.yaml_tag(text))
    assert value in (text, [text])


@pytest.mark.parametrize("text", ["null", "yes", "163", "1e5", "- x", "a: b", "#x", "@x", "", "[x]", "2022-06-01"])
def test_a_tag_that_yaml_would_misread_is_a_list_of_one(text):
    assert yaml.safe_load(f"tags: {escape.yaml_tag(text)}") == {"tags": [text]}


@pytest.mark.parametrize("text", ["新京报新闻", "36氪 新闻", "xinjingbao", "21shijiejingjibaodao", "东财滚动新闻"])
def test_a_plain_tag_stays_plain(text):
    assert escape.yaml_tag(text) == text


@pytest.mark.parametrize("escaped_for", [escape.markdown, escape.link_text])
def test_text_of_several_lines_begins_no_block(escaped_for):
    assert escaped_for("甲\n\n# 乙\n").startswith("甲&#10;&#10;# 乙&#10;")
