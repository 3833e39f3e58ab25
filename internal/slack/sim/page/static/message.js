// Messages and their threads, as DOM nodes.

import { el } from "./dom.js";
import { blocks } from "./blocks.js";
import { journey } from "./journey.js";
import { emojiNode, nodes } from "./mrkdwn.js";
import { workspace } from "./state.js";
import { avatar, fullName, time } from "./view.js";

// threads puts replies below their messages. A reply to one that is unknown stands alone.
export function threads(messages) {
  const byParent = new Map(messages.map((message) => [message.ts, { message, replies: [] }]));
  return messages.flatMap((message) => {
    const parent = message.thread_ts !== message.ts && byParent.get(message.thread_ts);
    if (!parent) return byParent.get(message.ts);
    parent.replies.push(message);
    return [];
  });
}

// thread is a message followed by its replies, if it has any.
export function thread({ message, replies }, people, names) {
  return item(message, people, names,
    replies.length > 0 && el("ol", { class: "replies", "aria-label": "Replies" },
      replies.map((reply) => item(reply, people, names)),
    ),
  );
}

// newMark stands above the first message that the person has not seen.
export const newMark = () => el("li", { class: "new-mark", "data-key": "new" }, "New messages");

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
      message.journey && journey(message.journey, message.ts),
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
      message.edited && [el("span", { class: "edited" }, "(edited)"), " "],
      message.ephemeral_for
        ? el("span", { class: "note" }, "Only visible to you")
        : tools(message, author),
    ),
    message.blocks?.length > 0
      ? el("div", { class: "blocks", "data-place": "message" }, blocks(message.blocks, { key: message.ts, names }))
      : el("div", { class: "text" }, workspace.can.markup ? nodes(message.text, names) : message.text),
    (message.files ?? []).map(({ name, size }) => el("p", { class: "file" }, `📄 ${name}, ${size} bytes`)),
    (message.attachments ?? []).map((attachment) => attached(attachment, names)),
    message.reactions?.length > 0 && el("ul", { class: "reactions", "aria-label": "Reactions" },
      message.reactions.map((reaction) => reacted(reaction, people, names.me)),
    ),
  );
}

const tools = (message, author) => [
  el("button", { type: "button", class: "reply", "data-reply": message.thread_ts || message.ts }, "Reply in thread"),
  workspace.can.reactions && el("button", { type: "button", class: "reply", "data-react": "", "aria-haspopup": "menu" }, "React"),
  el("button", {
      type: "button", class: "reply", "data-more": "", "aria-haspopup": "menu",
      "aria-label": `More actions for the message of ${fullName(author)}`,
    }, "More…"),
];

const attached = ({ title, text, footer }, names) =>
  el("div", { class: "attachment" },
    title && el("p", { class: "title" }, nodes(title, names)),
    text && el("div", { class: "text" }, nodes(text, names)),
    footer && el("p", { class: "footer" }, nodes(footer, names)),
  );

function reacted({ name, users }, people, me) {
  const mine = users.includes(me);
  return el("li", { "data-reaction": name, title: users.map((id) => fullName(people.get(id))).join(", ") },
    el("button", { type: "button", "data-toggle-reaction": name, "aria-pressed": String(mine) },
      emojiNode(name), " ", el("span", { class: "count" }, String(users.length)),
    ),
  );
}
