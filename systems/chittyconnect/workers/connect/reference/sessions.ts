import type { Operation } from "#lib/openapi";
import { METRICS, OBJECT_METRICS, SESSION, SESSIONS } from "./answers";

const ONE = { sessionId: "s-1" };
const NONE = { 404: ["session_not_found"], 503: ["session_unavailable"] };

/** Everything under `/api/v1/sessions`. */
export const SESSION_OPERATIONS: Record<string, Operation> = {
  "GET /sessions/metrics": {
    summary: "Return how many sessions there are, by store, and the rollout and limits in force.",
    more: "A token that is bound to owners sees the number of theirs.",
    answers: { 200: { what: "The numbers", schema: METRICS } },
    example: {},
  },
  "POST /sessions": {
    summary: "Create a session.",
    more:
      "The rollout decides whether a Durable Object or KV holds it, to its end. Without `expiresIn` it lives as long " +
      "as the deployment says (one day); 30 days at most.",
    answers: { 201: { what: "The session; `Location` is its address", schema: SESSION } },
    refusals: {
      403: ["owner_not_allowed"],
      409: ["session_exists"],
      413: ["state_too_large"],
      503: ["session_unavailable"],
    },
    example: { body: { chittyId: "CHITTY-1", sessionId: "s-1", metadata: { step: 1 }, expiresIn: 3600 } },
  },
  "GET /sessions": {
    summary: "Return sessions by id, page by page: `cursor` leads to the next page, `null` says there is none.",
    answers: { 200: { what: "A page of sessions, without their metadata", schema: SESSIONS } },
    refusals: { 403: ["owner_not_allowed"] },
    example: { query: { chittyId: "CHITTY-1", limit: "50" } },
  },
  "GET /sessions/:sessionId": {
    summary: "Return a session.",
    more:
      "`degraded: true`: its object cannot be reached, this is the copy it left. `draining: true`: the rollout went " +
      "back, the session keeps the end it has.",
    answers: { 200: { what: "The session", schema: SESSION } },
    refusals: NONE,
    example: { params: ONE },
  },
  "PATCH /sessions/:sessionId": {
    summary: "Change a session: `metadata` is merged (RFC 7396, `null` removes), `expiresIn` counts from now, in seconds.",
    more: "No change that was answered is lost, however many come at once. 503 says that it was not made: ask again.",
    answers: { 200: { what: "The session as it is now", schema: SESSION } },
    refusals: { ...NONE, 413: ["state_too_large"] },
    example: { params: ONE, body: { metadata: { step: 2, note: null } } },
  },
  "DELETE /sessions/:sessionId": {
    summary: "End a session. Its WebSockets are told and closed.",
    answers: { 204: { what: "It is over" } },
    refusals: NONE,
    example: { params: ONE },
  },
  "GET /sessions/:sessionId/metrics": {
    summary: "Return what the object of a session counts.",
    answers: { 200: { what: "The numbers", schema: OBJECT_METRICS } },
    refusals: { ...NONE, 409: ["session_without_object"] },
    example: { params: ONE },
  },
  "GET /sessions/:sessionId/ws": {
    summary: "Open a WebSocket to a session that an object holds.",
    more:
      'Send `{"type": "get"}`, `{"type": "update", "metadata": {…}}` or `{"type": "ping"}`; the text `ping` is ' +
      "answered `pong` without waking the object. Every change comes as `updated`, the end as `ended`. A token that " +
      "expires closes its sockets with 4401.",
    answers: { 101: { what: "The socket is open" } },
    refusals: {
      ...NONE,
      409: ["session_without_object"],
      426: ["upgrade_required"],
      429: ["too_many_connections"],
    },
    example: {
      params: ONE,
      curl:
        "--http1.1 -i -N -m 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \\\n  " +
        "-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='",
    },
  },
};
