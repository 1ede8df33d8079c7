// The private control of everything that holds data. It listens on a socket that only the
// supervisor can reach. Every answer is JSON unless said otherwise; an error is
// `{"error": {"code", "message"}}` with a status of 400 or above.
//
//   GET    /ready                          "ready"
//   GET    /kv/<ns>/keys                   ?prefix&limit&cursor -> {keys: [{name, expiration, metadata}], list_complete, cursor}
//   GET    /kv/<ns>/values/<key>           the value, raw; headers cf-kv-metadata (percent-encoded JSON),
//                                          cf-kv-expiration (seconds); 404
//   GET    /kv/<ns>/metadata/<key>         {metadata, expiration}; 404
//   PUT    /kv/<ns>/values/<key>           the body is the value; ?expiration&expiration_ttl (seconds), header cf-kv-metadata
//   DELETE /kv/<ns>/values/<key>
//   POST   /d1/<id>                        {sql, params} or {batch: [{sql, params}, …]}; several statements in one
//                                          `sql` are one transaction -> [{results, success, meta}, …], one a statement;
//                                          ?format=raw -> results are {columns, rows}
//   GET    /r2/<bucket>                    {objects, bytes, uploads}: counts and size
//   GET    /r2/<bucket>/objects            ?prefix&limit&cursor&delimiter&start_after -> {objects, truncated, cursor, delimited_prefixes}
//   GET    /r2/<bucket>/objects/<key>      the content, raw, with its headers; also HEAD; 404
//   PUT    /r2/<bucket>/objects/<key>      the body is the content; content-type, x-storage-class -> the object
//   DELETE /r2/<bucket>/objects/<key>
//   GET    /r2/<bucket>/uploads            incomplete multipart uploads
//   POST   /r2/lifecycle                   {now: milliseconds} applies every bucket's rules -> {<bucket>: {deleted, transitioned, aborted}}
//   GET    /queues/<name>                  {backlogCount, backlogBytes, oldestMessageTimestamp}
//   POST   /queues/<name>                  {body, content_type: "json" | "text" | "bytes" | "v8", delay_seconds};
//                                          a body of type "bytes" is base64
//   POST   /queues/<name>/batch            {messages: [the above, …], delay_seconds}
//   POST   /cron/<worker>                  ?cron -> {outcome, noRetry}
//   PUT    /tails                          [worker, …]: those of which every event is to be written out
//
// Keys in a path are percent-encoded as one segment.

import { Problem } from "./problem.mjs";
import * as kv from "./kv.mjs";
import * as d1 from "./d1.mjs";
import * as queues from "./queues.mjs";

const FAMILIES = { kv: kv.serve, d1: d1.serve, queues: queues.serve, cron: runCron, r2: toR2, tails: toTail };

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [family, id, ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
    if (family === "ready") return new Response("ready");
    try {
      const serve = FAMILIES[family];
      if (!serve) throw new Problem(404, "unknown_path", `nothing at ${url.pathname}`);
      return await serve({ request, env, url, id, rest });
    } catch (error) {
      return Problem.from(error).response();
    }
  },
};

function toR2({ request, env }) {
  return env.R2.fetch(request);
}

function toTail({ request, env }) {
  return env.TAIL.fetch(request);
}

async function runCron({ env, url, id }) {
  const worker = env[`worker:${id}`];
  if (!worker) throw new Problem(404, "unknown_worker", `there is no worker ${id}`);
  const cron = url.searchParams.get("cron") ?? "";
  return Response.json(await worker.scheduled({ cron, scheduledTime: new Date() }));
}
