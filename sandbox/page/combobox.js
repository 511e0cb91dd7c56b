// A field that asks the app for options while somebody types (external_select).

import { h } from "./dom.js";
import { plain } from "./mrkdwn.js";

const PAUSE_MS = 150;
const labelOf = (option) => plain(option.text.text);

/** The field. `chosen` and what `choose` gets are whole options; `load(text)` gives options or groups. */
export function combobox({ props, name, many, least, placeholder, chosen, load, choose }) {
  let picked = chosen.filter((option) => option?.text);
  let shown = [];
  let current = -1;
  let timer;
  let asked = 0;
  const listId = `options-${Math.random().toString(36).slice(2)}`;
  const list = h("div.menu.combo-list", { id: listId, role: "listbox", "aria-label": "Options", hidden: true });
  const chips = h("div.chips");
  const field = h("input.control", {
    ...props, role: "combobox", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", autocomplete: "off", placeholder,
    value: many ? "" : picked[0] ? labelOf(picked[0]) : "",
    oninput: ask, onfocus: () => field.select(), onclick: ask, onkeydown: keys,
    onblur: () => setTimeout(leave, 150),
  });

  function ask() {
    clearTimeout(timer);
    const text = !many && picked[0] && field.value === labelOf(picked[0]) ? "" : field.value.trim();
    if (text.length < least) return open([note(least ? `Type at least ${least} character${least === 1 ? "" : "s"}` : "")]);
    open([note("Searching…")]);
    const mine = ++asked;
    timer = setTimeout(async () => {
      const answer = await load(text).catch((problem) => ({ error: problem.message }));
      if (mine === asked) offer(answer);
    }, PAUSE_MS);
  }

  function offer(answer) {
    if (answer.error) return open([note("Could not load options")]);
    const groups = answer.option_groups ?? [{ options: answer.options ?? [] }];
    shown = groups.flatMap((group) => group.options);
    current = -1;
    const rows = groups.flatMap((group) => [
      group.label && h("div.combo-group", {}, plain(group.label.text)),
      ...group.options.map((option) => h("div.menu-item", { role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); pick(option); } },
        labelOf(option), option.description && h("span.box-note", {}, plain(option.description.text)))),
    ]).filter(Boolean);
    return open(shown.length ? rows : [note("No results")]);
  }

  function open(rows) {
    list.replaceChildren(...rows);
    list.hidden = document.activeElement !== field;
    field.setAttribute("aria-expanded", String(!list.hidden));
  }

  const note = (text) => h("div.combo-note", {}, text);

  function pick(option) {
    picked = many ? [...picked.filter((item) => item.value !== option.value), option] : [option];
    field.value = many ? "" : labelOf(option);
    draw();
    shut();
    choose(many ? picked : option);
  }

  function leave() {
    shut();
    if (many) return;
    if (field.value.trim() === "" && picked.length) { picked = []; choose(null); }
    field.value = picked[0] ? labelOf(picked[0]) : "";
  }

  function shut() {
    asked += 1;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  }

  function keys(event) {
    const options = [...list.querySelectorAll("[role=option]")];
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); return shut(); }
    if (event.key === "Enter") { event.preventDefault(); if (shown[current]) pick(shown[current]); return; }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) return ask();
    if (!step || !options.length) return;
    event.preventDefault();
    current = (current + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === current)));
    options[current].scrollIntoView({ block: "nearest" });
  }

  function draw() {
    if (!many) return;
    chips.replaceChildren(...picked.map((option) => h("button.chip", { type: "button", "aria-label": `Remove ${labelOf(option)}`, onclick: () => {
      picked = picked.filter((item) => item !== option);
      draw();
      choose(picked);
    } }, labelOf(option), " ×")));
  }

  draw();
  return h("div.combo", {}, chips, field, list);
}
