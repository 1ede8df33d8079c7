// R2 has an admin of its own, within the worker that keeps the buckets (`service/admin.mjs`).
//
//   GET    /r2/<bucket>                    {objects, bytes, uploads}: counts and size
//   GET    /r2/<bucket>/objects            ?prefix&limit&cursor&delimiter&start_after -> {objects, truncated, cursor, delimited_prefixes}
//   GET    /r2/<bucket>/objects/<key>      the content, raw, with its headers; also HEAD; 404
//   PUT    /r2/<bucket>/objects/<key>      the body is the content; content-type, x-storage-class, x-custom-metadata
//                                          (percent-encoded JSON) -> the object
//   DELETE /r2/<bucket>/objects/<key>
//   GET    /r2/<bucket>/uploads            incomplete multipart uploads
//   PUT    /r2/settings                    {<bucket>: settings}: what all buckets have from now on
//   POST   /r2/lifecycle                   {now: milliseconds} applies every bucket's rules -> {<bucket>: {deleted, transitioned, aborted}}

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.R2.fetch(request);
}
