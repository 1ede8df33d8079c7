// Parts of the page. Everything that comes from outside is put in as text, never as markup.

import { Refused } from "./ask.mjs";

/**
 * Make an element. Attributes with `undefined` or `false` are left out, `onclick` and the like are listened to.
 */
export function make(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...content.filter((each) => each !== undefined && each !== null).map(asNode));
  return element;
}

const asNode = (value) => (value instanceof Node ? value : document.createTextNode(String(value)));

/**
 * Make a table. A cell is a text, a node, or `{ text, looks }` with a class.
 */
export function table(caption, heads, rows, empty = "nothing") {
  if (rows.length === 0) return make("p", { class: "quiet" }, `${caption}: ${empty}`);
  const head = make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)));
  const body = make("tbody", {}, ...rows.map(row));
  const whole = make("table", {}, make("caption", {}, caption), make("thead", {}, head), body);
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, whole);
}

const row = (cells) => make("tr", {}, ...cells.map(cell));

function cell(content) {
  if (content instanceof Node) return make("td", {}, content);
  if (content !== null && typeof content === "object") return make("td", { class: content.looks }, content.text);
  return make("td", {}, content ?? "");
}

export const code = (text) => ({ text: text ?? "", looks: "code" });

export const heading = (text) => make("h2", {}, text);

export const quiet = (text) => make("p", { class: "quiet" }, text);

export const wrong = (text) => make("p", { class: "warning", role: "alert" }, text);

/** Do something for a place; what is refused is said there. */
export async function attempt(place, action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.replaceChildren(wrong(error.message));
    return undefined;
  }
}

/** A button; while what it does goes on, it cannot be pressed again. It keeps the keyboard, as a disabled one does not. */
export function button(text, action, attributes = {}) {
  const pressed = make("button", { type: "button", ...attributes }, text);
  pressed.addEventListener("click", async () => {
    if (pressed.ariaDisabled === "true") return;
    pressed.ariaDisabled = "true";
    try {
      await action();
    } finally {
      pressed.ariaDisabled = null;
    }
  });
  return pressed;
}

/** A button that shows something in a place and goes there. */
export function opener(text, place, action, attributes = {}) {
  return button(text, async () => {
    await attempt(place, action);
    place.focus();
  }, attributes);
}

/** A field with its label; `change` gets what is in it. */
export function field(label, attributes, change) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
  input.addEventListener("input", () => change(input.value));
  return make("label", {}, label, input);
}

/** A time of day, as this machine writes it. */
export const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString();
