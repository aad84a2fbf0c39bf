"""docs/schema.md describes the tables, columns and indexes that a new store has, and no others."""

import re
import sqlite3
from contextlib import closing

from finews_spider.stores.sqlite import schema
from tests.running import ROOT

PAGE = (ROOT / "docs/schema.md").read_text(encoding="utf-8")


def test_every_table_and_column_is_documented_in_its_order():
    sections = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    documented = {
        name: re.findall(r"^\| `(\w+)` \| (TEXT|INTEGER) \|", text, re.MULTILINE)
        for name, text in zip(sections[::2], sections[1::2], strict=True)
        if name != "Indexes"
    }
    with closing(sqlite3.connect(":memory:")) as db:
        schema.make_schema(db, schema.SCHEMA_VERSION)
        stored = {
            table: db.execute("SELECT name, type FROM pragma_table_info(?)", [table]).fetchall()
            for table in schema.tables_of(db)
        }
    assert documented == stored


def test_every_index_is_documented_with_its_condition():
    documented = dict(re.findall(r"^\| `(articles_\w+)` \| .+? \| ?(?:`(.+?)`)? \|$", PAGE, re.MULTILINE))
    with closing(sqlite3.connect(":memory:")) as db:
        schema.make_schema(db, schema.SCHEMA_VERSION)
        made = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    assert documented == {name: " ".join(sql.partition(" WHERE ")[2].split()) for name, sql in made}


def test_the_documented_version_is_the_newest():
    assert f"which is {schema.SCHEMA_VERSION} now" in PAGE
