"""What is kept of a span, as the settings say."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

from limelight.core.dialects import keys
from limelight.pipeline.pipeline import Policy
from limelight.sdk.config import ConfigError

if TYPE_CHECKING:
    from limelight.core.masking import Masker
    from limelight.core.pricing import PriceList
    from limelight.sdk.config import Config


def policy(config: Config) -> Policy:
    return Policy(
        capture_content=config.capture_content,
        capture_rate=config.capture_rate,
        sample_rate=1.0 if isinstance(config.sample_rate, tuple) else config.sample_rate,
        masker=masker(config.mask),
        prices=None if config.prices is None else prices(config.prices),
        include_usage=config.include_usage == "inject",
        tags=config.tags,
        attributes={keys.AGENT_NAME: config.agent_name} if config.agent_name else {},
    )


def masker(mask: Any) -> Masker | None:
    """What the setting `mask` stands for, of a program or of one client."""
    if mask is None:
        return None
    from limelight.core.masking import Masker
    from limelight.nlp import expanded

    try:
        return Masker(expanded(mask))
    except (OSError, TypeError, ValueError) as error:
        raise ConfigError(str(error)) from error


def prices(own: Any) -> PriceList:
    from limelight.core.pricing import PriceError, load_prices

    try:
        return load_prices(pathlib.Path(own) if isinstance(own, str) else own)
    except (OSError, PriceError) as error:
        raise ConfigError(f"`prices` cannot be used: {error}") from error
