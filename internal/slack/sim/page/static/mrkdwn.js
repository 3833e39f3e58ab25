// Slack's message markup: from raw text to DOM nodes, and from what a person typed to raw text.

import { el } from "./dom.js";
import { emoji } from "./emoji.js";

// nodes renders raw text. names tells what people and channels are called:
// person(id) is a name, channel(id) is {name, href}, both undefined if unknown; me is an id.
export function nodes(raw, names) {
  return raw.split(/```\n?([^]*?)\n?```/).flatMap((part, i) =>
    i % 2 ? el("pre", {}, el("code", {}, code(part, names))) : quotes(withoutOuterNewlines(part), names),
  );
}

function quotes(raw, names) {
  return raw.split(/^((?:(?:&gt;|>) ?.*(?:\n|$))+)/m).flatMap((part, i) => {
    const text = withoutOuterNewlines(part);
    return i % 2 ? el("blockquote", {}, inline(text.replace(/^(?:&gt;|>) ?/gm, ""), names)) : inline(text, names);
  });
}

const token = new RegExp(
  [
    /`(?<code>[^`\n]+)`/u,
    /<(?<entity>[^<>]+)>/u,
    /(?<url>https?:\/\/(?:(?!&[lg]t;)[^\s<>|])*(?!&[lg]t;)[^\s<>|.,:;!?'"`*_~)\]}])/u,
    /(?<![\w:])(?<emoji>(?::[\w+'\-]+:)+)(?![\w:])/u,
    /(?<![\p{L}\p{N}*_~])(?<mark>[*_~])(?!\s|\k<mark>)(?<marked>(?:<[^<>]*>|[^\n<])+?)(?<!\s)\k<mark>(?![\p{L}\p{N}]|\k<mark>)/u,
  ].map((part) => part.source).join("|"),
  "gu",
);

const markTags = { "*": "strong", _: "em", "~": "s" };

function inline(raw, names) {
  return scan(raw, token, (found) => {
    if (found.code) return el("code", {}, code(found.code, names));
    if (found.entity) return entity(found.entity, names);
    if (found.url) return link(found.url);
    if (found.emoji) return found.emoji.match(/[\w+'-]+/g).map(emojiNode);
    return el(markTags[found.mark], {}, inline(found.marked, names));
  });
}

function code(raw, names) {
  return scan(raw, /<(?<entity>[^<>]+)>/g, (found) => entity(found.entity, names));
}

function scan(raw, pattern, draw) {
  const drawn = [];
  let done = 0;
  for (const match of raw.matchAll(pattern)) {
    drawn.push(plain(raw.slice(done, match.index)), draw(match.groups));
    done = match.index + match[0].length;
  }
  drawn.push(plain(raw.slice(done)));
  return drawn.flat().filter((node) => node !== "");
}

// entity draws what stood between < and >.
function entity(body, names) {
  const [target, label] = body.split(/\|(.*)/s);
  const id = target.slice(1);
  switch (target[0]) {
    case "@": {
      const name = names.person(id) ?? (label ? plain(label) : id);
      return el("span", { class: id === names.me ? "mention me" : "mention" }, "@" + name);
    }
    case "#": {
      const channel = names.channel(id);
      if (!channel) return el("span", { class: "mention" }, "#" + (label ? plain(label) : id));
      return el("a", { class: "mention", href: channel.href }, "#" + channel.name);
    }
    case "!":
      return el("span", { class: "mention" }, label ? plain(label) : "@" + id);
    default:
      return link(target, label);
  }
}

function link(address, label) {
  const href = plain(address);
  const text = label ? plain(label) : href.replace(/^mailto:/i, "");
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return text;
  return el("a", { href, rel: "noopener noreferrer", target: "_blank" }, text);
}

export function emojiNode(name) {
  const character = emoji(name);
  if (!character) return el("span", { class: "emoji-name" }, `:${name}:`);
  return el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character);
}

// emojiText draws a plain text, in which only the names of emoji mean something.
export const emojiText = (raw) =>
  scan(raw, /(?<![\w:]):(?<name>[\w+'-]+):(?![\w:])/g, (found) => (emoji(found.name) ? emojiNode(found.name) : `:${found.name}:`));

// decode turns raw text into what a person would type for it, the reverse of encode.
export const decode = (raw, names) =>
  plain(raw.replace(/<([@#])(\w+)(?:\|[^>]*)?>/g, (whole, sign, id) =>
    sign === "@" ? "@" + (names.person(id) ?? id) : "#" + (names.channel(id)?.name ?? id)));

// encode turns typed text into what Slack's own client sends: &, < and > are escaped, and
// @name and #name of a known person or channel become references to their id.
export function encode(typed, people, channels) {
  const references = new Map([
    ...people.map(({ id, name }) => ["@" + name.toLowerCase(), `<@${id}>`]),
    ...channels.map(({ id, name }) => ["#" + name.toLowerCase(), `<#${id}|${name}>`]),
  ]);
  return escaped(typed).replace(
    /(?<![\p{L}\p{N}_/])[@#][\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu,
    (name) => references.get(name.toLowerCase()) ?? name,
  );
}

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const unescapes = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

const escaped = (text) => text.replace(/[&<>]/g, (character) => escapes[character]);
const plain = (raw) => raw.replace(/&(?:amp|lt|gt);/g, (reference) => unescapes[reference]);

const withoutOuterNewlines = (raw) => raw.replace(/^\n|\n$/g, "");
