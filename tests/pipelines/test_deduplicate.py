from datetime import datetime

import pytest
from scrapy.exceptions import DropItem

from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.pipelines.deduplicate import DeduplicatePipeline
from finews_spider.times import SHANGHAI

CODE = "202601021234567890"
AT = datetime(2026, 1, 2, 9, 30, tzinfo=SHANGHAI)


def ref(channel, **fields):
    return ArticleRef(code=CODE, channel=channel, title=f"{channel}题", time=AT, **fields)


def test_a_ref_does_not_pass_before_its_article():
    with pytest.raises(DropItem):
        DeduplicatePipeline().process_item(ref("甲"))


def test_an_article_passes_once():
    stage = DeduplicatePipeline()
    stage.process_item(Article(code=CODE))
    with pytest.raises(DropItem):
        stage.process_item(Article(code=CODE))


def test_a_ref_passes_when_its_article_is_stored_or_has_passed():
    stage = DeduplicatePipeline()
    known = ref("甲", known=True)
    assert stage.process_item(known) is known
    stage.process_item(Article(code=CODE))
    late = ref("乙")
    assert stage.process_item(late) is late


def test_failures_pass():
    failure = FailedRef(ref=ref("甲"), reason="gone", at=AT)
    assert DeduplicatePipeline().process_item(failure) is failure
