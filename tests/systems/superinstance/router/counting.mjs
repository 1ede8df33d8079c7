// Around a bundle as it is: counts on the real runtime what its objects use of storage, and how often KV is read.
// `{"class", "methods"}` are written in by the test.
import worker, { CLASS as Counted } from "./bundle.mjs";

export * from "./bundle.mjs";

const used = { kv_reads: 0, alarms: 0, requests: {}, rows_read: 0, rows_written: 0 };
const cursors = [];
let isCounting = false;

/** What statements have read and written is known once their rows were taken. */
function sum() {
  for (const cursor of cursors.splice(0)) {
    used.rows_read += cursor.rowsRead;
    used.rows_written += cursor.rowsWritten;
  }
}

function count(sql) {
  if (isCounting) return;
  isCounting = true;
  const kind = Object.getPrototypeOf(sql);
  const { exec } = kind;
  kind.exec = function (...given) {
    sum();
    const cursor = exec.apply(this, given);
    cursors.push(cursor);
    return cursor;
  };
}

export class CLASS extends Counted {
  constructor(ctx, env) {
    count(ctx.storage.sql);
    super(ctx, env);
    // Its tables are made once.
    sum();
    Object.assign(used, { rows_read: 0, rows_written: 0 });
  }

  async alarm() {
    used.alarms += 1;
    await super.alarm();
  }

  used() {
    sum();
    return used;
  }
}

for (const method of METHODS) {
  CLASS.prototype[method] = function (...given) {
    used.requests[method] = (used.requests[method] ?? 0) + 1;
    return Counted.prototype[method].apply(this, given);
  };
}

/** The same store, whose reads are counted. */
function counting(store) {
  const get = (...given) => {
    used.kv_reads += 1;
    return store.get(...given);
  };
  return { get };
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/used") return Response.json(await env.OBJECTS.getByName(searchParams.get("account_id")).used());
    const stores = ["API_KEYS", "RATE_LIMITS"].filter((name) => name in env).map((name) => [name, counting(env[name])]);
    return worker.fetch(request, { ...env, ...Object.fromEntries(stores) }, ctx);
  },
};
