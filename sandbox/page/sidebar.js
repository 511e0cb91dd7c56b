// The left side: who is looking, the channels, and the bot.

import { avatar, h, redraw } from "./dom.js";

/** Draws the side bar. */
export function drawSidebar(node, state, { channel, home, unread, go }) {
  const rows = state.channels.map((item) => ({ item, count: item.id === channel.id ? 0 : unread(item) }));
  redraw(node, { rows, home, me: state.me, at: channel.id }, () => [
    switcher(state, go),
    h("div.side-scroll", {},
      h("h2.side-title", {}, "Channels"),
      h("ul.side-list", {}, rows.filter(({ item }) => !item.is_im).map((row) => entry(row, channel, go))),
      h("h2.side-title", {}, "Apps"),
      h("ul.side-list", {}, rows.filter(({ item }) => item.is_im).map((row) => entry(row, channel, go))),
    ),
    h("p.side-foot", {}, "A local stand-in for Slack. Nothing leaves this machine."),
  ]);
}

function switcher(state, go) {
  const me = state.people.find((person) => person.id === state.me);
  return h("div.switcher", {},
    avatar(me, ".avatar-large"),
    h("label.switcher-text", {},
      h("span.switcher-team", {}, state.team.name),
      h("select.switcher-select", {
        "aria-label": "Who you are", "data-testid": "person-switcher",
        onchange: (event) => go({ user: event.target.value }),
      }, state.people.filter((person) => !person.is_bot && person.name !== "slackbot").map((person) =>
        h("option", { value: person.name, selected: person.id === state.me }, `${person.real_name.split(" ")[0]} · ${person.title}`))),
    ),
  );
}

function entry({ item, count }, channel, go) {
  const name = item.is_im ? "Integral" : item.name;
  const on = item.id === channel.id;
  return h("li", {},
    h(`button.side-item${on ? ".is-on" : ""}${count ? ".is-unread" : ""}`, {
      type: "button", "aria-current": on ? "page" : null, "data-testid": `channel-${item.is_im ? "dm" : item.name}`,
      "aria-label": count ? `${name}, ${count} new` : name,
      onclick: () => go({ channel: item.is_im ? "dm" : item.name, pane: "chat" }),
    },
    h("span.side-mark", { "aria-hidden": "true" }, item.is_im ? "∫" : "#"),
    h("span.side-name", {}, name),
    item.is_ext_shared && h("span.side-ext", { title: "Shared with another workspace" }, "ext"),
    count > 0 && h("span.count", { "aria-hidden": "true" }, String(count))),
  );
}
