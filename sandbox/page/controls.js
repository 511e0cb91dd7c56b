// The switches: the sandbox's time, and what may go wrong.

import { act, get, post } from "./api.js";
import { h, redraw, toast } from "./dom.js";
import { ERPS } from "./erps.js";

const SLACK_FAULTS = {
  "Slack answers 500": { kind: "http_500" },
  "Slack limits the rate (429)": { kind: "ratelimited", retry_after_s: 5 },
  "Slack loses its replies": { kind: "lost_reply" },
};
const erpFaults = ({ short, writes }) => ({
  "Lose the reply after the next commit": { kind: "drop_reply", match: writes },
  "Commit the next entry 20 s late": { kind: "late_commit", delay_s: 20, match: writes },
  "Answer the next request with 503": { kind: "status", status: 503 },
  "Answer the next request with 429": { kind: "throttle" },
  [`${short} is away until cleared`]: { kind: "refuse_connections", times: null },
});

/** Draws the switches as they stand. */
export async function drawControls(panel, state) {
  const [clock, slack, ...erps] = await Promise.all([
    get("/control/clock"), get("/control/slack/faults"), ...ERPS.map((erp) => get(`/control/${erp.id}/faults`).catch(() => null))]);
  const again = () => drawControls(panel, state);
  const run = (work) => () => work().then(again).catch((problem) => toast(problem.message));
  const move = (body) => run(() => post("/control/clock", body));
  const shownNow = clock.now.slice(0, 16);
  redraw(panel, { now: shownNow, offset: Math.round(clock.offset_s), slack, erps }, () => [
    h("section.panel", {},
      h("h3", {}, "Time"),
      h("p.clock", { "data-testid": "clock-now" }, new Date(clock.now).toUTCString()),
      h("p.quiet", {}, "Slack, the ERPs and the bot all read this clock."),
      h("div.button-row", {},
        button("+10 min", move({ advance_s: 600 })), button("+1 hour", move({ advance_s: 3600 })), button("+1 day", move({ advance_s: 86400 })),
        button("Month’s last evening", move({ travel_to: monthEnd(clock.now) })), button("Back to now", move({ offset_s: 0 }))),
      travel(clock.now, move)),
    h("section.panel", {},
      h("h3", {}, "Slack"),
      h("div.button-row", {}, Object.entries(SLACK_FAULTS).map(([text, body]) => button(text, run(() => act("faults", body))))),
      standing(slack.faults, run(() => clear("/control/slack/faults")))),
    ...ERPS.map((erp, index) => erps[index] && h("section.panel", { "data-testid": `faults-${erp.id}` },
      h("h3", {}, erp.short),
      h("div.button-row", {}, Object.entries(erpFaults(erp)).map(([text, body]) => button(text, run(() => post(`/control/${erp.id}/faults`, body))))),
      standing(rulesOf(erps[index]), run(() => clear(`/control/${erp.id}/faults`))))),
  ]);
}

const button = (text, onclick) => h("button.btn.btn-small", { type: "button", onclick }, text);
const clear = (path) => fetch(path, { method: "DELETE" });
const rulesOf = (answer) => answer.rules ?? answer.faults ?? [];

function standing(faults, clearAll) {
  if (!faults.length) return h("p.quiet", {}, "Nothing is wrong here.");
  return h("div.standing", {},
    h("ul", {}, faults.map((fault) => h("li", {}, (fault.kind ?? fault.order?.kind ?? "fault").replaceAll("_", " "), ` · ${fault.times ?? fault.order?.times ?? "until cleared"}`))),
    button("Clear", clearAll));
}

function travel(now, move) {
  const field = h("input.control", { type: "datetime-local", value: now.slice(0, 16), "aria-label": "Travel to (UTC)" });
  return h("div.button-row", {}, field, button("Travel", () => move({ travel_to: `${field.value}:00+00:00` })()));
}

function monthEnd(now) {
  const date = new Date(now);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0, 22, 0)).toISOString().replace("Z", "+00:00");
}
