import * as v from "valibot";

import { MisconfiguredError } from "./errors";

/** Names of the variables of *Env* that arrive as text, which all but bindings do. */
export type VariableOf<Env> = {
  [Name in keyof Env]-?: Env[Name] extends string ? Name : never;
}[keyof Env] &
  string;

/** `true` or `false`, in any case. Default: false. */
export const FLAG = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(["true", "false", ""], "true or false"),
  v.transform((value) => value === "true"),
);

/** A part of a whole, 0 to 1. Default: 0. */
export const SHARE = v.pipe(
  v.string(),
  v.transform(Number),
  v.number("a number from 0 to 1"),
  v.minValue(0, "a number from 0 to 1"),
  v.maxValue(1, "a number from 0 to 1"),
);

/** A whole number above zero. Default: *absent*. */
export function count(absent: number): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.regex(/^(?:[1-9]\d{0,14})?$/, "a positive whole number"),
    v.transform((value) => (value === "" ? absent : Number(value))),
  );
}

/** Return a variable without white space around it; empty when an older deployment lacks it. */
export function variable<Env extends object>(env: Env, name: VariableOf<Env>): string {
  return ((env as Record<string, string | undefined>)[name] ?? "").trim();
}

/** Return a variable as *schema* reads it. MisconfiguredError when it is something else. */
export function setting<Env extends object, Output>(
  env: Env,
  name: VariableOf<Env>,
  schema: v.GenericSchema<string, Output>,
): Output {
  const result = v.safeParse(schema, variable(env, name));
  if (result.success) return result.output;
  throw new MisconfiguredError(name, result.issues[0].message);
}
