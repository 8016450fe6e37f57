"""A person replaced a token whose end was warned of; the platform reports no end of the new one."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest

from recordroom.capture.credentials.tokens import token_warning
from tests.capture import airflow_database
from tests.capture.everywhere.scene import Scene
from tests.clock import standing

ANOTHER = "AnotherSecretOfTheStage"


def warned(scene: Scene) -> str:
    told = scene.archive.state(scene.name).sums.token
    return token_warning(scene.archive.account(scene.name), told, scene.network.now())


def endless(path: str, body: Any) -> Any:
    """Return the response for a system user's token, which has no end.

    https://developers.facebook.com/docs/graph-api/reference/debug_token/
    """
    return (
        {"data": body["data"] | {"expires_at": 0, "data_access_expires_at": 0}}
        if path.endswith("/debug_token")
        else body
    )


@pytest.mark.usefixtures("airflow")
@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_nobody_is_warned_of_the_end_of_a_token_that_was_replaced(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    """The warning ends once Facebook reports the new token.

    refused: Facebook does not report a token's end, for example because the connection names no app. Then the
    warning lasts until the end that was known.
    """
    scene.publish("Closed today")
    scene.network.tokens[0].expires = scene.network.now() + timedelta(days=9)
    with standing(scene.network.now):
        scene.sound()
        assert "in 9 days" in warned(scene)
        name = f"AIRFLOW_CONN_{scene.name.upper().replace('-', '_')}"
        monkeypatch.setenv(name, json.dumps(json.loads(os.environ[name]) | {"password": ANOTHER}))
        airflow_database.forget_secrets()
        scene.network.grant(scene.where, ANOTHER, scene.us, **scene.stage.token)
        scene.between.telling = endless
        for hours in (20, 20, 200):
            scene.network.wait(hours=hours)
            if refused:
                scene.network.fail(scene.where, 400, 9, path="/debug_token")
            assert scene.capture().failure is None
            assert bool(warned(scene)) == (refused and hours == 20)
