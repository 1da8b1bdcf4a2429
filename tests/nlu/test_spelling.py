"""Slips of the keyboard, and words that are none of our business."""

from __future__ import annotations

import pytest

from bot.nlu.spelling import Spelling

SHOP = Spelling(
    [
        "Where is my parcel?",
        "How much is delivery to Norway?",
        "Can I cancel my order?",
        "I want to return my shoes",
        "What payment methods are there? You can pay with PayPal",
    ]
)
ENGLISH = {"where", "when", "submarine", "harbour", "pool", "retain"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("how do i cancle my ordr", "how do i cancel my order"),
        ("wher is my parcl??", "where is my parcel??"),
        ("how mcuh is deliverey", "how much is delivery"),
        ("can i retrun it", "can i return it"),
        ("paypall?", "paypal?"),
        ("do you sell a submarine", "do you sell a submarine"),
        ("the pool", "the pool"),
        ("order 4711", "order 4711"),
        ("xyzzyplugh", "xyzzyplugh"),
        ("", ""),
    ],
)
def test_what_was_meant(written: str, meant: str) -> None:
    assert SHOP.corrected(written, ENGLISH.__contains__) == meant
