// Slack's mrkdwn drawn as elements. Nothing of a message is ever parsed as HTML.
// https://docs.slack.dev/messaging/formatting-message-text

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";

let people = new Map();
let channels = new Map();

/** Tells the module who and what mentions mean. */
export function know(state) {
  people = new Map(state.people.map((person) => [person.id, person]));
  channels = new Map(state.channels.map((channel) => [channel.id, channel]));
}

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A whole mrkdwn text: code blocks, quotes, then lines. */
export function mrkdwn(text) {
  // Every second part of a split at closed fences is code.
  const parts = String(text ?? "").split(/```\n?([^]*?)\n?```\n?/);
  const nodes = parts.map((part, index) => (index % 2 ? h("pre.md-pre", {}, unescape(part)) : part && lines(part)));
  return h("div.md", {}, nodes);
}

/** A plain_text object: only emoji shortcodes are special. */
export const plain = (text) => withEmoji(String(text ?? ""));

/** A text object of either kind. */
export function textObject(object) {
  if (!object) return null;
  if (object.type === "plain_text") return h("div.md.md-plain", {}, plain(object.text));
  return mrkdwn(object.text);
}

function lines(text) {
  const out = [];
  let quote = null;
  const rows = text.split("\n");
  if (rows.length > 1 && rows.at(-1) === "") rows.pop();
  rows.forEach((row) => {
    const quoted = row.match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) {
      if (!quote) out.push((quote = h("blockquote.md-quote", {})));
      quote.append(h("div", {}, inline(quoted[1])));
      return;
    }
    quote = null;
    out.push(h(row ? "div.md-line" : "div.md-line.md-gap", {}, inline(row)));
  });
  return out;
}

const TOKENS = [
  [/`([^`\n]+)`/, (match) => h("code.md-code", {}, unescape(match[1]))],
  [/<([^<>\n]+)>/, (match) => angle(match[1])],
  [/(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])/, (match) => h("strong", {}, inline(match[1]))],
  [/(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])/, (match) => h("em", {}, inline(match[1]))],
  [/(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])/, (match) => h("s", {}, inline(match[1]))],
];

function inline(text) {
  let first = null;
  for (const [pattern, draw] of TOKENS) {
    const match = pattern.exec(text);
    if (match && (!first || match.index < first.match.index)) first = { match, draw };
  }
  if (!first) return [withEmoji(unescape(text))];
  const { match, draw } = first;
  return [
    withEmoji(unescape(text.slice(0, match.index))),
    draw(match),
    ...inline(text.slice(match.index + match[0].length)),
  ];
}

function angle(inside) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(`@${people.get(target.slice(1))?.real_name.split(" ")[0] ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${channels.get(target.slice(1))?.name ?? label ?? target.slice(1)}`);
  if (target.startsWith("!date^")) return dateOf(target, label);
  if (target.startsWith("!")) return mention(`@${label ?? target.slice(1).split("^")[0]}`);
  return link(unescape(target), label === undefined ? null : withEmoji(unescape(label)));
}

const mention = (text) => h("span.md-mention", {}, text);

/** A link that opens beside this page; anything but web and mail addresses stays text. */
export function link(address, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return label ?? address;
  return h("a.md-link", { href: address, target: "_blank", rel: "noopener noreferrer" }, label ?? address.replace(/^mailto:/, ""));
}

function dateOf(target, fallback) {
  const [, seconds, format, address] = target.split("^");
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback ?? "";
  const day = (options) => date.toLocaleDateString("en-GB", options);
  const long = { day: "numeric", month: "long", year: "numeric" };
  const short = { day: "numeric", month: "short", year: "numeric" };
  const words = {
    date: day(long), date_pretty: day(long), date_num: date.toISOString().slice(0, 10),
    date_long: day({ weekday: "long", ...long }), date_long_pretty: day({ weekday: "long", ...long }),
    date_short: day(short), date_short_pretty: day(short),
    time: date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
    time_secs: date.toLocaleTimeString("en-GB"),
  };
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
  return address ? link(address, text) : h("time", { datetime: date.toISOString(), title: fallback ?? "" }, text);
}
