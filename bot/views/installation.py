"""Views of the installation's own state: stuck work, and a database that stands elsewhere.

Pure: data to blocks. Counts and kinds of work only, since a channel reads them.
"""

from __future__ import annotations

from collections import Counter

from bot.services.adoption import ADOPT, CUT_OVER
from bot.services.doctor import EXAMINE
from bot.services.drift import FIND_DRIFT
from bot.services.imports import IMPORT_FILE
from bot.services.runs import WORKFLOW as ADVANCE_RUN
from bot.services.saying import Said
from bot.services.stuck import StuckThere
from bot.services.verification import GIVE_UP
from bot.services.verification import WORKFLOW as VERIFY_PERIOD
from bot.views import kit
from bot.views.drawn import Drawn, bullets, count, next_step
from ledger.organisation import Organisation

_KINDS = {
    ADVANCE_RUN: ("push", "pushes"),
    IMPORT_FILE: ("import", "imports"),
    VERIFY_PERIOD: ("verification", "verifications"),
    GIVE_UP: ("verification", "verifications"),
    FIND_DRIFT: ("nightly check", "nightly checks"),
    EXAMINE: ("doctor", "doctors"),
    ADOPT: ("adoption", "adoptions"),
    CUT_OVER: ("cut-over", "cut-overs"),
}
_OTHER = ("other piece of work", "other pieces of work")


def stuck(there: StuckThere) -> Said:
    """Tell a finance channel what does not go on, or that it goes on again."""
    name = kit.escape(there.organisation.name)
    if not there.work:
        text = f"{there.organisation.name}: the work that was stuck goes on again."
        mended = kit.section(f":white_check_mark: *{name}*: the work that was stuck goes on again.")
        return Drawn.of(text, mended).said()
    counted = Counter(_KINDS.get(work.name, _OTHER) for work in there.work)
    kinds = bullets([count(number, *kind) for kind, number in counted.items()])
    blocks = [
        kit.section(f":hourglass: *{name}*: work has not moved for half an hour.\n{kinds}"),
        kit.section("Nothing is lost and nothing is sent twice: it goes on once a worker runs."),
        next_step(
            "whoever runs Integral's server looks at it: `integral doctor` says what is off."
        ),
    ]
    return Drawn.of(f"{there.organisation.name}: work is stuck.", *blocks).said()


def relocated(organisation: Organisation) -> Said:
    """Tell an owner that Integral runs on a database that was copied, restored or moved."""
    name = kit.escape(organisation.name)
    code = f"`INT-{organisation.code}-…`"
    blocks = [
        kit.section(
            f":twisted_rightwards_arrows: *{name}*: Integral has started on a database that was "
            "copied, restored from a backup, or moved."
        ),
        kit.section(
            f"If another Integral still runs on the original, both draw the journal numbers {code}."
            " Before it sends, each push looks for numbers of ours that it does not know, and "
            "stops."
        ),
        next_step("stop the other one; if there is none, see `/integral doctor`."),
    ]
    return Drawn.of(f"{organisation.name}: Integral runs on a copied database.", *blocks).said()
