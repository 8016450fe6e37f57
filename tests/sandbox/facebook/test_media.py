"""Albums, photos, and videos: their lists, their captions, and addresses that change and expire."""

from typing import Any

from infra.sandbox.faces import native_id
from infra.sandbox.faces.facebook.access import PUBLIC_CONTENT
from infra.sandbox.model import Video
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, PAGE, PTA, Client


def test_albums_and_their_photos(network: Network, client: Client) -> None:
    album = network.album(PAGE, "Winter", about="Snow", place="Route 9")
    photos = [
        network.photo("facebook", f"Plow {number}", caption=f"No. {number}", width=900, height=600)
        for number in range(3)
    ]
    network.publish(PAGE, "Plows", photos=photos, album=album.key)
    network.publish(PAGE, "One", photos=[network.photo("facebook", "")])
    told = client(
        "me/albums", fields="name,type,count,description,location,cover_photo,photos{alt_text_custom}"
    )["data"]
    assert [(one["name"], one["type"], one["count"]) for one in told] == [
        ("Winter", "normal", 3),
        ("Timeline photos", "wall", 1),
    ]
    shown = client(
        f"{told[0]['id']}/photos", fields="name,alt_text,alt_text_custom,images,album,page_story_id,width"
    )["data"]
    assert [(one["name"], one["alt_text_custom"]) for one in shown] == [
        (f"No. {number}", f"Plow {number}") for number in (2, 1, 0)
    ]
    assert [one["width"] for one in shown[0]["images"]] == [900, 130]
    assert shown[0]["album"]["name"] == "Winter"
    single = client(f"{told[1]['id']}/photos", fields="name,alt_text,alt_text_custom")["data"][0]
    assert (single["name"], single["alt_text"]) == ("One", "May be an image of outdoors")
    assert "alt_text_custom" not in single
    assert client(shown[0]["page_story_id"])["message"] == "Plows"


def test_media_addresses_change_and_expire(network: Network, client: Client) -> None:
    photo = network.photo("facebook", "A bus", width=900, height=600, kind="png")
    own = native_id(network, network.publish(PAGE, "x", photos=[photo]))
    first, second = (client(own, fields="full_picture")["full_picture"] for _ in range(2))
    assert first != second
    assert client.http.get(first).headers["content-type"] == "image/png"
    assert client.http.get(first).content == client.http.get(second).content
    forged = client.http.get(first.replace("p720x720", "p999x999"))
    assert (forged.status_code, forged.text) == (403, "URL signature mismatch")
    network.wait(days=5)
    late = client.http.get(first)
    assert (late.status_code, late.text) == (403, "URL signature expired")
    network.remove(next(iter(network.posts.values())))
    network.wait(days=-5)
    assert client.http.get(first).status_code == 404


def test_videos_their_captions_and_their_bytes(network: Network, client: Client, signed: Any) -> None:
    post = network.publish(PAGE, "See", title="Road", video=Video(3, 64, 48))
    network.caption(post, "en", "Snow.\nMore snow.")
    network.comment(ANA, post, "Brr")
    shown = client(
        "me/videos",
        fields="title,description,length,source,picture,permalink_url,captions{locale,uri},comments,from",
    )["data"][0]
    assert (shown["title"], shown["description"], shown["length"]) == ("Road", "See", 3.0)
    assert shown["comments"]["data"][0]["message"] == "Brr"
    assert shown["permalink_url"] == f"/district/videos/{shown['id']}/"  # without a host, as the real ones
    assert client.http.get(shown["source"]).content[4:12] == b"ftypisom"
    assert client.http.get(shown["picture"]).headers["content-type"] == "image/jpeg"
    assert shown["captions"]["data"][0]["locale"] == "en_US"
    assert (
        "00:00:00,000 --> 00:00:01,500\nSnow.\n" in client.http.get(shown["captions"]["data"][0]["uri"]).text
    )
    assert "source" not in signed(PTA, "page", PUBLIC_CONTENT)(shown["id"], fields="source")
