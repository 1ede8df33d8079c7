import * as v from "valibot";

import { invalid } from "./errors";
import { isObject, jsonFault, type JsonObject } from "./json";

/** Any schema: of a body, the parameters of an address, a variable. */
export type Schema = v.GenericSchema;

/** What *S* reads a value as. */
export type Read<S extends Schema> = v.InferOutput<S>;

/**
 * Read *value* as *schema* says.
 *
 * Messages of schemas say what is allowed ("a whole number from 1 to 9"). ApiError 400 says it of the
 * first field that is something else, by its path (`parts[2].etag`), never what was given.
 *
 * @param whole Name of *value* as a whole. Default: "the body".
 * @param where Said after the name of a field, as " in the address". Default: nothing.
 */
export function check<S extends Schema>(schema: S, value: unknown, whole = "the body", where = ""): Read<S> {
  refuseUnknown(schema, value, whole);
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = pathOf(issue);
  throw invalid(path === "" ? whole : path + where, issue.message);
}

/** An object of *entries* and no others. */
export function object<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.StrictObjectSchema<Entries, (issue: v.StrictObjectIssue) => string> {
  return v.strictObject(entries, (issue) => objectFault(entries, issue));
}

/** Parameters of an address: *entries*; others are not looked at. */
export function parameters<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.ObjectSchema<Entries, (issue: v.ObjectIssue) => string> {
  return v.object(entries, (issue) => objectFault(entries, issue));
}

/** Text that fits *pattern*; *expected* says how it must look. */
export function text(
  pattern: RegExp,
  expected: string,
): v.SchemaWithPipe<readonly [v.StringSchema<string>, v.RegexAction<string, string>]> {
  return v.pipe(v.string(expected), v.regex(pattern, expected));
}

/** A whole number, *min* and *max* allowed. Digits in text count: an address has nothing else. */
export function wholeNumber(min: number, max: number): v.GenericSchema<number | string, number> {
  const expected = `a whole number from ${min} to ${max}`;
  const digits = v.pipe(v.string(expected), v.regex(/^\d{1,15}$/, expected), v.transform(Number));
  return v.pipe(
    described(v.union([v.number(expected), digits], expected), { type: "integer" }),
    v.integer(expected),
    v.minValue(min, expected),
    v.maxValue(max, expected),
  );
}

/** An object of the caller's own, at most *depth* levels deep and free of names that JavaScript reserves. */
export function jsonObject(depth: number): v.GenericSchema<JsonObject, JsonObject> {
  return v.pipe(
    described(v.custom<JsonObject>(isObject, "an object"), { type: "object" }),
    v.check(
      (value) => jsonFault(value, depth) === undefined,
      ({ input }) =>
        `at most ${depth} levels deep and free of reserved names (it ${jsonFault(input, depth) ?? ""})`,
    ),
  );
}

/** Return *schema*, which the reference of the API shows as *jsonSchema*: it cannot see that by itself. */
export function described<S extends Schema>(schema: S, jsonSchema: JsonObject): S & { jsonSchema: JsonObject } {
  return Object.assign(schema, { jsonSchema });
}

/** Said before anything else: a misspelt name explains the field that lacks. */
function refuseUnknown(schema: Schema, value: unknown, whole: string): void {
  if (schema.type !== "strict_object") return;
  const { entries } = schema as unknown as { entries: v.ObjectEntries };
  if (!isObject(value)) throw invalid(whole, "a JSON object");
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(entries, name));
  if (unknown !== undefined) throw invalid(whole, listOf(entries, unknown));
}

function objectFault(entries: v.ObjectEntries, issue: v.BaseIssue<unknown>): string {
  const key = issue.path?.at(-1)?.key as string | undefined;
  if (key === undefined) return "an object";
  if (issue.expected === "never") return listOf(entries, key);
  return expectedOf(entries[key]);
}

function listOf(entries: v.ObjectEntries, unknown: string): string {
  return `an object of ${Object.keys(entries).join(", ")} (it has ${JSON.stringify(unknown.slice(0, 64))})`;
}

/** What the schema of a field that lacks says is allowed: the first message in it. */
function expectedOf(schema: unknown): string {
  const { message, pipe = [] } = schema as { message?: unknown; pipe?: readonly { message?: unknown }[] };
  const said = [message, ...pipe.map((item) => item.message)].find((each) => typeof each === "string");
  return said ?? "given";
}

/** Path of the field at fault; of the object, where it has a field too many. */
function pathOf(issue: v.BaseIssue<unknown>): string {
  const path = issue.path ?? [];
  const keys = (issue.expected === "never" ? path.slice(0, -1) : path).map(({ key }) => key as number | string);
  const steps = keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`));
  return steps.join("").replace(/^\./, "");
}
