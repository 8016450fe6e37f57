"""What is asked for on X by its id or its address, and what is said of what is not there."""

from __future__ import annotations

import pytest

from recordroom.errors import UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import Known, Window, x
from tests.platforms.scripted import Answer
from tests.platforms.x_net import AMY, BEN, DISTRICT, PROBLEMS, Net, client_of, fetched, records


def known(native: str, kind: str) -> Known:
    return Known(f"x:{native}", native, kind, None if kind == "post" else "x:1", f"x:{native}" if kind == "post" else "x:1")


def test_deleted_protected_and_suspended_are_told_apart(net: Net) -> None:
    here, deleted, comment, hidden, barred = (net.add(day) for day in range(5))
    net.gone = {
        deleted: "resource-not-found",
        comment: "resource-not-found",
        hidden: "not-authorized-for-resource",
        barred: "disallowed-resource",
    }
    kinds = {here: "post", deleted: "post", comment: "comment", hidden: "comment", barred: "comment"}
    answers = list(x.lookup(DISTRICT, [known(n, k) for n, k in kinds.items()], client_of(net)))
    told = {a.record_id.removeprefix("x:"): (a.status, a.acted_by) for a in answers if isinstance(a, Absence)}
    assert told == {
        deleted: ("removed", None),
        comment: ("unavailable", None),
        hidden: ("unavailable", None),
        barred: ("unavailable", "platform"),
    }
    reasons = {a.reason.split(":")[0] for a in answers if isinstance(a, Absence)}
    assert len(reasons) == 4
    [answer] = [a for a in answers if isinstance(a, Exchange)]
    assert [r.native_id for r in x.parse(answer)] == [here]


def test_all_gone_is_an_answer_and_an_outage_is_none(net: Net) -> None:
    native = net.add(1)
    net.gone[native] = "resource-not-found"
    [absence] = x.lookup(DISTRICT, [known(native, "post")], client_of(net))
    assert isinstance(absence, Absence)
    net.answers["/2/tweets"] = Answer({"title": "Service Unavailable"}, 503)
    with pytest.raises(UnexpectedResponse):
        list(x.lookup(DISTRICT, [known(native, "post")], client_of(net)))


def test_of_what_x_fails_to_give_nothing_is_concluded(net: Net) -> None:
    here, deleted, lost = (net.add(day) for day in range(3))
    net.gone = {deleted: "resource-not-found", lost: "internal-error"}
    absence, answer = x.lookup(DISTRICT, [known(n, "post") for n in (here, deleted, lost)], client_of(net))
    assert isinstance(absence, Absence)
    assert absence.record_id == f"x:{deleted}"
    assert isinstance(answer, Exchange)
    assert ([r.native_id for r in x.parse(answer)], answer.context["untold"]) == ([here], [f"x:{lost}"])
    net.answers["/2/tweets"] = Answer(
        {"errors": [{"type": f"{PROBLEMS}/internal-error", "title": "Internal error", "detail": "It failed."}]}
    )
    [answer] = x.lookup(DISTRICT, [known(here, "post")], client_of(net))
    assert isinstance(answer, Exchange)
    assert (list(x.parse(answer)), answer.context["untold"]) == ([], [f"x:{here}"])


def test_a_post_is_never_read_back_to_its_first_version(net: Net) -> None:
    first = net.add(2, text="Closd")
    net.edit(first, "Closed", 5)
    answers = list(x.lookup(DISTRICT, [known(first, "post")], client_of(net)))
    read = [(r.text, r.historical) for a in answers if isinstance(a, Exchange) for r in x.parse(a)]
    assert ("Closed", False) in read
    assert ("Closd", False) not in read


def test_of_a_post_of_which_x_fails_to_give_the_newest_version_nothing_is_concluded(net: Net) -> None:
    first, deleted = net.add(2, text="Closd"), net.add(1)
    net.gone = {deleted: "resource-not-found", net.edit(first, "Closed", 5): "internal-error"}
    absence, *answers = x.lookup(DISTRICT, [known(n, "post") for n in (first, deleted)], client_of(net))
    assert isinstance(absence, Absence)
    assert absence.record_id == f"x:{deleted}"
    assert [r.historical for a in answers if isinstance(a, Exchange) for r in x.parse(a)] == [True]
    assert [a.context["untold"] for a in answers if isinstance(a, Exchange) and "untold" in a.context] == [[f"x:{first}"]]


def test_the_address_of_an_earlier_version_leads_to_what_stands_there_now(net: Net) -> None:
    first = net.add(2, text="Closd")
    newest = net.edit(first, "Closed", 5)
    for answered in (False, True):
        below = [net.add(1, AMY, first)] if answered else []
        for native in (first, newest):
            exchanges = fetched(net, Window("one", url=f"https://x.com/fircrest/status/{native}"))
            assert {n: r.text for n, r in records(exchanges).items() if n == first} == {first: "Closed"}
            assert records(exchanges).keys() == {first, *below}
            assert "Closd" in {r.text for e in exchanges for r in x.parse(e) if r.historical}


def test_a_hundred_by_one_request(net: Net) -> None:
    natives = [net.add(day / 100) for day in range(250)]
    client = client_of(net)
    answers = list(x.lookup(DISTRICT, [known(n, "post") for n in natives], client))
    assert (len(client.asked), len([r for a in answers if isinstance(a, Exchange) for r in x.parse(a)])) == (3, 250)


@pytest.mark.parametrize(
    "address", ["https://x.com/FircrestSchools/status/{}", "https://twitter.com/i/web/status/{}?s=20", "https://x.com/a/status/{}/photo/1"]
)
def test_one_conversation_by_its_address(net: Net, address: str) -> None:
    head = net.add(3)
    comment = net.add(2, AMY, head)
    reply = net.add(1, BEN, comment)
    net.add(1)
    for native in (head, comment, reply):
        found = records(fetched(net, Window("one", url=address.format(native))))
        assert set(found) == {head, comment, reply}


def test_what_is_no_conversation_of_ours(net: Net) -> None:
    other = net.add(1, AMY)
    for url, words in {
        f"https://x.com/amy/status/{other}": "in no conversation",
        "https://x.com/amy/status/1": "cannot be seen",
        "https://x.com/amy": "not the address",
        f"https://example.org/amy/status/{other}": "not the address",
    }.items():
        with pytest.raises(UsageError, match=words):
            fetched(net, Window("one", url=url))
