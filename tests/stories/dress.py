"""The markup that a text has when it arrives: the upstream's own, and that of other publications."""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stories.model import Text

SENTENCE = re.compile(r"[^。！？]*[。！？]+[”’」）]*|[^。！？]+$")
INDENT = "\u3000\u3000"
BOARDS = {
    "半导体": "BK1036",
    "券商": "BK0473",
    "银行": "BK0475",
    "新能源": "BK0493",
    "机器人": "BK1090",
    "煤炭": "BK0437",
}


def upstream(text: Text) -> str:
    """Paragraphs with a link for each stock's name and for some boards, and the line with the source."""
    return _paragraphs(text, _linked(text)) + source(text)


def plain(text: Text) -> str:
    """The same without links."""
    return _paragraphs(text, _escaped(text)) + source(text)


def charts(text: Text) -> str:
    """The upstream's charts of all stocks above the text, its advertisement below it, and the editor's number."""
    above = "".join(chart(stock) for stock in text.stocks.values()) or chart("1.000001")
    advertisement = (
        '<p style="text-align:center;"><a href="https://acttg.eastmoney.com/pub/web_open" target="_blank">'
        '<img src="https://np-newspic.dfcfw.com/download/D2500.jpg" class="em_handle_adv_close" /></a></p>'
    )
    return above + upstream(text) + '<p class="res-edit">（责任编辑：137）</p>' + advertisement


def divs(text: Text) -> str:
    """Each paragraph is a ``div`` with spans for its sentences."""

    def spans(paragraph: str) -> str:
        return "".join(f'<span style="font-size:16px">{part}</span>' for part in SENTENCE.findall(paragraph))

    lines = [f'<div class="para" style="text-indent:2em">{spans(line)}</div>' for line in _flat(text)]
    return f'<div id="ContentBody"><div>{"".join(lines)}</div></div>'


def breaks(text: Text) -> str:
    """One paragraph with line breaks."""
    return f"<p>{'<br /><br />'.join(INDENT + line for line in _flat(text))}</p>"


def layout_table(text: Text) -> str:
    """A table that holds a paragraph in each row."""
    rows = "".join(f'<tr><td valign="top">{INDENT}{line}</td></tr>' for line in _flat(text))
    return f'<table width="100%" border="0"><tbody>{rows}</tbody></table>' + source(text)


def entities(text: Text) -> str:
    """Quotation marks, percent signs and some Chinese characters are written as entities."""
    names = {
        "“": "&ldquo;",
        "”": "&rdquo;",
        "—": "&mdash;",
        "·": "&middot;",
        "%": "&#37;",
        "的": "&#x7684;",
        "在": "&#22312;",
    }
    lines = ("".join(names.get(char, char) for char in line) for line in _flat(text))
    return "".join(f"<p>&emsp;&emsp;{line}</p>" for line in lines) + source(text)


def images(text: Text) -> str:
    """A picture after every second paragraph, and bold first paragraph."""
    lines = _flat(text)
    lines[0] = f"<strong>{lines[0]}</strong>"
    picture = '<center><img src="https://dfscdn.dfcfw.com/download/D{}_w640h360.jpg" width="578" /></center>'
    parts = (f"<p>{INDENT}{line}</p>{picture.format(5300 + n) if n % 2 else ''}" for n, line in enumerate(lines))
    return "".join(parts) + source(text)


def blanks(text: Text) -> str:
    """No-break spaces instead of U+3000, and a blank line between the paragraphs."""
    return "\n<p>&nbsp;</p>\n".join(f"<p>&nbsp;&nbsp;&nbsp;&nbsp;{line} </p>" for line in _flat(text)) + source(text)


def chart(stock: str) -> str:
    """Return a live chart as the upstream writes it: a hidden paragraph, comments, and an image in a link."""
    market, ticker = stock.split(".")
    return (
        '<p style="display:none;height:1px;overflow:hidden;"><br /></p><!-- EM_StockImg_Start -->'
        f'<p style="text-align:center;"><a href="http://quote.eastmoney.com/unify/r/{stock}" '
        f'data-code="{ticker}|{market}|2" class="EmImageRemark" target="_blank">'
        f'<img src="https://webquotepic.eastmoney.com/GetPic.aspx?nid={stock}&amp;imageType=k" alt="K图 {ticker}_0" '
        'width="578" height="276" /></a></p><!-- EM_StockImg_End -->'
    )


def source(text: Text) -> str:
    """Return what stands below the text: the line with the source, or the reprint's own."""
    return text.ending or f'<p class="em_media">（文章来源：{text.publication}）</p>'


def _paragraphs(text: Text, lines: list[str]) -> str:
    """Return lines as paragraphs; a line between bars is a row of a table, and one with ``##`` a heading."""
    parts: list[str] = []
    for is_row, run in groupby(lines, lambda line: line.startswith("|")):
        if is_row:
            rows = ("".join(f"<td>{cell.strip()}</td>" for cell in line.strip("| ").split("|")) for line in run)
            parts.append(f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>")
        else:
            parts += [
                f"<p>{INDENT}<strong>{line[3:]}</strong></p>" if line.startswith("## ") else f"<p>{INDENT}{line}</p>"
                for line in run
            ]
    return "".join(parts)


def _escaped(text: Text) -> list[str]:
    return [html.escape(line, quote=False) for line in text.paragraphs]


def _flat(text: Text) -> list[str]:
    """Return the lines, with tables and headings as text."""
    return [line.removeprefix("## ").replace("|", " ").strip() for line in _escaped(text)]


def _linked(text: Text) -> list[str]:
    codes = {html.escape(name, quote=False): f"stock_{stock}" for name, stock in text.stocks.items()}
    codes |= {name: f"bk_90.{board}" for name, board in BOARDS.items() if text.stocks}
    if not codes:
        return _escaped(text)
    names = re.compile("|".join(map(re.escape, sorted(codes, key=len, reverse=True))))
    seen: set[str] = set()

    def link(match: re.Match[str]) -> str:
        name = match[0]
        if name in seen:
            return name
        seen.add(name)
        kind, _, stock = codes[name].partition("_")
        return (
            f'<span id="{kind}_{stock}"><a href="http://quote.eastmoney.com/unify/r/{stock}" class="keytip" '
            f'data-code="{stock.replace(".", ",")}">{name}</a></span><span id="{kind}quote_{stock}"></span>'
        )

    return [names.sub(link, line) for line in _escaped(text)]
