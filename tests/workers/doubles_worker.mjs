// Does what the cases of tests/contract ask, on the runtime's own bindings, and answers what came.
import { DurableObject } from "cloudflare:workers";

const VALUES = { undefined: undefined, bigint: 1n, object: {}, bytes: new Uint8Array([1, 2, 3]) };

const parameter = (value) => (value !== null && typeof value === "object" ? VALUES[value.js] : value);

const later = ({ in: seconds, ...options } = {}) =>
  seconds === undefined ? options : { ...options, expiration: Math.ceil(Date.now() / 1000) + seconds };

async function attempt(act) {
  try {
    return (await act()) ?? null;
  } catch (error) {
    return { error: String(error.message) };
  }
}

async function each(steps, act) {
  const answers = [];
  for (const step of steps) answers.push(await attempt(() => act(...step)));
  return answers;
}

async function d1({ DB }, { setup, sql, params }) {
  for (const statement of setup) await DB.prepare(statement).run();
  return attempt(async () => {
    const { results, meta } = await DB.prepare(sql).bind(...params.map(parameter)).all();
    return { rows: results, changes: meta.changes };
  });
}

function kv({ KV }, { steps }) {
  return each(steps, (name, key, ...rest) =>
    name === "put" ? KV.put(key, rest[0], later(rest[1])) : KV[name](key, ...rest),
  );
}

function r2({ R2 }, { steps }) {
  const acts = {
    put: async (key, text) => (await R2.put(key, text)).size,
    putNew: async (key, text) =>
      (await R2.put(key, text, { onlyIf: new Headers({ "If-None-Match": "*" }) }))?.size,
    get: async (key, range) => (await R2.get(key, range === undefined ? {} : { range }))?.text(),
    head: async (key) => (await R2.head(key))?.size,
    delete: (keys) => R2.delete(keys),
    upload: async (key, sizes, order, { etag, abort, twice } = {}) => {
      const upload = await R2.createMultipartUpload(key);
      const sent = [];
      for (const [index, size] of sizes.entries()) {
        sent.push(await upload.uploadPart(index + 1, new Uint8Array(size)));
      }
      const parts = order.map((partNumber) => ({
        partNumber,
        etag: etag ?? sent[partNumber - 1]?.etag ?? "none",
      }));
      if (abort) await upload.abort();
      const { size } = await upload.complete(parts);
      if (twice) await upload.complete(parts);
      return size;
    },
  };
  return each(steps, (name, ...given) => acts[name](...given));
}

function object({ OBJECTS }, { name, steps }) {
  return OBJECTS.get(OBJECTS.idFromName(name)).follow(steps);
}

function socket(_, { code, reason }) {
  const { 0: client, 1: server } = new WebSocketPair();
  client.accept();
  server.accept();
  return attempt(() => server.close(code, reason));
}

export class Stored extends DurableObject {
  follow(steps) {
    const { storage } = this.ctx;
    let set = 0;
    const acts = {
      put: (key, value) => storage.kv.put(key, value),
      get: (key) => storage.kv.get(key),
      delete: (key) => storage.kv.delete(key),
      setAlarm: (wait) => storage.setAlarm((set = Date.now()) + wait),
      setAlarmAt: (time) => storage.setAlarm(time),
      getAlarm: async () => ((await storage.getAlarm()) === null ? null : (await storage.getAlarm()) - set),
      deleteAlarm: () => storage.deleteAlarm(),
      deleteAll: (options) => storage.deleteAll(options),
      sql: (statement, ...values) => storage.sql.exec(statement, ...values.map(parameter)).toArray(),
      together: (...statements) => {
        storage.transactionSync(() => {
          for (const statement of statements) storage.sql.exec(statement);
        });
      },
      isDue: async () => Math.abs((await storage.getAlarm()) - Date.now()) < 5_000,
    };
    return each(steps, (name, ...given) => acts[name](...given));
  }

  alarm() {}
}

export default {
  async fetch(request, env) {
    const kind = new URL(request.url).pathname.slice(1);
    return Response.json(await { d1, kv, object, r2, socket }[kind](env, await request.json()));
  },
};
