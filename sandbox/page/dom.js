// Small helpers for building elements. Text always goes in as text, never as markup.

/** An element: `h("p.note", { title: "x" }, "text", child)`. Properties starting with `on` are listeners. */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "value") node.value = value;
  else if (value === true) node.setAttribute(name, "");
  else node.setAttribute(name, String(value));
}

/** Replaces an element's children, only when `key` (any JSON) changed since the last time. */
export function redraw(node, key, draw) {
  const text = JSON.stringify(key);
  if (node.dataset.drawn === text) return false;
  node.dataset.drawn = text;
  node.replaceChildren(...[draw()].flat().filter(Boolean));
  return true;
}

let toastBox;
/** A short notice at the foot of the page. */
export function toast(text, kind = "error") {
  toastBox ??= document.getElementById("toasts");
  const note = h(`p.toast.toast-${kind}`, {}, text);
  toastBox.append(note);
  setTimeout(() => note.remove(), 6000);
}

/** A letter on a colour of its own, for a person. */
export function avatar(person, size = "") {
  if (person.is_bot) return h(`span.avatar.avatar-bot${size}`, { "aria-hidden": "true" }, "∫");
  let hue = 0;
  for (const letter of person.id ?? "") hue = (hue * 31 + letter.codePointAt(0)) % 360;
  const node = h(`span.avatar${size}`, { "aria-hidden": "true" }, (person.real_name ?? "?")[0]);
  node.style.setProperty("--hue", hue);
  return node;
}

/** A clock time, and the day when it is not today's. */
export function timeOf(ts, now) {
  const date = new Date(Number(ts) * 1000);
  const sameDay = date.toDateString() === new Date(now).toDateString();
  const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return sameDay ? time : `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}
