"""SQLite answers every query of a crawl, an export and a status by an index, however much is stored."""

import re

from tests.stores.exercise import exercise

GROWING = re.compile(r"SCAN (articles|a|listings|l|revisions|runs|images|takedowns)\b(?! USING (COVERING )?INDEX)")


async def test_no_query_reads_a_whole_table(store):
    statements: dict[str, None] = {}
    await store._do(store._db.set_trace_callback, statements.setdefault)
    await exercise(store)
    await store._do(store._db.set_trace_callback, None)
    plans = {}
    for statement in statements:
        if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
            rows = await store.rows(f"EXPLAIN QUERY PLAN {statement}")
            plans[statement] = "; ".join(row["detail"] for row in rows)
    assert len(plans) > 20
    assert {statement: plan for statement, plan in plans.items() if GROWING.search(plan)} == {}
