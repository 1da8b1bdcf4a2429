"""Rasa with its own warnings left to Rasa; ours still fail a test."""

from __future__ import annotations

import warnings

from ops.places import ROOT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import rasa.core.agent
    import rasa.core.run
    import rasa.engine.recipes.default_components  # noqa: F401
    from rasa.shared.core.domain import Domain

    DOMAIN = Domain.load(str(ROOT / "domain.yml"))
