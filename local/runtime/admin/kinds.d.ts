// The module that `assembly/admin.py` writes: who answers below the first part of a path.

/** One request: its path is `/<kind>/<id>/<rest…>`, all decoded. */
export interface Call {
  request: Request;
  env: Cloudflare.Env;
  url: URL;
  id: string;
  rest: string[];
}

export type Serve = (call: Call) => Response | Promise<Response>;

export const KINDS: Record<string, Serve>;
