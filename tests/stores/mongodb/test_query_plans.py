"""MongoDB answers every query of a crawl, an export and a status by an index, however much is stored."""

from pymongo import monitoring

from finews_spider.stores import open_store
from finews_spider.stores.mongodb.schema import INDEXES
from tests.stores.exercise import exercise


class Commands(monitoring.CommandListener):
    """Records collection and filter of each command that is sent while ``listens`` is set."""

    def __init__(self):
        self.sent: list[tuple[str, dict]] = []
        self.listens = False
        monitoring.register(self)

    def started(self, event):
        if self.listens:
            self.sent += [(event.command[event.command_name], each) for each in filters_of(event)]

    def succeeded(self, event):
        pass

    failed = succeeded


def filters_of(event) -> list[dict]:
    """Return the filters by which a command finds its documents; none if it only inserts, or counts all."""
    command = event.command
    if event.command_name == "find":
        return [command["filter"]]
    if event.command_name == "aggregate":
        return [command["pipeline"][0].get("$match", {})]
    if event.command_name == "count" and not command.get("query"):
        return []
    return [each["q"] for each in command.get("updates", command.get("deletes", []))]


def has_index(condition: dict) -> bool:
    """Return whether MongoDB has an index for *condition*: it names an index's first field, or each alternative does."""
    if "$or" in condition and all(map(has_index, condition["$or"])):
        return True
    return bool(condition.keys() & {"_id", *(keys[0] for keys in INDEXES)})


async def test_no_query_reads_a_whole_collection(mongodb_url):
    commands = Commands()  # a client reports to the listeners that were registered before it was made
    async with open_store(mongodb_url) as store:
        store.is_ferretdb = False  # the server, of any kind, gets what MongoDB itself would get
        commands.listens = True
        await exercise(store)
        commands.listens = False
    growing = {"articles", "revisions", "texts", "takedowns", "runs"}
    assert {collection for collection, _ in commands.sent} >= growing - {"revisions"}
    assert [each for each in commands.sent if each[0] in growing and not has_index(each[1])] == []
