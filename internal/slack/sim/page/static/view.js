// Small parts of the page: names, avatars, and items of lists.

import { el } from "./dom.js";

export const fullName = (person) => person?.real_name || person?.name || "Someone";

export function avatar(person) {
  if (person?.bot) return el("img", { class: "avatar", src: "/gopher.svg", alt: "" });
  const tone = [...(person?.id ?? "")].reduce((sum, character) => (sum * 7 + character.charCodeAt(0)) % 6, 0);
  return el("span", { class: `avatar tone-${tone}`, "aria-hidden": "true" }, [...fullName(person)][0].toUpperCase());
}

export const option = (person) => el("option", { value: person.id }, fullName(person));

// mark is the sign before the name of a conversation.
const pictures = { im: "/gopher.svg", group: "/lock.svg", mpim: "/group.svg" };
const mark = ({ kind }) =>
  pictures[kind]
    ? el("img", { class: "avatar", src: pictures[kind], alt: "" })
    : el("span", { class: "hash", "aria-hidden": "true" }, "#");

const kinds = { group: " (private)", mpim: " (group message)" };

export function navItem(channel, label, { open, unread }) {
  return el("li", { "data-key": channel.id },
    el("button", { type: "button", "data-open": channel.id, "aria-current": open && "page", class: unread > 0 && "has-unread" },
      mark(channel),
      el("span", { class: "label" }, label, kinds[channel.kind] && el("span", { class: "unseen" }, kinds[channel.kind])),
      unread > 0 && el("span", { class: "unread" }, String(unread), el("span", { class: "unseen" }, " unread")),
    ),
  );
}

export const suggestion = ({ label, fill, say }) => el("button", { type: "button", "data-fill": fill, "data-say": say }, label);

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function time(ts) {
  const date = new Date(Number(ts) * 1000);
  return el("time", { datetime: date.toISOString() }, clock.format(date));
}
