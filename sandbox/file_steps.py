"""How Ada gets the journal files of a team without an ERP, looks them through and says so.

What she keeps are the bytes that Slack gave her; `sandbox.copies` reads them.
"""

from __future__ import annotations

from fnmatch import fnmatch

from sandbox import sample_data as data
from sandbox.office import JourneyError, Office, Person
from sandbox.slack.jsontypes import JsonObject, as_list, as_object

_JOURNAL, _MANIFEST = "journal-*.csv", "*-manifest.csv"


class JournalFiles:
    """The files that somebody was given, each kept once."""

    def __init__(self, person: Person, office: Office) -> None:
        self._person = person
        self._office = office
        self._confirmed = 0
        self._by_name: dict[str, bytes] = {}

    @property
    def texts(self) -> list[str]:
        """The files as text, manifests left out."""
        return [
            content.decode()
            for name, content in self._by_name.items()
            if not fnmatch(name, _MANIFEST)
        ]

    async def fetch_and_confirm(self) -> None:
        """Ask for the period's files, keep them, and say that the newest was imported.

        Raises:
            JourneyError: they did not come, or one came with other bytes than before.
        """
        past = await self._person.latest("dm")
        await self._person.types(f"/integral export {data.PERIOD}")
        button = f"journal_file_imported:{self._confirmed + 1}"
        press = await self._person.finds(button, channel="dm", past=past)
        for message in await self._person.messages("dm"):
            for file in as_list(message.get("files")):
                await self._keep(as_object(file))
        past = await self._person.latest("dm")
        await self._person.clicks(press)
        await self._person.sees("was imported", channel="dm", past=past)
        self._confirmed += 1

    async def _keep(self, file: JsonObject) -> None:
        name = str(file["name"])
        if not fnmatch(name, _JOURNAL):
            return  # The workbook of an approval, say.
        content = await self._office.file(str(file["id"]))
        if self._by_name.setdefault(name, content) != content:
            raise JourneyError(f"{name} was given out twice, with different bytes")
