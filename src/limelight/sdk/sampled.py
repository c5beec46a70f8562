"""Who decides which traces are kept: the program's own `TracerProvider`, rules, or the trace's id alone."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.engine.span import Live
    from limelight.pipeline.pipeline import Output
    from limelight.pipeline.provider import IntoProvider
    from limelight.sdk.config import Config


def sampler(config: Config, into: IntoProvider | None) -> Callable[[Live], bool] | None:
    """None: a share of all traces."""
    if into is not None and into.samples:
        return into.sampled
    if not isinstance(config.sample_rate, tuple):
        return None
    from limelight.pipeline.sampling import Head

    return Head(config.sample_rate, config.tags).sampled


def hold(config: Config, into: IntoProvider | None) -> Callable[[Output], Output] | None:
    """What gives spans that were not sampled a second chance; where a provider samples, there is none."""
    if not config.keep or (into is not None and into.samples):
        return None
    from limelight.pipeline.sampling import Tail

    return functools.partial(Tail, config.reasons)
