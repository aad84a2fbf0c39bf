"""Every knob, Scrapy's and ours: its unit, its default, its reason.

Each setting of ours can come from an environment variable of the same name; ``-s NAME=value`` wins over both.
finews reads no setting of its own that isn't here; :class:`finews_spider.config.config.Config` checks them.
"""

import os

from finews_spider import __version__

# Where Scrapy finds the spiders.
BOT_NAME = "finews"
SPIDER_MODULES = ["finews_spider.spiders"]
NEWSPIDER_MODULE = "finews_spider.spiders"
# `scrapy crawl` with finews' exit codes and one-line errors.
COMMANDS_MODULE = "finews_spider.commands"

# --- finews -----------------------------------------------------------------------------------------------

# Where articles are kept: `sqlite:///relative.db`, `sqlite:////absolute.db` or `mongodb://host:port/database`.
FINEWS_STORE = os.environ.get("FINEWS_STORE", "sqlite:///data/finews.db")
# The Jekyll source folder that the exporter writes.
FINEWS_MIRROR_DIR = os.environ.get("FINEWS_MIRROR_DIR", "mirror")
# The channels file: what to poll. Empty: the one that finews ships.
FINEWS_CHANNELS = os.environ.get("FINEWS_CHANNELS", "")
# Where an article's text is asked for, first to last; the third is printed where a row names no page. Placeholders:
# `{code}`, the article's digits; `{info_code}`, `NW` and the digits; `{now}`, milliseconds since 1970.
FINEWS_TEXT_URL = os.environ.get(
    "FINEWS_TEXT_URL", "http://choicewzp1.eastmoney.com/NewsData/GetNewsText.do?id={info_code}"
)
FINEWS_ARTICLE_URL = os.environ.get(
    "FINEWS_ARTICLE_URL", "https://newsinfo.eastmoney.com/kuaixun/v2/api/article/{code}?guid={now}"
)
FINEWS_PAGE_URL = os.environ.get("FINEWS_PAGE_URL", "https://finance.eastmoney.com/a/{code}.html")
# The share link that a post prints.
FINEWS_SHARE_URL = os.environ.get(
    "FINEWS_SHARE_URL", "http://finews.zning.xyz/html_News/NewsShare.html?infoCode={info_code}"
)
# What a post's footer links to: scheme-relative, so that the mirror works on http and https.
FINEWS_SITE_URL = os.environ.get("FINEWS_SITE_URL", "//finews.withounder.com")
# More hosts that a crawl may reach, comma-separated, besides those of the channels and the URLs above. Loopback and
# private addresses are reached only where one of these names them.
FINEWS_ALLOWED_HOSTS = os.environ.get("FINEWS_ALLOWED_HOSTS", "")
# Hosts whose robots.txt is neither asked for nor obeyed, each with its reason, which is logged at `INFO`:
# `host=reason; host=reason`. For servers that are your own.
FINEWS_ROBOTS_IGNORE = os.environ.get("FINEWS_ROBOTS_IGNORE", "")
# Days that a post stays in `_posts`, besides today; older ones lie in `old_post`, at the same URL. 0: all stay.
FINEWS_RETENTION_DAYS = os.environ.get("FINEWS_RETENTION_DAYS", "0")
# The browser for pages that a script fills: a path; empty: found on the PATH, else Playwright's own; `off`: none.
FINEWS_CHROMIUM = os.environ.get("FINEWS_CHROMIUM", "")
# Seconds that a page has for its script to fill it.
FINEWS_RENDER_SECONDS = os.environ.get("FINEWS_RENDER_SECONDS", "15")
# `remote`: posts show images where the upstream has them, and none is asked for. `local`: they are copied into the
# mirror.
FINEWS_IMAGES = os.environ.get("FINEWS_IMAGES", "remote")
# Bytes of the largest image that is copied: a photo has some hundred thousand, a chart ten.
FINEWS_IMAGES_LARGEST = os.environ.get("FINEWS_IMAGES_LARGEST", str(5 * 1024 * 1024))
# Articles written to the store at once, and seconds that one waits for others at most.
FINEWS_STORE_BATCH = 100
FINEWS_STORE_SECONDS = 0.5
# Seconds before the first retry of a request; doubled for each further one.
FINEWS_RETRY_SECONDS = 1.0
# The longest Retry-After, in seconds, that a run waits for; a longer one is left to a later run. Until then, a day at
# most, no run asks that host.
FINEWS_RETRY_AFTER_LONGEST = 60.0
# Seconds that a run's lease on MongoDB lasts unrenewed, and so a run that was killed holds up the others. It is renewed
# every quarter of that, and given up after half of it without an answer.
FINEWS_LEASE_SECONDS = os.environ.get("FINEWS_LEASE_SECONDS", "60")
# How many times its longest silence a channel may be silent, once it was watched for a week. Lower ones tell sooner
# and wrongly, on every holiday.
FINEWS_ALARM_SILENCE = os.environ.get("FINEWS_ALARM_SILENCE", "1.5")
# A file for Prometheus's textfile collector, written after each run; empty: none.
FINEWS_METRICS_FILE = os.environ.get("FINEWS_METRICS_FILE", "")
# Who is told when a run turns bad and when all is well again; empty: nobody. A URL that takes a POST of JSON:
FINEWS_NOTIFY_WEBHOOK = os.environ.get("FINEWS_NOTIFY_WEBHOOK", "")
# … Slack, by a bot's token, to @users and #channels, comma-separated;
SPIDERMON_SLACK_SENDER_TOKEN = os.environ.get("SPIDERMON_SLACK_SENDER_TOKEN", "")
SPIDERMON_SLACK_SENDER_NAME = os.environ.get("SPIDERMON_SLACK_SENDER_NAME", "finews")
SPIDERMON_SLACK_RECIPIENTS = os.environ.get("SPIDERMON_SLACK_RECIPIENTS", "")
# … Telegram, by a bot's token, to chat ids, comma-separated;
SPIDERMON_TELEGRAM_SENDER_TOKEN = os.environ.get("SPIDERMON_TELEGRAM_SENDER_TOKEN", "")
SPIDERMON_TELEGRAM_RECIPIENTS = os.environ.get("SPIDERMON_TELEGRAM_RECIPIENTS", "")
# … e-mail, by SMTP. Port: 25, with SSL 465; TLS means STARTTLS; no user: no login.
SPIDERMON_EMAIL_SENDER = os.environ.get("SPIDERMON_EMAIL_SENDER", "")
SPIDERMON_EMAIL_TO = os.environ.get("SPIDERMON_EMAIL_TO", "")
SPIDERMON_SMTP_HOST = os.environ.get("SPIDERMON_SMTP_HOST", "")
SPIDERMON_SMTP_PORT = os.environ.get("SPIDERMON_SMTP_PORT", "")
SPIDERMON_SMTP_USER = os.environ.get("SPIDERMON_SMTP_USER", "")
SPIDERMON_SMTP_PASSWORD = os.environ.get("SPIDERMON_SMTP_PASSWORD", "")
SPIDERMON_SMTP_ENFORCE_TLS = os.environ.get("SPIDERMON_SMTP_ENFORCE_TLS", "")
SPIDERMON_SMTP_ENFORCE_SSL = os.environ.get("SPIDERMON_SMTP_ENFORCE_SSL", "")
# The built site of `finews publish`: a link to a folder beside it, so that a new site is there at once and whole.
FINEWS_SITE_DIR = os.environ.get("FINEWS_SITE_DIR", "site")
# Where `finews publish` sends it: git:REMOTE#BRANCH, rsync:USER@HOST:/PATH or command:…; source:REMOTE#BRANCH pushes
# the mirror folder unbuilt; empty: it is only built.
FINEWS_PUBLISH = os.environ.get("FINEWS_PUBLISH", "")
# Who makes its commits: Name <mail>.
FINEWS_PUBLISH_AUTHOR = os.environ.get("FINEWS_PUBLISH_AUTHOR", "finews <finews@localhost>")
# `on`: articles are asked for by a client in Rust, on an event loop in C: a large crawl takes an eighth less time.
# It needs finews[fast]; Scrapy's developers call the client experimental. `off`: by Scrapy's own.
FINEWS_FAST = os.environ.get("FINEWS_FAST", "off")
# redis://host:6379/0, where workers of the same spider with the same arguments share their requests; empty: alone.
FINEWS_CLUSTER = os.environ.get("FINEWS_CLUSTER", "")

# --- Manners ----------------------------------------------------------------------------------------------

# Who asks: put a way to reach you here. A browser's name in front, for the upstream answers some clients differently.
USER_AGENT = os.environ.get(
    "USER_AGENT", f"Mozilla/5.0 (compatible; finews/{__version__}; +https://finews.withounder.com)"
)
# One kuaixun client found that the Referer is needed; it is the page that asks these lists itself.
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "zh-CN", "Referer": "https://finance.eastmoney.com/"}
# Scrapy's own, less those that note what nobody asks for. The Referer is always the one above, and a URL that is too
# long fails in ExactHostMiddleware, because Scrapy's middleware would drop it silently.
SPIDER_MIDDLEWARES_BASE = {"scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50}
# What a host's robots.txt forbids is not asked for.
ROBOTSTXT_OBEY = True
# Default: off. Live hosts set the pace; the demo and the tests, on loopback, switch it off.
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0  # seconds; default 5
AUTOTHROTTLE_MAX_DELAY = 30.0  # seconds; default 60
AUTOTHROTTLE_TARGET_CONCURRENCY = 2.0  # requests at a time and host; default 1
CONCURRENT_REQUESTS = 16  # at a time
CONCURRENT_REQUESTS_PER_DOMAIN = 8  # at a time and host, at most; the pace above decides
# Default: TunnelError too, which loads Scrapy's client even where another is used. The download handler raises
# DownloadFailedError in its place.
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
# Default: ERROR. The spider says what became of it, in its own words.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
DOWNLOAD_TIMEOUT = 30  # seconds; default 180: no list or article takes that long
# Default: 1 GiB. The longest list seen, 5,000 rows, is 4 MB; sixteen answers of this size at once take half of 300 MB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, also of what a compressed answer unfolds to
REDIRECT_MAX_TIMES = 5  # default 20: an article is asked for at three places
HTTPCACHE_ENABLED = False  # the store knows what is known

# --- The way of an article --------------------------------------------------------------------------------

# Plain requests as Scrapy makes them, or as FINEWS_FAST says; pages that a script fills, by Chromium.
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "finews_spider.downloadhandlers.handler.DownloadHandler")
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 2  # pages open at a time
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = 20_000  # milliseconds
# In the place of Scrapy's own list, from the engine's side to the server's. Not in it: whoever is logged in (HttpAuth,
# Cookies), and an answer's `<meta http-equiv=refresh>`, which is not for us to follow.
DOWNLOADER_MIDDLEWARES_BASE = {
    # In place of Scrapy's OffsiteMiddleware: exact hosts, no exceptions.
    "finews_spider.downloadermiddlewares.offsite.ExactHostMiddleware": 50,
    # Like Scrapy's, except for the hosts of FINEWS_ROBOTS_IGNORE.
    "finews_spider.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    # In place of Scrapy's RetryMiddleware, which retries at once and ignores Retry-After.
    "finews_spider.downloadermiddlewares.retry.RetryAfterMiddleware": 550,
    # Like Scrapy's, but a decompression bomb leaves nothing in memory.
    "finews_spider.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    # Like Scrapy's, but no redirect is dropped as a duplicate.
    "finews_spider.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": 900,
}
# What an article passes, from the lowest number to the highest.
ITEM_PIPELINES = {
    "finews_spider.pipelines.normalize.NormalizePipeline": 100,
    # Before deduplicate, behind which a row passes once its article has: one that came while that waits for its images
    # would overtake it. Does nothing unless FINEWS_IMAGES is local.
    "finews_spider.pipelines.images.ImagesPipeline": 150,
    "finews_spider.pipelines.deduplicate.DeduplicatePipeline": 200,
    "finews_spider.pipelines.store.StorePipeline": 300,
}
# Default: 100. For each response Scrapy makes as many tasks as this, whatever there is to do; one keeps the order,
# halves the memory and doubles the pace. An article that waits for its images holds up the rest of its own response.
CONCURRENT_ITEMS = 1
# Refs that wait for their article are dropped by the thousand.
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"

# --- The process ------------------------------------------------------------------------------------------

# Scrapy's own, less the two that let others in: what is named here it loads though it is off, 0.14 s of each run.
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
# Like Scrapy's, except that the traceback of an article's error is logged at `DEBUG` only.
LOG_FORMATTER = "finews_spider.pipelines.logformatter.LogFormatter"
# Like Scrapy's, but it takes less time.
STATS_CLASS = "finews_spider.stats.collector.StatsCollector"
# `INFO` tells of each article that a source wouldn't give, `DEBUG` of each request. `finews` takes WARNING by default.
LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
# Log lines name the part that speaks, not its module.
LOG_SHORT_NAMES = True
# Scrapy's own defaults: commands that crawl nothing don't load it.
LOG_ENABLED = True
LOG_FILE = None
LOG_FILE_APPEND = True
LOG_ENCODING = "utf-8"
LOG_FORMAT = "%(asctime)s [%(name)s] %(levelname)s: %(message)s"
LOG_DATEFORMAT = "%Y-%m-%d %H:%M:%S"
# Default: True. The log is in our hands (logs.py).
LOG_INSTALL_ROOT_HANDLER = False
# text, or json: one object a line.
FINEWS_LOG_FORMAT = os.environ.get("FINEWS_LOG_FORMAT", "text")
