"""kramdown returns exported bodies unchanged: kramdown itself converts them, and Chromium reads its output."""

import json
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from finews_spider.articles import bounds
from finews_spider.mirror import sanitize
from finews_spider.mirror.kramdown import shield, unshield
from tests.browsing import chromium
from tests.mirror.body_shapes import all_shapes, random_bodies
from tests.servers import missing

LEAD, LEAD_HTML = "> 引\n\n", "<blockquote>\n  <p>引</p>\n</blockquote>\n\n"
FOOT, FOOT_HTML = (
    "\n\n<http://x.example/a>\n\n[返回](//x.example/)",
    ('\n\n<p><a href="http://x.example/a">http://x.example/a</a></p>\n\n<p><a href="//x.example/">返回</a></p>\n'),
)
GENERATED = 1_500
# Shielded though some would come out well: outside all blocks, what browsers show inline, which kramdown parts by newlines,
# elements that are opened as if they were closed, and a tab after a blank, for which kramdown has no rule.
ODD = re.compile(r"<(?:font|s|wbr|td|tr)\b| \t|(?:\A|</p>)\s*(?:<!-- 甲 -->\s*)?<p[^<>]*/>", re.IGNORECASE)
# Two pages are the same but for white space between the blocks of a body. Not by innerHTML, whose fast parser reads
# references in attributes otherwise than pages are read.
SAME = """pairs => pairs.map(pair => {
  const [one, other] = pair.map(html => {
    const page = `<!DOCTYPE html><body><article><div>${html}</div></article><footer><p>.</p></footer>`;
    const body = new DOMParser().parseFromString(page, "text/html").body;
    for (const node of [...body.firstChild.firstChild.childNodes]) {
      if (node.nodeType === Node.TEXT_NODE && !(node.data = node.data.replace(/[ \\t\\n]+/g, " ").replace(/^ | $/g, ""))) node.remove();
    }
    body.normalize();
    return body;
  });
  return one.isEqualNode(other);
})"""


def kramdown(texts: list[str], **options) -> list[str]:
    """Return what Jekyll's kramdown makes of each text."""
    if not shutil.which("ruby") or not shutil.which("jekyll"):
        missing("jekyll", "there is no ruby with jekyll on the PATH")
    command = ["ruby", str(Path(__file__).with_name("run_kramdown.rb")), json.dumps(options)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=300)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def same():
    """Return a function: pairs of HTML → whether a browser reads both of each as the same."""
    with chromium() as browser:
        page = browser.new_page()
        yield lambda pairs: page.evaluate(SAME, list(pairs))


@pytest.fixture(scope="module")
def bodies():
    """Return the body that is exported for each shape."""
    return list(dict.fromkeys(sanitize.body(shape) for shape in [*all_shapes(), *random_bodies(GENERATED)]))


def comes_out(bodies, same, lead="", lead_html="", **options):
    """Return for each body whether it comes out of kramdown as it went in, with the rest of its post."""
    printed = kramdown([f"{lead}{body}{FOOT}" for body in bodies], **options)
    meant = [f"{lead_html}{unshield(body)}{FOOT_HTML}" for body in bodies]
    return same(zip(meant, printed, strict=True))


def test_a_body_comes_out_as_it_went_in(bodies, same):
    assert [body for body, right in zip(bodies, comes_out(bodies, same), strict=True) if not right] == []


@pytest.mark.parametrize(
    "options", [{"input": "kramdown"}, {"hard_wrap": True}, {"lead": LEAD, "lead_html": LEAD_HTML}], ids=str
)
def test_it_does_so_after_a_digest_and_with_other_options(bodies, same, options):
    some = bodies[::6]
    assert [body for body, right in zip(some, comes_out(some, same, **options), strict=True) if not right] == []


@pytest.mark.parametrize(
    "options", [{"parse_block_html": True}, {"parse_span_html": True, "html_to_native": True}], ids=str
)
def test_a_shielded_body_comes_out_with_any_options_of_kramdown(bodies, same, options):
    assert all(comes_out([body for body in bodies if unshield(body) != body][::3], same, **options))


def test_what_kramdown_leaves_alone_keeps_its_bytes(bodies, same):
    bare = [unshield(body) for body in bodies]
    wrong = [
        body
        for body, text, right in zip(bodies, bare, comes_out(bare, same), strict=True)
        if right != (body == text) and not ODD.search(text)
    ]
    assert wrong == []
    assert 0.2 < sum(body == text for body, text in zip(bodies, bare, strict=True)) / len(bodies) < 0.8


def test_the_deepest_article_comes_out(same):
    names = ["div", "blockquote", "ul", "section", "center", "span", "b"]
    deep = [f"{f'<{name}>' * (bounds.DEEPEST - 2)}甲{f'</{name}>' * (bounds.DEEPEST - 2)}" for name in names]
    bodies = [sanitize.body(each) for each in deep] + [sanitize.body(f"<p>{each}</p>") for each in deep[5:]]
    assert bodies[:5] == deep[:5]
    assert all(comes_out(bodies, same))


@pytest.mark.parametrize(
    "block", [f"<p>{'甲' * 100}</p>", "<li>", "<p>x</p>", "<table><tr><td>甲</td></tr></table>", "<hr>"]
)
def test_the_longest_line_takes_kramdown_seconds(block):
    body = sanitize.body(block * (bounds.LONGEST_BODY // len(block)))
    assert unshield(body) != body
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    kramdown([body])
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 15


def test_a_long_article_in_one_line_stays_bare():
    body = f"<p>{'甲' * 100}</p>" * 400
    assert sanitize.body(body) == body


def test_a_second_export_changes_nothing(bodies):
    assert [body for body in bodies if sanitize.body(unshield(body)) != body] == []


def test_no_excerpt_ends_within_a_shield(bodies):
    assert [
        body
        for body in bodies
        if unshield(body) != body and ("\n\n" in body or "{::" in body[5:] or "{:/" in body[:-17])
    ] == []


@pytest.mark.parametrize("text", ["{:/}", "{:/nomarkdown}\n", "\n\n{:/}\n\n", "{::nomarkdown}", "甲\n\n\n乙"])
def test_nothing_ends_a_shield(text):
    assert unshield(shield(text)) == shield(text).removeprefix("{::nomarkdown}\n").removesuffix("\n{:/nomarkdown}")
    assert "{:/" not in unshield(shield(text))
