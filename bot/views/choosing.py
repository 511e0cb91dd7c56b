"""Views of an authorisation that reaches several companies, and of one that leads nowhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.sign_in import Failed, ToChoose
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step
from bot.views.pages import problem_words
from ledger.organisation import Organisation, Provider
from ledger.records import Reached

CHOOSE = "connect_choose"
_MOST_OPTIONS = 100


def choose(asked: ToChoose) -> Drawn:
    """Return the question which of several companies is meant."""
    name, label = kit.escape(asked.organisation.name), asked.provider.label
    one_of_many = count(len(asked.choices), "company", "companies")
    return Drawn.of(
        f"Which {label} company is it for {asked.organisation.name}?",
        kit.section(
            f"*Which {label} company does {name} post into?*\nYou let Integral into "
            f"{one_of_many}. The others stay as they are: nothing is read from them or posted "
            "into them, and you can choose one of them for another organisation with "
            f"`/integral connect {asked.provider.value}` there."
        ),
        *choice_pickers(asked.organisation, asked.choices),
        next_step("choose the company; you confirm it before anything is pushed."),
    )


def choice_pickers(organisation: Organisation, choices: Sequence[Reached]) -> list[kit.Block]:
    """Return pickers, a row for each grant among the choices; a picker holds a hundred."""
    by_grant: dict[str, list[Reached]] = {}
    for each in choices:
        by_grant.setdefault(each.grant_id, []).append(each)
    return [
        kit.actions(*_pickers(of_grant), block_id=kit.pack(organisation.id, grant_id))
        for grant_id, of_grant in by_grant.items()
    ]


def _pickers(choices: Sequence[Reached]) -> list[kit.Block]:
    pages = [choices[at : at + _MOST_OPTIONS] for at in range(0, len(choices), _MOST_OPTIONS)]
    return [
        kit.select(
            f"{CHOOSE}:{number}",
            [(each.name, each.external_id) for each in page],
            placeholder=f"From {page[0].name}" if len(pages) > 1 else "Choose the company",
        )
        for number, page in enumerate(pages)
    ]


def offered(
    organisation: Organisation, provider: Provider, choices: Sequence[Reached], *, other: kit.Block
) -> Drawn:
    """Return what the person authorised before, with another way beside it."""
    return Drawn.of(
        f"Connect {provider.label} to {organisation.name}",
        kit.section(
            f"*Connect {provider.label} to {kit.escape(organisation.name)}*\nYou have let "
            f"Integral into {count(len(choices), 'company', 'companies')} of {provider.label} that "
            "no organisation posts into. Choose one of them, or sign in anew."
        ),
        *choice_pickers(organisation, choices),
        kit.actions(other),
        next_step("choose the company; you confirm it before anything is pushed."),
    )


def chosen(reached: Reached) -> Drawn:
    """Return that a chosen company is being read."""
    name = kit.escape(reached.name)
    return Drawn.of(
        f"Reading {reached.name}.",
        kit.section(f":hourglass_flowing_sand: Reading *{name}* from {reached.provider.label}…"),
        next_step("confirm it in the message that follows."),
    )


def failed(result: Failed) -> Drawn:
    """Return why something could not be connected, and what to do."""
    words = problem_words(result.error.reason, result.error.erp_problem)
    provider = result.provider
    lines = [f":no_entry: *{provider.label} was not connected.* {kit.escape(words.text)}"]
    if words.detail:
        lines.append(kit.escape(words.detail))
    return Drawn.of(
        f"{provider.label} was not connected.",
        kit.section("\n".join(lines)),
        next_step(f"`/integral connect {provider.value}` tries again."),
    )
