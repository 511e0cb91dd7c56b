"""Views of ``/integral start`` and ``/integral channel``: a new organisation and where it speaks.

Pure: data to blocks. It must not say anything about money.
"""

from __future__ import annotations

from bot.services.access import ChannelChoice
from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, next_step
from ledger.organisation import Organisation

START_FORM = "start_form"
_ZONES = """
UTC Europe/London Europe/Dublin Europe/Lisbon Europe/Paris Europe/Berlin Europe/Amsterdam
Europe/Brussels Europe/Luxembourg Europe/Zurich Europe/Vienna Europe/Madrid Europe/Rome
Europe/Malta Europe/Copenhagen Europe/Oslo Europe/Stockholm Europe/Helsinki Europe/Tallinn
Europe/Riga Europe/Vilnius Europe/Warsaw Europe/Prague Europe/Budapest Europe/Bucharest
Europe/Athens Europe/Belgrade Europe/Zagreb Europe/Ljubljana Europe/Kyiv Europe/Istanbul
Europe/Moscow Asia/Nicosia Asia/Jerusalem Asia/Beirut Asia/Amman Asia/Riyadh Asia/Qatar
Asia/Bahrain Asia/Kuwait Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan Asia/Tehran Asia/Almaty
Asia/Tashkent Asia/Karachi Asia/Kolkata Asia/Colombo Asia/Kathmandu Asia/Dhaka Asia/Yangon
Asia/Bangkok Asia/Ho_Chi_Minh Asia/Jakarta Asia/Singapore Asia/Kuala_Lumpur Asia/Manila
Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Seoul Asia/Tokyo Australia/Perth Australia/Darwin
Australia/Adelaide Australia/Brisbane Australia/Sydney Australia/Melbourne Pacific/Auckland
Pacific/Honolulu America/Anchorage America/Los_Angeles America/Vancouver America/Phoenix
America/Denver America/Edmonton America/Chicago America/Winnipeg America/Mexico_City
America/Costa_Rica America/Panama America/Bogota America/Lima America/New_York America/Toronto
America/Puerto_Rico America/Caracas America/Halifax America/St_Johns America/Santiago
America/Sao_Paulo America/Montevideo America/Argentina/Buenos_Aires Africa/Casablanca
Africa/Lagos Africa/Johannesburg Africa/Cairo Africa/Nairobi
"""
TIME_ZONES = tuple(_ZONES.split())
"""The zones offered: at most 100, as many as a picker holds; every offset that business uses."""


def form(*, code: str, channel_id: str | None) -> kit.View:
    """Return the form that makes its sender the owner of a new organisation."""
    speaks = (
        f"This channel, <#{channel_id}>, will speak for the organisation."
        if channel_id
        else "You are in a direct message: choose the finance channel afterwards with "
        "`/integral channel` there."
    )
    return kit.modal(
        START_FORM,
        "Start an organisation",
        [
            kit.section(
                "An organisation is one set of books: its base currency, its people, its "
                f"company in the ERP. {speaks}"
            ),
            kit.field_input(
                "code",
                "Owner code",
                kit.text_input("code", initial=code or None, max_length=200),
                hint="Single use. Whoever runs the bot prints it with: integral owner-code",
            ),
            kit.field_input("name", "Name", kit.text_input("name", max_length=80)),
            kit.field_input(
                "currency",
                "Base currency",
                kit.text_input("currency", initial="USD", max_length=3),
                hint="Entries are posted in it; it must equal the ERP company's own currency.",
            ),
            kit.field_input(
                "time_zone",
                "Time zone",
                kit.select(
                    "time_zone",
                    [(zone.replace("_", " "), zone) for zone in TIME_ZONES],
                    placeholder="Choose the zone of your books",
                ),
                hint="Decides on which day a transaction falls. Type a city to find its zone; UTC "
                "is the first.",
            ),
        ],
        metadata=kit.pack("", channel_id or ""),
        submit="Start",
        close="Cancel",
    )


def started(organisation: Organisation, *, channel_id: str | None) -> Drawn:
    """Return the answer to the first owner."""
    name = kit.escape(organisation.name)
    where = (
        f"<#{channel_id}> speaks for it."
        if channel_id
        else "Type `/integral channel` in the channel that shall speak for it."
    )
    return Drawn.of(
        f"{organisation.name} is set up and you are its owner.",
        kit.section(
            f":white_check_mark: *{name}* is set up: base currency "
            f"{kit.escape(organisation.base_currency)}, time zone "
            f"{kit.escape(organisation.time_zone)}. You are its owner. {where}"
        ),
        kit.context(
            "An approver must be somebody who did not prepare the entries: "
            "`/integral roles grant @person approver`."
        ),
        next_step("connect your company with `/integral connect`."),
    )


def channel_now(organisation: Organisation) -> Drawn:
    """Return which channel speaks for an organisation."""
    name = kit.escape(organisation.name)
    channel = organisation.finance_channel
    if channel is None:
        return Drawn.of(
            f"{organisation.name} has no finance channel yet.",
            kit.section(f"*{name}* has no finance channel yet."),
            next_step("type `/integral channel here` in the channel that it shall be."),
        )
    return Drawn.of(
        f"The finance channel of {organisation.name} is set.",
        kit.section(f"<#{channel}> is the finance channel of *{name}*."),
        kit.context("It gets counts and totals; details go to those who may see them."),
        next_step("to move it, type `/integral channel here` in another channel."),
    )


def channel_asked() -> Drawn:
    """Return the answer while Slack is asked whether a channel is shared."""
    return Drawn.of(
        "Checking this channel.",
        kit.section(
            ":hourglass_flowing_sand: Checking that this channel is not shared with another "
            "company. The answer comes as a direct message."
        ),
    )


def channel_chosen(choice: ChannelChoice) -> Said:
    """Return how the wish for a finance channel ended, for a direct message."""
    name = kit.escape(choice.organisation.name)
    channel = f"<#{choice.channel_id}>"
    if choice.is_refused:
        return Drawn.of(
            "This channel cannot be the finance channel.",
            kit.section(
                f":no_entry: {channel} is shared with another company, whose people could read "
                f"the finances of *{name}*. It was not made the finance channel."
            ),
            next_step("type `/integral channel here` in a channel of your own company."),
        ).said()
    return Drawn.of(
        f"The finance channel of {choice.organisation.name} is set.",
        kit.section(f":white_check_mark: {channel} is now the finance channel of *{name}*."),
        kit.context("Invite the bot there with `/invite @Integral`, so that it can post."),
        next_step("`/integral status` shows what is left to set up."),
    ).said()
