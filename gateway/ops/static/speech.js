// Posts messages as the bot, and deletes them.

import { el, show } from "./dom.js";
import { $, act, announce, confirmed, isAsked, onQuestion, onSubmit } from "./forms.js";
import { ask } from "./requests.js";

// beginSpeech shows the forms if the gateway can speak.
export const beginSpeech = (speaks) => {
  $("speech-forms").hidden = !speaks;
  $("speech-none").hidden = speaks;
};

onSubmit("say", async () => {
  show($("said"), []);
  const { where, link } = await ask("say", { place: $("say-place").value.trim(), text: $("say-text").value });
  $("say-text").value = "";
  show($("said"), [el("span", {}, `Posted in ${where}. `, link && el("a", { href: link, rel: "noreferrer" }, "Look at it"))]);
  announce(`Posted in ${where}.`);
});

const draw = () => {
  const asks = isAsked("unsay");
  $("unsay-delete").textContent = asks ? "Delete permanently?" : "Delete";
  $("unsay-delete").classList.toggle("danger", asks);
};

onQuestion(draw);

$("unsay").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!confirmed("unsay")) return;
  act($("unsay"), async () => {
    await ask("unsay", { link: $("unsay-link").value.trim() });
    $("unsay-link").value = "";
    announce("Deleted.");
  });
});
