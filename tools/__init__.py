"""What the developers of finews run. It reads the commands' help in English, whatever the locale."""

from finews_spider import i18n

i18n.use(i18n.ENGLISH)
