"""The local services are the real ones, closed to strangers, and leave nothing running."""

from __future__ import annotations

import time
import uuid

import httpx
import psycopg2
import pytest
from botocore.exceptions import ClientError
from elasticsearch import Elasticsearch

from infra.local.support.place import Place
from tests.services import S3, BlueskyNetwork, Buckets, WordPressSite


def test_s3_refuses_a_second_conditional_put_and_strangers(s3: S3, buckets: Buckets, place: Place) -> None:
    client = s3.client()
    client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=buckets.archive, Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=buckets.archive, Key="a", Body=b"2", IfNoneMatch="*")
    assert httpx.get(f"{s3.endpoint}/{buckets.archive}/a", timeout=60).status_code == 403
    assert httpx.delete(f"{place.url('s3_filer')}/buckets/{buckets.archive}/a", timeout=60).status_code == 401


def test_elasticsearch_stems_english_and_spanish_and_folds_accents(elasticsearch: str) -> None:
    filters = {
        language: {"type": "stemmer", "language": language}
        for language in ("english", "possessive_english", "light_spanish")
    }
    with Elasticsearch(elasticsearch) as client:
        client.indices.create(index="stemmers", settings={"analysis": {"filter": filters}})

        def tokens(language: str, text: str) -> list[str]:
            answer = client.indices.analyze(
                index="stemmers",
                tokenizer="standard",
                filter=["lowercase", language, "asciifolding"],
                text=text,
            )
            return [token["token"] for token in answer["tokens"]]

        assert tokens("english", "School Closures") == ["school", "closur"]
        assert tokens("possessive_english", "the board's board\u2019s boards'") == [
            "the",
            "board",
            "board",
            "boards",
        ]
        assert len(set(tokens("light_spanish", "reunion reunión reuniones"))) == 1


def test_a_web_page_of_another_site_can_neither_change_nor_read_the_index(elasticsearch: str) -> None:
    """A browser names the page's site in each request that may change something, and in each whose answer the
    page may read.
    """
    with Elasticsearch(elasticsearch) as client:
        name = f"test-{uuid.uuid4().hex}"
        client.indices.create(index=name)
    page = {"Origin": "https://evil.example"}
    with httpx.Client(base_url=elasticsearch, trust_env=False) as browser:
        assert browser.post(f"/{name}/_close", headers=page).status_code == 403
        assert browser.get(f"/{name}/_search", headers=page).status_code == 403
        asked = {**page, "Access-Control-Request-Method": "DELETE"}
        preflight = browser.options(f"/{name}", headers=asked)
        assert "access-control-allow-origin" not in preflight.headers
        rebound = {"Origin": "http://evil.example", "Host": "evil.example"}
        assert browser.get(f"/{name}/_search", headers=rebound).status_code == 200, (
            "docs/explanation/threat-model.md says that this is open"
        )
        assert browser.delete(f"/{name}").status_code == 200


def test_wordpress_takes_its_application_password(wordpress: WordPressSite) -> None:
    sign_in = (wordpress.user, wordpress.password)
    post = {"title": "Hello", "content": "To the district", "status": "publish"}
    assert httpx.post(f"{wordpress.api}/posts", json=post, auth=sign_in, timeout=60).status_code == 201
    assert (
        httpx.get(f"{wordpress.api}/posts?search=district", timeout=60).json()[0]["title"]["rendered"]
        == "Hello"
    )
    assert httpx.post(f"{wordpress.api}/posts", json=post, timeout=60).status_code == 401


def test_a_post_reaches_blueskys_appview(bluesky: BlueskyNetwork) -> None:
    alice = bluesky.users["alice.test"]
    with httpx.Client(base_url=f"{bluesky.pds}/xrpc/", timeout=60, trust_env=False) as pds:
        session = pds.post(
            "com.atproto.server.createSession", json={"identifier": alice.handle, "password": alice.password}
        ).json()
        record = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-11-24T08:00:00.000Z"}
        told = {"repo": alice.did, "collection": "app.bsky.feed.post", "record": record}
        signed_in = {"Authorization": f"Bearer {session['accessJwt']}"}
        created = pds.post("com.atproto.repo.createRecord", json=told, headers=signed_in).json()
    deadline = time.monotonic() + 120
    with httpx.Client(base_url=f"{bluesky.appview}/xrpc/", timeout=60, trust_env=False) as appview:
        while not (
            posts := appview.get("app.bsky.feed.getPosts", params={"uris": created["uri"]}).json()["posts"]
        ):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert posts[0]["cid"] == created["cid"]


def test_postgresql_takes_a_database(postgresql: str) -> None:
    connection = psycopg2.connect(postgresql)
    with connection.cursor() as cursor:
        cursor.execute("show listen_addresses")
        assert cursor.fetchone() == ("127.0.0.1",)
    connection.close()
