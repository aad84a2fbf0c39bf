import pytest

from finews_spider.errors import ConfigError, StoreError
from finews_spider.stores import open_store
from tests.servers import free_port
from tests.stores.samples import NOW, A, article, make_newer

PASSWORD = "ge:heim/nis@1?x"
ESCAPED = "ge%3Aheim%2Fnis%401%3Fx"


async def test_a_second_open_is_harmless(store_url):
    async with open_store(store_url) as store:
        await store.save([article()], NOW)
    async with open_store(store_url) as store, open_store(store_url) as other:
        assert await store.get(A) == await other.get(A) is not None


async def test_a_newer_store_is_refused(store_url):
    async with open_store(store_url):
        pass
    make_newer(store_url)
    with pytest.raises(StoreError, match=r"newer finews \(schema 99\); upgrade finews$"):
        await open_store(store_url).open()


async def test_closing_what_was_never_opened(store_url):
    await open_store(store_url).close()


async def test_a_mongodb_that_does_not_answer():
    url = f"mongodb://finews:{ESCAPED}@127.0.0.1:{free_port()}/news?serverSelectionTimeoutMS=200"
    with pytest.raises(StoreError) as error:
        await open_store(url).open()
    assert_one_line(error)
    assert "mongodb://***@127.0.0.1" in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://127.0.0.1",
        "mongodb://127.0.0.1:27017/",
        "mongodb://127.0.0.1:99999/news",
        "mongodb://127.0.0.1/a b",
        "mongodb://",
        "mongodb:news",
        f"mongodb://finews:{PASSWORD}@127.0.0.1/news",
        f"mongodb://finews:{ESCAPED}@127.0.0.1",
        f"mongodb://finews:{ESCAPED}@127.0.0.1:port/news",
        f"mongodb://finews:{ESCAPED}@127.0.0.1/news?tlsCAFile=/no/such/file&tls=true",
        f"mongodb+srv://finews:{ESCAPED}@a,b/news",
        "redis://127.0.0.1/0",
        "news.db",
        "",
    ],
)
def test_urls_that_name_no_store(url):
    with pytest.raises(ConfigError, match=r"^FINEWS_STORE: ") as error:
        open_store(url)
    assert_one_line(error)


def assert_one_line(error):
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 400
    assert not any(part in text for part in ("heim", "nis", ESCAPED))
