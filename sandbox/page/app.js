// The page: who is looking, at which channel, and keeping both up to date.

import { act, listen, read } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { drawComposer } from "./composer.js";
import { h, redraw, toast } from "./dom.js";
import { drawInspector } from "./inspector.js";
import { drawStream, surfaceContext } from "./messages.js";
import { drawModals } from "./modal.js";
import { know } from "./mrkdwn.js";
import { drawSidebar } from "./sidebar.js";

const byId = (id) => document.getElementById(id);
const kept = (name, otherwise) => sessionStorage.getItem(name) ?? otherwise;
const query = new URLSearchParams(location.search);

const place = {
  user: query.get("user") ?? kept("user", "ada"),
  channel: query.get("channel") ?? kept("channel", "finance"),
  tab: query.get("tab") ?? kept("tab", "messages"), // of the bot: messages or home
  pane: "chat", // what a narrow screen shows: channels, chat or inspector
};
const seen = new Map(); // "person channel" → the last timestamp looked at
let state;
let asking = false;
let askAgain = false;

/** Asks for the state and draws it; calls that come meanwhile become one more round. */
async function refresh() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    do {
      askAgain = false;
      const asked = place.user;
      const answer = await read("state", { user: asked });
      if (asked !== place.user) { askAgain = true; continue; } // somebody else sat down meanwhile
      state = answer;
      draw();
      hold(false);
    } while (askAgain);
  } catch (problem) {
    toast(problem.message);
  }
  asking = false;
}

function go(change) {
  Object.assign(place, change);
  for (const name of ["user", "channel", "tab"]) sessionStorage.setItem(name, place[name]);
  if (change.tab === "home" || (change.user && place.tab === "home" && current()?.is_im)) openHome();
  if (change.user) { hold(true); refresh(); }
  else draw();
}

/** Takes no typing and no clicks until the person chosen is shown: they would act as the one before. */
function hold(on) {
  for (const id of ["stream", "home", "composer"]) byId(id).inert = on;
  for (const part of byId("composer").querySelectorAll("textarea, button")) part.disabled = on;
}

async function openHome() {
  await act("home", { user: place.user }).catch((problem) => toast(problem.message));
}

function current() {
  if (!state) return null;
  const wanted = (channel) => channel.id === place.channel || (channel.is_im ? place.channel === "dm" : channel.name === place.channel);
  return state.channels.find(wanted) ?? state.channels[0];
}

function draw() {
  know(state);
  const channel = current();
  const home = channel.is_im && place.tab === "home";
  seen.set(`${state.me} ${channel.id}`, state.messages[channel.id]?.at(-1)?.ts ?? "0");
  byId("app").dataset.pane = place.pane;
  drawSidebar(byId("sidebar"), state, { channel, home, unread, go });
  drawHead(channel, home);
  byId("stream").hidden = home;
  byId("home").hidden = !home;
  byId("composer").hidden = home;
  // The composer first: its height decides where the stream ends.
  drawComposer(byId("composer"), state, channel, refresh);
  if (home) drawHome();
  else drawStream(byId("stream"), state, channel, refresh);
  drawModals(state, refresh);
  drawInspector(byId("inspector"), state, go);
  document.title = `${channel.is_im ? "Integral" : `#${channel.name}`} · Northwind Finance`;
}

const unread = (channel) => {
  const last = seen.get(`${state.me} ${channel.id}`);
  return (state.messages[channel.id] ?? []).filter((message) => message.user !== state.me && (last === undefined || Number(message.ts) > Number(last))).length;
};

function drawHead(channel, home) {
  redraw(byId("channel-head"), { channel, home, me: state.me }, () => [
    h("button.btn.btn-icon.only-narrow", { type: "button", "aria-label": "Channels", onclick: () => go({ pane: "channels" }) }, "☰"),
    h("div.channel-title", {},
      h("h1", {}, channel.is_im ? "Integral" : `# ${channel.name}`, channel.is_ext_shared && h("span.badge.badge-external", {}, "Shared with Contoso")),
      channel.is_im
        ? h("div.tabs", { role: "tablist", "aria-label": "Integral" }, tab("messages", "Messages", !home), tab("home", "Home", home))
        : h("p.topic", {}, channel.topic, ` · ${channel.members.length} members`, !channel.bot_is_member && " · Integral is not here"),
    ),
    h("button.btn.btn-icon.only-narrow", { type: "button", "aria-label": "Inspector", onclick: () => go({ pane: "inspector" }) }, "🔍"),
  ]);
}

const tab = (name, text, on) =>
  h("button.tab", { type: "button", role: "tab", "aria-selected": String(on), "data-testid": `bot-tab-${name}`, onclick: () => go({ tab: name }) }, text);

const homeValues = {};
function drawHome() {
  const view = state.home;
  const key = view ? `${state.me} ${view.id} ${view.hash}` : `${state.me} none`;
  redraw(byId("home"), key, () => {
    if (!view) return h("div.stream-empty", {}, h("h2", {}, "Home"), h("p", {}, "Integral has not drawn this tab for you yet."));
    const where = { user: state.me, view: "home" };
    return h("div.home-page", {}, drawBlocks(view.blocks, surfaceContext(state, where, { id: view.id, values: view.values, mine: (homeValues[view.id] ??= {}), again: refresh })));
  });
}

await refresh();
if (place.tab === "home" && current()?.is_im) openHome();
let timer;
listen(() => {
  clearTimeout(timer);
  timer = setTimeout(refresh, 40);
});
