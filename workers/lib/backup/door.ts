import * as v from "valibot";

import { presentedIn } from "../bearer";
import { readJson } from "../body";
import { ApiError, invalid, notFound } from "../errors";
import { constantTimeEqual, sha256Hex } from "../hash";
import { log } from "../log";
import { check } from "../schema";
import type { Copied, ObjectCopy, Part } from "./object_copy";
import type { Place } from "./table_pages";

const ID = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** Bytes of a body: copies of before parts were made have up to as many. */
const MOST_BYTES = 36_000_000;
const CELL = v.nullable(v.record(v.picklist(["i", "r", "t", "b"]), v.string()));
const COPY = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  tables: v.array(v.strictObject({ name: v.string(), sql: v.string(), columns: v.array(v.string()), rows: v.array(v.array(CELL)) })),
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

/** Namespaces of classes whose objects may be copied. */
export type Namespaces = Readonly<Record<string, DurableObjectNamespace>>;

/**
 * Answer who copies what objects keep, or brings it back: nobody but the owner of *key*. Without a key there is no such
 * address. ApiError 401, 404 or 409 says why not.
 */
export async function objectsDoor(request: Request, key: string | undefined, namespaces: Namespaces): Promise<object> {
  if ((key ?? "") === "") throw new ApiError(404, "not_found", "there is nothing at this address");
  const presented = presentedIn(request.headers.get("Authorization"));
  if (!constantTimeEqual(await sha256Hex(presented), await sha256Hex(key ?? ""))) {
    log("warn", "objects_door", { outcome: "unauthorized" });
    throw new ApiError(401, "unauthorized", "the key of backups is required", { "WWW-Authenticate": 'Bearer realm="backups"' });
  }
  const asked = check(ASKED, await readJson(request, MOST_BYTES));
  const about = { action: asked.action, class: asked.class, ...(asked.action === "import" ? { name: asked.copy.name } : { id: asked.id }) };
  try {
    const answer = await act(asked, namespaces);
    log("info", "objects_door", { ...about, outcome: "done" });
    return answer;
  } catch (error) {
    log("warn", "objects_door", { ...about, outcome: outcomeOf(error) });
    throw error;
  }
}

const outcomeOf = (error: unknown): string => (error instanceof ApiError ? error.code : "failed");

async function act(asked: Asked, namespaces: Namespaces): Promise<object> {
  const namespace = Object.hasOwn(namespaces, asked.class) ? namespaces[asked.class] : undefined;
  if (namespace === undefined) throw notFound("class");
  if (asked.action === "import") return bringIn(namespace, asked.copy as ObjectCopy, asked.replace);
  const object = namespace.get(idIn(namespace, asked.id)) as unknown as Copied;
  if (asked.action === "export") return told(await object.copyOut((asked.from as Place | undefined) ?? null));
  await object.empty();
  return { cleared: true };
}

function idIn(namespace: DurableObjectNamespace, id: string): DurableObjectId {
  try {
    return namespace.idFromString(id);
  } catch {
    throw invalid("id", "that of an object of this class");
  }
}

/** A part as it is answered: `next` is given back as `from`, and none comes after one without it. */
function told(part: Part | { refused: string }): object {
  if ("refused" in part) throw new ApiError(409, "object_not_copied", part.refused);
  return part.next === null ? { copy: part.copy } : part;
}

async function bringIn(namespace: DurableObjectNamespace, copy: ObjectCopy, replace: boolean): Promise<object> {
  const object = namespace.get(namespace.idFromName(copy.name)) as unknown as Copied;
  const came = await object.copyIn(copy, replace);
  if (came === "occupied") throw new ApiError(409, "object_not_empty", "the object has data");
  if (came === "out_of_order") throw new ApiError(409, "part_out_of_order", "the parts before it were not brought in; begin with the first");
  return { copied: true };
}
