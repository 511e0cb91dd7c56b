"""`files.*`: the three steps of an upload and what is known of a file.

https://docs.slack.dev/reference/methods/files.getUploadURLExternal. The bytes themselves go through
`/files/upload/{id}` and `/files/download/{id}`, which the routes serve.
"""

from __future__ import annotations

import mimetypes

from sandbox.slack import seed
from sandbox.slack.arguments import Arguments
from sandbox.slack.entities import Message, StoredFile
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject, as_list
from sandbox.slack.methods_chat import ChatMethods
from sandbox.slack.workspace import Workspace


def new_file(
    workspace: Workspace, name: str, *, size: int, user: str, complete: bool
) -> StoredFile:
    """A file's entry, its bytes still to come."""
    return StoredFile(
        id=workspace.next_id("F"),
        name=name,
        title=name,
        size=size,
        user=user,
        created=int(workspace.now().timestamp()),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        complete=complete,
    )


class FileMethods:
    """The bot's files."""

    def __init__(self, workspace: Workspace, chat: ChatMethods, *, public_url: str) -> None:
        self._workspace = workspace
        self._chat = chat
        self._public_url = public_url

    def upload_url(self, call: Arguments) -> JsonObject:
        """`files.getUploadURLExternal`."""
        name = call.needed("filename")
        length = call.needed("length")
        if not length.isdigit() or int(length) == 0:
            raise SlackRefusal("invalid_arguments", messages=("[ERROR] length must be positive",))
        file = new_file(
            self._workspace, name, size=int(length), user=seed.BOT_USER_ID, complete=False
        )
        self._workspace.keep_file(file)
        upload_url = f"{self._public_url}/files/upload/{file.id}"
        return {"ok": True, "upload_url": upload_url, "file_id": file.id}

    def complete_upload(self, call: Arguments) -> JsonObject:
        """`files.completeUploadExternal`, which may share the files in a channel."""
        wanted = [item for item in as_list(call.json("files")) if isinstance(item, dict)]
        files = [self._uploaded(item) for item in wanted]
        if not files:
            raise SlackRefusal("invalid_arguments", messages=("[ERROR] files must not be empty",))
        channel = self._chat.postable(call.text("channel_id")) if "channel_id" in call else None
        for file in files:
            file.complete = True
            if channel is not None:
                file.channels.append(channel.id)
            self._workspace.keep_file(file)
        if channel is not None:
            message = Message(
                channel=channel.id,
                ts=self._workspace.next_ts(),
                user=seed.BOT_USER_ID,
                text=call.text("initial_comment"),
                files=[file.id for file in files],
                thread_ts=call.text("thread_ts") or None,
            )
            self._workspace.keep_message(message)
        return {"ok": True, "files": [self._workspace.file_json(file.id) for file in files]}

    def info(self, call: Arguments) -> JsonObject:
        """`files.info`."""
        file = self._workspace.files.get(call.needed("file"))
        if file is None or not file.complete:
            raise SlackRefusal("file_not_found")
        return {"ok": True, "file": self._workspace.file_json(file.id)}

    def _uploaded(self, item: JsonObject) -> StoredFile:
        file = self._workspace.files.get(str(item.get("id")))
        if file is None or self._workspace.file_content(file.id) is None:
            raise SlackRefusal("file_not_found")
        file.title = str(item.get("title") or file.name)
        return file
