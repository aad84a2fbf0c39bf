"""Bodies of many shapes: HTML that editors write, broken HTML, and Markdown wherever kramdown might find it."""

import itertools
import random
from collections.abc import Iterator

MARKDOWN = [
    "*甲* **乙** _丙_ `丁` ~~戊~~",
    "[链](javascript:alert(1))",
    "![图](//evil.example/x.png){: onerror='alert(1)'}",
    "{: onclick='alert(1)'}",
    "{::nomarkdown}<i>甲</i>{:/}",
    "{:/nomarkdown}",
    "{:toc}",
    "# 题",
    "1. 项",
    "- 项",
    "> 引",
    "| 甲 | 乙 |",
    "--- ... << \"甲\" '乙'",
    "$$x$$",
    "[1]: javascript:alert(1)",
    "[^1]: 注",
    "*[甲]: 乙",
    "<http://x.example/>",
    "http://x.example/",
    "\\*甲\\*",
    "甲  \n乙",
    "甲\\\n乙",
    "甲\n===",
    "---",
    "===  \n[链](javascript:alert(1)){: onclick='alert(1)'}",
    "-\t\n\n甲",
    ": 甲",
    "甲\n\n乙",
    "\n\n    乙",
    "^\n甲",
    "```\n甲\n```",
]
INNER = [
    "甲", "", " ", "\n", "\n甲\n", "\t甲", "甲&nbsp;乙", "甲&nbsp乙", "A&B", "&lt;甲&gt;", "&#65;&#x42;&#X43;", "&copy2026", "&notit;", "&unknown;", "&",
    "1 < 2 > 0", "甲<乙>丙", "<5%", "<", "甲 <= 乙", "<br>", "<br/>", "<br />", "<BR>", "甲<br\n/>乙", "<img src=/a.png>", "<img src='/a.png' />", '<img src="/a.png"/>',
    '<img src="/a.png"alt="图">', "<img src=/a.png width=100% />", "<strong>甲</strong>", "<STRONG>甲</STRONG>", "<strong>甲</STRONG>", "<strong>甲</strong >",
    "<b><i>甲</b></i>", "<b>甲", "<span/>甲", "<span />甲</span>", "<a/>", "<p/>甲", "<div/>甲", "<div>甲</div>", "<p>甲</p>", "<center><img src=/a.png></center>",
    "<CENTER>甲</center>", "<font color=red>甲</font>", "<font color='red'>甲", "<s>甲</S>", "<ul><li>甲</ul>", "<ul>甲<li>乙</li>\n丙</ul>", "<li>甲", "<dl><dt>甲<dd>乙</dl>",
    "<table><tr><td>甲</td></tr></table>", "<table><tr><td>甲<td>乙<tr><td>丙</table>", "<table>甲<tr><td>乙</td></tr></table>", "<table><tbody><tr><td><table><tr><td>甲</td></tr></table></td></tr></tbody></table>",
    "<table><tr><td>甲", "<tr><td>甲</td></tr>", "<td>甲</td>", "<pre>\n\n甲\n</pre>", "<code>*甲*</code>", "<!-- 甲 -->", "<!-- 甲 -- 乙 -->", "<!---->", "<!-->", "<!-- --!>",
    "<!--[if IE]>甲<![endif]-->", "<!-- more -->", "<!-- a > b -->", "<!甲>", "<?甲?>", "</>", "</ 甲>", "</p>", "</div>", "</br>", "</b>", "<div>甲</div\n\n>", "</article></main></body>", "<script>甲</script>",
    "<style>甲</style>", "<iframe src=//x></iframe>", "<o:p></o:p>", "<strong<", "<a href=http://x.example/?a=1&copy=2&lt=3>甲</a>", '<a href="http://x.example/?a=1&times=2&amp;b">甲</a>',
    "<a href='http://x.example/' target=_blank>甲</a>", '<a href="http://x.example/" target="_blank">甲<a href=/>乙</a></a>', '<p title="甲\n\n乙">丙</p>', '<p title="&quot;*甲*">乙</p>', "<p title='\"'>甲</p>",
    "<p\n\nclass=x>甲</p>", "<p class=x class=y>甲</p>", "<p nowrap title>甲</p>", "<p title=>甲</p>", "<p =x>甲</p>", "<p / title='甲'>乙</p>", "<p title=甲>乙</p>", "<p align=center/>甲</p>", "<p title='甲'/>", "<p markdown=1>*甲*</p>",
    "<p data-甲='乙'>丙</p>", "<p id=''>甲</p>", "<details open><summary>甲</summary>乙</details>", "<figure><img src=/a.png><figcaption>甲</figcaption></figure>", "<h1><h2>甲</h2></h1>", "<p><div>甲</div></p>",
    '<p title="甲', "<p", "<!-- 甲", "<script>甲", "<textarea><p>甲</p></textarea>", "<select><option>甲</select>", "<svg><p>甲</p></svg>", "<math>甲</math>", "<template>甲</template>", "<plaintext>甲",
    "<h2 id=甲>乙</h2>", "<hr>", "<hr/>甲", "<wbr>", "<q>甲</q>", "<ruby>甲<rt>乙</ruby>", "{{ x }}{% y %}", "\r\n甲\r", "&#13;&#10;甲", "\u3000\u3000甲", "\xa0甲", "😀",
]  # fmt: skip
CONTAINERS = [
    "{}", "<p>{}</p>", "<div>{}</div>", "<center>{}</center>", "<h3 class='emh3'>{}</h3>", "<ul><li>{}</li></ul>", "<table><tr><td>{}</td></tr></table>",
    "<p><span>{}</span></p>", "<font>{}</font>", "<p>{}", "<p>一</p>{}", "<p>一</p>\n{}\n<p>二</p>",
]  # fmt: skip
BLOCKS = [
    "<p>甲</p>", "<p>甲", "<P>甲</P>", "<center>甲</center>", "<div>甲</div>", "<h2>甲</h2>", "<ul><li>甲</li></ul>", "<table><tr><td>甲</td></tr></table>", "<pre>甲</pre>", "<hr>", "<hr />", "<blockquote>甲</blockquote>",
    "<section><p>甲</p></section>", "<figure><img src=/a.png></figure>", "<br>", "<img src=/a.png>", "<strong>甲</strong>", "<span>甲</span>", "<!-- 甲 -->", "<a href=/>甲</a>", "<u>甲</u>", "<p/>", "<div/>", "<table />",
    "<p style='text-align:center'>甲</p>", "<p >甲</p >", "<address>甲</address>", "<dl><dd>甲</dd></dl>", "<li>甲</li>", "<details>甲</details>",
]  # fmt: skip
SEPARATORS = [
    "", " ", "   ", "    ", "\t", " \t", "\n", "\n ", "\n   ", "\n    ", "\n\t", " \n", "    \n", "\t\n  ", "\n\n", "\n \n", "\n    \n  ", "\n\n    ", "\u3000", "\xa0", "&nbsp;", "甲", "\n# 甲\n", "\n<!-- 甲 -->\n", " <!-- 甲 -->", "<br>\n",
]  # fmt: skip


def all_shapes() -> list[str]:
    """Return every combination of the parts above, each once."""
    separated = (
        shape
        for block, separator in itertools.product(BLOCKS, SEPARATORS)
        for shape in (f"<p>一</p>{separator}{block}", f"{block}{separator}<p>二</p>", f"{separator}{block}{separator}")
    )
    nested = (container.format(inner) for container, inner in itertools.product(CONTAINERS, [*INNER, *MARKDOWN]))
    hidden = (f"{inner}{markdown}" for inner, markdown in itertools.product(INNER, MARKDOWN[1:6]))
    return list(dict.fromkeys([*separated, *nested, *hidden]))


def random_bodies(count: int, seed: int = 18) -> Iterator[str]:
    """Give *count* random bodies that nest, break and mix the parts above."""
    chance = random.Random(seed)

    def part(depth: int) -> str:
        if depth <= 0 or chance.random() < 0.3:
            return chance.choice([*INNER, *MARKDOWN])
        inner = "".join(part(depth - 1) for _ in range(chance.randint(0, 3)))
        name = chance.choice(
            [
                "p",
                "div",
                "center",
                "b",
                "span",
                "font",
                "ul",
                "li",
                "table",
                "tr",
                "td",
                "a",
                "pre",
                "h2",
                "section",
                "s",
            ]
        )
        opening = (
            f"<{name}{chance.choice(['', '', '', '/', ' /', ' class=em_media', ' onclick=x', ' style=color:red'])}>"
        )
        closing = chance.choice([f"</{name}>"] * 5 + ["", f"</{name.upper()}>", "</p>", "</div>"])
        return f"{opening}{inner}{closing}"

    for _ in range(count):
        yield chance.choice(SEPARATORS).join(part(3) for _ in range(chance.randint(1, 4)))
