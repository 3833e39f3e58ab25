// The page as a whole: it draws the place that is open, and passes clicks on.

import { drawComposer, reply, resetComposer, whenSent } from "./composer.js";
import { drawDemo, greet } from "./demo.js";
import { el, show } from "./dom.js";
import { drawExamples } from "./examples.js";
import { drawHome } from "./home.js";
import "./keys.js";
import { newMark, thread, threads } from "./message.js";
import "./messagemenu.js";
import { drawModal } from "./modal.js";
import { drawNotify } from "./notify.js";
import { attempt, fail, post } from "./server.js";
import "./side.js";
import {
  address, connect, directOf, drawSoon, drawWith, go, groupsOf, nameOf, namesFor, persons, place, publicChannels, visible, workspace,
} from "./state.js";
import { drawTraffic } from "./traffic.js";
import { markAllSeen, markSeen, unread } from "./unread.js";
import { fullName, navItem, option } from "./view.js";

const $ = (id) => document.getElementById(id);

let newcomer = ""; // id of the person to become as soon as the stream has told of them
let reveal = ""; // ts of the message to scroll to as soon as it is there
let atBottom = true;
const atFirst = 100; // messages with their threads that are drawn at first: drawing thousands takes long
let shown = atFirst;
let drawnPlace = "";
let firstNew = ""; // ts of the first message that was unread when the channel was opened
let size = ""; // of the messages, when they were last drawn or resized
let known = false; // the workspace has been seen

function becomeNewcomer() {
  const me = workspace.people.get(newcomer);
  const channel = me && directOf(me);
  if (!channel) return;
  newcomer = "";
  go(me, channel);
}

function draw() {
  becomeNewcomer();
  const { me, channel, home } = place();
  if (!channel) return;

  const here = address(me, channel, home);
  if (here !== drawnPlace) {
    drawnPlace = here;
    history.replaceState(null, "", here);
    resetComposer();
    reveal = "";
    atBottom = true;
    shown = atFirst;
    firstNew = unread(me, channel)[0]?.ts ?? "";
    fail("");
  }
  if (!home) markSeen(me, channel);

  drawSide(me, channel);
  drawHeading(me, channel);
  drawHome(me, channel, home);
  if (!home) drawLog(me, channel);
  drawComposer(me, channel);
  drawExamples(channel);
  drawDemo();
  drawNotify();
  drawModal(me);
  drawTraffic();
}

// drawPlatform shows what there is on this platform alone.
function drawPlatform() {
  const { can } = workspace;
  for (const node of document.querySelectorAll("[data-platform]")) node.textContent = can.platform;
  for (const node of document.querySelectorAll("[data-needs]")) node.hidden = !can[node.dataset.needs];
  for (const node of document.querySelectorAll("[data-lacks]")) node.hidden = can[node.dataset.lacks];
}

function drawSide(me, channel) {
  const item = (other, label) =>
    navItem(other, label, { open: other === channel, unread: unread(me, other).length });
  const direct = directOf(me);
  const newbies = publicChannels().find((other) => other.name === "newbies");

  show($("who"), persons().map(option));
  if ($("who").value !== me.id) $("who").value = me.id;
  show($("channels"), [...publicChannels(), ...groupsOf(me, "group")].map((other) => item(other, other.name)));
  show($("direct"), [direct, ...groupsOf(me, "mpim")].filter(Boolean).map((other) => item(other, nameOf(other, me))));
  $("join-newbies").hidden = !newbies || newbies.members.includes(me.id);
  $("join-newbies").dataset.join = newbies?.id ?? "";
  $("transport").hidden = !workspace.transport.can_switch;
  $("sockets").checked = workspace.transport.sockets;
}

function drawHeading(me, channel) {
  const direct = channel.kind === "im";
  $("title").textContent = nameOf(channel, me);
  $("topic").textContent = [
    channel.topic, direct && workspace.can.private && `Only ${fullName(me)} and the bot see this.`, channel.kind === "group" && "Private: only its members see it.",
    channel.kind === "mpim" && "Only its members see this.",
  ].filter(Boolean).join(" ");
  $("join-open").hidden = channel.members.includes(me.id);
  $("join-open").textContent = `Join ${nameOf(channel, me)}`;
  $("join-open").dataset.join = channel.id;
  document.title = `${nameOf(channel, me)} as ${fullName(me)} · gopherbot`;
}

function drawLog(me, channel) {
  const names = namesFor(me);
  const has = (wanted) => ({ message, replies }) => [message, ...replies].some(({ ts }) => ts === wanted);
  const all = threads(visible(me, channel));
  const revealedAt = reveal ? all.findIndex(has(reveal)) : -1;
  if (revealedAt >= 0) shown = Math.max(shown, all.length - revealedAt);
  const earlier = Math.max(0, all.length - shown);
  const drawn = all.slice(earlier).flatMap((one) => [
    ...(has(firstNew)(one) ? [newMark()] : []),
    thread(one, workspace.people, names),
  ]);
  if (earlier > 0) {
    drawn.unshift(el("li", { class: "empty", "data-key": "earlier" }, el("button", { type: "button", "data-earlier": "" }, `Show ${earlier} earlier messages`)));
  }
  show($("messages"), drawn.length ? drawn : [el("li", { class: "empty" }, "Nothing has been said here yet.")]);

  if (atBottom) scrollToBottom();
  const revealed = reveal && $("messages").querySelector(`[data-ts="${reveal}"]`);
  if (revealed) {
    revealed.scrollIntoView({ block: "nearest" });
    reveal = "";
  }
}

function isAtBottom() {
  const { scrollHeight, scrollTop, clientHeight } = $("log");
  return scrollHeight - scrollTop - clientHeight < 40;
}

function scrollToBottom() {
  $("log").scrollTop = $("log").scrollHeight;
}

// showEarlier draws all messages. Those that are in view stay where they are, and the focus, whose
// button is gone, goes to the messages.
function showEarlier() {
  const below = $("log").scrollHeight - $("log").scrollTop;
  atBottom = isAtBottom(); // the event of the latest scrolling may be to come, or was left out
  shown = Infinity;
  draw();
  $("log").scrollTop = $("log").scrollHeight - below;
  $("log").focus({ preventScroll: true });
}

function joinChannel(button) {
  const { me } = place();
  const id = button.dataset.join;
  attempt(button, async () => {
    await post("/api/join/channel", { as: me.id, channel: id });
    go(me, { id });
  });
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

$("sockets").addEventListener("change", ({ currentTarget: box }) =>
  attempt(box, () => post("/api/transport", { sockets: box.checked })),
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
  const { open, join, reply: parent, earlier } = button.dataset;
  if (open) go(place().me, { id: open });
  if (join) joinChannel(button);
  if (earlier !== undefined) showEarlier();
  if (parent) reply(parent);
});

const sizeOf = ({ scrollHeight, clientHeight, clientWidth }) => [scrollHeight, clientHeight, clientWidth].join();

$("log").addEventListener("scroll", () => {
  if (sizeOf($("log")) !== size) return; // nobody has scrolled: the browser has, for a window of another size
  atBottom = isAtBottom();
});

function resized() {
  size = sizeOf($("log"));
  if (atBottom) scrollToBottom();
}

new ResizeObserver(resized).observe($("log"));
new ResizeObserver(resized).observe($("messages"));

whenSent((ts) => (reveal = ts));
drawWith(draw);
addEventListener("hashchange", drawSoon);
connect(
  (event) => {
    if (event === "abilities") drawPlatform();
    if (event === "snapshot" && !known) {
      known = true;
      markAllSeen();
      greet();
    }
    drawSoon();
  },
  (lost) => ($("disconnected").hidden = !lost),
);
