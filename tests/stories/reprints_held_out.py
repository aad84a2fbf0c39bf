"""How the reprints of the held-out set differ: other habits and other markup than those of ``reprints``."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.stories.model import Text
from tests.stories.reprints import Change

SITES = (
    "时代周报",
    "华夏时报",
    "国际金融报",
    "红星资本局",
    "中新经纬",
    "南方财经",
    "读创财经",
    "金融界",
    "蓝鲸新闻",
    "钛媒体",
)
LEADS = (
    "中新网上海{day}电（记者 池清漪）",
    "金融界{day}消息　",
    "【环球网财经综合报道】",
    "红星资本局{day}消息，",
    "蓝鲸新闻{day}讯（记者 敖然）",
    "中新经纬{day}电 （实习生 焦向晚）",
    "e公司讯，",
)
BYLINES = (
    "{date} 17:20　来源：{publication}　作者：综合整理　字号：大 中 小",
    "{publication}　{date}　阅读 3.2万　评论 18",
    "记者｜司徒朗\n编辑｜牧野",
    "来源 ｜ {publication}（ID：cjgc_2026）",
)
ENDINGS = (
    ("END", "点个“在看”，财源滚滚来"),
    ("校对：靳如一　审读：文舒　监制：路远",),
    (
        "特别声明：以上文章内容仅代表作者本人观点，不代表本平台观点或立场。如有关于作品内容、版权或其他问题，请于作品发表后的30日内与本平台联系。",
    ),
    ("海量资讯、精准解读，尽在财经APP", "责任编辑：常福强"),
    ("【投资有风险，入市须谨慎。本资讯中的内容和意见仅供参考，本平台将不承担任何责任。】",),
    ("（转载自{publication}，如涉及侵权，请致电本报热线010-8888XXXX）", "举报/反馈"),
)
BACKGROUND = {
    "公司": (
        "延伸阅读：记者查阅公司近三年的定期报告发现，应收账款的增速持续快于收入，销售费用率则逐年走低。对此，公司在上一次业绩说明会上表示，主要是客户结构变化带来的账期延长，并不存在放宽信用政策的情形，坏账准备计提充分。",
        "一位接近公司的人士告诉记者，管理层近期频繁走访一线，内部提出“少开会、多见客户”的口号，年度预算也做了相应的压缩。不过，员工对绩效考核的新办法看法不一，有人认为过于看重短期指标。",
    ),
    "市场": (
        "名词解释：所谓“成交额”，是指某一时段内买卖双方成交的金额总和，反映资金参与的热度。一般来说，缩量意味着观望情绪升温，放量则说明多空分歧加大，需要结合价格位置综合研判，不宜单独作为交易依据。",
        "从资产配置的角度，多位投资顾问建议普通投资者以定投的方式平滑波动，控制单一资产的比重，不要借钱投资，更不要追逐短期排名。对于期限较长的资金，可以适当增加含权资产的比例。",
    ),
    "海外": (
        "背景：过去两年，全球主要央行先后经历了快速加息和谨慎降息两个阶段，资金在发达市场与新兴市场之间频繁切换。分析人士普遍认为，财政可持续性正在取代通胀，成为影响长端利率的首要因素。",
        "国内研究人士表示，外部环境的不确定性对我国的影响总体可控，企业可以通过多元化市场、使用远期结售汇等办法管理风险，避免在单一货币和单一客户上过度暴露。",
    ),
    "宏观": (
        "业内人士认为，政策落地的关键在于细则。以往经验显示，从文件印发到基层执行，平均需要三到六个月，期间的解释口径容易出现偏差，建议主管部门及时回应社会关切，做好宣传解读工作。",
        "从更长的时间看，相关领域的投资仍有较大空间，但是单纯依靠规模扩张的阶段已经过去，提质增效、盘活存量将成为主线，这对地方的财力和治理能力都提出了更高要求。",
    ),
}


def _day(text: Text) -> str:
    return f"{text.published.month}月{text.published.day}日"


def _at(text: Text, dice: Random, paragraphs: tuple[str, ...] | None = None, **fields: object) -> Text:
    """Return the text as another site has it, with other paragraphs or fields."""
    there = text.later(hours=dice.choice((0.1, 0.5, 2, 6, 14, 31, 75, 150)), publication=dice.choice(SITES))
    return replace(there, paragraphs=paragraphs or text.paragraphs, **fields)


def agency_lead(text: Text, dice: Random) -> Text:
    return _at(text, dice, (dice.choice(LEADS).format(day=_day(text)) + text.paragraphs[0], *text.paragraphs[1:]))


def byline(text: Text, dice: Random) -> Text:
    """Begin with the headline once more, and a line of date, source and readers."""
    line = dice.choice(BYLINES).format(date=f"{text.published:%Y-%m-%d}", publication=text.publication)
    return _at(text, dice, (text.title, *line.split("\n"), *text.paragraphs))


def editors_note(text: Text, dice: Random) -> Text:
    return _at(
        text, dice, (f"【导读】{text.other_title}，详情如何？一起来看。", *text.paragraphs), title=text.other_title
    )


def other_headline(text: Text, dice: Random) -> Text:
    return _at(text, dice, title=f"{text.other_title}｜早知道")


def site_ending(text: Text, dice: Random) -> Text:
    lines = dice.choice(ENDINGS)
    return _at(text, dice, ending="".join(f"<p>{line.format(publication=text.publication)}</p>" for line in lines))


def quotes_inserted(text: Text, dice: Random) -> Text:
    """Insert exchange and code after a stock's first name, as 每经 does, instead of the code alone."""
    joined = "\n".join(text.paragraphs)
    for name, stock in text.stocks.items():
        market, ticker = stock.split(".")
        place = {"0": "SZ", "1": "SH"}.get(market, "HK")
        bare = re.sub(rf"（{ticker}(?:\.\w\w)?）", "", joined)
        joined = bare.replace(name, f"{name}（{place}{ticker}）", 1)
    return _at(text, dice, tuple(joined.split("\n")))


def spaced(text: Text, dice: Random) -> Text:
    """Put a blank between Chinese characters and Latin letters or digits."""
    pattern = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])")
    return _at(text, dice, tuple(pattern.sub(" ", line) for line in text.paragraphs))


def corner_quotes(text: Text, dice: Random) -> Text:
    table = str.maketrans({"“": "「", "”": "」", "《": "〈", "》": "〉", "；": "，"})
    return _at(text, dice, tuple(line.translate(table) for line in text.paragraphs))


def shorter_units(text: Text, dice: Random) -> Text:
    """Write 12.5亿元 as 12.5亿, and 个百分点 as pct, as flash news does."""
    lines = (re.sub(r"(?<=\d[亿万])元(?!/)", "", line).replace("个百分点", "pct") for line in text.paragraphs)
    return _at(text, dice, tuple(lines))


def separators_dropped(text: Text, dice: Random) -> Text:
    return _at(text, dice, tuple(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", line) for line in text.paragraphs))


def last_paragraphs_dropped(text: Text, dice: Random) -> Text:
    """Leave out whole paragraphs from the end, a third of the text at most, and point to the rest."""
    kept, room = list(text.paragraphs), text.length / 3
    while len(kept[-1]) <= room:
        room -= len(kept.pop())
    return _at(text, dice, (*kept, "点击查看全文>>"))


def first_paragraph_dropped(text: Text, dice: Random) -> Text:
    return _at(text, dice, text.paragraphs[1:] if len(text.paragraphs[0]) <= text.length / 3 else None)


def inner_paragraph_dropped(text: Text, dice: Random) -> Text:
    """Leave out one or two paragraphs from the middle, a third of the text at most."""
    kept, room = list(text.paragraphs), text.length / 3
    for line in text.paragraphs[2:-1]:
        if len(line) <= room and len(text.paragraphs) - len(kept) < 2:
            kept.remove(line)
            room -= len(line)
    return _at(text, dice, tuple(kept))


def paragraph_moved(text: Text, dice: Random) -> Text:
    """Put the last paragraph but one first, as editors do who like a quotation better."""
    *others, moved, last = text.paragraphs
    return _at(text, dice, (moved, *others, last))


def background_between(text: Text, dice: Random) -> Text:
    """Add a paragraph or two of background, a third of the text at most."""
    room, added = text.length / 3, []
    for line in BACKGROUND[text.topic]:
        if len(line) <= room:
            added.append(line)
            room -= len(line)
    at = dice.randrange(2, len(text.paragraphs))
    return _at(text, dice, (*text.paragraphs[:at], *added, *text.paragraphs[at:]))


def advertisements_between(text: Text, dice: Random) -> Text:
    """Add an advertisement after every third paragraph."""
    ads = ("【限时福利】新客专享7日Level-2，点击领取>>", "推荐：2026年中期策略会直播，扫码预约", "广告｜记账就用小账本")
    lines = [
        line
        for n, text_line in enumerate(text.paragraphs)
        for line in ((text_line, ads[n // 3 % 3]) if n % 3 == 2 else (text_line,))
    ]
    return _at(text, dice, tuple(lines))


def bottom_of_list(text: Text, dice: Random) -> Text:
    """Add the site's list of other headlines."""
    heads = (
        "热门文章",
        "突发！刚刚宣布，降息",
        "涨停潮来了，这一板块全线爆发",
        "千亿龙头深夜公告，股东要坐不住了",
        "明天，A股见分晓",
        "换一批",
    )
    return _at(text, dice, (*text.paragraphs, *heads))


def one_block(text: Text, dice: Random) -> Text:
    return _at(text, dice, ("".join(line.removeprefix("## ") for line in text.paragraphs),))


def _lines(text: Text) -> list[str]:
    return [html.escape(line.removeprefix("## ").replace("|", " ").strip(), quote=False) for line in text.paragraphs]


def sections(text: Text) -> str:
    """Nested sections with styles, as a WeChat account's editor writes them."""
    box = '<section data-role="paragraph"><section style="margin:0 8px"><p style="letter-spacing:1px;line-height:2em"><span leaf="">{}</span></p></section></section>'
    return f'<section data-tools="editor">{"".join(map(box.format, _lines(text)))}</section>'


def old_html(text: Text) -> str:
    """Capital letters, fonts, and paragraphs that aren't closed."""
    return f'<FONT face="宋体" size=3>{"".join(f"<P>　　{line}" for line in _lines(text))}</FONT>'


def list_items(text: Text) -> str:
    return f"<ul>{''.join(f'<li>{line}</li>' for line in _lines(text))}</ul>"


def preformatted(text: Text) -> str:
    return f"<pre>{chr(10).join(chr(0x3000) * 2 + line for line in _lines(text))}</pre>"


def zero_width(text: Text) -> str:
    """Zero-width blanks after the punctuation, and soft hyphens."""
    return "".join(f"<p>{line.replace('，', '，&#8203;').replace('。', '。&#xFEFF;')}</p>" for line in _lines(text))


def numeric_entities(text: Text) -> str:
    """All digits and marks are numeric entities."""
    return "".join(
        f"<p>{re.sub(r'[0-9%，。]', lambda match: f'&#x{ord(match[0]):X};', line)}</p>" for line in _lines(text)
    )


def bold_words(text: Text) -> str:
    """Each figure in bold, inside a coloured span, with the comments of charts that are left open."""
    lines = (re.sub(r"\d[\d.,]*%?", r'<b><span style="color:#c00">\g<0></span></b>', line) for line in _lines(text))
    return "".join(f"<div><p>{line}<!-- EM_StockImg_Start --></p></div>" for line in lines)


def figures(text: Text) -> str:
    """A picture with a caption and a video after the first paragraph, and quotation blocks."""
    first, *others = _lines(text)
    media = '<figure><img src="https://img.example.com/a.jpg" alt="图"><figcaption>图源：受访者供图</figcaption></figure><video src="https://v.example.com/1.mp4"></video>'
    return f"<p>{first}</p>{media}{''.join(f'<blockquote><p>{line}</p></blockquote>' for line in others)}"


def _dressed(markup: Callable[[Text], str]) -> Change:
    return lambda text, dice: _at(text, dice, markup=markup)


TEXT_CHANGES: dict[str, Change] = {
    "agency lead": agency_lead,
    "byline above": byline,
    "editor's note above": editors_note,
    "other headline": other_headline,
    "site's ending": site_ending,
    "exchange and code inserted": quotes_inserted,
    "blanks around Latin letters and digits": spaced,
    "corner quotes": corner_quotes,
    "shorter units": shorter_units,
    "separators dropped": separators_dropped,
    "last paragraphs dropped": last_paragraphs_dropped,
    "first paragraph dropped": first_paragraph_dropped,
    "inner paragraph dropped": inner_paragraph_dropped,
    "paragraph moved": paragraph_moved,
    "background between": background_between,
    "advertisements between": advertisements_between,
    "list of headlines below": bottom_of_list,
    "one block": one_block,
}
DRESSES: dict[str, Change] = {
    "nested sections": _dressed(sections),
    "old HTML": _dressed(old_html),
    "list items": _dressed(list_items),
    "preformatted": _dressed(preformatted),
    "zero-width blanks": _dressed(zero_width),
    "numeric entities": _dressed(numeric_entities),
    "bold figures": _dressed(bold_words),
    "figures and quotations": _dressed(figures),
}
