// The interactive elements of Block Kit, as DOM nodes. use.js listens to them.
// Source: https://docs.slack.dev/reference/block-kit/block-elements

import { combobox } from "./combobox.js";
import { el } from "./dom.js";
import { emojiText, nodes } from "./mrkdwn.js";
import { publicChannels, people } from "./state.js";
import { fullName } from "./view.js";

// element draws an element. place is that of blocks.js, with the element's block and the state
// of that block; in an input block also with the ids of its label, hint and error.
export function element(e, place) {
  const draw = kinds[e.type];
  if (!draw) return el("p", { class: "note" }, `This page does not draw elements of type ${e.type}.`);
  return draw(e, place, place.state?.[e.action_id]);
}

// shared are the attributes of every element. Those that use.js reads name the element.
const shared = (e, place) => ({
  "data-key": `${place.key}/${place.block}/${e.action_id}/${e.type}`,
  "data-use": e.type,
  "data-block": place.block,
  "data-action": e.action_id,
  "data-confirm": e.confirm && JSON.stringify(e.confirm),
});

const described = (e, place) => ({
  "aria-describedby": place.describedBy,
  "aria-invalid": place.invalid && "true",
  "aria-required": place.required && "true",
});

// labelled is for elements of one control.
const labelled = (e, place) => ({
  id: place.id,
  "aria-label": place.id ? null : e.accessibility_label ?? e.placeholder?.text ?? e.action_id,
  ...described(e, place),
});

const kinds = {
  button(e, place) {
    const attributes = { ...shared(e, place), class: `press ${e.style ?? ""}`, "aria-label": e.accessibility_label };
    return e.url
      ? el("a", { ...attributes, href: /^https?:/i.test(e.url) && e.url, rel: "noopener noreferrer", target: "_blank" }, emojiText(e.text.text))
      : el("button", { type: "button", ...attributes }, emojiText(e.text.text));
  },
  overflow: (e, place) =>
    el("button", {
      type: "button", ...shared(e, place), class: "press", "aria-haspopup": "menu", "aria-label": e.accessibility_label ?? "More options",
      "data-options": JSON.stringify(e.options.map(choice)),
    }, "⋯"),
  static_select: (e, place, state) => select(e, place, optionsOf(e), (state?.selected_option ?? e.initial_option)?.value),
  users_select: (e, place, state) => select(e, place, users(), state?.selected_user ?? e.initial_user),
  channels_select: (e, place, state) => select(e, place, channels(), state?.selected_channel ?? e.initial_channel),
  conversations_select: (e, place, state) => select(e, place, channels(), state?.selected_conversation ?? e.initial_conversation),
  external_select: (e, place, state) => search(e, place, null, [state ? state.selected_option : e.initial_option], false),
  multi_external_select: (e, place, state) => search(e, place, null, state ? state.selected_options : e.initial_options, true),
  multi_static_select: (e, place, state) => search(e, place, optionsOf(e).flatMap(flat), state ? state.selected_options : e.initial_options, true),
  multi_users_select: (e, place, state) => search(e, place, users(), known(users(), state?.selected_users ?? e.initial_users), true),
  multi_channels_select: (e, place, state) => search(e, place, channels(), known(channels(), state?.selected_channels ?? e.initial_channels), true),
  multi_conversations_select: (e, place, state) =>
    search(e, place, channels(), known(channels(), state?.selected_conversations ?? e.initial_conversations), true),
  checkboxes: (e, place, state) => boxes(e, place, "checkbox", state?.selected_options ?? e.initial_options ?? []),
  radio_buttons: (e, place, state) => boxes(e, place, "radio", [state?.selected_option ?? e.initial_option].filter(Boolean)),
  datepicker: (e, place, state) => input(e, place, "date", state?.selected_date ?? e.initial_date),
  timepicker: (e, place, state) => input(e, place, "time", state?.selected_time ?? e.initial_time),
  datetimepicker: (e, place, state) => input(e, place, "datetime-local", local(state?.selected_date_time ?? e.initial_date_time)),
  plain_text_input: (e, place, state) =>
    e.multiline ? area(e, place, state?.value ?? e.initial_value) : input(e, place, "text", state?.value ?? e.initial_value),
  rich_text_input: (e, place, state) => area(e, place, state?.rich_text_value?.elements?.[0]?.elements?.[0]?.text),
  email_text_input: (e, place, state) => input(e, place, "email", state?.value ?? e.initial_value),
  url_text_input: (e, place, state) => input(e, place, "url", state?.value ?? e.initial_value),
  number_input: (e, place, state) => input(e, place, "number", state?.value ?? e.initial_value, { step: e.is_decimal_allowed ? "any" : "1" }),
};

const input = (e, place, type, value, more = {}) =>
  el("input", { type, ...shared(e, place), ...labelled(e, place), ...more, value, placeholder: e.placeholder?.text, autocomplete: "off" });

const area = (e, place, value) =>
  el("textarea", { ...shared(e, place), ...labelled(e, place), rows: "4", placeholder: e.placeholder?.text }, value ?? "");

function select(e, place, options, chosen) {
  const one = ({ label, value }) => el("option", { value, selected: value === chosen }, label);
  return el("select", { ...shared(e, place), ...labelled(e, place) },
    el("option", { value: "", selected: !chosen }, e.placeholder?.text ?? "Choose…"),
    options.map((o) => (o.options ? el("optgroup", { label: o.label }, o.options.map(one)) : one(o))),
  );
}

const search = (e, place, options, chosen, many) =>
  combobox(
    { ...shared(e, place), "data-least": e.min_query_length ?? 3, "data-most": e.max_selected_items },
    { ...labelled(e, place), placeholder: e.placeholder?.text ?? "Search…" },
    { options, chosen: (chosen ?? []).filter(Boolean).map((o) => (o.text ? choice(o) : o)), many },
  );

function boxes(e, place, type, chosen) {
  const values = chosen.map(({ value }) => value);
  return el("fieldset", { ...shared(e, place), "aria-labelledby": place.labelledBy, ...described(e, place) },
    e.options.map((o) =>
      el("label", {},
        el("input", { type, name: `${place.key}/${place.block}/${e.action_id}`, value: o.value, checked: values.includes(o.value) }), " ",
        el("span", {}, textOf(o.text), o.description && el("small", {}, textOf(o.description))),
      )),
  );
}

const anonymous = { person: () => undefined, channel: () => undefined };
const textOf = (object) => (object.type === "mrkdwn" ? nodes(object.text, anonymous) : emojiText(object.text));

// choice is an option as the rest of the page has it.
export const choice = (o) => ({ value: o.value, label: o.text.text, hint: o.description?.text });

const optionsOf = (e) =>
  e.option_groups?.length
    ? e.option_groups.map((group) => ({ label: group.label.text, options: group.options.map(choice) }))
    : (e.options ?? []).map(choice);

const flat = (o) => o.options ?? [o];
const users = () => people().map((person) => ({ value: person.id, label: fullName(person) }));
const channels = () => publicChannels().map(({ id, name }) => ({ value: id, label: `#${name}` }));
const known = (options, values) => options.filter(({ value }) => values?.includes(value));

// local writes seconds since 1970 as inputs for a date and a time want them.
function local(seconds) {
  if (!seconds) return null;
  const date = new Date(seconds * 1000);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
