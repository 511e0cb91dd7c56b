// A person's stack of modals: the one in front is a form, those behind show as edges.

import { act, upload } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { h, toast } from "./dom.js";
import { plain } from "./mrkdwn.js";

const typed = new Map(); // view id → { block id: { action id: raw } }
const errors = new Map(); // view id → { block id: message }
const fileNames = new Map();
let drawn = "";
let busy = false;
let closeFront = () => {};

// Wherever the focus went; menus and confirmations keep their own Escape to themselves.
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drawn) closeFront(); });

/** Draws the stack of a state, keeping what is being typed. */
export function drawModals(state, again, force = false) {
  const box = document.getElementById("modals");
  const view = state.modals.at(-1);
  const key = view ? `${state.me} ${view.id} ${view.hash} ${state.modals.length}` : "";
  if (key === drawn && !force) return;
  const fresh = key !== drawn;
  drawn = key;
  for (const id of typed.keys()) if (!state.modals.some((shown) => shown.id === id)) typed.delete(id);
  const focused = document.activeElement?.id;
  document.getElementById("app").inert = Boolean(view);
  box.replaceChildren(...(view ? [overlay(state, view, again)] : []));
  if (!view) return;
  const places = [".dialog-body input:not([type=hidden]), .dialog-body select, .dialog-body textarea", ".dialog-foot .btn-primary", ".dialog-foot .btn"];
  const target = (focused && document.getElementById(focused)) || places.map((place) => box.querySelector(place)).find(Boolean);
  if (fresh || focused) target?.focus({ preventScroll: !fresh });
}

function overlay(state, view, again) {
  const title = plain(view.title?.text ?? "");
  const close = () => run(() => act("close", { user: state.me, view_id: view.id }), again);
  const closeAll = () => run(() => act("close", { user: state.me, view_id: view.id, everything: true }), again);
  const form = h("form.dialog", {
    role: "dialog", "aria-modal": "true", "aria-label": title, "data-testid": "modal", "data-callback-id": view.callback_id, novalidate: true,
    onsubmit: (event) => { event.preventDefault(); submit(state, view, again); },
  },
    h("header.dialog-head", {},
      h("h2.dialog-title", {}, title),
      h("button.btn.btn-icon.dialog-close", { type: "button", "aria-label": "Close dialog", onclick: closeAll }, "✕"),
    ),
    h("div.dialog-body", {}, drawBlocks(view.blocks, contextOf(state, view, again))),
    h("p.dialog-trouble", { role: "alert", hidden: true, "data-testid": "modal-trouble" }),
    h("footer.dialog-foot", {},
      h("span.dialog-app", {}, "Integral"),
      h("button.btn", { type: "button", onclick: close }, view.close ? plain(view.close.text) : state.modals.length > 1 ? "Back" : "Close"),
      view.submit && h("button.btn.btn-primary", { type: "submit", "data-testid": "modal-submit" }, plain(view.submit.text)),
    ),
  );
  const behind = state.modals.slice(0, -1).map(() => h("div.dialog-edge", { "aria-hidden": "true" }));
  closeFront = close;
  return h("div.overlay", {}, h("div.dialog-stack", {}, behind, form));
}

function contextOf(state, view, again) {
  const mine = typed.get(view.id) ?? {};
  typed.set(view.id, mine);
  const where = { user: state.me, view: view.id };
  return {
    id: view.id, modal: true, user: state.me, people: state.people, channels: state.channels,
    errors: errors.get(view.id),
    value: (block, element) => mine[block.block_id]?.[element.action_id] ?? view.values[block.block_id]?.[element.action_id],
    set: (block, element, raw) => { (mine[block.block_id] ??= {})[element.action_id] = raw; },
    send: (block, element, choice) =>
      run(() => act("click", { ...where, block_id: block.block_id, action_id: element.action_id, value: choice, values: mine }), again),
    options: (block, element, text) => act("options", { ...where, block_id: block.block_id, action_id: element.action_id, value: text }),
    upload: async (file) => {
      const { file_id: id } = await upload(state.me, file);
      fileNames.set(id, file.name);
      return id;
    },
    fileName: (id) => fileNames.get(id),
  };
}

async function submit(state, view, again) {
  if (busy) return;
  busy = true;
  const form = document.querySelector("[data-testid=modal]");
  form.classList.add("is-loading");
  form.querySelector("[type=submit]")?.classList.add("is-busy");
  const answer = await act("submit", { user: state.me, view_id: view.id, values: typed.get(view.id) ?? {} }).catch((problem) => ({ result: "failed", message: problem.message }));
  busy = false;
  form.classList.remove("is-loading");
  form.querySelector("[type=submit]")?.classList.remove("is-busy");
  errors.set(view.id, answer.errors ?? {});
  if (answer.result === "failed") return trouble(form, answer);
  if (["errors", "refused_by_client"].includes(answer.result)) {
    drawModals(state, again, true);
    document.querySelector(".has-error input, .has-error select, .has-error textarea")?.focus();
    return undefined;
  }
  typed.delete(view.id);
  return again();
}

function trouble(form, answer) {
  const note = form.querySelector(".dialog-trouble");
  note.hidden = false;
  note.textContent = [answer.message ?? "We had some trouble connecting. Try again?", answer.error && `(${answer.error})`].filter(Boolean).join(" ");
  note.title = (answer.messages ?? []).join("\n");
}

async function run(work, again) {
  try {
    const answer = await work();
    if (answer.error) toast(`The app did not take that: ${answer.error}`);
  } catch (problem) {
    toast(problem.message);
  }
  again();
}
