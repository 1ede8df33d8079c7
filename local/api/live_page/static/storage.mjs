// A look into what is stored, a page at a time: keys and values, objects, tables and their rows.

import { ask } from "./ask.mjs";
import { attempt, code, field, make, opener, quiet, table } from "./parts.mjs";

const KINDS = { kv: "Workers KV", r2: "R2", d1: "D1", queues: "Queues", objects: "Durable Objects" };

/** Show every store that can be looked into. */
export function storage(place, { stores }) {
  const inside = make("section", { id: "inside", tabindex: -1, "aria-label": "What is in it" });
  const listed = stores.filter(({ kind }) => kind !== "queues");
  const rows = listed.map((store) => [KINDS[store.kind], named(store.name, inside, () => open(inside, store)), code(store.id)]);
  place.append(table("Stores", ["kind", "name", "id"], rows, "nothing holds data"), inside);
}

const named = (text, place, action) => opener(text, place, action, { class: "name" });

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
  const rows = items.map((item) => [named(item[about.key], value, () => one(value, about, item)), described(item, about.key)]);
  inside.replaceChildren(
    make("form", { onsubmit: (event) => {
      event.preventDefault();
      void attempt(inside, () => names(inside, about, wanted)).then(() => inside.focus());
    } }, field("Begins with", { value: prefix }, (text) => { wanted = text; }), make("button", {}, "List")),
    table(about.title, ["name", "what is known of it"], rows, "nothing"),
    ...onward(next, inside, () => names(inside, about, prefix, next)),
    value,
  );
}

const onward = (next, place, action) => (next === "" || next === null ? [] : [opener("Next page", place, action)]);

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
  const rows = items.map((item) => [named(item.id, within, () => tables(within, item.id, ["objects", id, "ids", item.id]))]);
  inside.replaceChildren(
    table(`${title}: objects that have stored something`, ["id"], rows, "none"),
    ...onward(next, inside, () => objects(inside, title, id, next)),
    within,
  );
}

async function tables(inside, title, path) {
  const { items } = await ask([...path, "tables"]);
  const within = make("div", { tabindex: -1 });
  const listed = items.map(({ name }) => [named(name, within, () => rows(within, name, path, 0))]);
  inside.replaceChildren(table(`${title}: tables`, ["table"], listed, "none"), within);
}

async function rows(place, name, path, offset) {
  const found = await ask([...path, "rows"], { query: { table: name, offset } });
  const last = offset + found.rows.length;
  place.replaceChildren(
    table(`${name}: rows ${offset + 1} to ${last}`, found.columns, found.rows.map((each) => each.map(shown)), "no rows"),
    ...onward(found.next_offset, place, () => rows(place, name, path, found.next_offset)),
  );
}

const shown = (value) => (value === null ? { text: "NULL", looks: "quiet" } : code(value));
