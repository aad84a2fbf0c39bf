"""Spidermon's part: it runs the judgements as monitors and tells the notifiers. Needs the extra ``monitors``."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from spidermon import Monitor, MonitorSuite
from spidermon.core.actions import Action
from spidermon.runners import MonitorRunner

from finews_spider.logs import printable, redact
from finews_spider.monitoring.checks import JUDGEMENTS, Alarm, Facts

logger = logging.getLogger(__name__)


def _monitor(judgement: Callable[[Facts], Iterator[Alarm]]) -> type[Monitor]:
    """Return the monitor of one judgement, by its name."""

    def test(self: Monitor) -> None:
        # They may quote the upstream, and go to terminals and mails.
        alarms = [alarm._replace(text=printable(redact(alarm.text))) for alarm in judgement(self.data.facts)]
        self.data.alarms.extend(alarms)
        if alarms:
            self.fail("\n".join(alarm.text for alarm in alarms))

    test.__doc__ = judgement.__doc__
    return type(judgement.__name__, (Monitor,), {"__doc__": judgement.__doc__, "test_it": test})


MONITORS = [_monitor(judgement) for judgement in JUDGEMENTS]


def judge(facts: Facts, actions: Sequence[Action], **data: Any) -> tuple[list[Alarm], list[str]]:
    """Judge a run, then let the *actions* tell of it.

    :param data: what the actions ask for, besides ``alarms``.
    :return: the alarms, and the names of the actions that had nothing to tell or told it.
    """
    alarms: list[Alarm] = []
    suite = MonitorSuite(name="finews", monitors=MONITORS, monitors_finished_actions=actions)
    result = MonitorRunner().run(suite, facts=facts, alarms=alarms, **data)
    for each in result.monitors_failed_results:
        if not each.reason:  # not an alarm but a mistake of ours: said, and the run goes on
            logger.error("the monitor %s failed: %s", each.monitor.name, each.error)
    told = []
    for each in result.monitors_finished_action_results:
        if each.error:
            logger.warning("%s couldn't tell: %s", each.action.name, each.error.strip().splitlines()[-1])
        else:
            told.append(each.action.name)
    return alarms, told
