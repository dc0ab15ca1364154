"""What the stores hold of runs: how earlier forecasts did, and what is taken back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from calloff.ledger.scorecard import Scorecard
from calloff.store.folder import is_store
from calloff.texts.errors import CalloffError
from calloff.web.errors import Refusal, told
from calloff.web.kept import Kept, forget_files, withdraw_lines
from calloff.web.run_store import Run, RunStore, Scope
from calloff.web.schemas import ForgottenAnswer
from calloff.web.scored import card_values, entries, scorecards

DAMAGED = (ValueError, KeyError, TypeError)  # what reading a damaged run raises


@dataclass(frozen=True)
class Ledgers:
    """The ledgers of the stores in which runs are kept."""

    store: RunStore

    def card(self, run: Run, lang: str) -> dict[str, Any]:
        """The scorecard of a kept run, without what was withdrawn since; why it cannot be read."""
        try:
            return card_values(self._cards(run))
        except CalloffError as error:
            return {"card": None, "uncounted": {}, "card_problems": told(error.problems, lang)}

    def entries(self, run: Run, scope: Scope) -> list[dict[str, Any]]:
        """The same forecast by forecast; none where it cannot be read, which the card tells."""
        with suppress(CalloffError):
            return entries(self._cards(run), self._pages(scope))
        return []

    def withdraw(self, run: Run) -> None:
        """Take the forecasts of a run back, that no other run has as well. Raises CalloffError
        where the ledger cannot be written."""
        kept, plans = self._kept(run), self.store.plans(run)
        if kept is None or plans is None or not is_store(plans):
            return
        others = [self._kept(other) for other in self.store.runs()
                  if other.id != run.id and other.kept_in == run.kept_in]  # fmt: skip
        withdraw_lines(plans, run.id, kept, [each for each in others if each])

    def forget(self, run: Run) -> ForgottenAnswer:
        """Remove the plans of a run's files from the store, for good. Raises Refusal where there
        are none."""
        plans = self.store.plans(run)
        if plans is None or not is_store(plans) or run.state in ("queued", "running"):
            raise Refusal("web.not_kept")
        found = forget_files(plans, self.store.folder(run.id) / "input")
        if not found:
            raise Refusal("web.not_kept")
        customers = sorted({name for each in found for name in each.customers})
        return ForgottenAnswer(quantities=sum(each.quantities for each in found),
                               customers=customers)  # fmt: skip

    def _cards(self, run: Run) -> list[Scorecard]:
        """The scorecards of the customers of a run, as of its day; none for one not kept."""
        kept, plans = self.store.kept(run.id), self.store.plans(run)
        return scorecards(plans, kept.lines, kept.cutoff) if kept and plans else []

    def _pages(self, scope: Scope) -> dict[str, str]:
        """Id in the ledger -> the newest run of it that the caller may see."""
        found = [(run.id, self._kept(run)) for run in self.store.runs(scope)[::-1]]
        return {line: run for run, kept in found if kept for line in kept.lines.values()}

    def _kept(self, run: Run) -> Kept | None:
        """What a run has in its store; nothing where that is damaged."""
        with suppress(*DAMAGED):
            return self.store.kept(run.id)
        return None
