"""The ID of an entry is its guid or follows from its content, and is the same at each capture."""

from __future__ import annotations

import pytest

from recordroom.platforms import feed
from recordroom.platforms.contract import Window
from tests.platforms.feed.feeds import RSS, fetched, item, parsed
from tests.platforms.scripted import Answer, Scripted


def test_an_entry_keeps_its_id_when_it_moves_down() -> None:
    above = parsed(RSS)
    below = parsed(RSS.replace(b"<item>", b"<item><title>New</title><guid>new</guid></item><item>", 1))
    assert {r.record_id for r in above} < {r.record_id for r in below}


ALERT = (
    "<title>Alert</title><link>https://d.example/alerts</link><pubDate>Mon, 02 Feb 2026 10:00:00"
    " GMT</pubDate>"
)


def alerts(*words: str, guid: str = "") -> bytes:
    told = "</item><item>".join(f"{ALERT}{guid}<description>{one}</description>" for one in words)
    return item(told)


@pytest.mark.parametrize("guid", ["", "<guid>alerts</guid>"])
def test_entries_of_one_link_date_and_title_are_each_one_of_their_own(guid: str) -> None:
    first, second = (
        r for r in parsed(alerts("Road 1 is closed", "Road 2 is closed", guid=guid)) if r.kind == "post"
    )
    assert (first.text, second.text) == ("Road 1 is closed", "Road 2 is closed")
    assert first.record_id != second.record_id
    alone = parsed(alerts("Road 2 is closed"))[1]
    assert alone.record_id == parsed(alerts("Road 1 is closed"))[1].record_id == first.record_id, (
        "as the archive has them already"
    )
    same = parsed(alerts("Road 1 is closed", "Road 1 is closed", guid=guid))
    assert len({r.record_id for r in same if r.kind == "post"}) == 1


def test_such_an_entry_keeps_its_name_when_others_come_above_it_and_leave() -> None:
    held, texts = set[str](), dict[str, set[str]]()
    for shown in (["1"], ["2", "1"], ["3", "2", "1"], ["3", "2"], ["2"]):
        [exchange] = fetched(
            Scripted([Answer(alerts(*shown))]),
            Window("recent", has_archived_records=True, is_archived=held.__contains__),
        )
        found = [r for r in feed.parse(exchange) if r.kind == "post" and r.text]
        for record in found:
            texts.setdefault(record.record_id, set()).add(record.text or "")
        held |= {r.record_id for r in found}
    assert sorted(map(sorted, texts.values())) == [["1"], ["2"], ["3"]]
