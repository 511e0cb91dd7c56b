// Draws interactive elements. Native controls are used wherever there is one, so that keyboards,
// screen readers and browser tests find them by role and name.

import { combobox } from "./combobox.js";
import { confirmDialog } from "./dialog.js";
import { h, toast } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";

/** One element of a block; `label` gives the id and name of an input block's own label. */
export function drawElement(block, element, context, label = null) {
  const draw = ELEMENTS[element.type];
  if (!draw) return h("span.block-unknown", {}, `(${element.type})`);
  const name = label?.name ?? (element.placeholder ? plain(element.placeholder.text) : element.action_id);
  const props = { id: label?.id, "aria-label": label ? null : name, "data-action-id": element.action_id };
  return draw(block, element, context, { props, name, input: Boolean(label) });
}

/** Keeps a value, and tells the app when this element tells at once. */
async function choose(block, element, context, raw) {
  context.set(block, element, raw);
  if (block.type !== "input" || block.dispatch_action) {
    if (element.confirm && !(await confirmDialog(element.confirm))) return;
    await context.send(block, element, raw);
  }
}

const optionText = (option) => plain(option.text.text);

function button(block, element, context) {
  const style = element.style ? `.btn-${element.style}` : "";
  const common = { "data-action-id": element.action_id, "aria-label": element.accessibility_label };
  const press = async (event) => {
    const pressed = event.currentTarget;
    if (element.confirm) {
      event.preventDefault();
      if (!(await confirmDialog(element.confirm))) return;
      if (element.url) window.open(element.url, "_blank", "noopener");
    }
    pressed.classList.add("is-busy");
    await context.send(block, element, element.value);
    pressed.classList.remove("is-busy");
  };
  const text = plain(element.text.text);
  if (element.url && /^https?:\/\//i.test(element.url))
    return h(`a.btn${style}`, { ...common, href: element.url, target: "_blank", rel: "noopener noreferrer", onclick: press }, text, h("span.btn-out", { "aria-hidden": "true" }, "↗"));
  return h(`button.btn${style}`, { ...common, type: "button", onclick: press }, text);
}

function staticSelect(block, element, context, { props, name }) {
  const many = element.type.startsWith("multi_");
  const chosen = [context.value(block, element) ?? []].flat();
  const option = (item) => h("option", { value: item.value, selected: chosen.includes(item.value) }, optionText(item));
  const groups = element.option_groups?.map((group) => h("optgroup", { label: plain(group.label.text) }, group.options.map(option)));
  return select(block, element, context, { props, name, many, empty: chosen.length === 0, options: groups ?? element.options.map(option) });
}

function select(block, element, context, { props, name, many, empty, options }) {
  const placeholder = element.placeholder ? plain(element.placeholder.text) : "Choose…";
  return h("select.control", {
    ...props, multiple: many, "aria-label": props["aria-label"] ?? (props.id ? null : name),
    onchange: (event) => {
      const values = [...event.target.selectedOptions].map((item) => item.value);
      choose(block, element, context, many ? values : values[0] || null);
    },
  }, !many && h("option", { value: "", selected: empty, disabled: !empty && block.type !== "input" }, placeholder), options);
}

function known(list) {
  return (block, element, context, { props, name }) => {
    const many = element.type.startsWith("multi_");
    const chosen = [context.value(block, element) ?? []].flat();
    const options = list(context, element).map((item) => h("option", { value: item.id, selected: chosen.includes(item.id) }, item.shown));
    return select(block, element, context, { props, name, many, empty: chosen.length === 0, options });
  };
}

const users = known((context) => context.people.filter((person) => person.id !== "USLACKBOT").map((person) => ({ id: person.id, shown: person.real_name })));
const conversations = known((context, element) =>
  context.channels
    .filter((channel) => !(element.filter?.exclude_external_shared_channels && channel.is_ext_shared))
    .filter((channel) => !element.filter?.include || element.filter.include.includes(channel.is_im ? "im" : "public"))
    .map((channel) => ({ id: channel.id, shown: channel.is_im ? "Direct message with Integral" : `#${channel.name}` })),
);

function typed(type, more = {}) {
  return (block, element, context, { props }) => {
    const multiline = element.multiline === true;
    const field = h(multiline ? "textarea.control" : "input.control", {
      ...props, ...more, type: multiline ? null : type, rows: multiline ? 4 : null, value: context.value(block, element) ?? "",
      placeholder: element.placeholder ? plain(element.placeholder.text) : null, autocomplete: "off",
      oninput: (event) => context.set(block, element, event.target.value),
      onchange: (event) => block.dispatch_action && choose(block, element, context, event.target.value),
    });
    return field;
  };
}

function picker(type) {
  return (block, element, context, { props }) =>
    h("input.control.control-short", {
      ...props, type, value: context.value(block, element) ?? "",
      onchange: (event) => choose(block, element, context, event.target.value || null),
    });
}

function dateTime(block, element, context, { props }) {
  const raw = context.value(block, element);
  const shown = raw ? new Date(raw * 1000 - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16) : "";
  const seconds = (text) => (text ? Math.floor(new Date(text).getTime() / 1000) : null);
  return h("input.control.control-short", { ...props, type: "datetime-local", value: shown, onchange: (event) => choose(block, element, context, seconds(event.target.value)) });
}

function boxes(block, element, context) {
  const single = element.type === "radio_buttons";
  const group = `${context.id}-${block.block_id}-${element.action_id}`;
  const chosen = new Set([context.value(block, element) ?? []].flat());
  const change = (option) => (event) => {
    if (single) return choose(block, element, context, option.value);
    event.target.checked ? chosen.add(option.value) : chosen.delete(option.value);
    return choose(block, element, context, [...chosen]);
  };
  return h("div.boxes", { "data-action-id": element.action_id, role: single ? "radiogroup" : "group" }, element.options.map((option) =>
    h("label.box", {},
      h("input", { type: single ? "radio" : "checkbox", name: group, value: option.value, checked: chosen.has(option.value), onchange: change(option) }),
      h("span.box-text", {}, textObject(option.text), option.description && h("span.box-note", {}, textObject(option.description))),
    ),
  ));
}

function fileInput(block, element, context, { props }) {
  const names = h("ul.file-names");
  const show = (files) => names.replaceChildren(...files.map((file) => h("li", {}, `📎 ${file}`)));
  show([context.value(block, element) ?? []].flat().map((id) => context.fileName?.(id) ?? id));
  return h("div", {},
    h("input.control.control-file", {
      ...props, type: "file", multiple: (element.max_files ?? 10) > 1,
      accept: element.filetypes?.map((type) => `.${type}`).join(","),
      onchange: async (event) => {
        const files = [...event.target.files];
        show(files.map((file) => `${file.name} …`));
        try {
          context.set(block, element, await Promise.all(files.map(context.upload)));
          show(files.map((file) => file.name));
        } catch (problem) {
          toast(problem.message);
        }
      },
    }),
    names,
  );
}

function overflow(block, element, context) {
  const menu = h("div.menu", { role: "menu", hidden: true }, element.options.map((option) =>
    h("button.menu-item", { type: "button", role: "menuitem", onclick: () => {
      menu.hidden = true;
      choose(block, element, context, option.value);
    } }, optionText(option)),
  ));
  const close = (event) => { if (!menu.parentNode.contains(event.target)) { menu.hidden = true; document.removeEventListener("click", close); } };
  const open = () => { menu.hidden = !menu.hidden; document.addEventListener("click", close); };
  return h("div.overflow", {}, h("button.btn.btn-icon", { type: "button", "aria-label": "More actions", "aria-haspopup": "menu", "data-action-id": element.action_id, onclick: open }, "⋯"), menu);
}

function external(block, element, context, { props, name }) {
  return combobox({
    props, name, many: element.type.startsWith("multi_"), least: element.min_query_length ?? 3,
    placeholder: element.placeholder ? plain(element.placeholder.text) : "Type to search",
    chosen: [context.value(block, element) ?? []].flat(),
    load: (text) => context.options(block, element, text),
    choose: (raw) => choose(block, element, context, raw),
  });
}

const ELEMENTS = {
  button,
  overflow,
  static_select: staticSelect, multi_static_select: staticSelect,
  external_select: external, multi_external_select: external,
  users_select: users, multi_users_select: users,
  conversations_select: conversations, multi_conversations_select: conversations,
  channels_select: conversations, multi_channels_select: conversations,
  checkboxes: boxes, radio_buttons: boxes,
  datepicker: picker("date"), timepicker: picker("time"), datetimepicker: dateTime,
  plain_text_input: typed("text"), email_text_input: typed("email"), url_text_input: typed("url"),
  number_input: typed("text", { inputmode: "decimal" }),
  file_input: fileInput,
  image: (block, element) => h("span.image-away", { role: "img", "aria-label": element.alt_text }, element.alt_text),
};
