// What the page looks like: from the workspace's people, channels and messages to DOM nodes.

import { el } from "./dom.js";
import { emojiNode, nodes } from "./mrkdwn.js";

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

// thread is a message followed by its replies, if it has any.
export function thread({ message, replies }, people, names) {
  return item(message, people, names,
    replies.length > 0 && el("ol", { class: "replies", "aria-label": "Replies" },
      replies.map((reply) => item(reply, people, names)),
    ),
  );
}

function item(message, people, names, replies) {
  const author = people.get(message.user);
  const joined = message.subtype === "channel_join";
  return el("li", {
      class: ["message", joined && "joined", message.ephemeral_for && "ephemeral"].filter(Boolean).join(" "),
      "data-key": `${message.channel}/${message.ts}`,
      "data-channel": message.channel,
      "data-ts": message.ts,
      "data-user": message.user,
    },
    el("div", { class: "row" },
      avatar(author),
      joined ? joinLine(message, names) : said(message, author, people, names),
      message.journey && journey(message.journey),
    ),
    replies,
  );
}

const joinLine = (message, names) =>
  el("div", { class: "said" }, el("p", { class: "text" }, nodes(message.text, names), " ", time(message.ts)));

function said(message, author, people, names) {
  return el("div", { class: "said" },
    el("p", { class: "head" },
      el("strong", {}, fullName(author)), " ",
      author?.bot && [el("span", { class: "badge" }, "APP"), " "],
      time(message.ts), " ",
      message.ephemeral_for
        ? el("span", { class: "note" }, "Only visible to you")
        : el("button", { type: "button", class: "reply", "data-reply": message.thread_ts || message.ts }, "Reply in thread"),
    ),
    el("div", { class: "text" }, nodes(message.text, names)),
    (message.files ?? []).map(({ name, size }) => el("p", { class: "file" }, `📄 ${name}, ${size} bytes`)),
    (message.attachments ?? []).map((attachment) => attached(attachment, names)),
    message.reactions?.length > 0 && el("ul", { class: "reactions", "aria-label": "Reactions" },
      message.reactions.map((reaction) => reacted(reaction, people)),
    ),
  );
}

const attached = ({ title, text, footer }, names) =>
  el("div", { class: "attachment" },
    title && el("p", { class: "title" }, nodes(title, names)),
    text && el("div", { class: "text" }, nodes(text, names)),
    footer && el("p", { class: "footer" }, nodes(footer, names)),
  );

const reacted = ({ name, users }, people) =>
  el("li", { "data-reaction": name, title: users.map((id) => fullName(people.get(id))).join(", ") },
    emojiNode(name), " ", el("span", { class: "count" }, String(users.length)),
  );

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function time(ts) {
  const date = new Date(Number(ts) * 1000);
  return el("time", { datetime: date.toISOString() }, clock.format(date));
}

// journey draws the steps so far, as a bar of their shares of the time and as a list. It is not
// announced: five announcements for each message would drown the conversation.
function journey({ steps, outcome }) {
  const total = steps.reduce((sum, step) => sum + step.ms, 0);
  const over = outcome || steps.some((step) => step.name === "handled");
  return el("div", { class: over ? "journey" : "journey under-way", role: "group", "aria-label": "Journey through the bot", "aria-live": "off" },
    el("div", { class: "bar", "aria-hidden": "true" },
      steps.map((step) => el("span", { class: `step-${step.name}`, style: `flex-grow: ${step.ms * 1000}` })),
    ),
    el("p", { class: "total" }, el("span", { class: "unseen" }, "Total: "), steps.length > 0 ? duration(total) : "…"),
    el("ol", { class: "steps" },
      steps.map((step) => el("li", { class: `step-${step.name}`, "data-step": step.name },
        el("span", {}, step.name), " ", el("b", {}, duration(step.ms)),
      )),
      outcome && el("li", { class: /^(dropped|refused)/.test(outcome) ? "outcome bad" : "outcome" }, outcome),
    ),
  );
}

function duration(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 100) return `${Math.round(ms)} ms`;
  if (ms > 0 && ms < 0.05) return "<0.1 ms";
  return `${ms.toFixed(1)} ms`;
}
