// The page's state, the event stream that fills it, and what a person can do. What is open, and
// as whom, is in the address (#as=U01&in=C01), so that two windows can be two people.

import { el, show } from "./dom.js";
import { encode } from "./mrkdwn.js";
import { avatar, fullName, navItem, option, suggestion, thread } from "./view.js";

const $ = (id) => document.getElementById(id);

const workspace = { bot: null, people: new Map(), channels: new Map(), messages: new Map() };

const seen = new Map(); // channel id -> ts of the newest message that this window has shown
let replyingTo = ""; // ts of the thread's parent
let newcomer = ""; // id of the person to become as soon as the stream has told of them
let reveal = ""; // ts of the message to scroll to as soon as it is there
let atBottom = true;
let drawnPlace = "";

// The stream

const apply = {
  snapshot({ bot, people, channels, messages }) {
    const first = !workspace.bot;
    workspace.bot = bot;
    workspace.people = new Map(people.map((person) => [person.id, person]));
    workspace.channels = new Map(channels.map((channel) => [channel.id, channel]));
    workspace.messages = new Map();
    messages.forEach(apply.message);
    if (first) workspace.channels.forEach(markSeen);
  },
  person: (person) => workspace.people.set(person.id, person),
  channel: (channel) => workspace.channels.set(channel.id, channel),
  message: (message) => workspace.messages.set(`${message.channel}/${message.ts}`, message),
};

function connect() {
  const stream = new EventSource("/api/stream");
  for (const [name, change] of Object.entries(apply)) {
    stream.addEventListener(name, (event) => {
      change(JSON.parse(event.data));
      drawSoon();
    });
  }
  stream.onopen = () => ($("disconnected").hidden = true);
  stream.onerror = () => {
    $("disconnected").hidden = false;
    // A browser retries a lost connection, but not one that was answered with an error.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

// The place: who I am and which channel is open

const people = () => [...workspace.people.values()];
const publicChannels = () => [...workspace.channels.values()].filter((channel) => channel.kind === "channel" && !channel.archived);
const directOf = (person) =>
  [...workspace.channels.values()].find((channel) => channel.kind === "im" && channel.members.includes(person.id));

function place() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const persons = people().filter((person) => !person.bot);
  const me = persons.find((person) => person.id === hash.get("as")) ?? persons[0];
  if (!me) return {};
  const mine = [...publicChannels(), directOf(me)].filter(Boolean);
  return { me, channel: mine.find((channel) => channel.id === hash.get("in")) ?? mine[0] };
}

const address = (me, channel) => "#" + new URLSearchParams({ as: me.id, in: channel.id });

function go(me, channel) {
  location.hash = address(me, channel);
}

function becomeNewcomer() {
  const me = workspace.people.get(newcomer);
  const channel = me && directOf(me);
  if (!channel) return;
  newcomer = "";
  go(me, channel);
}

// The messages that a person can see in a channel, oldest first

function messagesFor(me, channel) {
  return [...workspace.messages.values()]
    .filter((message) => message.channel === channel.id && (!message.ephemeral_for || message.ephemeral_for === me.id))
    .sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

function threads(messages) {
  const byParent = new Map(messages.map((message) => [message.ts, { message, replies: [] }]));
  return messages.flatMap((message) => {
    const parent = message.thread_ts !== message.ts && byParent.get(message.thread_ts);
    if (!parent) return byParent.get(message.ts);
    parent.replies.push(message);
    return [];
  });
}

function markSeen(channel) {
  for (const message of workspace.messages.values()) {
    if (message.channel === channel.id && message.ts > (seen.get(channel.id) ?? "")) seen.set(channel.id, message.ts);
  }
}

const unreadFor = (me, channel) =>
  messagesFor(me, channel).filter(
    (message) => message.ts > (seen.get(channel.id) ?? "") && message.user !== me.id && !message.subtype,
  ).length;

// Drawing

let drawing = 0;

function drawSoon() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    draw();
  });
}

function draw() {
  becomeNewcomer();
  const { me, channel } = place();
  if (!channel) return;

  const here = address(me, channel);
  if (here !== drawnPlace) {
    drawnPlace = here;
    history.replaceState(null, "", here);
    replyingTo = "";
    reveal = "";
    atBottom = true;
    fail("");
  }
  markSeen(channel);

  drawSide(me, channel);
  drawHeading(me, channel);
  drawLog(me, channel);
  drawComposer(me, channel);
}

function drawSide(me, channel) {
  const item = (other, label, mark) =>
    navItem(other, label, mark, { open: other === channel, unread: unreadFor(me, other) });
  const direct = directOf(me);
  const newbies = publicChannels().find((other) => other.name === "newbies");

  show($("who"), people().filter((person) => !person.bot).map(option));
  if ($("who").value !== me.id) $("who").value = me.id;
  show($("channels"), publicChannels().map((other) => item(other, other.name, el("span", { class: "hash", "aria-hidden": "true" }, "#"))));
  show($("direct"), direct ? [item(direct, workspace.bot.name, avatar({ bot: true }))] : []);
  $("join-newbies").hidden = !newbies || newbies.members.includes(me.id);
  $("join-newbies").dataset.join = newbies?.id ?? "";
}

function drawHeading(me, channel) {
  const direct = channel.kind === "im";
  $("title").textContent = nameOf(channel);
  $("topic").textContent = channel.topic || (direct ? `Only ${fullName(me)} and the bot see this.` : "");
  $("join-open").hidden = direct || channel.members.includes(me.id);
  $("join-open").textContent = `Join ${nameOf(channel)}`;
  $("join-open").dataset.join = channel.id;
  document.title = `${nameOf(channel)} as ${fullName(me)} · gopherbot`;
}

function drawLog(me, channel) {
  const names = {
    me: me.id,
    person: (id) => workspace.people.has(id) ? fullName(workspace.people.get(id)) : undefined,
    channel: (id) => workspace.channels.has(id) && { name: workspace.channels.get(id).name, href: address(me, { id }) },
  };
  const drawn = threads(messagesFor(me, channel)).map((one) => thread(one, workspace.people, names));
  show($("messages"), drawn.length ? drawn : [el("li", { class: "empty" }, "Nothing has been said here yet.")]);

  if (atBottom) scrollToBottom();
  const revealed = reveal && $("messages").querySelector(`[data-ts="${reveal}"]`);
  if (revealed) {
    revealed.scrollIntoView({ block: "nearest" });
    reveal = "";
  }
}

function drawComposer(me, channel) {
  const direct = channel.kind === "im";
  const label = `Message ${nameOf(channel)} as ${fullName(me)}`;
  $("text").placeholder = label;
  $("text").labels[0].textContent = label;

  const mention = direct ? "" : `@${workspace.bot.name} `;
  const commands = ["help", "flip a coin", "newbie resources"].map((command) => mention + command);
  const anywhere = ["define goroutine", "d/net/http", "xkcd:standards", "I saw a dragon", "(╯°□°)╯︵ ┻━┻"];
  const texts = [...commands, ...anywhere].map((label) => ({ label }));
  show($("suggestions"), [...texts, { label: "ten lines of Go", text: program }].map(suggestion));

  const parent = workspace.messages.get(`${channel.id}/${replyingTo}`);
  $("replying").hidden = !parent;
  if (parent) $("replying").firstElementChild.textContent = `Replying in thread to ${fullName(workspace.people.get(parent.user))}…`;
}

const program = `Why does this print 3?
\`\`\`
package main

import "fmt"

func main() {
	sum := 0
	for i := range 3 {
		sum += i
	}
	fmt.Println(sum)
}
\`\`\``;

const nameOf = (channel) => (channel.kind === "im" ? workspace.bot.name : `#${channel.name}`);

function scrollToBottom() {
  $("log").scrollTop = $("log").scrollHeight;
}

// What a person can do

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The server can’t be reached.");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `The server answered with status ${response.status}.`);
  return answer;
}

function fail(reason) {
  $("error").textContent = reason;
}

// attempt runs the button's action, unless it is running already, and shows why it failed.
// The button is not really disabled: it would lose the focus.
async function attempt(button, action) {
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true";
  fail("");
  try {
    await action();
  } catch (error) {
    fail(error.message);
  } finally {
    button.ariaDisabled = null;
  }
  drawSoon();
}

let sending = Promise.resolve(); // messages are sent one after the other, however fast they are written

function say() {
  const { me, channel } = place();
  const typed = $("text").value;
  $("text").focus();
  const file = $("file").files[0];
  if (!channel || (!typed.trim() && !file)) return;
  const message = {
    as: me.id,
    channel: channel.id,
    text: encode(typed.trim(), people(), publicChannels()),
    thread_ts: replyingTo,
  };
  $("text").value = "";
  attach(null);
  replyingTo = "";
  fail("");
  sending = sending
    .then(async () => file && (message.file = { name: file.name, content: await file.text() }))
    .then(() => post("/api/say", message))
    .then(({ ts }) => (reveal = ts))
    .catch((error) => {
      fail(error.message);
      $("text").value ||= typed; // unless something else has been written since
      replyingTo ||= message.thread_ts;
    })
    .finally(drawSoon);
  drawSoon();
}

const maxFile = 200_000; // bytes; the page sends it within a message

// attach notes the file that goes with the next message, or that there is none.
function attach(file) {
  const tooLarge = file && file.size > maxFile;
  if (!file || tooLarge) $("file").value = "";
  $("attached").textContent = file && !tooLarge ? `${file.name} goes with your message.` : "";
  fail(tooLarge ? `${file.name} is larger than ${maxFile} bytes.` : "");
}

function joinChannel(button) {
  const { me } = place();
  const id = button.dataset.join;
  attempt(button, async () => {
    await post("/api/join/channel", { as: me.id, channel: id });
    go(me, { id });
  });
}

function reply(ts) {
  replyingTo = ts;
  drawSoon();
  $("text").focus();
}

$("who").addEventListener("change", (event) => {
  const { channel } = place();
  const me = workspace.people.get(event.target.value);
  go(me, channel.kind === "im" ? directOf(me) ?? channel : channel);
});

$("join-workspace").addEventListener("click", (event) =>
  attempt(event.currentTarget, async () => {
    newcomer = (await post("/api/join/workspace", {})).id;
  }),
);

// What is announced is announced in the first channel.
$("publish").addEventListener("click", (event) =>
  attempt(event.currentTarget, async () => {
    await post("/api/publish", {});
    go(place().me, publicChannels()[0]);
  }),
);

// showLinked scrolls to the message that a permalink of Slack's names, if it is one of ours.
function showLinked(event, href) {
  const [, channel, seconds, micros] = href.match(/\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?|$)/) ?? [];
  const ts = `${seconds}.${micros}`;
  if (!workspace.messages.has(`${channel}/${ts}`)) return;
  event.preventDefault();
  go(place().me, { id: channel });
  atBottom = false;
  reveal = ts;
  drawSoon();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link) showLinked(event, link.href);
  const button = event.target.closest("button");
  if (!button) return;
  const { open, join, reply: parent, fill } = button.dataset;
  if (open) go(place().me, { id: open });
  if (join) joinChannel(button);
  if (parent) reply(parent);
  if (fill) {
    $("text").value = fill;
    $("text").focus();
  }
});

$("replying").querySelector("button").addEventListener("click", () => reply(""));

$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => attach($("file").files[0]));

$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  if (event.key === "Escape" && replyingTo) reply("");
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});

$("log").addEventListener("scroll", () => {
  const { scrollHeight, scrollTop, clientHeight } = $("log");
  atBottom = scrollHeight - scrollTop - clientHeight < 40;
});

new ResizeObserver(() => atBottom && scrollToBottom()).observe($("log"));

addEventListener("hashchange", drawSoon);
connect();
