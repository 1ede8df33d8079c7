import type { Context } from "hono";

import type { Principal } from "./bearer";
import { readJson } from "./body";
import { check, parameters, type Read, type Schema } from "./schema";

/** What every API has bound. */
export interface ApiEnv {
  /** Origins that may read answers, separated by commas. */
  CORS_ORIGIN: string;
}

/** Types of the router: bindings, and who asks. */
export interface ApiTypes<Env extends object> {
  Bindings: Env;
  Variables: { principal: Principal };
}

/** One request to an API, as the router has it. */
export type ApiContext<Env extends object> = Context<ApiTypes<Env>>;

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A JSON body. */
export interface Body<Env, S extends Schema> {
  schema: (env: Env) => S;
  /** Bytes it may have. */
  limit: (env: Env) => number;
  /** Whether it may be left out, which counts as `{}`. Default: no. */
  optional?: true;
}

/** One request that was let in, read as its route says. */
export interface Call<Env extends object, P extends Schema, Q extends Schema, B extends Schema> {
  c: ApiContext<Env>;
  env: Env;
  principal: Principal;
  params: Read<P>;
  query: Read<Q>;
  /** Read the body. ApiError 400 or 413 when it is not as the route wants it. */
  body: () => Promise<Read<B>>;
}

/** An address of an API: who may ask, what with, and who answers. */
interface RouteSpec<Env extends object, Scope, P extends Schema, Q extends Schema, B extends Schema> {
  method: Method;
  /** Below the API's base, with `:name` for parameters. */
  path: string;
  scope: Scope;
  /** Of the parameters in the path. Default: none. */
  params?: P;
  /** Of the parameters in the query. Default: none. */
  query?: Q;
  body?: Body<Env, B>;
  handle: (call: Call<Env, P, Q, B>) => Response | Promise<Response>;
  /** Told when the token lacks the scope, before that is answered. What it throws is answered instead. Default: nobody is. */
  refused?: (c: ApiContext<Env>) => void | Promise<void>;
}

/** A route whose types are settled. */
export interface Route<Env extends object> {
  method: Method;
  path: string;
  scope: string;
  params: Schema;
  query: Schema;
  body: Body<Env, Schema> | undefined;
  handle: (c: ApiContext<Env>) => Promise<Response>;
  refused: ((c: ApiContext<Env>) => void | Promise<void>) | undefined;
}

const NONE = parameters({});
type None = typeof NONE;

type RouteMaker<Env extends object, Scope> = <P extends Schema = None, Q extends Schema = None, B extends Schema = Schema>(
  spec: RouteSpec<Env, Scope, P, Q, B>,
) => Route<Env>;

/** Return the function that makes the routes of one API, of its bindings and its scopes. */
export function routesOf<Env extends ApiEnv, Scope extends string>(): RouteMaker<Env, Scope> {
  return (spec) => {
    const { method, path, scope, params = NONE, query = NONE, body, refused } = spec;
    const handle = async (c: ApiContext<Env>): Promise<Response> =>
      spec.handle({
        c,
        env: c.env,
        principal: c.get("principal"),
        params: check(params, c.req.param(), "the address", " in the address"),
        query: check(query, c.req.query(), "the query"),
        body: () => readBody(c, body),
      });
    return { method, path, scope, params, query, body, handle, refused };
  };
}

async function readBody<Env extends object, B extends Schema>(
  c: ApiContext<Env>,
  body: Body<Env, B> | undefined,
): Promise<Read<B>> {
  if (body === undefined) throw new Error(`${c.req.path} has no schema for a body`);
  const isLeftOut = body.optional === true && c.req.raw.body === null;
  const json = isLeftOut ? {} : await readJson(c.req.raw, body.limit(c.env));
  return check(body.schema(c.env), json);
}
