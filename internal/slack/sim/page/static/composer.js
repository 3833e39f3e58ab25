// The composer: messages, replies in threads, changes of messages, files, slash commands, and
// the app's global shortcuts.

import { completeKey, drawCompletion, typedCommand } from "./complete.js";
import { openMenu } from "./menu.js";
import { decode, encode } from "./mrkdwn.js";
import { attempt, fail, post } from "./server.js";
import { drawSoon, nameOf, namesFor, people, place, publicChannels, workspace } from "./state.js";
import { fullName } from "./view.js";

const $ = (id) => document.getElementById(id);

let replyingTo = ""; // ts of the thread's parent
let editing = ""; // ts of the message that is changed
let sent = () => {}; // is called with the ts of a message that was sent

export const whenSent = (function_) => (sent = function_);

// resetComposer leaves the thread and the edit, in another place.
export function resetComposer() {
  stopEditing();
  replyingTo = "";
}

function stopEditing() {
  if (editing) $("text").value = "";
  editing = "";
}

export function drawComposer(me, channel) {
  const parent = workspace.messages.get(`${channel.id}/${replyingTo}`);
  const label = replyingTo ? `Reply in the thread as ${fullName(me)}` : `Message ${nameOf(channel, me)} as ${fullName(me)}`;
  $("text").placeholder = label;
  $("text").labels[0].textContent = label;

  $("shortcuts").hidden = globalShortcuts().length === 0;
  $("replying").hidden = !replyingTo && !editing;
  $("replying").firstElementChild.textContent =
    editing ? "Editing your message…" : parent ? `In the thread of ${fullName(workspace.people.get(parent.user))}` : "In the thread";
  $("replying").querySelector("button").ariaLabel = editing ? "Stop editing" : "Leave the thread";
  drawCompletion();
}

// reply enters the thread of a message, in which the composer stays until one leaves it.
export function reply(ts) {
  stopEditing();
  replyingTo = ts;
  drawSoon();
  $("text").focus();
}

// leave ends an edit, or otherwise leaves the thread.
function leave() {
  if (editing) stopEditing();
  else replyingTo = "";
  drawSoon();
  $("text").focus();
}

// edit puts a message of one's own into the composer.
export function edit(message) {
  const names = namesFor(place().me);
  stopEditing();
  editing = message.ts;
  $("text").value = decode(message.text, { ...names, person: (id) => workspace.people.get(id)?.name });
  drawSoon();
  $("text").focus();
}

export function fill(text) {
  $("text").value = text;
  $("text").focus();
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

let sending = Promise.resolve(); // messages are sent one after the other, however fast they are written

// send sends what is typed, or changes the message that is edited.
function send() {
  const typed = $("text").value;
  $("text").focus();
  const file = $("file").files[0];
  if (!typed.trim() && !file) return;
  const before = editing;
  const act = request(typed.trim(), editing, file);
  if (!act) return;
  $("text").value = "";
  attach(null);
  editing = "";
  enqueue(act, () => {
    if ($("text").value.trim()) return; // something else has been written since
    $("text").value = typed;
    editing = before;
  });
}

// say sends a text as if it had been typed, whatever is being typed.
export function say(text) {
  const act = request(text);
  if (act) enqueue(act);
}

// request returns the function that sends a text with a file, changes the message with timestamp
// ts if it is given, or runs a slash command.
function request(text, ts, file) {
  const { me, channel } = place();
  if (!channel) return undefined;
  const command = workspace.can.apps && !ts && !file && typedCommand(text);
  if (command && replyingTo) return fail("Slash commands do not work in threads.");
  if (command) return () => post("/api/command", { as: me.id, channel: channel.id, ...command });
  const message = { as: me.id, channel: channel.id, text: workspace.can.markup ? encode(text, people(), publicChannels()) : text };
  if (ts) return () => post("/api/edit", { ...message, ts });
  const thread_ts = replyingTo;
  return async () => {
    const attached = file && { name: file.name, content: await file.text() };
    const said = await post("/api/say", { ...message, thread_ts, file: attached });
    sent(said.ts);
  };
}

function enqueue(act, failed = () => {}) {
  sending = sending.then(act).catch((error) => {
    fail(error.message);
    failed();
  }).finally(drawSoon);
  drawSoon();
}

const globalShortcuts = () => workspace.shortcuts.filter(({ type }) => type === "global");

$("shortcuts").addEventListener("click", ({ currentTarget: button }) =>
  openMenu(button, "Shortcuts", globalShortcuts().map(({ name, description, callback_id }) => ({
    label: name, hint: description, id: callback_id,
    act: () => attempt(button, () => post("/api/shortcut", { as: place().me.id, id: callback_id })),
  }))),
);

$("replying").querySelector("button").addEventListener("click", leave);
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => attach($("file").files[0]));

$("text").addEventListener("keydown", (event) => {
  if (event.isComposing || completeKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  if (event.key === "Escape" && (replyingTo || editing)) leave();
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
