// The dialog that asks whether somebody is sure.

const $ = (id) => document.getElementById(id);

const textOf = (object, otherwise) => object?.text ?? otherwise;

// confirmed asks as a confirmation object of Block Kit says, and returns the answer.
export function confirmed({ title, text, confirm, deny, style }) {
  const dialog = $("confirm");
  $("confirm-title").textContent = textOf(title, "Are you sure?");
  $("confirm-text").textContent = textOf(text, "");
  $("confirm-yes").textContent = textOf(confirm, "Yes");
  $("confirm-yes").className = `press ${style ?? "primary"}`;
  $("confirm-no").textContent = textOf(deny, "Cancel");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) =>
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}

$("confirm-yes").addEventListener("click", () => $("confirm").close("yes"));
$("confirm-no").addEventListener("click", () => $("confirm").close(""));
