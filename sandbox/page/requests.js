// Every request: Slack to the bot with ack times, the bot to Slack, the bot to the ERPs.

import { act, get, read } from "./api.js";
import { h, toast } from "./dom.js";
import { ERPS } from "./erps.js";

const KEPT = 250;
let filter = "all";
let rows = new Map();
let slackAfter = 0;
let erpAfter = {};

/** Asks for what is new and draws the list, the newest first. */
export async function drawRequests(panel, state) {
  await Promise.all([fetchSlack(state), ...ERPS.map(fetchErp)]).catch((problem) => toast(problem.message));
  const listed = [...rows.values()].filter((row) => filter === "all" || row.way === filter).sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, KEPT);
  if (!panel.querySelector(".request-filter")) panel.replaceChildren(filters(panel, state), h("ol.requests", { "data-testid": "request-list" }));
  const list = panel.querySelector(".requests");
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const wanted = listed.map((row) => {
    const stamp = JSON.stringify([row.status, row.latency, row.error]);
    const old = known.get(row.key);
    if (old && old.dataset.stamp === stamp) return old;
    const node = drawRow(row);
    node.dataset.stamp = stamp;
    if (old?.querySelector("details")?.open) node.querySelector("details").open = true;
    return node;
  });
  if (wanted.length !== list.children.length || wanted.some((node, index) => list.children[index] !== node)) list.replaceChildren(...wanted);
  if (!wanted.length) list.replaceChildren(h("li.quiet", {}, "No requests yet."));
}

async function fetchSlack(state) {
  const names = new Map(state.people.map((person) => [person.id, person.real_name.split(" ")[0]]));
  // What is still open is asked for again, so that its ack time is seen.
  const { requests } = await read("requests", { after: slackAfter });
  for (const item of requests) {
    const way = item.direction === "to_bot" ? "slack-bot" : "bot-slack";
    rows.set(`slack ${item.no}`, { key: `slack ${item.no}`, no: item.no, way, at: item.at, name: item.name, who: names.get(item.user), status: item.status, latency: item.latency_ms, error: item.error, request: item.request, response: item.response });
  }
  const open = requests.find((item) => item.latency_ms === null);
  slackAfter = open ? open.no - 1 : (requests.at(-1)?.no ?? slackAfter);
}

async function fetchErp(erp) {
  const { requests } = await get(`/control/${erp.id}/requests?after=${erpAfter[erp.id] ?? 0}`).catch(() => ({ requests: [] }));
  for (const item of requests) {
    erpAfter[erp.id] = item.seq;
    rows.set(`${erp.id} ${item.seq}`, { key: `${erp.id} ${item.seq}`, way: "bot-erp", at: item.at, name: `${item.method} ${item.path}`, who: erp.short, status: item.status, error: item.fault ? `fault: ${item.fault}` : "", request: item.parameters });
  }
}

function filters(panel, state) {
  const ways = { all: "All", "slack-bot": "Slack → bot", "bot-slack": "bot → Slack", "bot-erp": "bot → ERP" };
  return h("div.tabs.tabs-small.request-filter", { role: "tablist", "aria-label": "Direction" }, Object.entries(ways).map(([way, text]) =>
    h("button.tab", { type: "button", role: "tab", "aria-selected": String(way === filter), onclick: (event) => {
      filter = way;
      for (const item of event.target.parentNode.children) item.setAttribute("aria-selected", String(item === event.target));
      drawRequests(panel, state);
    } }, text)));
}

const MARKS = { "slack-bot": "⇢ bot", "bot-slack": "⇠ bot", "bot-erp": "bot ⇢ ERP" };

function drawRow(row) {
  const bad = Boolean(row.error) || row.status === null || row.status >= 400;
  const slow = row.way === "slack-bot" && row.latency > 1000;
  return h(`li.request${bad ? ".is-bad" : ""}`, { "data-key": row.key, "data-testid": "request" },
    h("details", {},
      h("summary", {},
        h("span.request-way", {}, MARKS[row.way]),
        h("span.request-name", {}, row.name, row.who && h("span.request-who", {}, ` · ${row.who}`)),
        h(`span.request-latency${slow ? ".is-slow" : ""}`, {}, row.latency === null || row.latency === undefined ? "" : `${Math.round(row.latency)} ms`),
        h("span.request-status", {}, row.error || String(row.status ?? "…")),
      ),
      row.way === "slack-bot" && h("button.btn.btn-small", { type: "button", onclick: () => act("replay", { request_no: row.no }).catch((problem) => toast(problem.message)) }, "Send the same bytes again"),
      shown("Request", row.request), shown("Answer", row.response),
    ));
}

const shown = (title, value) => (value === null || value === undefined || value === "" ? null : h("figure.payload", {}, h("figcaption", {}, title), h("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2))));
