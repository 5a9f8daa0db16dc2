"""One way to split a corpus that comes without an official split."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
SHARE = 0.05  # of the groups, for valid and for test each; never less than one group


def split_by_group(
    items: Sequence[Item], group: Callable[[Item], Hashable], seed: int = 0
) -> tuple[list[Item], list[Item], list[Item]]:
    """(train, valid, test) of 90, 5 and 5 % of the groups, drawn at random.

    Items of one group never straddle two splits: that is how a test sentence would leak into the
    training data. The order of the items is kept. Raises ValueError for fewer than three groups.
    """
    keys = list(dict.fromkeys(map(group, items)))
    if len(keys) < 3:
        raise ValueError(f"three splits need at least 3 different items, not {len(keys)}")
    random.Random(seed).shuffle(keys)
    held_out = max(1, int(SHARE * len(keys)))
    split_of = {key: 1 + rank // held_out for rank, key in enumerate(keys[: 2 * held_out])}
    splits: tuple[list[Item], list[Item], list[Item]] = ([], [], [])
    for item in items:
        splits[split_of.get(group(item), 0)].append(item)
    return splits
