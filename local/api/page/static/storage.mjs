// A look into what is stored, a page at a time: keys and values, objects, tables and their rows.

import { ask, Refused } from "./ask.mjs";
import { button, code, field, make, quiet, table, wrong } from "./parts.mjs";

const KINDS = { kv: "Workers KV", r2: "R2", d1: "D1", queues: "Queues", objects: "Durable Objects" };

/** Show every store that can be looked into. */
export function storage(place, { stores }) {
  const inside = make("section", { id: "inside", tabindex: -1, "aria-label": "What is in it" });
  const listed = stores.filter(({ kind }) => kind !== "queues");
  const rows = listed.map((store) => [KINDS[store.kind], opener(store.name, inside, () => open(inside, store)), code(store.id)]);
  place.append(table("Stores", ["kind", "name", "id"], rows, "nothing holds data"), inside);
}

/** A button that shows something in a place and goes there. */
function opener(text, inside, action) {
  return button(text, async () => {
    await attempt(inside, action);
    inside.focus();
  }, { class: "name" });
}

async function attempt(place, action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.replaceChildren(wrong(error.message));
  }
}

function open(inside, { kind, id, name }) {
  if (kind === "kv") return names(inside, { title: name, list: ["kv", id, "keys"], one: ["kv", id, "value"], key: "name" });
  if (kind === "r2") return names(inside, { title: name, list: ["r2", id, "objects"], one: ["r2", id, "object"], key: "key" });
  if (kind === "d1") return tables(inside, name, ["d1", id]);
  return objects(inside, name, id, "");
}

/** List keys or objects that begin with something, from a cursor on. */
async function names(inside, about, prefix = "", cursor = "") {
  const { items, cursor: next } = await ask(about.list, { query: { prefix, cursor } });
  let wanted = prefix;
  const value = make("div", { tabindex: -1 });
  const rows = items.map((item) => [opener(item[about.key], value, () => one(value, about, item)), described(item, about.key)]);
  inside.replaceChildren(
    make("form", { onsubmit: (event) => {
      event.preventDefault();
      void attempt(inside, () => names(inside, about, wanted));
    } }, field("Begins with", { value: prefix }, (text) => { wanted = text; }), make("button", {}, "List")),
    table(about.title, ["name", "what is known of it"], rows, "nothing"),
    ...onward(next, () => attempt(inside, () => names(inside, about, prefix, next))),
    value,
  );
}

const onward = (next, action) => (next === "" || next === null ? [] : [button("Next page", action)]);

function described(item, key) {
  const rest = Object.entries(item).filter(([name, value]) => name !== key && value !== null && value !== undefined && value !== "");
  return rest.map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`).join("; ");
}

async function one(place, { one: path, key }, item) {
  const { text, size, cut, is_text, ...rest } = await ask(path, { query: { key: item[key] } });
  const parts = [`${size} bytes`, ...(is_text ? [] : ["not text"]), ...(cut ? ["only its beginning is shown"] : [])];
  place.replaceChildren(quiet(`${item[key]}: ${[...parts, described(rest)].filter(Boolean).join("; ")}`), make("pre", { tabindex: 0, "aria-label": `Value of ${item[key]}` }, text));
}

async function objects(inside, title, id, cursor) {
  const { items, cursor: next } = await ask(["objects", id, "ids"], { query: { cursor } });
  const within = make("div", { tabindex: -1 });
  const rows = items.map((item) => [opener(item.id, within, () => tables(within, item.id, ["objects", id, "ids", item.id]))]);
  inside.replaceChildren(
    table(`${title}: objects that have stored something`, ["id"], rows, "none"),
    ...onward(next, () => attempt(inside, () => objects(inside, title, id, next))),
    within,
  );
}

async function tables(inside, title, path) {
  const { items } = await ask([...path, "tables"]);
  const within = make("div", { tabindex: -1 });
  const listed = items.map(({ name }) => [opener(name, within, () => rows(within, name, path, 0))]);
  inside.replaceChildren(table(`${title}: tables`, ["table"], listed, "none"), within);
}

async function rows(place, name, path, offset) {
  const found = await ask([...path, "rows"], { query: { table: name, offset } });
  const last = offset + found.rows.length;
  place.replaceChildren(
    table(`${name}: rows ${offset + 1} to ${last}`, found.columns, found.rows.map((each) => each.map(shown)), "no rows"),
    ...onward(found.next_offset, () => attempt(place, () => rows(place, name, path, found.next_offset))),
  );
}

const shown = (value) => (value === null ? { text: "NULL", looks: "quiet" } : code(value));
