"""Who is well: breakers of models and providers, what is off until the settings change, how busy, how quick."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from random import Random
from statistics import median

from tierlsp.clock import Clock
from tierlsp.routing.breaker import Breaker, Permit
from tierlsp.routing.failures import Harm
from tierlsp.routing.pick import ModelState

LATENCIES = 20
"""So many of a model's last times to the first token are kept for its median."""

OFF_S = 1e9
"""What stands for "not before the settings change" where seconds are wanted."""

Tell = Callable[[str, str], None]
"""Takes the provider's or model's name and a sentence for the person; called once until the settings change."""


def provider_of(model: str) -> str:
    """Return the part of `backend/model` before the first slash."""
    return model.partition("/")[0]


class Admission:
    """Leave to ask one model once. Exactly one of its methods is to be called at the end; later calls do nothing."""

    def __init__(self, health: Health, model: str, permits: tuple[Permit, Permit]) -> None:
        self._health = health
        self._model = model
        self._of_model, self._of_provider = permits
        self._is_over = False
        health._in_flight[model] += 1

    @property
    def holds(self) -> bool:
        """Whether the model may still be asked, after a wait for a place."""
        is_off = self._health.why_off(self._model) is not None
        return self._of_model.holds and self._of_provider.holds and not is_off

    def answering(self) -> None:
        """Its first token has come."""
        self._of_model = self._of_model.renewed()
        self._of_provider = self._of_provider.renewed()

    def succeeded(self, first_token_ms: float | None) -> None:
        """It was answered, its first token after `first_token_ms`; `None` if it came whole."""
        if self._end():
            self._of_model.succeed()
            self._of_provider.succeed()
            if first_token_ms is not None:
                self._health._latencies.setdefault(self._model, deque(maxlen=LATENCIES)).append(first_token_ms)

    def failed(self, harm: Harm, wait_ms: float, sentence: str) -> None:
        """It failed, which says `harm`.

        Args:
            harm: of the verdict.
            wait_ms: how long the server asked to be left alone, where the harm is that it is.
            sentence: what the person is told where something is switched off.
        """
        if not self._end():
            return
        opens = harm is Harm.LEAVE_MODEL
        if harm is Harm.NONE:
            # A provider that declines or finds the prompt too long is well.
            self._of_model.drop()
            self._of_provider.succeed()
        elif harm is Harm.LEAVE_PROVIDER:
            self._of_model.drop()
            self._of_provider.fail(opens=True, wait_ms=wait_ms)
        else:
            # A provider with one bad model is not down: its own breaker opens for what concerns all of its models.
            self._of_model.fail(opens=opens, wait_ms=wait_ms if opens else 0.0)
            self._of_provider.drop()
        if harm is Harm.MODEL_OFF:
            self._health._switch_off(self._model, sentence)
        elif harm is Harm.PROVIDER_OFF:
            self._health._switch_off(provider_of(self._model), sentence)

    def dropped(self) -> None:
        """Nothing was learnt: it was cancelled, or never sent."""
        if self._end():
            self._of_model.drop()
            self._of_provider.drop()

    def _end(self) -> bool:
        if self._is_over:
            return False
        self._is_over = True
        self._health._in_flight[self._model] -= 1
        return True


class Health:
    """Of all models that were ever asked."""

    def __init__(self, clock: Clock, chance: Random, tell: Tell = lambda name, sentence: None) -> None:
        self._clock = clock
        self._chance = chance
        self._tell = tell
        self._breakers: dict[str, Breaker] = {}
        """By `backend/model` and by `backend`."""
        self._off: dict[str, str] = {}
        """Likewise: what is not asked before the settings change, and why."""
        self._in_flight: Counter[str] = Counter()
        self._latencies: dict[str, deque[float]] = {}

    def admit(self, model: str, *, is_forced: bool = False) -> Admission | None:
        """Return leave to ask `model` once, or `None` while it is left alone.

        Args:
            model: `backend/model`.
            is_forced: ask before its time, since there is nobody else; what is switched off stays off.
        """
        if self.why_off(model) is not None:
            return None
        of_provider = self._breaker(provider_of(model)).admit(is_forced=is_forced)
        if of_provider is None:
            return None
        of_model = self._breaker(model).admit(is_forced=is_forced)
        if of_model is None:
            of_provider.drop()
            return None
        return Admission(self, model, (of_model, of_provider))

    def why_off(self, model: str) -> str | None:
        """Return why `model` is not asked before the settings change; `None` if it is."""
        return self._off.get(model) or self._off.get(provider_of(model))

    def is_asked_for(self, model: str) -> bool:
        """Whether the server itself asked for the time for which `model` is left alone."""
        return any(breaker.is_asked_for and breaker.opens_in_ms > 0 for breaker in self._breakers_of(model))

    def opens_in_ms(self, model: str) -> float:
        """Until `model` may be asked again; 0 if it may be now. Without meaning for one that is switched off."""
        return max(breaker.opens_in_ms for breaker in self._breakers_of(model))

    def state_of(self, model: str) -> ModelState:
        """Return what picking goes by."""
        latencies = self._latencies.get(model)
        opens_in_s = OFF_S if self.why_off(model) is not None else self.opens_in_ms(model) / 1000
        return ModelState(
            opens_in_s=opens_in_s,
            in_flight=self._in_flight[model],
            p50_ms=median(latencies) if latencies else None,
        )

    def settings_changed(self) -> None:
        """Give everybody another chance: a key, an address or a model may be another one now."""
        self._off.clear()
        self._breakers.clear()

    def _switch_off(self, name: str, sentence: str) -> None:
        if name not in self._off:
            self._off[name] = sentence
            self._tell(name, sentence)

    def _breakers_of(self, model: str) -> tuple[Breaker, Breaker]:
        return self._breaker(provider_of(model)), self._breaker(model)

    def _breaker(self, name: str) -> Breaker:
        breaker = self._breakers.get(name)
        if breaker is None:
            breaker = self._breakers[name] = Breaker(self._clock, self._chance)
        return breaker
