// The line at the foot: messages, slash commands with hints, and files.

import { act, upload } from "./api.js";
import { h, redraw, toast } from "./dom.js";

let state;
let channel;
let again;
let past = [];
let pastAt = 0;
let current = -1;
let field;
let hints;

/** Draws the composer once a channel; what is typed survives everything else. */
export function drawComposer(node, nextState, nextChannel, nextAgain) {
  [state, channel, again] = [nextState, nextChannel, nextAgain];
  const place = channel.is_im ? "Integral" : `#${channel.name}`;
  redraw(node, { channel: channel.id, me: state.me }, () => {
    hints = h("div.menu.hints", { role: "listbox", "aria-label": "Commands", "data-testid": "command-hints", hidden: true });
    field = h("textarea.composer-field", {
      rows: 1, placeholder: `Message ${place} or type /`, "aria-label": `Message ${place}`, "data-testid": "composer",
      oninput: hint, onkeydown: keys, onblur: () => setTimeout(() => { hints.hidden = true; }, 150), onfocus: hint,
    });
    const picker = h("input", { type: "file", hidden: true, onchange: (event) => share(event.target) });
    return h("form.composer-box", { onsubmit: (event) => { event.preventDefault(); send(); } },
      hints, field,
      h("div.composer-tools", {},
        picker,
        h("button.btn.btn-icon", { type: "button", "aria-label": "Attach a file", onclick: () => picker.click() }, "📎"),
        h("button.btn.btn-icon", { type: "button", "aria-label": "Slash command", onclick: () => { field.value = "/integral "; field.focus(); hint(); } }, "/"),
        h("span.composer-note", {}, "Enter sends"),
        h("button.btn.btn-primary.btn-send", { type: "submit", "aria-label": "Send", "data-testid": "send" }, "Send"),
      ),
    );
  });
}

async function share(picker) {
  const file = picker.files[0];
  picker.value = "";
  if (!file) return;
  await upload(state.me, file, channel.id).catch((problem) => toast(problem.message));
  again();
}

async function send() {
  const text = field.value.trim();
  if (!text) return;
  past = [...past.filter((line) => line !== text), text];
  pastAt = past.length;
  field.value = "";
  hints.hidden = true;
  size();
  const box = field.closest(".composer-box");
  box.classList.add("is-sending");
  try {
    await act("command", { user: state.me, channel: channel.id, text });
  } catch (problem) {
    toast(problem.message);
    field.value = text;
  }
  box.classList.remove("is-sending");
  again();
}

function hint() {
  size();
  const text = field.value;
  const found = text.startsWith("/") ? state.hints.filter((item) => matches(item.usage, text)) : [];
  current = -1;
  hints.hidden = found.length === 0 || document.activeElement !== field;
  hints.replaceChildren(...found.map((item) =>
    h("div.menu-item.hint", { role: "option", "aria-selected": "false", "data-usage": item.usage, onmousedown: (event) => { event.preventDefault(); take(item.usage); } },
      h("code", {}, item.usage), h("span.hint-note", {}, item.description)),
  ));
}

const matches = (usage, text) => usage.toLowerCase().startsWith(text.toLowerCase().trimEnd()) && usage.length > text.trimEnd().length;

function take(usage) {
  const open = usage.endsWith("CODE");
  field.value = open ? usage.replace("CODE", "") : usage;
  hints.hidden = true;
  field.focus();
}

function keys(event) {
  const items = hints.hidden ? [] : [...hints.children];
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    return items[current] ? take(items[current].dataset.usage) : send();
  }
  if (event.key === "Escape") hints.hidden = true;
  if (event.key === "Tab" && items.length) { event.preventDefault(); return take(items[Math.max(current, 0)].dataset.usage); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return undefined;
  if (items.length) {
    event.preventDefault();
    current = (current + step + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === current)));
    items[current].scrollIntoView({ block: "nearest" });
  } else if (past.length && !field.value.includes("\n") && (step < 0 || pastAt < past.length)) {
    event.preventDefault();
    pastAt = Math.min(Math.max(pastAt + step, 0), past.length);
    field.value = past[pastAt] ?? "";
  }
  return undefined;
}

function size() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
  field.style.overflowY = field.scrollHeight > 160 ? "auto" : "hidden";
}
