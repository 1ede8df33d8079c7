import * as v from "valibot";

import { explain } from "../api";
import { presentedIn } from "../bearer";
import { readJson } from "../body";
import { ApiError, invalid, notFound } from "../errors";
import { constantTimeEqual, sha256Hex } from "../hash";
import { log } from "../log";
import { check } from "../schema";
import type { BroughtIn, Called, Copied, ObjectCopy, Part } from "./object_copy";
import type { Place } from "./table_pages";

/** Where copies are made. */
const DOOR = "/admin/objects";
const ID = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** Bytes of a body: copies of before parts were made have up to as many. */
const MOST_BYTES = 36_000_000;
const CELL = v.nullable(v.record(v.picklist(["i", "r", "t", "b"]), v.string()));
const COPY = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
  id: v.optional(ID),
  tables: v.array(v.strictObject({ name: v.string(), sql: v.string(), columns: v.array(v.string()), rows: v.array(v.array(CELL)) })),
  values: v.optional(v.array(v.strictTuple([v.string(), v.pipe(v.string(), v.check(isJsonText, "JSON"))]))),
  others: v.array(v.string()),
  alarm: v.nullable(v.number()),
  goes_on: v.optional(v.boolean()),
  more: v.optional(v.boolean()),
});
const PLACE = v.strictObject({ table: v.string(), after: v.array(CELL) });
const ASKED = v.variant("action", [
  v.strictObject({ action: v.literal("export"), class: v.string(), id: ID, from: v.optional(PLACE) }),
  v.strictObject({ action: v.literal("clear"), class: v.string(), id: ID }),
  v.strictObject({ action: v.literal("import"), class: v.string(), copy: COPY, replace: v.boolean() }),
]);

type Asked = v.InferOutput<typeof ASKED>;

/** What copies the objects of one class. `unknown_id`: it is that of another class, or namespace. */
export interface Copying {
  copyOut(id: string, from: Place | null): Promise<Part | { refused: string } | "unknown_id">;
  copyIn(copy: ObjectCopy, replace: boolean): Promise<BroughtIn | "unknown_id">;
  empty(id: string): Promise<"unknown_id" | "emptied">;
}

/** What copies the objects of each class, by its name. */
export type Classes = Readonly<Record<string, Copying>>;

/** Return what copies the objects of *namespace*, whose class answers as `Copied` does. */
export function objectsOf(namespace: DurableObjectNamespace): Copying {
  const at = (id: DurableObjectId): Copied => namespace.get(id) as unknown as Copied;
  const known = (id: string): Copied | undefined => {
    const found = idIn(namespace, id);
    return found && at(found);
  };
  return {
    copyOut: async (id, from) => (await known(id)?.copyOut(from)) ?? "unknown_id",
    async copyIn(copy, replace) {
      const object = copy.name === undefined ? known(copy.id ?? "") : at(namespace.idFromName(copy.name));
      return (await object?.copyIn(copy, replace)) ?? "unknown_id";
    },
    async empty(id) {
      const object = known(id);
      await object?.empty();
      return object === undefined ? "unknown_id" : "emptied";
    },
  };
}

/**
 * Answer a request for the address of copies, `POST /admin/objects`; `null` where it is for another one, or there is no
 * *key*. No limit of requests counts here.
 */
export function answerAtDoor(request: Request, key: string | undefined, classes: Classes): Promise<Response> | null {
  const isHere = request.method === "POST" && new URL(request.url).pathname === DOOR && (key ?? "") !== "";
  return isHere ? objectsDoor(request, key, classes).then((answer) => Response.json(answer), explain) : null;
}

/**
 * Answer who copies what objects keep, or brings it back: nobody but the owner of *key*. Without a key there is no such
 * address. ApiError 401, 404 or 409 says why not.
 */
export async function objectsDoor(request: Request, key: string | undefined, classes: Classes): Promise<object> {
  if ((key ?? "") === "") throw new ApiError(404, "not_found", "there is nothing at this address");
  const presented = presentedIn(request.headers.get("Authorization"));
  if (!constantTimeEqual(await sha256Hex(presented), await sha256Hex(key ?? ""))) {
    log("warn", "objects_door", { outcome: "unauthorized" });
    throw new ApiError(401, "unauthorized", "the key of backups is required", { "WWW-Authenticate": 'Bearer realm="backups"' });
  }
  const asked = check(ASKED, await readJson(request, MOST_BYTES));
  const about = { action: asked.action, class: asked.class, ...(asked.action === "import" ? calledIn(asked.copy) : { id: asked.id }) };
  try {
    const answer = await act(asked, classes);
    log("info", "objects_door", { ...about, outcome: "done" });
    return answer;
  } catch (error) {
    log("warn", "objects_door", { ...about, outcome: outcomeOf(error) });
    throw error;
  }
}

const outcomeOf = (error: unknown): string => (error instanceof ApiError ? error.code : "failed");

async function act(asked: Asked, classes: Classes): Promise<object> {
  const copying = Object.hasOwn(classes, asked.class) ? classes[asked.class] : undefined;
  if (copying === undefined) throw notFound("class");
  if (asked.action === "import") return told(await copying.copyIn({ ...asked.copy, ...calledIn(asked.copy) } as ObjectCopy, asked.replace));
  if (asked.action === "export") return part(known(await copying.copyOut(asked.id, (asked.from as Place | undefined) ?? null)));
  known(await copying.empty(asked.id));
  return { cleared: true };
}

function idIn(namespace: DurableObjectNamespace, id: string): DurableObjectId | undefined {
  try {
    return namespace.idFromString(id);
  } catch {
    return undefined;
  }
}

function known<T>(answer: T | "unknown_id"): T {
  if (answer === "unknown_id") throw invalid("id", "that of an object of this class");
  return answer;
}

/** A part as it is answered: `next` is given back as `from`, and none comes after one without it. */
function part(made: Part | { refused: string }): object {
  if ("refused" in made) throw new ApiError(409, "object_not_copied", made.refused);
  const { copy, next } = made;
  return { copy, ...(next === null ? {} : { next }) };
}

/** By what *copy* says that its object is found; an object that has a name is asked for by that. ApiError 400 without both. */
function calledIn({ name, id }: { name?: string | undefined; id?: string | undefined }): Called {
  if (name !== undefined) return { name };
  if (id === undefined) throw invalid("copy", "with the name of its object, or its id where nobody knows the name");
  return { id };
}

function told(came: BroughtIn | "unknown_id"): object {
  if (came === "unknown_id") throw new ApiError(409, "object_elsewhere", "the object has no name, and its id is of another namespace");
  if (came === "occupied") throw new ApiError(409, "object_not_empty", "the object has data");
  if (came === "out_of_order") throw new ApiError(409, "part_out_of_order", "the parts before it were not brought in; begin with the first");
  return { copied: true };
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
