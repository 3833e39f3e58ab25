// The composer: messages, replies in threads, changes of messages, files, slash commands, and
// the app's global shortcuts.

import { completeKey, drawCompletion, typedCommand } from "./complete.js";
import { show } from "./dom.js";
import { openMenu } from "./menu.js";
import { decode, encode } from "./mrkdwn.js";
import { attempt, fail, post } from "./server.js";
import { drawSoon, nameOf, namesFor, people, place, publicChannels, workspace } from "./state.js";
import { fullName, suggestion } from "./view.js";

const $ = (id) => document.getElementById(id);

let replyingTo = ""; // ts of the thread's parent
let editing = ""; // ts of the message that is changed
let sent = () => {}; // is called with the ts of a message that was sent

export const whenSent = (function_) => (sent = function_);

// resetComposer forgets the thread and the message that were meant, in another place.
export function resetComposer() {
  if (editing) $("text").value = "";
  replyingTo = "";
  editing = "";
}

export function drawComposer(me, channel) {
  const direct = channel.kind === "im";
  const label = `Message ${nameOf(channel)} as ${fullName(me)}`;
  $("text").placeholder = label;
  $("text").labels[0].textContent = label;

  const mention = direct ? "" : `@${workspace.bot.name} `;
  const commands = ["help", "flip a coin", "newbie resources"].map((command) => mention + command);
  const anywhere = ["define goroutine", "d/net/http", "xkcd:standards", "I saw a dragon", "(╯°□°)╯︵ ┻━┻"];
  const slashes = workspace.commands.map(({ command }) => `${command} `);
  const texts = [...slashes, ...commands, ...anywhere].map((label) => ({ label }));
  show($("suggestions"), [...texts, { label: "ten lines of Go", text: program }].map(suggestion));
  $("shortcuts").hidden = globalShortcuts().length === 0;

  const parent = workspace.messages.get(`${channel.id}/${replyingTo}`);
  $("replying").hidden = !parent && !editing;
  $("replying").firstElementChild.textContent =
    editing ? "Editing your message…" : parent ? `Replying in thread to ${fullName(workspace.people.get(parent.user))}…` : "";
  drawCompletion();
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

export function reply(ts) {
  resetComposer();
  replyingTo = ts;
  drawSoon();
  $("text").focus();
}

// edit puts a message of one's own into the composer.
export function edit(message) {
  const names = namesFor(place().me);
  resetComposer();
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

function send() {
  const { me, channel } = place();
  const typed = $("text").value;
  $("text").focus();
  const file = $("file").files[0];
  if (!channel || (!typed.trim() && !file)) return;
  const command = !editing && !file && typedCommand(typed.trim());
  if (command && replyingTo) return fail("Slash commands do not work in threads.");
  const before = { replyingTo, editing };
  const act = command
    ? () => post("/api/command", { as: me.id, channel: channel.id, ...command })
    : say({ as: me.id, channel: channel.id, text: encode(typed.trim(), people(), publicChannels()) }, file);
  $("text").value = "";
  attach(null);
  replyingTo = "";
  editing = "";
  sending = sending.then(act).catch((error) => {
    fail(error.message);
    if (!$("text").value.trim()) { // nothing else has been written since
      $("text").value = typed;
      ({ replyingTo, editing } = before);
    }
  }).finally(drawSoon);
  drawSoon();
}

// say returns the function that sends a message, or changes the one that is edited.
function say(message, file) {
  if (editing) {
    const ts = editing;
    return () => post("/api/edit", { ...message, ts });
  }
  const thread_ts = replyingTo;
  return async () => {
    const attached = file && { name: file.name, content: await file.text() };
    const { ts } = await post("/api/say", { ...message, thread_ts, file: attached });
    sent(ts);
  };
}

const globalShortcuts = () => workspace.shortcuts.filter(({ type }) => type === "global");

$("shortcuts").addEventListener("click", ({ currentTarget: button }) =>
  openMenu(button, "Shortcuts", globalShortcuts().map(({ name, description, callback_id }) => ({
    label: name, hint: description, id: callback_id,
    act: () => attempt(button, () => post("/api/shortcut", { as: place().me.id, id: callback_id })),
  }))),
);

$("replying").querySelector("button").addEventListener("click", () => reply(""));
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => attach($("file").files[0]));

$("text").addEventListener("keydown", (event) => {
  if (event.isComposing || completeKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  if (event.key === "Escape" && (replyingTo || editing)) reply("");
});

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
