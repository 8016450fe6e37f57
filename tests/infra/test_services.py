"""The local services are the real ones, closed to strangers, and leave nothing running."""

from __future__ import annotations

import httpx
import pytest
from botocore.exceptions import ClientError
from elasticsearch import Elasticsearch

from infra.local.place import Place
from tests.services import S3, Buckets


def test_s3_refuses_a_second_conditional_put_and_strangers(s3: S3, buckets: Buckets, place: Place) -> None:
    client = s3.client()
    client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=buckets.archive, Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=buckets.archive, Key="a", Body=b"2", IfNoneMatch="*")
    assert httpx.get(f"{s3.endpoint}/{buckets.archive}/a").status_code == 403
    assert httpx.delete(f"{place.url('s3_filer')}/buckets/{buckets.archive}/a").status_code == 401


def test_elasticsearch_stems_english_and_spanish_and_folds_accents(elasticsearch: str) -> None:
    filters = {language: {"type": "stemmer", "language": language} for language in ("english", "light_spanish")}
    with Elasticsearch(elasticsearch) as client:
        client.indices.create(index="stemmers", settings={"analysis": {"filter": filters}})

        def tokens(language: str, text: str) -> list[str]:
            answer = client.indices.analyze(
                index="stemmers", tokenizer="standard", filter=["lowercase", language, "asciifolding"], text=text
            )
            return [token["token"] for token in answer["tokens"]]

        assert tokens("english", "School Closures") == ["school", "closur"]
        assert len(set(tokens("light_spanish", "reunion reunión reuniones"))) == 1
