"""Stories on the built site: a row for each story, the reprints behind it, and each article's page names the others."""

import re
from contextlib import ExitStack
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from finews_spider.items import Article
from finews_spider.mirror import site
from finews_spider.times import SHANGHAI
from tests.browsing import build, chromium, export, served
from tests.mirror.test_site_browser import MOVED, Site, faults_in_both

expect.set_options(timeout=60_000)  # ms

STOCK = '<a data-code="1.600519" href="//q.example">贵州茅台</a>'
REPORT = (
    "公司昨日晚间在交易所网站发布公告称，董事会已经审议通过关于回购股份的议案，拟使用自有资金以集中竞价的方式回购公司股份，"
    "回购的价格不超过每股一千八百元，资金总额不低于三十亿元，也不超过六十亿元，期限为股东大会通过之日起十二个月。"
    "独立董事认为，这次回购有利于维护广大投资者的利益，也表明管理层对公司未来的发展充满信心。"
)
OTHER = (
    "国家统计部门今天公布的数据显示，上个月全国规模以上工业企业的利润继续恢复，装备制造业的贡献最大，"
    "分析人士认为，随着一系列稳增长政策逐步落地，企业的经营状况有望在下半年进一步改善，市场的预期也在好转。"
)


def article(number: int, shown: str, media: str, title: str, body: str = REPORT, **fields) -> Article:
    code = f"{shown[:10].replace('-', '')}{number:010}"
    made = Article(code=code, title=title, media=media, body=f"<p>{body}{STOCK}</p>", **fields)
    made.published_at = datetime.fromisoformat(shown).replace(tzinfo=SHANGHAI)
    return made


ARTICLES = [
    article(1, "2026-03-02 23:40", "晨报", "茅台拟回购股份"),
    article(2, "2026-03-02 23:50", "商报", "最高六十亿元！茅台抛出回购方案"),
    article(3, "2026-03-02 23:55", "晨报", "茅台回购方案出炉"),
    article(4, "2026-03-03 00:10", "日报", "茅台回购，独董这样说"),
    article(5, "2026-03-03 00:20", "周刊", "茅台回购股份：更新", revised_at=datetime(2026, 3, 3, 1, tzinfo=SHANGHAI)),
    article(6, "2026-03-03 08:00", "日报", "工业企业利润恢复", OTHER),
]
