"""Files: their addresses, which expire, and the organization's logo."""

import httpx

from infra.sandbox.model import Video
from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import DISTRICT, enc, get, post_of, urn_of


def test_files_and_their_addresses_that_die(network: Network, client: httpx.Client) -> None:
    film = network.publish(DISTRICT, "x", video=Video(2, 160, 96))
    network.caption(film, "en", "Hello")
    paper = network.publish(DISTRICT, "x", paper=network.paper("linkedin", "Budget (draft)", 2))
    photo = network.publish(DISTRICT, "x", photos=[network.photo("linkedin", "x", kind="png")])
    kinds, told, urn = {}, {}, ""
    for post in (film, paper, photo):
        urn = post_of(client, network, post)["content"]["media"]["id"]
        told = get(client, f"/rest/{urn.split(':')[2]}s/{enc(urn)}")
        assert (told["id"], told["owner"]) == (urn, urn_of(client))
        assert told["downloadUrlExpiresAt"] > network.now().timestamp() * 1000
        for name in ("downloadUrl", "captions", "thumbnail"):
            if name in told:
                kinds[name, urn.split(":")[2]] = (
                    client.get(told[name]).headers["content-type"].partition(";")[0]
                )
        assert client.get(told["downloadUrl"].replace("&t=", "&t=0")).status_code == 403
    assert kinds == {
        ("downloadUrl", "video"): "video/mp4",
        ("captions", "video"): "text/vtt",
        ("thumbnail", "video"): "image/jpeg",
        ("downloadUrl", "document"): "application/pdf",
        ("downloadUrl", "image"): "image/png",
    }
    network.wait(days=7)
    assert client.get(told["downloadUrl"]).status_code == 403
    network.remove(photo)
    assert client.get(f"/rest/images/{enc(urn)}").status_code == 404


def test_a_logo_is_found_as_an_image(client: httpx.Client) -> None:
    told = get(client, f"/rest/organizations/{urn_of(client).rpartition(':')[2]}")["logoV2"]["original"]
    image = get(client, f"/rest/images/{enc(told.replace('digitalmediaAsset', 'image'))}")
    assert client.get(image["downloadUrl"]).headers["content-type"] == "image/jpeg"
