"""The copies of images in the mirror folder."""

import os

import pytest

from finews_spider.mirror import journal
from finews_spider.mirror.images import ImageFolder, extension_of
from tests.images import GREY, HTML, SVG, jpeg


def test_a_file_appears_whole_or_not_at_all_and_is_written_once(tmp_path, monkeypatch):
    folder = ImageFolder(tmp_path)
    monkeypatch.setattr("os.replace", lambda *_, **__: 1 / 0)  # the run is killed before it is done
    with pytest.raises(ZeroDivisionError):
        folder.write(GREY)
    (left,) = copies(tmp_path)
    assert "/." in str(left), "Jekyll leaves out what begins with a dot"
    another = left.with_suffix(f".{os.getppid()}")
    another.touch()
    monkeypatch.undo()
    folder = ImageFolder(tmp_path)
    assert copies(tmp_path) == [another], "that of a process that runs stays"
    file = tmp_path / folder.write(GREY)
    assert file.read_bytes() == GREY
    written = file.stat()
    folder.write(GREY)
    assert file.stat() == written


def copies(root):
    return [path for path in root.rglob("*") if path.is_file() and path.name != journal.NAME]


def test_the_journal_has_the_copy_before_and_after_it_is_there(tmp_path, monkeypatch):
    folder, replace, before = ImageFolder(tmp_path), os.replace, []
    monkeypatch.setattr("os.replace", lambda *a, **k: (before.append(journal.read(tmp_path, start)), replace(*a, **k)))
    journal.ensure(tmp_path)
    start = journal.read(tmp_path, journal.Position()).position
    path = folder.write(GREY)
    assert before[0].paths == {path}
    assert journal.read(tmp_path, before[0].position).paths == {path}, "a publication came between"
    folder.write(GREY)
    assert len(before) == 1


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (GREY, "png"),
        (jpeg("1"), "jpg"),
        (b"GIF87a\x01\x00", "gif"),
        (b"GIF89a\x01\x00", "gif"),
        (b"RIFF\x0a\n\x00\x00WEBPVP8 ", "webp"),
        (b"\x00\x00\x00\x1cftypavif\x00", "avif"),
        (b"\x00\x00\x00\x1cftypavis\x00", "avif"),
        (b"\x00\x00\x00\x1cftypisom\x00", ""),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", ""),
        (b" " + GREY, ""),
        (GREY[:7], ""),
        (b"GIF90a", ""),
        (b"BM\x00\x00", ""),
        (b"%PDF-1.7", ""),
        (SVG, ""),
        (b'<?xml version="1.0"?>' + SVG, ""),
        (HTML, ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_type(content, extension):
    assert extension_of(content) == extension
