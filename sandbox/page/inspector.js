// The right side: what the books hold, every request, and the switches of time and faults.

import { h, redraw } from "./dom.js";
import { drawBooks } from "./books.js";
import { drawControls } from "./controls.js";
import { drawRequests } from "./requests.js";

const TABS = { books: ["Books", drawBooks], requests: ["Requests", drawRequests], controls: ["Time & faults", drawControls] };
const EVERY_MS = 1500;

let tab = new URLSearchParams(location.search).get("inspect") ?? "books";
let panel;
let place;
let lastSeq = -1;

/** Draws the frame once and brings the shown tab up to date. */
export function drawInspector(node, state, go) {
  place = { state, go };
  redraw(node, tab, () => {
    panel = h("div.inspector-panel", { role: "tabpanel", "data-testid": `inspector-${tab}` });
    lastSeq = -1;
    return [
      h("header.inspector-head", {},
        h("button.btn.btn-icon.only-narrow", { type: "button", "aria-label": "Back to messages", onclick: () => go({ pane: "chat" }) }, "←"),
        h("h2", {}, "Inspector"),
        h("div.tabs", { role: "tablist", "aria-label": "Inspector" }, Object.entries(TABS).map(([name, [text]]) =>
          h("button.tab", { type: "button", role: "tab", "aria-selected": String(name === tab), "data-testid": `inspector-tab-${name}`, onclick: () => show(node, name) }, text))),
      ),
      panel,
    ];
  });
  update(state.seq !== lastSeq);
  lastSeq = state.seq;
}

function show(node, name) {
  tab = name;
  drawInspector(node, place.state, place.go);
}

function update(needed = true) {
  if (needed && panel) TABS[tab][1](panel, place.state);
}

// The ERPs announce nothing, so what they hold is asked for again now and then.
setInterval(() => { if (!document.hidden && tab !== "controls") update(); }, EVERY_MS);
