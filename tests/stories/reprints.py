"""How another publication prints the same report: each function takes a text and a dice, and returns the reprint."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.stories import dress
from tests.stories.model import Text

Change = Callable[[Text, Random], Text]

PUBLICATIONS = [
    "证券时报",
    "上海证券报",
    "中国证券报",
    "证券日报",
    "第一财经",
    "每日经济新闻",
    "财联社",
    "界面新闻",
    "澎湃新闻",
    "央视财经",
    "经济参考报",
    "北京商报",
    "新华网",
]
LEADS = (
    "新华社北京{day}电（记者 贺林）",
    "证券时报网讯，",
    "中新社北京{day}电 （记者 庞知夏）",
    "本报记者 沈若冰 北京报道　",
    "上证报中国证券网讯（记者 林远舟）",
    "财联社{day}电，",
    "每经记者 周以安 每经编辑 方可　",
    "央视财经消息：",
    "【本网综合】据{publication}{day}报道，",
    "人民财讯{day}电，",
)
ENDINGS = (
    "（责任编辑：韩晓）",
    "（编辑：罗辑 审核：程远）",
    "免责声明：本文仅代表作者个人观点，与本网无关。本网对文中陈述、观点判断保持中立，不对所包含内容的准确性、可靠性或完整性提供任何明示或暗示的保证。请读者仅作参考，并请自行承担全部责任。",
    "（本文来源：{publication}，版权归原作者所有，如有侵权请联系删除）",
    "下载客户端，第一时间查看7×24小时快讯、研报与公告，新用户注册即送Level-2行情体验。",
    "原标题：{title}",
    "声明：转载此文出于传递更多信息之目的，若有来源标注错误或侵犯了您的合法权益，请作者持权属证明与本网联系，我们将及时更正、删除，谢谢。",
    "（完）",
    "扫描下方二维码，关注本报官方微信公众号，获取更多独家财经资讯。风险提示：市场有风险，投资需谨慎，文中提及个股不构成投资建议。",
)
SYNONYMS = (
    ("表示", "称"),
    ("认为", "指出"),
    ("此外", "另外"),
    ("目前", "当前"),
    ("预计", "预期"),
    ("公告称", "披露"),
    ("同比增长", "较上年同期增长"),
    ("同比下降", "较上年同期下降"),
    ("超过", "超"),
    ("占比", "所占比重"),
    ("其中", "这其中"),
    ("由于", "因"),
    ("但是", "不过"),
    ("主要原因", "主因"),
    ("本次", "此次"),
    ("左右", "上下"),
    ("有望", "或将"),
    ("不断", "持续"),
    ("分别", "依次"),
    ("以及", "和"),
    ("今年以来", "年初至今"),
    ("需要", "要"),
    ("已经", "已"),
    ("同时", "与此同时"),
)
RELATED = (
    "相关阅读",
    "年内再融资节奏有变 多家机构解读影响",
    "北向资金连续净买入 这些板块获青睐",
    "一图读懂：政府工作报告里的资本市场",
    "机构调研周报：高端制造仍是关注焦点",
    "盘后机构策略：结构性行情有望延续",
    "十大券商策略：关注业绩验证期的确定性",
)
BACKGROUND = {
    "宏观": (
        "公开资料显示，今年政府工作报告提出，要实施更加积极的财政政策和适度宽松的货币政策，加强政策之间的协调配合，强化宏观政策民生导向，打通消费和投资的堵点。多位专家在接受采访时提到，全年经济增长目标的实现仍有赖于内需持续修复，下一阶段政策的着力点将放在稳就业、促消费和扩大有效投资上。",
        "从外部环境看，主要经济体货币政策走向仍存分歧，地缘局势和贸易摩擦给全球供应链带来扰动。国际货币基金组织在最新一期《世界经济展望》中提示，全球增长动能整体偏弱，各国应加强政策协调，避免保护主义进一步抬头。",
        "回顾近年来的情况，每年一季度受春节错位等因素影响，各项指标波动往往较大，业内通常把前两个月的数据合并观察。统计部门也多次提醒，对单月数据不宜过度解读，应当更多关注趋势性变化。",
    ),
    "公司": (
        "公开资料显示，公司成立之初以代工业务起家，后逐步建立自有品牌，并先后在华东、华南布局生产基地。近年来，公司加大研发投入，推动产品结构向中高端升级，海外市场收入占比逐年提高，客户覆盖多家行业头部企业。",
        "有行业分析人士指出，所处行业正处在新一轮整合期，头部企业凭借规模、渠道和资金优势加快扩张，中小企业的生存空间受到挤压。未来两到三年，具备核心技术和成本控制能力的企业有望率先走出调整。",
        "二级市场上，该公司股价近一段时间以来波动加大。股吧中有投资者留言，希望公司加强与中小股东的沟通，也有投资者更关心后续分红安排。公司证券部工作人员此前回应称，生产经营一切正常，请以公告为准。",
    ),
    "市场": (
        "回顾近期行情，市场热点轮动明显加快，资金在高股息与成长风格之间反复切换。有私募人士表示，当前位置不必过于悲观，但也不宜追高，可以围绕业绩确定性和估值匹配度作均衡配置，保留一定的现金以应对波动。",
        "历史经验显示，三月往往是年报和一季报预告的密集披露窗口，基本面对股价的影响权重上升。多家机构提示，投资者应当警惕缺乏业绩支撑的纯题材炒作，重点关注订单、产能利用率和现金流等指标的边际变化。",
        "资金面上，央行近日在公开市场操作中保持流动性合理充裕，银行间市场利率平稳。业内普遍认为，宽松的资金环境对权益资产的估值仍有支撑，后续需要关注海外流动性变化带来的扰动。",
    ),
    "海外": (
        "市场分析认为，在通胀回落进程放缓与就业市场降温并存的背景下，美联储官员的表态仍将左右资产价格。部分机构把首次降息的时点推迟到下半年，也有机构坚持认为经济下行压力会迫使其提前行动。",
        "自去年以来，全球资金对新兴市场的兴趣有所回升，亚洲多个市场录得外资净流入。不过分析人士同时提醒，美元走势、油价和地缘风险随时可能改变资金流向，投资者应当做好对冲。",
        "有交易员表示，假期前市场参与者普遍降低了仓位，成交清淡放大了价格波动。接下来一周将有多项重磅数据公布，届时方向有望更加明朗。",
    ),
}


def _day(text: Text) -> str:
    return f"{text.published.month}月{text.published.day}日"


def _elsewhere(text: Text, dice: Random) -> Text:
    """Return the text as another publication has it, some hours later."""
    publication = dice.choice([name for name in PUBLICATIONS if name != text.publication])
    return text.later(hours=dice.choice((0.2, 1, 3, 9, 26, 50, 140)), publication=publication)


def other_title(text: Text, dice: Random) -> Text:
    return replace(_elsewhere(text, dice), title=text.other_title)


def other_lead(text: Text, dice: Random) -> Text:
    lead = dice.choice(LEADS).format(day=_day(text), publication=text.publication)
    return replace(_elsewhere(text, dice), paragraphs=(lead + text.paragraphs[0], *text.paragraphs[1:]))


def other_ending(text: Text, dice: Random) -> Text:
    endings = [line.format(publication=text.publication, title=text.title) for line in dice.sample(ENDINGS, 2)]
    markup = "".join(f"<p>{line}</p>" for line in endings[: 1 + (text.length > 400)])
    return replace(_elsewhere(text, dice), ending=markup)


def source_first(text: Text, dice: Random) -> Text:
    line = dice.choice(
        (f"来源：{text.publication}", f"文章来源：{text.publication}　作者：本报记者", f"（来源：{text.publication}）")
    )
    return replace(_elsewhere(text, dice), paragraphs=(line, *text.paragraphs))


def words_changed(text: Text, dice: Random) -> Text:
    """Replace up to eight words by others of the same meaning, each once."""
    joined, changed = "\n".join(text.paragraphs), 0
    for word, other in dice.sample(SYNONYMS, len(SYNONYMS)):
        if word in joined and changed < min(8, text.length // 60):
            joined, changed = joined.replace(word, other, 1), changed + 1
    return replace(_elsewhere(text, dice), paragraphs=tuple(joined.split("\n")))


def day_in_words(text: Text, dice: Random) -> Text:
    """Write the day of publication as 今日, or begin with the day where the text doesn't name it."""
    joined, day = "\n".join(text.paragraphs), _day(text)
    changed = re.sub(f"(?:{text.published.year}年)?(?<!1){day}", "今日", joined)
    if changed == joined:
        changed = f"{day}，{joined}"
    return replace(_elsewhere(text, dice), paragraphs=tuple(changed.split("\n")))


def punctuation(text: Text, dice: Random) -> Text:
    """Write quotation marks, brackets, commas and colons in half width, and other dashes."""
    table = str.maketrans({"“": '"', "”": '"', "（": "(", "）": ")", "，": ",", "：": ":", "；": ";", "—": "-"})
    return replace(_elsewhere(text, dice), paragraphs=tuple(line.translate(table) for line in text.paragraphs))


def numbers_with_separators(text: Text, dice: Random) -> Text:
    """Write 3000万元 as 3,000万元 and 3,000万元 as 3000万元."""

    def other(match: re.Match[str]) -> str:
        whole, point, rest = match[0].partition(".")
        return (whole.replace(",", "") if "," in whole else f"{int(whole):,}") + point + rest

    pattern = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|\d{4,9})(?:\.\d+)?(?=[万亿元股吨辆家户人手点美台件套])")
    return replace(_elsewhere(text, dice), paragraphs=tuple(pattern.sub(other, line) for line in text.paragraphs))


def numbers_with_blanks(text: Text, dice: Random) -> Text:
    """Write 3000万元 as 3000 万元, and 5% as 5 %."""
    pattern = re.compile(r"(?<=\d)(?=[万亿元股份%点吨])")
    return replace(_elsewhere(text, dice), paragraphs=tuple(pattern.sub(" ", line) for line in text.paragraphs))


def numbers_in_full_width(text: Text, dice: Random) -> Text:
    table = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
    return replace(_elsewhere(text, dice), paragraphs=tuple(line.translate(table) for line in text.paragraphs))


def cut_end(text: Text, dice: Random, share: float = 0.30) -> Text:
    """Leave out whole sentences from the end, at most *share* of the characters."""
    kept, room = [list(part) for part in text.sentences], text.length * share
    while kept and len(kept[-1][-1]) <= room:
        room -= len(kept[-1].pop())
        if not kept[-1]:
            kept.pop()
    return replace(_elsewhere(text, dice), paragraphs=tuple("".join(part) for part in kept))


def cut_beginning(text: Text, dice: Random, share: float = 0.30) -> Text:
    kept, room = [list(part) for part in text.sentences], text.length * share
    while kept and len(kept[0][0]) <= room:
        room -= len(kept[0].pop(0))
        if not kept[0]:
            kept.pop(0)
    return replace(_elsewhere(text, dice), paragraphs=tuple("".join(part) for part in kept))


def cut_middle(text: Text, dice: Random, share: float = 0.30) -> Text:
    """Leave out a run of whole sentences from the first third on."""
    kept, room = [list(part) for part in text.sentences], text.length * share
    total, passed = text.length, 0
    for part in kept:
        for sentence in list(part):
            if passed >= total * 0.3 and len(sentence) <= room:
                part.remove(sentence)
                room -= len(sentence)
            elif room < total * share:
                room = 0
            passed += len(sentence)
    return replace(_elsewhere(text, dice), paragraphs=tuple("".join(part) for part in kept if part))


def cut_to_the_limit(text: Text, dice: Random) -> Text:
    """Cut exactly 30 % of the characters from the end, in the midst of a sentence, as previews do."""
    room, kept = round(text.length * 0.7), []
    for line in text.paragraphs:
        kept.append(line[:room])
        room -= len(line)
        if room <= 0:
            break
    return replace(_elsewhere(text, dice), paragraphs=(*kept[:-1], kept[-1] + "……"))


def background_added(text: Text, dice: Random, share: float = 0.33) -> Text:
    """Add paragraphs of background, at most *share* of the characters, at the end or in the middle."""
    added, room = [], text.length * share
    for line in dice.sample(BACKGROUND[text.topic], len(BACKGROUND[text.topic])):
        if len(line) <= room:
            added.append(line)
            room -= len(line)
    at = dice.choice((len(text.paragraphs), len(text.paragraphs) // 2))
    return replace(_elsewhere(text, dice), paragraphs=(*text.paragraphs[:at], *added, *text.paragraphs[at:]))


def cut_and_lengthened(text: Text, dice: Random) -> Text:
    """Leave out a quarter and add another quarter."""
    return replace(background_added(cut_end(text, dice, 0.25), dice, 0.3), published=_elsewhere(text, dice).published)


def related_added(text: Text, dice: Random) -> Text:
    lines = [RELATED[0], *dice.sample(RELATED[1:], min(4, text.length // 100))]
    return replace(_elsewhere(text, dice), paragraphs=(*text.paragraphs, *lines))


def summary_first(text: Text, dice: Random) -> Text:
    """Begin with the first two sentences once more, as an abstract."""
    abstract = "".join([sentence for part in text.sentences for sentence in part][:2])
    return replace(_elsewhere(text, dice), paragraphs=(f"摘要：{abstract}", *text.paragraphs))


def merged(text: Text, dice: Random) -> Text:
    pairs = zip(text.paragraphs[::2], (*text.paragraphs[1::2], ""), strict=False)
    return replace(_elsewhere(text, dice), paragraphs=tuple("".join(pair) for pair in pairs))


def split(text: Text, dice: Random) -> Text:
    """Make a paragraph of each sentence."""
    return replace(_elsewhere(text, dice), paragraphs=tuple(line for part in text.sentences for line in part))


def _dressed(markup: Callable[[Text], str]) -> Change:
    return lambda text, dice: replace(_elsewhere(text, dice), markup=markup)


TEXT_CHANGES: dict[str, Change] = {
    "other title": other_title,
    "other lead": other_lead,
    "other ending": other_ending,
    "source line first": source_first,
    "words changed": words_changed,
    "day in words": day_in_words,
    "other punctuation": punctuation,
    "numbers with separators": numbers_with_separators,
    "numbers with blanks": numbers_with_blanks,
    "numbers in full width": numbers_in_full_width,
    "cut at the end": cut_end,
    "cut at the beginning": cut_beginning,
    "cut in the middle": cut_middle,
    "cut exactly 30 %": cut_to_the_limit,
    "background added": background_added,
    "cut and lengthened": cut_and_lengthened,
    "related reading added": related_added,
    "summary first": summary_first,
    "paragraphs merged": merged,
    "paragraphs split": split,
}
DRESSES: dict[str, Change] = {
    "no links": _dressed(dress.plain),
    "charts and links": _dressed(dress.charts),
    "divs and spans": _dressed(dress.divs),
    "line breaks": _dressed(dress.breaks),
    "table as layout": _dressed(dress.layout_table),
    "entities": _dressed(dress.entities),
    "images between": _dressed(dress.images),
    "no-break spaces": _dressed(dress.blanks),
}
