"""A journal doesn't grow for ever, and a reader that isn't far behind still learns exactly what changed."""

import pytest

from finews_spider.mirror import journal
from finews_spider.mirror.journal import Position


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(journal, "LONGEST", 40_000)
    monkeypatch.setattr(journal, "KEPT", 20_000)


def note(root, first: int, last: int) -> None:
    for number in range(first, last):
        journal.note(root, [f"_posts/文{number:05}.md"])
        journal.shorten(root)


def names(first: int, last: int) -> set[str]:
    return {f"_posts/文{number:05}.md" for number in range(first, last)}


def test_a_long_journal_is_shortened_and_readers_go_on(tmp_path):
    position, seen = Position(), 0
    for end in range(300, 9_000, 300):
        note(tmp_path, seen, end)
        changes = journal.read(tmp_path, Position.read(str(position)))
        assert changes.paths == (names(seen, end) if seen else None)
        position, seen = changes.position, end
        assert (tmp_path / journal.NAME).stat().st_size <= 40_100
    assert [path.name for path in tmp_path.iterdir()] == [journal.NAME]


def test_a_reader_that_is_far_behind_learns_that_all_may_have_changed(tmp_path):
    note(tmp_path, 0, 10)
    position = journal.read(tmp_path, Position()).position
    note(tmp_path, 10, 5_000)
    changes = journal.read(tmp_path, position)
    assert changes.paths is None
    note(tmp_path, 5_000, 5_003)
    assert journal.read(tmp_path, changes.position).paths == names(5_000, 5_003)


def test_killed_while_it_is_shortened_a_journal_is_whole(tmp_path, monkeypatch):
    note(tmp_path, 0, 10)
    position = journal.read(tmp_path, Position()).position
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        note(tmp_path, 10, 5_000)
    monkeypatch.undo()
    monkeypatch.setattr(journal, "LONGEST", 30_000)
    monkeypatch.setattr(journal, "KEPT", 20_000)
    assert names(10, 500) <= (journal.read(tmp_path, position).paths or set())
    journal.note(tmp_path, ["a"])
    before = journal.read(tmp_path, Position()).position
    journal.shorten(tmp_path)
    journal.note(tmp_path, ["b"])
    assert journal.read(tmp_path, before).paths == {"b"}
    assert [path.name for path in tmp_path.iterdir()] == [journal.NAME]
