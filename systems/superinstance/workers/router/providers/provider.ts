import { isObject, type JsonObject } from "#lib/json";
import type { Env } from "../env";
import type { Model, ProviderName } from "../models/catalog";
import type { Usage } from "../models/cost";
import type { StreamEvent } from "./sse";

/** What is asked, whichever model answers. */
export interface Question {
  /** Says how to answer. Empty: nothing is said. */
  system: string;
  /** What was said before. */
  earlier: readonly { role: "user" | "assistant"; content: string }[];
  query: string;
  maxTokens: number;
}

/** What a model has answered. */
export interface Answer {
  text: string;
  finish: string;
  /** `null`: it does not say. */
  usage: Usage | null;
}

/** Counts what a stream costs, by what its events say. */
export interface Meter {
  take(event: StreamEvent): void;
  /** Whether its last event was seen. */
  readonly isWhole: boolean;
  /** Whether the provider said in an event that it failed. */
  readonly hasFailed: boolean;
  /** What the events have said so far; `null` while they have said nothing. */
  readonly reported: Usage | null;
  /** Whether that is of all that has passed, by the provider's last word. */
  readonly isFinal: boolean;
  /** Bytes of answer that have passed. */
  readonly bytes: number;
}

/** One provider of models, in its own wire format. */
export interface Provider {
  readonly name: ProviderName;
  /** Where it is asked, below its address. */
  readonly path: string;
  address(env: Env): string;
  headers(env: Env): Record<string, string>;
  /** Return the body that asks *question* of *model*. */
  body(question: Question, model: Model, stream: boolean): JsonObject;
  /** Return what *body* has answered. Throws when it is of another form. */
  read(body: unknown): Answer;
  meter(): Meter;
  /** Return what *event* of a stream adds to the text of the answer. */
  said(event: StreamEvent): string;
}

/** Return what is called *name* in *value*, if that is an object. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** Return a number of tokens called *name* in *value*; 0 where it says none. */
export function tokens(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === "number" && Number.isSafeInteger(found) && found > 0 ? found : 0;
}

/** Return how many bytes *text* has as UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** Return *data* of an event as JSON; `undefined` where it is none. */
export function jsonOf(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}

/** Return *value*, which an answer has to have as text. */
export function textOf(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}
