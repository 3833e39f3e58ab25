// Requests to the server, and the reasons why they failed.

import { drawSoon } from "./state.js";

const $ = (id) => document.getElementById(id);

// post sends a request and returns its result. It throws what the person should read.
export async function post(path, body) {
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
  if (answer.error) throw new Error(explain(answer.error));
  if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
  return answer;
}

// meanings explain the errors that Slack shows.
const meanings = {
  operation_timeout: "The bot did not answer within 3 seconds.",
  dispatch_failed: "The bot could not be reached.",
  http_client_error: "The bot refused the request.",
  http_service_error: "The bot failed.",
  invalid_command: "The bot has no such command.",
  interactivity_off: "The app has interactivity turned off.",
  trouble_connecting: "The bot gave an answer that is not valid.",
};

function explain(error) {
  const code = error.match(/failed with the error "(\w+)"$/)?.[1];
  return meanings[code] ? `${error}: ${meanings[code]}` : error;
}

// fail shows why something failed, in the modal if one is open. "" ends that.
export function fail(reason) {
  const panel = ["faults", "notify"].find((name) => $(name).contains(document.activeElement));
  const place = $("modal").open ? "modal-error" : panel ? `${panel}-error` : "error";
  for (const other of ["error", "modal-error", "faults-error", "notify-error"]) $(other).textContent = other === place ? reason : "";
}

// tryTo runs an action, shows why it failed, and returns whether it succeeded.
export async function tryTo(action) {
  fail("");
  try {
    await action();
    return true;
  } catch (error) {
    fail(error.message);
    return false;
  } finally {
    drawSoon();
  }
}

// attempt is tryTo for a button, unless its action is running already. The button is not really
// disabled: it would lose the focus.
export async function attempt(button, action) {
  if (button.ariaDisabled) return false;
  button.ariaDisabled = "true";
  const ok = await tryTo(action);
  button.ariaDisabled = null;
  return ok;
}
