import { toJsonSchema, toJsonSchemaDefs, type ConversionConfig, type JsonSchema } from "@valibot/to-json-schema";

import type { Route } from "./route";
import type { Schema } from "./schema";

/** What an answer that is a success has. */
export interface Answer {
  what: string;
  /** Of its JSON. Default: it has none. */
  schema?: Schema;
  /** Media type of a content that is no JSON. */
  contentType?: string;
}

/** A field of a form. */
export interface FormField {
  what: string;
  /** Default: it has to be there. */
  optional?: true;
  /** Whether it is a file. Default: text. */
  file?: true;
}

/** A request that can be sent as it stands, but for shell variables (`$DOCUMENT`). */
export interface Example {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  form?: Record<string, string>;
  /** File whose content is sent. */
  content?: string;
  /** Further arguments of curl. */
  curl?: string;
}

/** What a reference says of a route beyond what the route says itself. */
export interface Operation {
  summary: string;
  /** Further sentences. Default: none. */
  more?: string;
  answers: Record<number, Answer>;
  /** Codes of the refusals that are its own, by status. */
  refusals?: Record<number, readonly string[]>;
  /** Of a form, where the body is one. */
  form?: Record<string, FormField>;
  /** Whether it answers callers without a token as well. Default: it wants one. */
  anonymous?: true;
  /** Whether a CustomGPT may be allowed it once and for all. Default: as its method says, GET may. */
  harmless?: true;
  example: Example;
}

/** What an address answers everybody. */
export interface OpenPath {
  summary: string;
  contentType: string;
}

/** All that the reference of an API is made of. */
export interface Reference<Env extends object> {
  /** Name of the files. */
  name: string;
  title: string;
  /** Where it answers in production. */
  host: string;
  /** Variable of the shell that stands for that address in examples: `CONNECT`. */
  variable: string;
  /** Paragraphs that stand before the operations. */
  intro: readonly string[];
  base: string;
  routes: readonly Route<Env>[];
  /** By method and path, as in the routes: `GET /sessions/:sessionId`. */
  operations: Readonly<Record<string, Operation>>;
  /** Schemas that have a name. */
  schemas: Readonly<Record<string, Schema>>;
  /** Fields that its health has beside those of every API, as JSON Schema. Default: none. */
  health?: Readonly<Record<string, object>>;
  /** Paths that answer everybody beside `/health`. Default: none. */
  open?: Readonly<Record<string, OpenPath>>;
  /** Bindings to read limits from: empty for the defaults. */
  env: Env;
}

/** Name of *route* among operations. */
export function keyOf({ method, path }: { method: string; path: string }): string {
  return `${method} ${path}`;
}

/** Codes that a route refuses a request with, by status: its own, and those that every route of its kind has. */
export function refusalsOf<Env extends object>(
  route: Route<Env>,
  { refusals = {}, form }: Operation,
): Map<number, readonly string[]> {
  const all = new Map<number, string[]>();
  const add = (status: number, codes: readonly string[]): void => {
    all.set(status, [...(all.get(status) ?? []), ...codes]);
  };
  if (isChecked(route) || form !== undefined) add(400, ["invalid_request"]);
  add(401, ["unauthorized"]);
  add(403, ["insufficient_scope"]);
  if (route.body !== undefined || form !== undefined) add(413, ["body_too_large"]);
  for (const [status, codes] of Object.entries(refusals)) add(Number(status), codes);
  add(500, ["internal_error"]);
  return new Map([...all].sort(([one], [other]) => one - other));
}

function isChecked<Env extends object>({ params, query, body }: Route<Env>): boolean {
  const entries = [params, query].flatMap((schema) => Object.keys((schema as { entries?: object }).entries ?? {}));
  return body !== undefined || entries.length > 0;
}

/** Write *reference* as an OpenAPI 3.1 document. */
export function openApi<Env extends object>(reference: Reference<Env>): object {
  const { title, host, intro, base, routes, schemas, open = {} } = reference;
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = base + route.path.replaceAll(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(reference, route);
  }
  return {
    openapi: "3.1.0",
    info: { title, version: "1", description: intro.join("\n\n") },
    servers: [{ url: `https://${host}` }],
    security: [{ token: [] }],
    paths: { ...paths, "/health": { get: healthOf(reference) }, ...mapped(open, (each, path) => ({ get: openOf(each, path) })) },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { Error: ERROR, ...toJsonSchemaDefs({ ...schemas }, CONVERSION) },
    },
  };
}

const HEALTHY = {
  status: { enum: ["healthy", "degraded", "unhealthy"] },
  service: { type: "string" },
  version: { type: "string" },
  timestamp: { type: "string", format: "date-time" },
};
const CHECKS = { checks: { type: "object", additionalProperties: { enum: ["ok", "failed"] } } };

function healthOf<Env extends object>({ health = {} }: Reference<Env>): object {
  const properties = { ...HEALTHY, ...health, ...CHECKS };
  const schema = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
  return {
    operationId: "getHealth",
    summary: "Return whether the service works, to everybody. Checks are up to ten seconds old.",
    security: [],
    responses: {
      200: { description: "healthy, or degraded", content: { "application/json": { schema } } },
      503: { description: "unhealthy", content: { "application/json": { schema } } },
    },
  };
}

function openOf({ summary, contentType }: OpenPath, path: string): object {
  return {
    operationId: `get${camel(path)}`,
    summary,
    security: [],
    responses: { 200: { description: "It", content: { [contentType]: {} } } },
  };
}

function camel(path: string): string {
  return path.replaceAll(/[/:.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function mapped<T>(record: Readonly<Record<string, T>>, make: (value: T, key: string) => object): Record<string, object> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value, key)]));
}

const ERROR = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { type: "string", description: "What went wrong, for programs" },
        message: { type: "string", description: "What went wrong and what to do, for people" },
      },
      required: ["code", "message"],
    },
  },
  required: ["error"],
};

function operation<Env extends object>(reference: Reference<Env>, route: Route<Env>): object {
  const described = reference.operations[keyOf(route)];
  if (described === undefined) throw new Error(`the reference lacks ${keyOf(route)}`);
  const body = requestBody(reference, route, described);
  return {
    operationId: route.method.toLowerCase() + camel(route.path),
    summary: described.summary,
    ...(described.more === undefined ? {} : { description: described.more }),
    "x-scope": route.scope,
    ...(described.anonymous === true ? { security: [{ token: [] }, {}] } : {}),
    ...(described.harmless === true ? { "x-openai-isConsequential": false } : {}),
    parameters: [...parametersOf(reference, route.params, "path"), ...parametersOf(reference, route.query, "query")],
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responses(reference, route, described),
  };
}

function parametersOf<Env extends object>(reference: Reference<Env>, schema: Schema, place: string): object[] {
  const { properties = {}, required = [] } = convert(reference, schema);
  return Object.entries(properties).map(([name, inner]) => {
    const { description, ...rest } = inner as JsonSchema;
    const said = description === undefined ? {} : { description };
    return { name, in: place, required: required.includes(name), ...said, schema: rest };
  });
}

function requestBody<Env extends object>(
  reference: Reference<Env>,
  { body }: Route<Env>,
  { form, example }: Operation,
): object | undefined {
  if (form !== undefined) {
    return { required: true, content: { "multipart/form-data": { schema: formSchema(form) } } };
  }
  if (body !== undefined) {
    const schema = convert(reference, body.schema(reference.env));
    const content = { "application/json": { schema, example: example.body ?? {} } };
    return { required: body.optional !== true, content };
  }
  if (example.content === undefined) return undefined;
  return { required: true, content: { "application/octet-stream": {} } };
}

function formSchema(form: Record<string, FormField>): object {
  const fields = Object.entries(form);
  const properties = fields.map(([name, { what, file }]) => [
    name,
    { type: "string", description: what, ...(file === true ? { contentMediaType: "application/octet-stream" } : {}) },
  ]);
  const required = fields.filter(([, { optional }]) => optional !== true).map(([name]) => name);
  return { type: "object", properties: Object.fromEntries(properties) as object, required };
}

function responses<Env extends object>(
  reference: Reference<Env>,
  route: Route<Env>,
  described: Operation,
): Record<string, object> {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  const refused = [...refusalsOf(route, described)].map(([status, codes]) => {
    return [status, { description: codes.join(", "), content }] as const;
  });
  const answered = Object.entries(described.answers).map(([status, answer]) => {
    return [status, { description: answer.what, ...contentOf(reference, answer) }] as const;
  });
  return Object.fromEntries([...answered, ...refused]);
}

function contentOf<Env extends object>(reference: Reference<Env>, { schema, contentType }: Answer): object {
  if (contentType !== undefined) return { content: { [contentType]: {} } };
  if (schema === undefined) return {};
  return { content: { "application/json": { schema: convert(reference, schema) } } };
}

function convert<Env extends object>(reference: Reference<Env>, schema: Schema): JsonSchema {
  const config = { ...CONVERSION, definitions: { ...reference.schemas } };
  const { $schema, $defs, ...converted } = toJsonSchema(schema, config);
  return converted;
}

/** Return *schema* as JSON Schema, as requests are sent. */
export function jsonSchemaOf(schema: Schema): JsonSchema {
  const { $schema, ...converted } = toJsonSchema(schema, CONVERSION);
  return converted;
}

/** As requests are sent: what a schema makes of them is the worker's own matter. */
const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  ignoreActions: ["check", "guard"],
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideSchema: ({ valibotSchema }) => describedBy(valibotSchema),
  overrideAction: ({ valibotAction, jsonSchema }) => {
    if (valibotAction.type !== "regex") return undefined;
    const { requirement, message } = valibotAction as unknown as { requirement: RegExp; message?: string };
    const { pattern, ...rest } = jsonSchema;
    return { ...rest, ...patternOf(requirement), ...(message === undefined ? {} : { description: message }) };
  },
};

/** *requirement* as all programs read it: classes of Unicode they may not know (JSON Schema, 6.4). Else it is left out. */
function patternOf({ source }: RegExp): { pattern?: string } {
  const pattern = source.replaceAll(String.raw`\p{Cc}`, String.raw`\u0000-\u001f\u007f-\u009f`);
  return /\\p\{/i.test(pattern) ? {} : { pattern };
}

/** What `described` says of a schema. A copy: what follows in its pipe is written into it. */
function describedBy(schema: object): JsonSchema | undefined {
  const { jsonSchema } = schema as { jsonSchema?: JsonSchema };
  return jsonSchema === undefined ? undefined : { ...jsonSchema };
}
