"""Runs are recorded and checked, and the owner is notified. Where the command matters, it is the real one."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from finews_spider.cli.screen_status import as_json, print_status, why_unwell
from finews_spider.errors import MirrorError
from finews_spider.monitoring import after_crawl, metrics
from finews_spider.monitoring import status_page as status
from finews_spider.monitoring.after_crawl import finish_run, record_failed_run
from finews_spider.monitoring.overview import read_overview
from finews_spider.stores.ids import new_id
from finews_spider.stores.records import ChannelState
from finews_spider.times import SHANGHAI
from tests.browsing import put
from tests.misbehave import MisbehavingUpstream
from tests.monitoring.test_notifiers import listening
from tests.running import wait_for

SILENT = "channel 全球直播 has been silent for 30 days; the longest before was 60 min"
NEWEST = datetime(2026, 3, 2, 14, 30, tzinfo=SHANGHAI)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def upstream():
    with MisbehavingUpstream(articles=20, seed=4) as upstream:
        yield upstream


def runs(finews):
    return finews.ask(lambda store: store.runs(10))


def overview(finews):
    return finews.ask(lambda store: read_overview(finews.config(), store, 10))


def silence(finews, name="全球直播", **state):
    """Store the state of a channel that has been silent for 30 days, and before for an hour at most."""
    now = datetime.now(SHANGHAI).replace(microsecond=0)
    kept = {"newest": NEWEST, "succeeded_at": now, "watched": 90 * 86400.0, "silent": 30 * 86400.0}
    state = ChannelState(name, **kept | {"longest_silence": 3600.0} | state)
    finews.ask(lambda store: store.save_channels([state]))


def ended(finews, number=0, code=0, export=None, **stats):
    """Finish a crawl whose record is in the store, and return its exit code."""
    now = datetime.now(UTC)
    run = {"id": f"20260303T12{number:04}-abcdef", "spider": "feed", "started_at": now.isoformat(), "channels": {}}
    if "finews/store_failed" not in stats:
        finews.ask(lambda store: store.save_run(run | {"exit_code": None, "finish": ""}))
    given = {"finews/run": run["id"], "start_time": now, "finish_reason": "finished", **stats}
    return finish_run(finews.config(), given, code, export)["exit_code"]


def samples(text):
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def test_a_run_is_one_record_with_everything_that_it_did(finews, upstream):
    upstream.misbehave(upstream.news.codes[3], "500")
    finews("run", code=1)
    upstream.misbehave(upstream.news.codes[3], "ok")
    (run,) = runs(finews)
    assert (run["spider"], run["finish"], run["exit_code"]) == ("feed", "finished", 1)
    assert (run["new"], run["failed"], run["failures"]) == (19, 1, {"http_5xx": 1})
    assert run["requests"] >= 19
    assert run["bytes"] > 1000
    assert run["export"] == {"written": 19 - run["duplicates"], "removed": 0}
    assert (run["pending"], run["alarms"]) == (0, [])
    assert sum(part["new"] for part in run["channels"].values()) == 19
    assert all(part["rows"] for part in run["channels"].values())
    assert run["channels"]["快讯101"]["missing"]["media"] == run["channels"]["快讯101"]["rows"]

    shown, documented = as_json(overview(finews)), (DOCS / "monitoring.md").read_text("utf-8")
    for names in (shown, shown["channels"][0], shown["runs"][0]):
        assert [name for name in names if f"`{name}`" not in documented] == []
    figures = {sample.name: sample.value for sample in samples(metrics.text(overview(finews)))}
    assert (figures["finews_store_articles"], figures["finews_last_run_new"]) == (19, 19)
    assert figures["finews_last_run_exit_code"] == 1
    assert figures["finews_last_run_timestamp_seconds"] == datetime.fromisoformat(run["started_at"]).timestamp()
    for name in figures:
        assert re.fullmatch(r"finews_[a-z_]+", name)
        assert name in documented or re.sub("finews_(store|last_run|channel)", "", name) in documented


@pytest.mark.torture
def test_a_killed_run_leaves_no_half_record(finews, upstream):
    upstream.delay = 0.5
    process = finews.start("run")
    wait_for(lambda: upstream.requests["text"] > 2)
    process.kill()
    process.communicate()
    upstream.delay = 0
    assert runs(finews) == []


def test_a_bad_run_is_shown_everywhere_and_notified_once(finews, tmp_path):
    silence(finews)
    file = tmp_path / "textfile/finews.prom"
    put(finews.mirror / status.PAGE, "")  # as `finews site init` writes it
    with listening() as (url, seen):
        finews.settings |= {"FINEWS_NOTIFY": f"json://{url}", "FINEWS_METRICS_FILE": str(file)}
        done = finews("run", code=1)
        again = finews("scrapy", "crawl", "feed", "-L", "WARNING", code=1)
        assert [json.loads(body)["message"] for _, _, body in seen] == [f"- {SILENT}"]
    assert done.stderr.splitlines() == again.stderr.splitlines() == [f"finews: channel_silent: {SILENT}"]
    for run in runs(finews):
        assert [alarm["text"] for alarm in run["alarms"]] == [SILENT]
        assert run["exit_code"] == 1
    shown = finews("status", "--check", code=1)
    assert f"Alarm channel_silent: {SILENT}" in shown.stdout
    assert shown.stderr == "finews: the last run exited with 1\n"
    assert [alarm["channel"] for alarm in as_json(overview(finews))["alarms"]] == ["全球直播"]
    written = file.read_text("utf-8")
    assert 'finews_alarm{channel="全球直播",field="",monitor="channel_silent"} 1.0' in written
    from_file, printed = samples(written), samples(finews("status", "--prometheus").stdout)
    assert [(one.name, one.labels) for one in from_file] == [(one.name, one.labels) for one in printed]
    assert [path.name for path in file.parent.iterdir()] == ["finews.prom"]
    page = json.loads((finews.mirror / status.DATA).read_text("utf-8"))
    assert {each["name"]: each["trouble"] for each in page["channels"]}["全球直播"] == "silent"


@pytest.mark.torture
def test_a_channel_that_lists_articles_again_is_good(finews, upstream):
    finews("run")
    silence(finews)
    finews("run", code=1)
    upstream.advance(new=3, revised=0)
    finews("run")
    state = finews.ask(lambda store: store.channel_states())["全球直播"]
    assert (state.silent, state.longest_silence >= 3600) == (0, True)


def test_check_requires_a_recent_good_run(finews):
    assert why_unwell(overview(finews), 60) == "there is no run yet"
    assert ended(finews) == 0
    assert why_unwell(overview(finews), 60) is None
    assert ended(finews, 1, code=1) == 1
    assert why_unwell(overview(finews), 60) == "the last run exited with 1"
    old = runs(finews)[0] | {"started_at": (datetime.now(SHANGHAI) - timedelta(hours=2)).isoformat()}
    finews.ask(lambda store: store.save_run(old))
    assert why_unwell(overview(finews), 60) == "the last run began 120 min ago"


def test_a_killed_run_is_not_a_good_one(finews):
    killed = {"spider": "feed", "started_at": datetime.now(SHANGHAI).isoformat(), "seconds": 1, "exit_code": None}
    finews.ask(lambda store: store.save_run(killed | {"id": "20260303T115900-abcdef"}))
    assert why_unwell(overview(finews), 60) == "no run has ended yet"
    shown = finews("status").stdout
    assert "it hasn't ended: it is writing posts, or was killed" in shown
    ended(finews, code=1)
    finews.ask(lambda store: store.save_run(killed | {"id": "20260303T120100-abcdef"}))
    assert why_unwell(overview(finews), 60) == "the last run exited with 1"


def test_a_wrong_notify_url_ends_a_run_before_it_begins(finews):
    done = finews("run", code=2, FINEWS_NOTIFY="slack://geheim")
    assert done.stderr.startswith("finews: FINEWS_NOTIFY: URL 1 (slack://…) isn't one that Apprise can use")
    assert len(done.stderr.splitlines()) == 1
    assert not finews.mirror.exists()


@pytest.mark.parametrize("name", ["told", "notified"])
def test_the_record_of_an_earlier_version_has_what_the_owner_was_notified_of(finews, name):
    silence(finews)
    alarm = {
        "monitor": "channel_silent",
        "channel": "全球直播",
        "text": SILENT,
        "field": "",
        "key": "channel_silent:全球直播:",
    }
    begun = {"id": "20260303T115900-abcdef", "spider": "feed", "started_at": "2026-03-03T11:59:00+08:00"}
    finews.ask(lambda store: store.save_run(begun | {"exit_code": 1, "alarms": [alarm], name: [alarm["key"]]}))
    with listening() as (url, seen):
        finews.settings["FINEWS_NOTIFY"] = f"json://{url}"
        assert ended(finews) == 1
        assert seen == []
    assert runs(finews)[0]["notified"] == [alarm["key"]]
    assert not {"told", "notified"} & {key for run in as_json(overview(finews))["runs"] for key in run}


def test_an_export_that_fails_is_recorded_notified_and_exits_with_its_own_code(finews, capsys):
    finews.mirror.mkdir()
    (finews.mirror / "_posts").write_text("in the way")
    assert "can't be written" in finews("run", code=2).stderr
    (run,) = runs(finews)
    assert "can't be written" in run["export"]["error"]
    assert (run["exit_code"], run["pending"] > 0, run["alarms"]) == (2, True, [])

    def fail():
        raise MirrorError("the mirror folder can't be written")

    for number in (1, 2):
        finews.ask(lambda store, number=number: store.save_run(run | {"id": f"2026112{number}"}))
    now = datetime.now(UTC)
    last = run | {"id": new_id(now + timedelta(minutes=1)), "started_at": now.isoformat()}
    finews.ask(lambda store: store.save_run(last))
    stats = {"finews/run": last["id"], "start_time": now, "finish_reason": "finished"}
    with pytest.raises(MirrorError):
        finish_run(finews.config(), stats, 0, fail)
    assert "nothing_exported: " in capsys.readouterr().err


@pytest.mark.parametrize("error", [ZeroDivisionError, RecursionError("deep"), KeyboardInterrupt])
def test_a_run_whose_export_ends_by_any_exception_is_recorded_as_failed(finews, error):
    def fail():
        raise error

    with pytest.raises(BaseException) as caught:
        ended(finews, export=fail)
    assert caught.type is error or caught.value is error
    (run,) = runs(finews)
    assert run["exit_code"] == 1
    assert run["export"]["error"]
    assert why_unwell(overview(finews), 60) == "the last run exited with 1"


def test_a_run_that_made_no_record_is_recorded_as_failed(finews):
    finews.summary()  # makes the store
    assert finish_run(finews.config(), {"finish_reason": "shutdown"}, 1)["exit_code"] == 1
    record_failed_run(finews.config(), "an error of finews itself, ZeroDivisionError: \x1b[2J")
    assert [run["exit_code"] for run in runs(finews)] == [1, 1]
    assert runs(finews)[0]["stats"]["finews/error"] == "an error of finews itself, ZeroDivisionError:  [2J"
    assert why_unwell(overview(finews), 60) == "the last run exited with 1"


@pytest.mark.parametrize("step", ["_check", "_publish"])
def test_an_error_after_the_export_leaves_a_failed_run(finews, monkeypatch, step):
    monkeypatch.setattr(after_crawl, step, lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        ended(finews)
    assert runs(finews)[0]["exit_code"] == 1


def test_a_crawl_that_cannot_begin_is_recorded_as_failed(finews):
    finews("run")
    assert "FINEWS_CLUSTER" in finews("run", code=1, FINEWS_CLUSTER="redis://127.0.0.1:1/0").stderr
    assert "exited with 1" in finews("status", "--check", code=1).stderr


def test_a_store_that_fails_is_notified_once_and_all_is_well_after_three_runs(finews, tmp_path):
    (tmp_path / "news.db").write_text("no database at all")
    with listening() as (url, seen):
        finews.settings["FINEWS_NOTIFY"] = f"json://{url}"
        for _ in range(2):
            assert ended(finews, code=1, **{"finews/store_failed": "it is no database"}) == 1
        assert [json.loads(body)["message"][:18] for _, _, body in seen] == ["- the SQLite store"]
        (tmp_path / "news.db").unlink()
        assert [ended(finews, number) for number in range(4)] == [0, 0, 0, 0]
        assert [json.loads(body)["type"] for _, _, body in seen] == ["failure", "success"]


def test_the_next_run_notifies_an_owner_who_could_not_be_notified(finews):
    with listening(status=500) as (url, seen):
        finews.settings["FINEWS_NOTIFY"] = f"json://{url}"
        silence(finews)
        ended(finews)
        assert len(seen) == 1
    with listening() as (url, seen):
        finews.settings["FINEWS_NOTIFY"] = f"json://{url}"
        for number in (1, 2):
            assert ended(finews, number) == 1
        assert len(seen) == 1


def test_text_of_the_upstream_never_controls_the_terminal(finews, capsys):
    silence(finews, "\x1b[31m红", failures=9, error="HTTP 403; \x1b]0;x\x07 [bold]no[/bold] \n2")
    print_status(overview(finews))
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07"} & set(shown)
    assert "[bold]" in shown


def test_a_run_that_was_killed_before_its_checks_changes_nothing_of_what_is_known(finews):
    with listening() as (url, seen):
        finews.settings["FINEWS_NOTIFY"] = f"json://{url}"
        silence(finews)
        ended(finews)
        killed = {"id": "20260303T120001-000000", "spider": "feed", "started_at": "2026-03-03T12:00:01+08:00"}
        finews.ask(lambda store: store.save_run(killed))
        ended(finews, 2)
        assert len(seen) == 1


def test_a_store_that_fails_after_the_crawl_is_reported(finews, tmp_path, capsys):
    (tmp_path / "news.db").write_text("no database at all")
    stats = {"finews/run": "20260303T120000-abcdef", "start_time": datetime.now(UTC), "finish_reason": "finished"}
    assert finish_run(finews.config(), stats, 0)["exit_code"] == 1
    error_output = capsys.readouterr().err
    assert error_output.startswith(f"finews: store_failed: the SQLite store {tmp_path / 'news.db'} failed: ")
    assert len(error_output.splitlines()) == 1
