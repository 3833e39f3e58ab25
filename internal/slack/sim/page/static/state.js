// The workspace as this page knows it, the stream that keeps it so, and the place that is open.

import { fullName } from "./view.js";

export const workspace = {
  can: {}, // what people can do on this platform, and its name
  bot: null,
  people: new Map(),
  channels: new Map(),
  messages: new Map(),
  modals: new Map(), // by person, the stack of views
  homes: new Map(), // by person
  commands: [],
  shortcuts: [],
  traffic: [],
  transport: {},
  demo: { examples: [], tour: {}, faults: [], notes: [], publishes: false }, // the program around it
};

// rememberTraffic is the number of entries of traffic that are kept.
const rememberTraffic = 500;

const byKey = (list, key) => new Map(list.map((value) => [key(value), value]));
const messageKey = ({ channel, ts }) => `${channel}/${ts}`;

// apply has what each event of the stream changes.
const apply = {
  snapshot({ bot, people, channels, messages, modals, homes, commands, shortcuts, traffic, transport }) {
    Object.assign(workspace, { bot, commands, shortcuts, traffic, transport });
    workspace.people = byKey(people, ({ id }) => id);
    workspace.channels = byKey(channels, ({ id }) => id);
    workspace.messages = byKey(messages, messageKey);
    workspace.modals = byKey(modals, ({ user }) => user);
    workspace.homes = byKey(homes, ({ user }) => user);
  },
  abilities: (abilities) => (workspace.can = abilities),
  person: (person) => workspace.people.set(person.id, person),
  channel: (channel) => workspace.channels.set(channel.id, channel),
  message: (message) => workspace.messages.set(messageKey(message), message),
  deleted: (message) => workspace.messages.delete(messageKey(message)),
  modal: (modal) => workspace.modals.set(modal.user, modal),
  home: (home) => workspace.homes.set(home.user, home),
  traffic: (entry) => (workspace.traffic = [...workspace.traffic, entry].slice(-rememberTraffic)),
  transport: (transport) => (workspace.transport = transport),
  demo: (demo) => (workspace.demo = demo),
};

// connect follows the workspace. changed is called with the name of each event.
export function connect(changed, disconnected) {
  const stream = new EventSource("/api/stream");
  for (const [name, change] of Object.entries(apply)) {
    stream.addEventListener(name, (event) => {
      change(JSON.parse(event.data));
      changed(name);
    });
  }
  stream.onopen = () => disconnected(false);
  stream.onerror = () => {
    disconnected(true);
    // A browser retries a lost connection, but not one that was answered with an error.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => connect(changed, disconnected), 2000);
  };
}

export const people = () => [...workspace.people.values()];
export const persons = () => people().filter((person) => !person.bot);
export const publicChannels = () =>
  [...workspace.channels.values()].filter((channel) => channel.kind === "channel" && !channel.archived);
export const directOf = (person) =>
  [...workspace.channels.values()].find((channel) => channel.kind === "im" && channel.members.includes(person.id));

// groupsOf returns the private channels ("group") or the group messages ("mpim") of a person.
export const groupsOf = (person, kind) =>
  [...workspace.channels.values()].filter((channel) => channel.kind === kind && channel.members.includes(person.id));

// nameOf returns the name of a channel, as a person sees it.
export function nameOf(channel, me) {
  if (channel.kind === "im") return workspace.bot.name;
  if (channel.kind !== "mpim") return `#${channel.name}`;
  return channel.members.filter((id) => id !== me.id).map((id) => (id === workspace.bot.id ? workspace.bot.name : fullName(workspace.people.get(id)))).join(", ");
}

// place returns who I am, which channel is open, and whether the bot's home is. It is in the
// address (#as=U01&in=C01&tab=home), so that two windows can be two people.
export function place() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const me = persons().find((person) => person.id === hash.get("as")) ?? persons()[0];
  if (!me) return {};
  const mine = [...publicChannels(), ...groupsOf(me, "group"), directOf(me), ...groupsOf(me, "mpim")].filter(Boolean);
  const channel = mine.find(({ id }) => id === hash.get("in")) ?? mine[0];
  return { me, channel, home: channel?.kind === "im" && hash.get("tab") === "home" };
}

export const address = (me, channel, home) =>
  "#" + new URLSearchParams({ as: me.id, in: channel.id, ...(home && { tab: "home" }) });

export function go(me, channel, home) {
  location.hash = address(me, channel, home);
}

// visible returns the messages that a person can see in a channel, the oldest first.
export function visible(me, channel) {
  return [...workspace.messages.values()]
    .filter((message) => message.channel === channel.id && (!message.ephemeral_for || message.ephemeral_for === me.id))
    .sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

// namesFor has the names of people and channels for mrkdwn.js.
export function namesFor(me) {
  return {
    me: me.id,
    person: (id) => (workspace.people.has(id) ? fullName(workspace.people.get(id)) : undefined),
    channel: (id) => workspace.channels.has(id) && { name: workspace.channels.get(id).name, href: address(me, { id }) },
  };
}

let draw = () => {};
let drawing = 0;

// drawWith sets the function that draws the page.
export const drawWith = (function_) => (draw = function_);

// drawSoon draws the page with the next frame.
export function drawSoon() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    draw();
  });
}
