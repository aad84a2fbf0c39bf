"""Chromium shows which attributes have an effect; no attribute that we take for one without effect may be among them."""

import pytest

from finews_spider.mirror import allowed
from tests.browsing import chromium

# An attribute acts on an element if one of its properties follows it.
ACTING = """tags => [...new Set(tags.flatMap(tag => {
  const names = [];
  for (const property in document.createElement(tag)) {
    const element = document.createElement(tag), name = property.toLowerCase(), before = element[property];
    for (const value of ["1", "true", "auto", "x"]) {
      element.setAttribute(name, value);
      if (element[property] !== before && (before === null || typeof before !== "object") || property.startsWith("on")) names.push(name);
    }
  }
  return names;
}))]"""


def test_no_attribute_that_acts_in_a_browser_is_called_idle():
    with chromium() as browser:
        acting = set(browser.new_page().evaluate(ACTING, sorted(allowed.TAGS)))
    # Of what an element holds, not how it is written.
    acting -= {"outerhtml"}
    assert {"onclick", "title", "popover", "href", "align", "nonce", "draggable"} <= acting
    assert [name for name in sorted(acting) if allowed.has_no_effect(name)] == []


@pytest.mark.parametrize(
    "name", ["orginial_src", "data-ratio", "data-code3", "_src", "powered-by", "textvalue", "web", "jquery123"]
)
def test_what_publishers_add_is_idle(name):
    assert allowed.has_no_effect(name)


@pytest.mark.parametrize(
    "name", ["onclick", "data-onclick", "data-bind", "v-html", "x-data", "xlink:href", "@click", "é", "", "a" * 99]
)
def test_what_scripts_look_for_is_not(name):
    assert not allowed.has_no_effect(name)
