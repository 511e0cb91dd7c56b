// Draws Block Kit blocks for messages, modals and the Home tab.
//
// A context says whose eyes these are and what happens on an act:
//   { people, channels, user, modal, value(block, element), set(block, element, raw),
//     send(block, element, choice), options(block, element, typed), upload(file) }

import { h } from "./dom.js";
import { drawElement } from "./elements.js";
import { link, mrkdwn, plain, textObject } from "./mrkdwn.js";

/** The blocks, in order. */
export const drawBlocks = (blocks, context) => blocks.map((block) => drawBlock(block, context));

function drawBlock(block, context) {
  const draw = BLOCKS[block.type];
  const node = draw ? draw(block, context) : h("div.block-unknown", {}, `(${block.type} block)`);
  node.classList.add("block");
  node.dataset.blockId = block.block_id ?? "";
  return node;
}

const BLOCKS = {
  section: (block, context) =>
    h("div.section", {},
      h("div.section-body", {},
        textObject(block.text),
        block.fields && h("div.fields", {}, block.fields.map((field) => h("div.field-cell", {}, textObject(field)))),
      ),
      block.accessory && h("div.accessory", {}, drawElement(block, block.accessory, context)),
    ),
  header: (block) => h("h3.header-block", {}, plain(block.text.text)),
  divider: () => h("hr.divider"),
  context: (block) =>
    h("div.context", {}, block.elements.map((element) => (element.type === "image" ? image(element, "context-image") : textObject(element)))),
  actions: (block, context) => h("div.actions", {}, block.elements.map((element) => drawElement(block, element, context))),
  image: (block) => h("figure.image-block", {}, block.title && h("figcaption", {}, plain(block.title.text)), image(block, "image-large")),
  input: drawInput,
  markdown: (block) => mrkdwn(block.text.replaceAll(/\*\*(.+?)\*\*/g, "*$1*")),
  table: drawTable,
  rich_text: (block) => richText(block.elements),
};

// An app may point anywhere, but this page loads nothing from outside this machine.
function image(part, name) {
  const address = part.image_url ?? "";
  if (/^(https?:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]|data:image\/)/.test(address))
    return h(`img.${name}`, { src: address, alt: part.alt_text });
  return h(`span.image-away.${name}`, { role: "img", "aria-label": part.alt_text, title: address }, part.alt_text);
}

function drawInput(block, context) {
  const id = `input-${context.id}-${block.block_id}-${block.element.action_id}`;
  const grouped = ["checkboxes", "radio_buttons"].includes(block.element.type);
  const name = plain(block.label.text);
  const label = [name, block.optional && h("span.optional", {}, " (optional)")];
  const control = drawElement(block, block.element, context, { id, name });
  const error = context.errors?.[block.block_id];
  return h(`div.input-block${error ? ".has-error" : ""}`, { role: grouped ? "group" : null, "aria-labelledby": grouped ? `${id}-label` : null },
    grouped ? h("div.input-label", { id: `${id}-label` }, label) : h("label.input-label", { for: id }, label),
    control,
    error && h("p.input-error", { role: "alert", "data-testid": "input-error" }, error),
    block.hint && h("p.input-hint", {}, plain(block.hint.text)),
  );
}

function drawTable(block) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (part, column) =>
    h(`${tag}.align-${settings[column]?.align ?? "left"}${settings[column]?.is_wrapped ? ".wrapped" : ""}`, tag === "th" ? { scope: "col" } : {}, cellOf(part));
  const [head, ...rows] = block.rows;
  return h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": "Table" },
    h("table.table-block", {},
      h("thead", {}, h("tr", {}, head.map(cell("th")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td"))))),
    ),
  );
}

function cellOf(part) {
  if (part.type === "rich_text") return richText(part.elements);
  return part.type === "raw_number" ? String(part.text ?? part.value) : part.text;
}

const richText = (elements) => h("div.md", {}, elements.map(richPart));

function richPart(part) {
  switch (part.type) {
    case "rich_text_list":
      return h(part.style === "ordered" ? "ol.md-list" : "ul.md-list", {}, part.elements.map((item) => h("li", {}, richPart(item))));
    case "rich_text_quote":
      return h("blockquote.md-quote", {}, part.elements.map(richLeaf));
    case "rich_text_preformatted":
      return h("pre.md-pre", {}, part.elements.map((leaf) => leaf.text ?? leaf.url ?? ""));
    default:
      return h("div.md-line", {}, part.elements.map(richLeaf));
  }
}

function richLeaf(leaf) {
  if (leaf.type === "link") return link(leaf.url, leaf.text ?? leaf.url);
  if (leaf.type === "emoji") return plain(`:${leaf.name}:`);
  if (leaf.type === "user") return mrkdwn(`<@${leaf.user_id}>`).firstChild.firstChild;
  if (leaf.type === "channel") return mrkdwn(`<#${leaf.channel_id}>`).firstChild.firstChild;
  let node = document.createTextNode(leaf.text ?? "");
  const styles = { bold: "strong", italic: "em", strike: "s", code: "code.md-code" };
  for (const [name, tag] of Object.entries(styles)) if (leaf.style?.[name]) node = h(tag, {}, node);
  return node;
}
