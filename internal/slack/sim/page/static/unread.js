// Which messages each person has seen in this window.

import { persons, visible, workspace } from "./state.js";

const seen = new Map(); // person and channel -> ts of the newest message that was shown

const key = (me, channel) => `${me.id}/${channel.id}`;

// lastSeen returns the timestamp of the newest message that a person has seen in a channel.
const lastSeen = (me, channel) => seen.get(key(me, channel)) ?? "";

export function markSeen(me, channel) {
  const newest = visible(me, channel).at(-1)?.ts ?? "";
  if (newest > lastSeen(me, channel)) seen.set(key(me, channel), newest);
}

// markAllSeen is for what was said before this window opened.
export function markAllSeen() {
  for (const person of persons()) workspace.channels.forEach((channel) => markSeen(person, channel));
}

// unread returns the messages of others that a person has not seen, the oldest first.
export const unread = (me, channel) =>
  visible(me, channel).filter((message) => message.ts > lastSeen(me, channel) && message.user !== me.id && !message.subtype);
