from datetime import timedelta

import pytest

from finews_spider.items import Listing
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import ChannelState, Known, retry_pause
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes, failure, ref


async def test_known(store):
    await store.save([article(A), article(B)], NOW)
    await store.save([article(B, "改了", published_at=SHOWN + MINUTE)], NOW)
    await store.take_down(B, "", NOW)
    await store.save_failures([failure(C)])
    assert await store.known([A, B, C, D]) == {
        A: Known({"要闻": Listing(SHOWN, "标题")}, SHOWN),
        B: Known({"要闻": Listing(SHOWN + MINUTE, "标题")}, SHOWN + MINUTE, taken_down=True),
        C: Known({"要闻": Listing(SHOWN, "标题")}, retry_at=NOW),
    }
    assert await store.known([]) == {}


async def test_a_code_taken_down_before_it_was_stored_is_known(store):
    await store.take_down(A, "", NOW)
    assert await store.known([A]) == {A: Known({}, taken_down=True)}


async def test_a_stored_article_that_failed_since_shows_what_failed(store):
    await store.save([article()], NOW)
    await store.save_failures([failure(time=SHOWN + MINUTE, title="新题")])
    assert await store.known([A]) == {A: Known({"要闻": Listing(SHOWN + MINUTE, "新题")}, SHOWN, retry_at=NOW)}


@pytest.mark.torture
async def test_five_thousand_codes_at_once(store):
    listed = codes(5000)
    await store.save([article(code) for code in listed[::500]], NOW)
    assert list(await store.known(listed)) == listed[::500]


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (ref(), False),
        (ref(title="新题"), True),
        (ref(time=SHOWN + MINUTE), True),
        (ref(time=SHOWN - MINUTE), True),
        (ref(time=None), True),
        (ref(channel="公司", title="短题"), False),
        (ref(channel="公司", time=SHOWN + MINUTE), True),
        (ref(channel="公司", time=None), False),
    ],
)
async def test_a_row_needs_a_fetch_if_it_is_a_revision(store, shown, wanted):
    await store.save([article()], NOW)
    known = await store.known([A])
    assert known[A].needs_fetch(shown, NOW) is wanted
    await store.take_down(A, "", NOW)
    known = await store.known([A])
    assert not known[A].needs_fetch(shown, NOW)


async def test_a_failed_article_needs_a_fetch_when_it_is_due(store):
    await store.save_failures([failure(), failure()])  # a second failure has to wait
    known = (await store.known([A]))[A]
    assert known.retry_at == NOW + 5 * MINUTE
    assert not known.needs_fetch(ref(), NOW)
    assert known.needs_fetch(ref(), known.retry_at)
    assert known.needs_fetch(ref(title="新题"), NOW)


async def test_failures_are_due_after_growing_pauses(store):
    pauses = []
    for _ in range(12):
        await store.save_failures([failure()])
        pauses.append((await store.known([A]))[A].retry_at - NOW)
    assert pauses == [retry_pause(n) for n in range(1, 13)]
    assert pauses[:4] == [timedelta(0), 5 * MINUTE, 15 * MINUTE, 35 * MINUTE]
    assert pauses[-1] == timedelta(days=1)


async def test_due(store):
    full = {"digest": "“导语”😀", "media": "新京报", "url": "https://example.org/$a.b", "stocks": ("116.09988",)}
    await store.save_failures([failure(C, NOW), failure(B, NOW - MINUTE, **full), failure(A, NOW + MINUTE)])
    await store.save_failures([failure(D, NOW - MINUTE, channel="公司", time=None, title="")])
    assert await store.due(["要闻"], NOW) == [ref(B, **full), ref(C)]
    assert await store.due(["要闻", "公司"], NOW) == [ref(B, **full), ref(D, "公司", time=None, title=""), ref(C)]
    assert await store.due(["要闻"], NOW + MINUTE) == [ref(B, **full), ref(C), ref(A)]
    assert await store.due([], NOW) == []


async def test_a_saved_article_is_no_longer_failed(store):
    await store.save_failures([failure(A), failure(B)])
    await store.save([article(A)], NOW)
    assert await store.due(["要闻"], NOW) == [ref(B)]
    assert (await store.known([A]))[A].retry_at is None


async def test_channel_states(store):
    assert await store.channel_states() == {}
    names = ["要闻", "a.b", "$where", 'o\'clock "quoted" `x` \\', "😀"]
    states = [
        ChannelState(
            name=name,
            asked_at=NOW,
            newest=SHOWN,
            complete=True,
            validators={"https://example.org/a.b?$c=1": {"If-None-Match": '"x.$y"', "If-Modified-Since": "Fri"}},
            failures=2,
            error="HTTP 500 “坏了”",
        )
        for name in names
    ]
    await store.save_channels(states)
    assert await store.channel_states() == {state.name: state for state in states}
    await store.save_channels([ChannelState("要闻", succeeded_at=NOW), ChannelState("新")])
    assert await store.channel_states() == {
        **{state.name: state for state in states},
        "要闻": ChannelState("要闻", succeeded_at=NOW),
        "新": ChannelState("新"),
    }


async def test_a_run_is_one_record_and_the_newest_come_first(store):
    assert await store.runs(1) == []
    ids = [new_id(NOW + timedelta(milliseconds=number)) for number in range(3)]
    for number in (1, 0, 2):
        await store.save_run({"id": ids[number], "seconds": 1.5, "channels": {"x.y/$z 要闻": {"rows": number}}})
    await store.save_run({"id": ids[1], "exit_code": None})
    assert await store.runs(2) == [
        {"id": ids[2], "seconds": 1.5, "channels": {"x.y/$z 要闻": {"rows": 2}}},
        {"id": ids[1], "exit_code": None},
    ]
    assert len(await store.runs(10)) == 3
