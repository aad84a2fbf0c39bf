"""The browser of scrapy-playwright, started with options that are only known while the crawl is under way."""

from typing import TYPE_CHECKING, Any

from scrapy.crawler import Crawler

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Request
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler


async def launch(
    crawler: Crawler, options: dict[str, Any], is_unwanted: "Callable[[Request], bool]"
) -> "ScrapyPlaywrightDownloadHandler":
    """Start a browser and return the handler that downloads by it.

    The handler by itself would start it at a signal that has been sent when the first page is requested.

    :param options: of Playwright's ``launch``.
    :param is_unwanted: whether to abort a request that a page makes.
    """
    from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # it needs the extra

    handler = ScrapyPlaywrightDownloadHandler(crawler)
    handler.config.launch_options = options
    handler.abort_request = is_unwanted
    await handler._launch()  # noqa: SLF001 -- see above
    return handler
