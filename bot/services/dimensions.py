"""Dimensions: a person chooses which class, location, department or tracking postings carry.

A default holds for an account, a category, a wallet or everywhere; the most specific one wins
(``ledger.dimensions``). It refuses values that the ERP would not take, and chooses none itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.services import audit
from bot.services.dimension_changes import DimensionChange, DimensionForm, checked
from bot.services.dimension_names import DimensionNames
from bot.services.dimension_rows import DimensionState, dimension_states, row_id
from bot.services.errors import Refusal
from bot.services.journal_settings import require_books
from bot.services.mapping_rows import Unmapped, unmapped_of
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Storage, UnitOfWork
from ledger.books import Dimension, DimensionValue
from ledger.dimensions import EVERYWHERE
from ledger.organisation import Company, Organisation, Provider

_MOST_OFFERED = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionsState:
    """All dimensions of the active company."""

    organisation: Organisation
    company: Company
    dimensions: tuple[DimensionState, ...]

    @property
    def takes_segments(self) -> bool:
        """Say whether people name further ones: NetSuite's API does not list its segments."""
        return self.company.provider is Provider.NETSUITE

    @property
    def takes_values(self) -> bool:
        """Say whether people name the values: there is no ERP to import them from."""
        return self.company.provider is Provider.JOURNAL_FILE

    @property
    def unseen_segments(self) -> tuple[str, ...]:
        """Names of segments that the last import did not see: hidden from the role, or new."""
        seen = {state.dimension.key for state in self.dimensions}
        return tuple(name for key, name in self.company.segments if key not in seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenValue:
    """A value that was chosen for everything that lacked it, and what remains."""

    dimension: Dimension
    value: DimensionValue
    freed: int
    """Transactions that no longer lack it."""
    remaining: Unmapped


class Dimensions:
    """The dimensions of an organisation's active company."""

    def __init__(self, *, storage: Storage, clock: Clock, pipeline: Pipeline) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._pipeline = pipeline
        self.names = DimensionNames(storage=storage, clock=clock)

    async def state(self, organisation: Organisation) -> DimensionsState:
        """Return every dimension with its defaults, suggestions and what lacks it.

        Raises:
            Refusal: when no company is connected, or its chart was never imported.
        """
        async with self._storage.unit(read_only=True) as unit:
            company, _ = await require_books(unit, organisation)
            states = await self._states(unit, organisation, company)
        return DimensionsState(organisation=organisation, company=company, dimensions=states)

    async def one(self, organisation: Organisation, key: str) -> DimensionState:
        """Return one dimension.

        Raises:
            Refusal: the company has no such one.
        """
        return _one((await self.state(organisation)).dimensions, key)

    async def search(self, organisation: Organisation, key: str, text: str) -> list[DimensionValue]:
        """Return active values whose name contains the text, for a type-ahead.

        Raises:
            Refusal: when no company is connected.
        """
        async with self._storage.unit(read_only=True) as unit:
            _, books = await require_books(unit, organisation)
        dimension, typed = books.dimension(key), text.strip().casefold()
        values = dimension.values if dimension else ()
        return [v for v in values if v.is_active and typed in v.name.casefold()][:_MOST_OFFERED]

    async def save(self, organisation: Organisation, form: DimensionForm, *, actor: str) -> None:
        """Save one dimension's defaults and whether it is required, all or nothing.

        Raises:
            FieldRefusal: row id → why the value cannot be chosen.
            Refusal: the company has no such dimension.
        """
        async with self._storage.unit() as unit:
            company, books = await require_books(unit, organisation)
            state = _one(await self._states(unit, organisation, company), form.key)
            await self._store(unit, organisation, company, checked(form, state, books), actor)
            await unit.commit()

    async def choose(
        self, organisation: Organisation, key: str, value_id: str, *, actor: str
    ) -> ChosenValue:
        """Choose what every posting carries that has no more specific default.

        Raises:
            FieldRefusal: the ERP would not take the value.
            Refusal: the company has no such dimension.
        """
        before = await self.one(organisation, key)
        form = DimensionForm(key=key, choices={row_id(EVERYWHERE): value_id})
        await self.save(organisation, form, actor=actor)
        async with self._storage.unit(read_only=True) as unit:
            company, books = await require_books(unit, organisation)
            survey = await self._pipeline.survey(unit, organisation, company)
        after = next((s.missing for s in dimension_states(survey) if s.dimension.key == key), 0)
        name = books.dimension_label(key, value_id)[1]
        return ChosenValue(
            dimension=before.dimension,
            value=DimensionValue(erp_id=value_id, name=name),
            freed=max(before.missing - after, 0),
            remaining=unmapped_of(organisation, survey),
        )

    async def _states(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> tuple[DimensionState, ...]:
        return dimension_states(await self._pipeline.survey(unit, organisation, company))

    async def _store(
        self,
        unit: UnitOfWork,
        organisation: Organisation,
        company: Company,
        change: DimensionChange,
        actor: str,
    ) -> None:
        if not change.is_one:
            return
        key = change.state.dimension.key
        await unit.choices.set_dimension_defaults(company.id, key, change.places)
        if change.is_required is not None:
            await unit.choices.require_dimension(company.id, key, is_required=change.is_required)
        await unit.organisations.raise_shape_version(organisation.id)
        record = audit.shaping(
            "dimensions.saved",
            company.key,
            organisation_id=organisation.id,
            actor=actor,
            at=self._clock.now(),
            change=change.facts,
        )
        await unit.audit.add(record)


def _one(states: tuple[DimensionState, ...], key: str) -> DimensionState:
    found = next((state for state in states if state.dimension.key == key), None)
    if found is None:
        raise Refusal(
            "The company has no such dimension any more.", next_step="/integral map dimensions"
        )
    return found
