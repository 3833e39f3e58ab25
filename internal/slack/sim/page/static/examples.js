// Messages to try: buttons that send them, and in small windows a menu.

import { fill, say } from "./composer.js";
import { show } from "./dom.js";
import { openMenu } from "./menu.js";
import { place, workspace } from "./state.js";
import { suggestion } from "./view.js";

const $ = (id) => document.getElementById(id);

// examples returns the messages to try in a channel. Slash commands want more than their name,
// so they are not sent at once.
function examples(channel) {
  const mention = channel.kind === "im" ? "" : `@${workspace.bot.name} `;
  return [
    ...workspace.commands.map(({ command }) => ({ label: `${command} …`, fill: `${command} ` })),
    ...workspace.demo.examples.map(({ text, label = text, addressed }) => {
      const before = addressed ? mention : "";
      return { label: before + label, say: before + text };
    }),
  ];
}

export function drawExamples(channel) {
  const all = examples(channel);
  show($("suggestions"), all.map(suggestion));
  $("try").hidden = all.length === 0;
}

$("try").addEventListener("click", ({ currentTarget: button }) =>
  openMenu(button, "Examples", examples(place().channel).map((one) => ({
    label: one.label, hint: one.fill && "to be completed", act: () => (one.fill ? fill(one.fill) : say(one.say)),
  }))),
);

$("suggestions").addEventListener("click", ({ target }) => {
  const { fill: begun, say: text } = target.closest("button")?.dataset ?? {};
  if (begun) fill(begun);
  if (text) say(text);
});
