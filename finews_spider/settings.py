"""Every setting with its default, Scrapy's and finews' own: the comment above it gives its unit and reason.

Each FINEWS_ setting can come from an environment variable of the same name; ``-s NAME=VALUE`` comes before both.
:class:`finews_spider.config.config.Config` reads and checks them.
"""

import os

from finews_spider import __version__

# Where Scrapy finds the spiders.
BOT_NAME = "finews"
SPIDER_MODULES = ["finews_spider.spiders"]
NEWSPIDER_MODULE = "finews_spider.spiders"
# Scrapy's commands, which refuse a wrong setting in one line, and `scrapy crawl` with the exit codes of finews.
COMMANDS_MODULE = "finews_spider.commands"
# Sets the event loop and the scheduler as FINEWS_FAST and FINEWS_CLUSTER say.
ADDONS = {"finews_spider.crawl.addon.FinewsAddon": 0}

# What the docstrings of our spiders need for `scrapy check`.
SPIDER_CONTRACTS = {
    "finews_spider.spiders.contracts.SampleContract": 10,
    "finews_spider.spiders.contracts.FillsContract": 20,
}

# --- finews -----------------------------------------------------------------------------------------------

# The store of the articles: `sqlite:///relative.db`, `sqlite:////absolute.db` or `mongodb://host:port/database`.
FINEWS_STORE = "sqlite:///data/finews.db"
# The Jekyll source folder that the exporter writes.
FINEWS_MIRROR_DIR = "mirror"
# The channels file, which lists what to poll. Empty: the one that finews ships.
FINEWS_CHANNELS = ""
# Your own table of hosts whose article pages finews reads, besides the one that it ships. Empty: there is none.
FINEWS_PAGES = ""
# The sources of an article's text, in the order in which they are tried. A post names the third one if its row names
# no page. Placeholders: `{code}`, the article's digits; `{info_code}`, `NW` and the digits; `{now}`, milliseconds since
# 1970.
FINEWS_TEXT_URL = "http://choicewzp1.eastmoney.com/NewsData/GetNewsText.do?id={info_code}"
FINEWS_ARTICLE_URL = "https://newsinfo.eastmoney.com/kuaixun/v2/api/article/{code}?guid={now}"
FINEWS_PAGE_URL = "https://finance.eastmoney.com/a/{code}.html"
# The share link in a post, with the same placeholders. The page there is the last source of an article's text.
FINEWS_SHARE_URL = "http://finews.zning.xyz/html_News/NewsShare.html?infoCode={info_code}"
# The site that the footer of a post links to. Without a scheme, the mirror works on http and https.
FINEWS_SITE_URL = "//finews.withounder.com"
# More hosts that a crawl may reach, separated by commas, besides those of the channels and of the URLs above. A crawl
# reaches loopback and private addresses only where one of these names them.
FINEWS_ALLOWED_HOSTS = ""
# Hosts whose robots.txt finews neither requests nor obeys, each with its reason, which is logged at `INFO`:
# `host=reason; host=reason`. For servers that are your own.
FINEWS_ROBOTS_IGNORE = ""
# Days that a post stays in `_posts`, besides today. Older posts move to `old_post` and keep their URL. 0: all stay.
FINEWS_RETENTION_DAYS = 0
# `on`: feeds have the whole text of the articles. `off`: they have its beginning. A change holds for the articles that
# are exported from then on; `finews export --all` writes all feeds again.
FINEWS_FEED_TEXT = "off"
# `fold`: a list shows a story once, and a feed has its first article alone. `all`: each reprint has a row and an entry
# of its own. A change holds for the articles that are exported from then on; `finews export --all` writes all lists
# again.
FINEWS_STORIES = "fold"
# Hours that the home page, with the pages that continue it, and the feed reach back at least.
FINEWS_HOME_HOURS = 24
# The browser for pages that a script fills: a path. Empty: the one on the PATH, or else Playwright's own. `off`: none.
FINEWS_CHROMIUM = ""
# Seconds that the script of a page has to fill it.
FINEWS_RENDER_SECONDS = 15
# `remote`: posts show the images of the upstream, and finews requests none. `local`: finews copies them into the
# mirror.
FINEWS_IMAGES = "remote"
# Bytes of the largest image that finews copies: a photo has some hundred thousand, a chart ten thousand.
FINEWS_IMAGES_LARGEST = 5 * 1024 * 1024
# Articles in one write to the store, and the most seconds that an article waits for others.
FINEWS_STORE_BATCH = 100
FINEWS_STORE_SECONDS = 0.5
# Seconds before the first retry of a request. Each further pause is twice as long.
FINEWS_RETRY_SECONDS = 1.0
# The longest Retry-After, in seconds, for which a run waits. After a longer one, no run sends requests to that host
# until the time is over, but for a day at most.
FINEWS_RETRY_AFTER_LONGEST = 60.0
# Seconds for which a run's lease on MongoDB lasts without a renewal, and so the time for which a killed run keeps
# others out. A run renews the lease every quarter of that, and gives up after half of it without an answer.
FINEWS_LEASE_SECONDS = 60
# A channel is silent too long after this many times its longest silence so far, once finews has watched it for a week.
# A lower number gives earlier alarms, and false ones on every holiday.
FINEWS_ALARM_SILENCE = 1.5
# A file for Prometheus's textfile collector, which each run writes at its end. Empty: none.
FINEWS_METRICS_FILE = ""
# The services that are notified when a run turns bad and when all is well again: one URL of Apprise for each, separated
# by blanks. Empty: none. It needs finews[notify].
FINEWS_NOTIFY = ""
# The site that `finews publish` builds: a link to a folder beside it, so that readers never see half a site.
FINEWS_SITE_DIR = "site"
# Where `finews publish` sends the site: git:REMOTE#BRANCH, rsync:USER@HOST:/PATH or command:…; source:REMOTE#BRANCH
# pushes the mirror folder without building it. Empty: finews only builds the site.
FINEWS_PUBLISH = ""
# The author of the commits of `finews publish`: `Name <mail>`.
FINEWS_PUBLISH_AUTHOR = "finews <finews@localhost>"
# `on`: a client in Rust sends the requests, on an event loop in C, and a large crawl takes an eighth less time. It
# needs finews[fast]; Scrapy's developers call the client experimental. `off`: Scrapy's own client.
FINEWS_FAST = "off"
# redis://host:6379/0: there, workers of one spider with the same arguments share their requests. Empty: one worker.
FINEWS_CLUSTER = ""

# --- Manners ----------------------------------------------------------------------------------------------

# The client's name. Write here how the upstream can reach you. A browser's name comes first, since the upstream gives
# some clients other answers.
USER_AGENT = os.environ.get(
    "USER_AGENT", f"Mozilla/5.0 (compatible; finews/{__version__}; +https://finews.withounder.com)"
)
# A client of kuaixun found that its list needs the Referer: the page that requests these lists itself.
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "zh-CN", "Referer": "https://finance.eastmoney.com/"}
# Scrapy's own, without those that finews doesn't need. The Referer is always the one above. A URL that is too long
# fails in ExactHostMiddleware, since Scrapy's own drops it silently.
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50}
# finews doesn't request what a host's robots.txt forbids.
ROBOTSTXT_OBEY = True
# Default: off. Live hosts set the pace. The demo and the tests, on loopback, switch it off.
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0  # seconds; default 5
AUTOTHROTTLE_MAX_DELAY = 30.0  # seconds; default 60
AUTOTHROTTLE_TARGET_CONCURRENCY = 2.0  # concurrent requests per host; default 1
CONCURRENT_REQUESTS = 16  # in total
CONCURRENT_REQUESTS_PER_DOMAIN = 8  # per host at most; AutoThrottle decides
# Default: TunnelError too. Naming it would load Scrapy's client even if another client is used, so the download handler
# raises DownloadFailedError instead.
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.CannotResolveHostError",
    "scrapy.exceptions.DownloadConnectionRefusedError",
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.DownloadTimeoutError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectionDone",
    "twisted.internet.error.ConnectError",
    "twisted.internet.error.ConnectionLost",
    "builtins.OSError",
]
# Default: ERROR. The spider itself logs what happened to the article or list.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
DOWNLOAD_TIMEOUT = 30  # seconds; default 180, but no list or article takes that long
# Default: 1 GiB. The longest list seen, 5,000 rows, has 4 MB. Sixteen answers of this size at once take 128 MB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, also of an answer that was unpacked
REDIRECT_MAX_TIMES = 5  # default 20, but an article has other sources
HTTPCACHE_ENABLED = False  # the store already knows every article

# --- The way of an article --------------------------------------------------------------------------------

# Requests go through Scrapy's client or that of FINEWS_FAST; Chromium opens the pages that a script fills.
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "finews_spider.downloadhandlers.handler.DownloadHandler")
# Options for the start of the browser, in JSON: `{"chromium_sandbox": false}` where a container forbids its sandbox.
PLAYWRIGHT_LAUNCH_OPTIONS = dict[str, object]()
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 2  # pages open at a time
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = 20_000  # milliseconds
# Replaces Scrapy's own list; from the engine's side to the server's. It leaves out log-ins (HttpAuth, Cookies) and
# `<meta http-equiv=refresh>`, which a crawler shouldn't follow.
DOWNLOADER_MIDDLEWARES_BASE = {
    # Replaces Scrapy's OffsiteMiddleware: exact hosts, no exceptions.
    "finews_spider.downloadermiddlewares.offsite.ExactHostMiddleware": 50,
    # Like Scrapy's, except for the hosts of FINEWS_ROBOTS_IGNORE.
    "finews_spider.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    # Replaces Scrapy's RetryMiddleware, which retries at once and ignores Retry-After.
    "finews_spider.downloadermiddlewares.retry.RetryAfterMiddleware": 550,
    # Like Scrapy's, but a decompression bomb leaves nothing in memory.
    "finews_spider.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    # Like Scrapy's, but drops no redirect as a duplicate.
    "finews_spider.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": 900,
}
# The stages that an article passes, from the lowest number to the highest.
ITEM_PIPELINES = {
    "finews_spider.pipelines.normalize.NormalizePipeline": 100,
    # Before deduplicate, which lets a row pass only after its article: a row could overtake an article that waits for
    # its images. Does nothing unless FINEWS_IMAGES is local.
    "finews_spider.pipelines.images.ImagesPipeline": 150,
    "finews_spider.pipelines.deduplicate.DeduplicatePipeline": 200,
    "finews_spider.pipelines.store.StorePipeline": 300,
}
# Default: none, which writes Chinese as escapes of ASCII.
FEED_EXPORT_ENCODING = "utf-8"
# Lists and formulas as `finews export --format csv` writes them.
FEED_EXPORTERS = {"csv": "finews_spider.stores.dump.CsvExporter"}
# Default: 100. Scrapy starts this many tasks for each response, even for one item. One task keeps the order,
# halves the memory and doubles the speed. An article that waits for its images holds up the rest of its own response.
CONCURRENT_ITEMS = 1
# The pipeline drops thousands of rows that wait for their article.
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"

# --- The process ------------------------------------------------------------------------------------------

# Scrapy's own, without the two that open a port for remote control. Scrapy loads each of these even if it is off; the
# two left out would cost 0.14 s of each run.
EXTENSIONS_BASE = dict.fromkeys(
    (
        "scrapy.extensions.corestats.CoreStats",
        "scrapy.extensions.logcount.LogCount",
        "scrapy.extensions.memusage.MemoryUsage",
        "scrapy.extensions.memdebug.MemoryDebugger",
        "scrapy.extensions.closespider.CloseSpider",
        "scrapy.extensions.feedexport.FeedExporter",
        "scrapy.extensions.logstats.LogStats",
        "scrapy.extensions.spiderstate.SpiderState",
        "scrapy.extensions.throttle.AutoThrottle",
    ),
    0,
)
# Like Scrapy's, but the error of an article is one line; `DEBUG` shows the traceback.
LOG_FORMATTER = "finews_spider.pipelines.logformatter.LogFormatter"
# Counts as Scrapy's own does, but faster.
STATS_CLASS = "finews_spider.stats.collector.StatsCollector"
# `INFO` shows each article that a source didn't give, `DEBUG` each request. The default of `finews` is WARNING.
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
# Log lines have the name of the component, not of its module.
LOG_SHORT_NAMES = True
# Scrapy's defaults, for the commands that crawl nothing and therefore don't load Scrapy. LOG_ENABLED isn't among them:
# `scrapy check` and others switch the log off, and may not do that where a project sets it.
LOG_FILE = None
LOG_FILE_APPEND = True
LOG_ENCODING = "utf-8"
LOG_FORMAT = "%(asctime)s [%(name)s] %(levelname)s: %(message)s"
LOG_DATEFORMAT = "%Y-%m-%d %H:%M:%S"
# Default: on. finews writes the log itself (logs.py).
LOG_INSTALL_ROOT_HANDLER = False
# `text`, or `json`: one object on each line.
FINEWS_LOG_FORMAT = "text"
# The language of help, messages, progress and alerts: `zh` or `en`. Empty: that of the locale, or else English. The
# log, JSON, and what is stored or exported are always in English. Set it in the environment: `-s` comes too late for
# help.
FINEWS_LANG = ""

globals().update(
    {name: os.environ[name] for name in tuple(globals()) if name.startswith("FINEWS_") and name in os.environ}
)
