"""What is corrected, reworded or quoted in the pairs for development, by hand. Names are those of the text files."""

MILD_CHANGES = {
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
"""What neither lengthens nor cuts a text much, so that also short notices are reprinted with it."""
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
REWORDED = [
    (
        "cpi",
        [
            ("涨幅连续第四个月扩大。", "已连续四个月扩大涨幅。"),
            ("物价仍在低位运行。", "说明物价水平仍然偏低。"),
            ("需求端修复的基础仍待巩固，", "需求恢复的基础还不牢固，"),
        ],
    ),
    (
        "mergers-port",
        [
            ("停牌十个交易日后，", "在停牌十个交易日之后，"),
            ("值得一提的是，", "值得注意的是，"),
            ("内幕信息知情人名单，并对", "内幕知情人名单，也对"),
        ],
    ),
    (
        "battery-results",
        [
            ("值得关注的是，", "分季度看，"),
            ("公司同时主动收缩低毛利的动力电池订单，", "与此同时，公司主动减少毛利较低的动力电池订单，"),
            ("可能对经营业绩造成不利影响。", "均可能影响经营业绩。"),
        ],
    ),
    (
        "copper",
        [
            ("库存数据同样支持多头。", "库存方面的数据也利好多头。"),
            ("供应端的扰动仍是本轮上涨的主要推手。", "本轮上涨主要由供应端扰动推动。"),
            ("需要警惕获利了结带来的回调。", "应警惕多头获利了结引发回调。"),
        ],
    ),
    (
        "fund-manager",
        [
            ("渠道方面的反应比较平淡。", "渠道对此反应不大。"),
            ("接近公司的人士告诉记者，", "据接近公司的人士介绍，"),
            ("会越来越常见。", "将会越来越多。"),
        ],
    ),
    (
        "wage-policy",
        [
            ("会议指出，服务消费是扩大内需的重要着力点，", "会议认为，扩大内需要把服务消费作为重要着力点，"),
            ("坚决防范遏制", "坚决防范"),
        ],
    ),
    (
        "liquor-report",
        [
            ("春节的酒席散了，经销商老周的仓库却没有空下来。", "春节过完了，经销商老周的仓库还是满的。"),
            ("厂家并非没有看到问题。", "对于这些问题，厂家并不是没有看到。"),
            ("调整期里，也有人在找新的活法。", "行业调整期，有人开始另寻出路。"),
        ],
    ),
    (
        "pharma-deal",
        [
            ("在消化道肿瘤领域拥有成熟的临床网络，", "在消化道肿瘤领域具备成熟的临床资源，"),
            ("公告同时提示，", "公告还提示，"),
        ],
    ),
    (
        "opec",
        [
            ("这是主要产油国连续第二次超预期增产。", "主要产油国已连续第二次超预期增产。"),
            ("另一种观点则认为，", "也有观点认为，"),
            ("受此影响，国际油价", "消息传出后，国际油价"),
        ],
    ),
    (
        "investigation",
        [
            ("公告没有说明立案的具体事由。", "至于具体的立案事由，公告没有披露。"),
            ("在此之前，公司的年审机构已经更换。", "此前，公司刚刚更换了年审机构。"),
            ("公司称，目前生产经营情况正常，", "公司表示，目前生产经营一切正常，"),
        ],
    ),
    (
        "hk-ipo-debut",
        [
            ("短期股价波动不影响长期规划，", "不会因为短期股价波动改变长期规划，"),
            ("该股早盘低开3.2%，", "该股开盘跌3.2%，"),
        ],
    ),
    (
        "steel-feature",
        [
            ("关停的理由写在账本上。", "为什么关停？账本上写着答案。"),
            ("人的去向是更复杂的一笔账。", "更难算的是人员安置这笔账。"),
        ],
    ),
    (
        "housing-data",
        [
            ("市场预期出现边际改善。", "市场预期边际好转。"),
            ("一线城市的信号意义较强，", "一线城市房价企稳具有信号意义，"),
        ],
    ),
    ("bank-results", [("净息差仍在收窄。", "息差收窄仍在继续。"), ("资产质量保持稳健。", "资产质量总体稳定。")]),
]
