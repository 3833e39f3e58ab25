// Requests to the gateway, and the lists that it answers page by page.

// Characters that act on the text around them, or hide: control characters except line breaks and
// tabs, and those that change the direction of a text.
const acting = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

// visible returns a text with such characters written as \u202e. Who reads the error of a dead
// letter must not see another text than it has.
export function visible(text) {
  return text.replace(acting, (c) => (c === "\n" || c === "\t" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

// ask sends a request and returns the answer, with all its texts visible. With a body it is one that
// changes something.
export async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response, answer;
  try {
    response = await fetch(`/ops/api/${path}`, options);
    answer = JSON.parse(await response.text(), (_, value) => (typeof value === "string" ? visible(value) : value));
  } catch {
    throw new Error("The gateway does not answer.");
  }
  if (response.status === 401) {
    location.reload(); // the session is over
    return new Promise(() => {});
  }
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// A Pager has one page of a list, so that the page in the browser stays small however long the
// list is. fetchPage returns the page that begins after the item with an id, or the first for
// "", as {items, more}.
export class Pager {
  items = [];
  more = false;
  #fetchPage;
  #starts = [""]; // of the pages up to this one: the id before it

  constructor(fetchPage) {
    this.#fetchPage = fetchPage;
  }

  get number() {
    return this.#starts.length;
  }

  // load fetches this page again.
  load() {
    return this.#show(this.#starts);
  }

  // turn goes to another page: "first", "previous" or "next".
  turn(where) {
    const starts = this.#starts;
    if (where === "next" && this.more) return this.#show([...starts, this.items.at(-1).id]);
    if (where === "previous" && starts.length > 1) return this.#show(starts.slice(0, -1));
    return this.#show(where === "first" ? [""] : starts);
  }

  // #show fetches a page, or one before it if it has become empty, unless the page is turned
  // meanwhile.
  async #show(starts) {
    const from = this.#starts;
    let page = await this.#fetchPage(starts.at(-1));
    while (page.items.length === 0 && starts.length > 1) {
      starts = starts.slice(0, -1);
      page = await this.#fetchPage(starts.at(-1));
    }
    if (from !== this.#starts) return;
    this.#starts = starts;
    Object.assign(this, page);
  }
}
