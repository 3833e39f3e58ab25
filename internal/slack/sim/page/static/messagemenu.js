// What a person can do with a message: react, edit and delete, and the app's shortcuts.

import { confirmed } from "./confirm.js";
import { edit } from "./composer.js";
import { openMenu } from "./menu.js";
import { emojiNode } from "./mrkdwn.js";
import { attempt, post } from "./server.js";
import { place, workspace } from "./state.js";
import { showTrafficOf } from "./traffic.js";

// offered are the emoji of the picker.
const offered = ["+1", "heart", "joy", "tada", "eyes", "thinking_face", "white_check_mark", "x"];

function messageOf(node) {
  const { channel, ts } = node.closest(".message").dataset;
  return workspace.messages.get(`${channel}/${ts}`);
}

// change asks the server to do something with a message.
const change = (button, path, { channel, ts }, more) =>
  attempt(button, () => post(path, { as: place().me.id, channel, ts, ...more }));

function toggle(button, message, name) {
  const mine = message.reactions.some((reaction) => reaction.name === name && reaction.users.includes(place().me.id));
  return change(button, mine ? "/api/unreact" : "/api/react", message, { name });
}

async function remove(button, message) {
  const sure = await confirmed({
    title: { text: "Delete the message?" }, text: { text: "Nobody will see it any more." }, confirm: { text: "Delete" }, style: "danger",
  });
  if (sure) change(button, "/api/delete", message);
}

function actions(button, message) {
  const shortcuts = workspace.shortcuts.filter(({ type }) => type === "message").map(({ name, description, callback_id }) => ({
    label: name, hint: description, id: callback_id,
    act: () => change(button, "/api/shortcut", message, { id: callback_id }),
  }));
  const own = workspace.can.edits && message.user === place().me.id && !message.subtype;
  return [
    ...shortcuts,
    ...(own ? [
      { label: "Edit message", id: "edit", act: () => edit(message) },
      { label: "Delete message…", id: "delete", act: () => remove(button, message) },
    ] : []),
    { label: "Show raw traffic", id: "traffic", act: () => showTrafficOf(message.ts) },
  ];
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-react], [data-more], [data-toggle-reaction], [data-traffic-of]");
  if (!button) return;
  const message = messageOf(button);
  const { react, more, toggleReaction } = button.dataset;
  if (react !== undefined) {
    openMenu(button, "Reactions", offered.map((name) => ({ label: emojiNode(name), id: name, act: () => toggle(button, message, name) })), "emoji-menu");
  } else if (more !== undefined) {
    openMenu(button, "More actions", actions(button, message));
  } else if (toggleReaction) {
    toggle(button, message, toggleReaction);
  } else {
    showTrafficOf(message.ts);
  }
});
