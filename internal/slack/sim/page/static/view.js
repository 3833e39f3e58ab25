// Small parts of the page: names, avatars, and items of lists.

import { el } from "./dom.js";

export const fullName = (person) => person?.real_name || person?.name || "Someone";

export function avatar(person) {
  if (person?.bot) return el("img", { class: "avatar", src: "/gopher.svg", alt: "" });
  const tone = [...(person?.id ?? "")].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6;
  return el("span", { class: `avatar tone-${tone}`, "aria-hidden": "true" }, [...fullName(person)][0].toUpperCase());
}

export const option = (person) => el("option", { value: person.id }, fullName(person));

export function navItem(channel, label, mark, { open, unread }) {
  return el("li", { "data-key": channel.id },
    el("button", { type: "button", "data-open": channel.id, "aria-current": open && "page", class: unread > 0 && "has-unread" },
      mark,
      el("span", { class: "label" }, label),
      unread > 0 && el("span", { class: "unread" }, String(unread), el("span", { class: "unseen" }, " unread")),
    ),
  );
}

export const suggestion = ({ label, text = label }) => el("button", { type: "button", "data-fill": text }, label);

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function time(ts) {
  const date = new Date(Number(ts) * 1000);
  return el("time", { datetime: date.toISOString() }, clock.format(date));
}
