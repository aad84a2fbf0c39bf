"""Which articles are corrected, reworded or quoted, by hand. Names are those of the text files."""

NOTICE_CHANGES = {
    "other title",
    "other lead",
    "source line first",
    "words changed",
    "day in words",
    "other punctuation",
    "numbers with separators",
    "numbers with blanks",
    "numbers in full width",
    "paragraphs merged",
    "no links",
    "charts and links",
    "divs and spans",
    "line breaks",
    "entities",
    "images between",
}
"""Reprints of short notices: what neither lengthens nor cuts them much."""
CORRECTIONS = [
    ("cpi", "下降1.7%", "下降1.4%"),
    ("battery-results", "21.06亿元", "20.16亿元"),
    ("copper", "92,180元/吨", "91,280元/吨"),
    ("ipo-sensor", "18.6亿元，用于", "16.8亿元，用于"),
    ("rrr", "1.1万亿元", "1.2万亿元"),
    ("auto-sales", "129.6万辆", "126.9万辆"),
    ("opec", "28.5万桶，幅度", "25.8万桶，幅度"),
    ("bank-results", "78.4亿元", "74.8亿元"),
    ("investigation", "4.83亿元", "4.38亿元"),
    ("hk-ipo-debut", "下跌7.42%", "下跌4.72%"),
]
ONE_DIGIT = [
    ("price-table", "| 23614.3 | 388.6", "| 23614.3 | 338.6"),
    ("price-table", "704.3", "704.8"),
    ("exports", "8,715.4", "8,715.9"),
    ("exports", "| 9.8 | 2,594.2", "| 9.3 | 2,594.2"),
    ("shipping-week", "1,862美元/FEU", "1,882美元/FEU"),
    ("us-stocks", "22,015.71", "22,075.71"),
    ("a-share-close", "14236.05", "14286.05"),
    ("battery-results", "43.9亿元", "48.9亿元"),
]
TYPOS = [
    ("securities-column", "寅吃卯粮", "寅吃卯量"),
    ("fund-manager", "策略又高度雷同", "策略有高度雷同"),
    ("real-estate-interview", "琐碎的事", "锁碎的事"),
    ("liquor-report", "最痛的一根神经", "最疼的一根神经"),
    ("insurance", "摆在险企面前的考题", "摆在险企面前的靠题"),
    ("humanoid-funding", "做了九年的伺服电机", "作了九年的伺服电机"),
    ("csrc-rule", "压实控股股东责任", "压实控股股东的责任"),
    ("wage-policy", "压实燃气经营企业", "压实然气经营企业"),
]
DIGESTS = [
    ("财经早餐：3月4日要闻速览", ["mergers-port", "battery-results", "copper", "a-share-close", "pmi"]),
    (
        "财经早餐（精编版）：3月4日要闻速览",
        ["mergers-port", "battery-results", "copper", "real-estate-interview", "cpi"],
    ),
    ("晚间公告汇总：3月4日", ["cpi", "battery-results", "real-estate-interview", "investigation", "hk-ipo-debut"]),
    ("3月6日上市公司要闻一览", ["pharma-deal", "investigation", "hk-ipo-debut", "tourism-reits", "cpi"]),
    ("周末重要消息汇总", ["pharma-deal", "tourism-reits", "investigation", "csrc-rule", "bank-results"]),
    ("周末重磅！影响下周股市的消息", ["csrc-rule", "bank-results", "investigation", "boj", "rrr"]),
    ("7×24小时快讯精选", ["pharma-deal.flash", "boj.flash", "exports.flash", "rrr.flash", "cpi.flash"]),
]
GROUPS = [
    (
        "cpi",
        ["other lead", "cut at the end", "background added", "words changed", "divs and spans"],
        ["cpi.flash", "cpi.own"],
    ),
    ("mergers-port", ["other title", "cut in the middle", "other ending", "images between"], ["mergers-port.own"]),
    ("rrr", ["other lead", "paragraphs split", "cut exactly 30 %", "background added"], ["rrr.flash", "rrr.next"]),
    (
        "opec",
        ["cut at the beginning", "cut at the end", "words changed", "numbers in full width"],
        ["opec.flash", "opec.next"],
    ),
    (
        "csrc-rule",
        ["other punctuation", "summary first", "related reading added", "cut at the end"],
        ["csrc-rule.half"],
    ),
    (
        "a-share-close",
        ["other lead", "line breaks", "numbers with separators", "source line first"],
        ["a-share-close.day"],
    ),
]

OTHER_NOTICE_CHANGES = {
    "agency lead",
    "other headline",
    "exchange and code inserted",
    "blanks around Latin letters and digits",
    "corner quotes",
    "shorter units",
    "separators dropped",
    "one block",
    "nested sections",
    "old HTML",
    "list items",
    "zero-width blanks",
    "numeric entities",
    "bold figures",
}
OTHER_CORRECTIONS = [
    ("hog-farm", "27.9亿元", "29.7亿元"),
    ("semi-results", "6.93亿元", "6.39亿元"),
    ("railway", "15.1亿人次，同比", "15.7亿人次，同比"),
    ("trust-fail", "存续本金合计18.6亿元", "存续本金合计16.8亿元"),
    ("crypto", "9.13亿美元", "9.31亿美元"),
    ("film-box", "4.87亿元", "4.78亿元"),
]
OTHER_DIGITS = [
    ("deposit-table", "| 二年 | 1.05 | 0.95 |", "| 二年 | 1.05 | 0.90 |"),
    ("deposit-table", "| 三年 | 1.25 | 1.15 | 300 |", "| 三年 | 1.25 | 1.15 | 500 |"),
    ("carbon-week", "收盘价较上周五上涨2.63%", "收盘价较上周五上涨2.68%"),
    ("close-review", "13,470.35点", "13,476.35点"),
    ("express", "181.7亿件", "187.7亿件"),
    ("power-feature", "187万千瓦", "181万千瓦"),
]
OTHER_TYPOS = [
    ("power-feature", "嗡嗡作响", "翁翁作响"),
    ("village-bank", "坐的还是那几个人", "做的还是那几个人"),
    ("satellite-feature", "照例多熬了一锅粉汤", "照列多熬了一锅粉汤"),
    ("auditor-column", "底气从来不是喊出来的", "底汽从来不是喊出来的"),
    ("boardroom", "落款也是董事会", "落款同样也是董事会"),
]
OTHER_DIGESTS = [
    ("今日盘前必读（5月22日）", ["lithium-mine", "delist-face", "ecb", "gold-jewelry", "boardroom"]),
    ("盘前内参：5月22日 这些事要知道", ["ecb", "lithium-mine", "gold-jewelry", "film-box", "trust-fail"]),
    ("一周要闻回顾：5月18日至5月23日", ["trust-fail", "film-box", "ecb", "vbp-drugs", "broker-merger"]),
    ("7×24小时播报合集", ["broker-merger.flash", "crypto.flash", "hog-farm.flash", "india-tax", "express"]),
]
REWORDED = [
    (
        "hog-farm",
        [
            ("多卖了两成的猪，账上却多亏了三成的钱。", "猪多卖了两成，钱却多亏了三成。"),
            (
                "养猪人对“熬”字并不陌生，但这一轮的熬法有点新。",
                "对养猪人来说，“熬”不是新鲜事，只是这一回熬得不太一样。",
            ),
            ("资本市场倒是先动了。", "倒是资本市场先有了动静。"),
        ],
    ),
    (
        "express",
        [
            ("一组数字勾勒出这个行业的两面：", "从数字里能看到行业的两副面孔："),
            ("价格为什么还在跌？", "跌价为何停不下来？"),
            ("监管部门也注意到了这一点。", "这一情况已引起监管部门的关注。"),
        ],
    ),
    (
        "lithium-mine",
        [
            (
                "停产整整九个月之后，江西最大的单体锂云母矿等来了新的安全生产许可证。",
                "时隔九个月，江西最大的单体锂云母矿拿到了新的安全生产许可证。",
            ),
            ("现货市场的反应慢半拍。", "与期货相比，现货慢了半拍。"),
            ("消息一出，", "受此消息影响，"),
        ],
    ),
    (
        "ai-listing",
        [
            ("又一家大模型创业公司走到了敲钟前夜。", "大模型赛道再添一家准上市公司。"),
            ("翻开这份600多页的文件，最扎眼的是三个数字。", "这份超过600页的文件里，有三个数字格外醒目。"),
            ("账上还剩多少钱？", "钱还够烧多久？"),
        ],
    ),
    (
        "ecb",
        [
            ("这是去年7月以来，该行第八次原地踏步。", "自去年7月以来，该行已经连续八次没有调整利率。"),
            ("外汇市场几乎没有反应，", "汇市反应平淡，"),
        ],
    ),
    (
        "vbp-drugs",
        [
            ("结果立竿见影。", "效果很快显现。"),
            ("“稳临床、保质量、反内卷、防围标”是这次的四句话。", "这次集采的原则是“稳临床、保质量、反内卷、防围标”。"),
            ("接下来，", "下一步，"),
        ],
    ),
    (
        "satellite-feature",
        [
            ("热闹背后，做火箭的人却在为另一件事发愁：", "在热闹的背后，火箭研制人员另有心事："),
            ("产能卡在哪里？", "瓶颈在什么地方？"),
            ("资本已经按捺不住。", "资本早已闻风而动。"),
        ],
    ),
    (
        "village-bank",
        [
            ("主发起行为什么愿意“收编”？算的是两本账。", "主发起行之所以愿意“收编”，是因为算过两本账。"),
            ("对储户而言，最直接的感受就是利率变化。", "储户感受最深的是利率。"),
            ("对员工而言，则是另外一种心情。", "员工的心情则不同。"),
        ],
    ),
    (
        "trust-fail",
        [
            ("底层资产是什么？", "钱投向了哪里？"),
            ("是否到位的问题，答复写道", "有没有做到位，答复称"),
            ("已经关注到该情况", "已注意到这一情况"),
        ],
    ),
    (
        "bank-wm",
        [
            ("存款搬家的水流，正汇向理财。", "搬家的存款，正在流向银行理财。"),
            ("含权产品因而被推到台前。", "含权产品由此走到前台。"),
            ("不过，“打榜”行为也引来监管注意。", "与此同时，“打榜”现象已经引起监管部门的注意。"),
        ],
    ),
    (
        "gold-jewelry",
        [
            ("跌了，买的人反而少了。", "价格跌了，顾客却更少了。"),
            ("回收柜台倒是忙得团团转。", "忙碌的反而是回收柜台。"),
            ("银行端的积存金也在降温。", "银行的积存金业务同样在降温。"),
        ],
    ),
    (
        "boardroom",
        [
            (
                "同一个晚上，同一家公司，两份公告，说的是完全相反的事。",
                "一家公司在一个晚上发出了两份内容截然相反的公告。",
            ),
            ("公章在谁手里成了焦点。", "公章的去向成为焦点。"),
            ("经营已经受到影响。", "纷争已经影响到日常经营。"),
        ],
    ),
    (
        "broker-merger",
        [
            ("从停牌到核准，一共花了214天。", "历时214天，这起合并终于走完核准程序。"),
            ("加总容易，整合不易。", "相加不难，难的是整合。"),
            ("人事安排已经先行落定。", "人事已经先一步敲定。"),
        ],
    ),
    (
        "power-feature",
        [
            ("便宜是真便宜，不听话也是真不听话。", "价格确实便宜，脾气也确实不小。"),
            ("代价是对电能质量更加敏感。", "与之相伴的，是对电能质量的要求更高。"),
            ("并非所有的负荷都愿意西迁。", "不是每一种负荷都愿意向西走。"),
            ("对此并不意外", "并不感到意外"),
        ],
    ),
]
