"""The small accounts of a platform with which most of its tests begin."""

from __future__ import annotations

import pytest

from tests.platforms.gallery import Gallery, new_gallery
from tests.platforms.loom import Loom, new_loom
from tests.platforms.organization import Page, conversation
from tests.platforms.studio import Studio, new_studio
from tests.platforms.x_net import Net


@pytest.fixture
def gallery() -> Gallery:
    return new_gallery()


@pytest.fixture
def studio() -> Studio:
    return new_studio()


@pytest.fixture
def loom() -> Loom:
    return new_loom()


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def page() -> Page:
    return conversation()
