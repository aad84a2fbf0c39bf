"""Contracts for `scrapy check`, which requests a sample of each spider from the upstream and reads it."""

from typing import Any

from itemadapter import ItemAdapter, is_item
from scrapy.contracts import Contract
from scrapy.exceptions import ContractFail


class SampleContract(Contract):
    """``@sample``: requests the URL that the spider's ``sample_url`` returns, which depends on its arguments."""

    name = "sample"

    def __init__(self, method: Any, *args: Any) -> None:
        super().__init__(method, *args)
        self.spider = method.__self__

    def adjust_request_args(self, args: dict[str, Any]) -> dict[str, Any]:
        return {**args, "url": self.spider.sample_url()}


class FillsContract(Contract):
    """``@fills FIELD...``: each of these fields has a value in an item at least."""

    name = "fills"

    def post_process(self, output: list[Any]) -> None:
        items = [ItemAdapter(each) for each in output if is_item(each)]
        for field in self.args:
            if not any(item.get(field) for item in items):
                raise ContractFail(f"none of {len(items)} items has a {field}")
