// The stream of messages of one channel, each redrawn only when it changed.

import { act } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { avatar, h, redraw, timeOf, toast } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

/** Brings the stream up to date and keeps its end in sight when it was. */
export function drawStream(stream, state, channel, again) {
  const atEnd = stream.scrollHeight - stream.scrollTop - stream.clientHeight < 80;
  const moved = stream.dataset.channel !== `${state.me} ${channel.id}`;
  if (moved) stream.replaceChildren();
  stream.dataset.channel = `${state.me} ${channel.id}`;
  const ordered = threaded(state.messages[channel.id] ?? []);
  const known = new Map([...stream.querySelectorAll("[data-ts]")].map((node) => [node.dataset.ts, node]));
  if (!ordered.length) {
    stream.replaceChildren(empty(channel));
    return;
  }
  stream.querySelector(".stream-empty")?.remove();
  let grew = false;
  ordered.forEach((message, index) => {
    const node = known.get(message.ts) ?? h("article.message", { "data-testid": "message", "data-ts": message.ts });
    known.delete(message.ts);
    const joined = follows(ordered[index - 1], message);
    const changed = redraw(node, { message, joined, people: state.people.length }, () => drawMessage(state, message, joined, again));
    node.className = ["message", message.ephemeral && "is-ephemeral", message.thread_ts && "is-reply", joined && "is-joined"].filter(Boolean).join(" ");
    if (stream.children[index] !== node) stream.insertBefore(node, stream.children[index] ?? null);
    grew ||= changed;
  });
  for (const gone of known.values()) gone.remove();
  if (moved || (grew && atEnd)) stream.scrollTop = stream.scrollHeight;
}

function threaded(messages) {
  const replies = messages.filter((message) => message.thread_ts && message.thread_ts !== message.ts);
  const parents = messages.filter((message) => !replies.includes(message));
  const known = new Set(parents.map((message) => message.ts));
  const orphans = replies.filter((message) => !known.has(message.thread_ts));
  return [...parents, ...orphans]
    .sort((one, other) => Number(one.ts) - Number(other.ts))
    .flatMap((parent) => [parent, ...replies.filter((message) => message.thread_ts === parent.ts)]);
}

// A line right after another of the same author needs no second name.
const follows = (before, message) =>
  Boolean(before) && before.user === message.user && !before.ephemeral && !message.ephemeral && !before.blocks && !message.blocks && !before.thread_ts && !message.thread_ts && Number(message.ts) - Number(before.ts) < 120;

function drawMessage(state, message, joined, again) {
  const author = state.people.find((person) => person.id === message.user) ?? { id: message.user, real_name: message.user };
  return [
    message.ephemeral && h("p.only-you", {}, h("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you"),
    h("div.message-row", {},
      joined ? h("span.avatar-gap") : avatar(author),
      h("div.message-main", {},
        !joined && h("header.message-head", {},
          h("strong.author", {}, author.real_name),
          author.is_bot && h("span.badge", {}, "App"),
          author.external && h("span.badge.badge-external", {}, "Contoso"),
          h("time.when", {}, timeOf(message.ts, state.now)),
        ),
        message.blocks?.length ? h("div.blocks", {}, drawBlocks(message.blocks, contextOf(state, message, again))) : message.text && mrkdwn(message.text),
        message.edited && !message.blocks?.length && h("span.edited", {}, "(edited)"),
        (message.files ?? []).map(drawFile),
      ),
    ),
  ];
}

function drawFile(file) {
  return h("a.file", { href: file.download, download: file.name, "aria-label": `Download ${file.name}` },
    h("span.file-kind", { "aria-hidden": "true" }, file.filetype.slice(0, 4)),
    h("span.file-text", {}, h("strong", {}, file.title), h("span.file-note", {}, `${size(file.size)} · download`)),
  );
}

const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

function contextOf(state, message, again) {
  const where = { user: state.me, channel: message.channel, message_ts: message.ts };
  const mine = {};
  return surfaceContext(state, where, { id: message.ts, values: message.values, mine, again });
}

/** The context of blocks outside a modal: every act goes to the app at once. */
export function surfaceContext(state, where, { id, values, mine, again }) {
  return {
    id: id.replace(/\W/g, ""), user: state.me, people: state.people, channels: state.channels,
    value: (block, element) => mine[block.block_id]?.[element.action_id] ?? values?.[block.block_id]?.[element.action_id],
    set: (block, element, raw) => { (mine[block.block_id] ??= {})[element.action_id] = raw; },
    send: async (block, element, choice) => {
      try {
        const answer = await act("click", { ...where, block_id: block.block_id, action_id: element.action_id, value: choice, values: mine });
        if (answer.error) toast(`Integral did not answer the click: ${answer.error}`);
      } catch (problem) {
        toast(problem.message);
      }
      again();
    },
    options: (block, element, text) => act("options", { ...where, block_id: block.block_id, action_id: element.action_id, value: text }),
  };
}

function empty(channel) {
  return h("div.stream-empty", {},
    h("h2", {}, channel.is_im ? "A direct message with Integral" : `Welcome to #${channel.name}`),
    h("p", {}, channel.bot_is_member ? "Type /integral help to begin." : "Integral is not in this channel. Its commands still work; /invite @integral brings it in."),
  );
}
