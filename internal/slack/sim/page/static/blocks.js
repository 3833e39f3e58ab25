// Block Kit: from the blocks of a message, a modal or a home to DOM nodes.
// Source: https://docs.slack.dev/reference/block-kit/blocks

import { el } from "./dom.js";
import { element } from "./elements.js";
import { emojiText, nodes } from "./mrkdwn.js";

// blocks draws a list of blocks. place has a key that no other place has, names for mrkdwn.js,
// and in a view its state (by block and action id) and errors (by block id).
export const blocks = (list, place) => list.map((block, i) => one(block, place, i));

function one(block, place, i) {
  const draw = kinds[block.type] ?? unknown;
  const node = draw(block, place, `${place.key}-${i}`);
  node.dataset.key = `${place.key}/${block.block_id}/${block.type}`;
  node.dataset.blockId = block.block_id ?? "";
  return node;
}

const kinds = {
  divider: () => el("hr", { class: "block" }),
  header: (block) => el("h3", { class: "block header" }, emojiText(block.text.text)),
  context: (block, { names }) =>
    el("div", { class: "block context" }, (block.elements ?? []).map((part) => (part.type === "image" ? picture(part) : el("span", {}, text(part, names))))),
  image: (block) => el("figure", { class: "block" }, picture(block), block.title && el("figcaption", {}, block.title.text)),
  section: (block, place) =>
    el("div", { class: "block section" },
      el("div", {},
        block.text && el("div", { class: "text" }, text(block.text, place.names)),
        block.fields && el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "text" }, text(field, place.names)))),
      ),
      block.accessory && (block.accessory.type === "image" ? picture(block.accessory) : element(block.accessory, within(block, place))),
    ),
  actions: (block, place) =>
    el("div", { class: "block actions", role: "group" }, block.elements.map((part) => element(part, within(block, place)))),
  input: (block, place, id) => {
    const error = place.errors?.[block.block_id];
    const grouped = ["checkboxes", "radio_buttons"].includes(block.element.type);
    const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
    return el("div", { class: error ? "block input invalid" : "block input" },
      el(grouped ? "span" : "label", { for: !grouped && id, id: `${id}-label`, class: "label" },
        emojiText(block.label.text), block.optional && el("span", { class: "optional" }, " (optional)")),
      element(block.element, {
        ...within(block, place), id, labelledBy: `${id}-label`, describedBy: described || null,
        invalid: Boolean(error), required: !block.optional,
      }),
      block.hint && el("p", { class: "hint", id: `${id}-hint` }, emojiText(block.hint.text)),
      error && el("p", { class: "field-error", id: `${id}-error`, role: "alert" }, error),
    );
  },
  rich_text: (block, { names }) => el("div", { class: "block text" }, richText(block, names)),
};

const unknown = (block) => el("p", { class: "block note" }, `This page does not draw blocks of type ${block.type}.`);

const within = (block, place) => ({ ...place, block: block.block_id ?? "", state: place.state?.[block.block_id] });

// text draws a text object.
export const text = (object, names) => (object.type === "mrkdwn" ? nodes(object.text, names) : emojiText(object.text));

// The page may load nothing from elsewhere, so a picture is a link.
const picture = (image) =>
  image.image_url
    ? el("a", { href: image.image_url, rel: "noopener noreferrer", target: "_blank" }, `🖼️ ${image.alt_text}`)
    : el("span", {}, `🖼️ ${image.alt_text}`);

// richText draws the texts and links of a rich_text block without their styles.
function richText(part, names) {
  if (part.type === "text") return [part.text];
  if (part.type === "link") return nodes(`<${part.url}${part.text ? `|${part.text}` : ""}>`, names);
  if (part.type === "user") return nodes(`<@${part.user_id}>`, names);
  if (part.type === "channel") return nodes(`<#${part.channel_id}>`, names);
  if (part.type === "emoji") return emojiText(`:${part.name}:`);
  const inside = (part.elements ?? []).flatMap((inner) => richText(inner, names));
  if (part.type === "rich_text_preformatted") return [el("pre", {}, el("code", {}, inside))];
  if (part.type === "rich_text_quote") return [el("blockquote", {}, inside)];
  return [...inside, "\n"];
}
