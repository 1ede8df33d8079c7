import type { Operation, Reference } from "#lib/openapi";
import type { Env } from "../env";
import { ROUTES } from "../routes";
import * as answers from "./answers";

const FULL = { 503: ["session_unavailable"] };
const LIMITED = { 429: ["rate_limited"] };

const AUTH: Record<string, Operation> = {
  "POST /api/auth/verify": {
    summary: "Return who the token is, with a cookie that spares its sender the limit on `/api/auth` for 15 minutes.",
    answers: { 200: { what: "Who it is", schema: answers.IDENTITY } },
    refusals: LIMITED,
    harmless: true,
    example: {},
  },
  "GET /api/auth/session": {
    summary: "Return who the token is.",
    answers: { 200: { what: "Who it is", schema: answers.IDENTITY } },
    refusals: LIMITED,
    example: {},
  },
  "DELETE /api/auth/session": {
    summary: "Take the cookie away. The token stays good.",
    answers: { 204: { what: "It is gone" } },
    refusals: LIMITED,
    example: {},
  },
};

const PROJECTS: Record<string, Operation> = {
  "GET /api/projects/suggestions": {
    summary: "Return the projects that are likely meant, the likeliest first.",
    more:
      "Without a token there are none. Kept by browsers for 5 minutes and at the edge for 15, for one token alone; " +
      "`degraded` says that they are from a copy.",
    answers: { 200: { what: "Up to five suggestions", schema: answers.SUGGESTIONS } },
    refusals: LIMITED,
    anonymous: true,
    example: { query: { platform: "claude-code", working_directory: "/test" } },
  },
  "POST /api/projects/sync": {
    summary: "Tell the owner's other assistants what one of them has gone on to.",
    more: "Every open WebSocket of the owner is told. With `project` it is suggested from now on; `context` is kept for 90 days.",
    answers: { 200: { what: "Its number among what was told, and how many were", schema: answers.SYNCED } },
    refusals: { ...LIMITED, 503: ["sync_unavailable"] },
    harmless: true,
    example: {
      body: { source_platform: "claude-code", sync_type: "project_switch", project: { project_id: "atlas", working_directory: "/test" } },
    },
  },
  "GET /api/projects/sync": {
    summary: "Return what a platform told last, of a project or of any.",
    answers: { 200: { what: "The event, `null` where there was none", schema: answers.STATUS } },
    refusals: LIMITED,
    example: { query: { platform: "claude-code", project_id: "atlas" } },
  },
  "GET /api/projects/:project_id/context": {
    summary: "Return the context of a project that was handed on last.",
    answers: { 200: { what: "The context, as it was given", contentType: "application/json" } },
    refusals: { ...LIMITED, 404: ["context_not_found"] },
    example: { params: { project_id: "atlas" } },
  },
};

const SESSIONS: Record<string, Operation> = {
  "POST /api/sessions/register": {
    summary: "Note that a session of an assistant has begun, or goes on.",
    more: "It ends when it is not registered again within an hour. An address has 25 at most.",
    answers: { 201: { what: "The session; `Location` is its address", schema: answers.SESSION } },
    refusals: { ...FULL, 429: ["rate_limited", "too_many_sessions"] },
    harmless: true,
    example: { body: { platform: "claude-code", session_id: "s-1" } },
  },
  "GET /api/sessions/statistics": {
    summary: "Count the owner's active sessions, its WebSockets, and what was synced.",
    answers: { 200: { what: "The numbers", schema: answers.STATISTICS } },
    refusals: { ...FULL, ...LIMITED },
    example: {},
  },
  "GET /api/sessions/:session_id": {
    summary: "Return a session.",
    more: "`degraded` says that its object cannot be reached, and this is the copy it left.",
    answers: { 200: { what: "The session", schema: answers.SESSION_ANSWER } },
    refusals: { ...FULL, ...LIMITED, 404: ["session_not_found"] },
    example: { params: { session_id: "s-1" } },
  },
  "DELETE /api/sessions/:session_id": {
    summary: "End a session.",
    answers: { 204: { what: "It is over" } },
    refusals: { ...FULL, ...LIMITED, 404: ["session_not_found"] },
    example: { params: { session_id: "s-1" } },
  },
  "GET /ws": {
    summary: "Open a WebSocket that is told what the owner's assistants go on to.",
    more: "Pages offer the protocols `chittyos` and `bearer.<token>`. An address has ten open at most, and opens 25 a minute.",
    answers: { 101: { what: "The socket is open" } },
    refusals: { ...FULL, 426: ["upgrade_required"], 429: ["rate_limited", "too_many_connections"] },
    example: {
      curl:
        "--http1.1 -i -N -m 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \\\n  " +
        "-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='",
    },
  },
};

const INTRO = [
  "Which project an assistant works on, told to all assistants of one owner. Addresses under `/api` want `Authorization: " +
    "Bearer …`, but for `/api/info` and, where nothing of anybody is told, the suggestions. Answers are JSON; a refusal is " +
    '`{"error": {"code", "message"}}`: the code is for programs, the message names the field and what is allowed. With 429 ' +
    "and 503 comes `Retry-After`.",
  "**Whose data a token reaches.** That of the first owner it is bound to (`owners` of its entry): one token for each " +
    "platform, all for one owner, share what they know. A token without owners has data of its own. The scopes are " +
    "`projects:read`, `projects:write`, `sessions:read` and `sessions:write`; `self` has every token, `suggestions` everybody.",
  "**Caching.** Every answer says how long it may be kept, and none is given to another token. Whoever writes sees it in " +
    "what is read next; elsewhere it is seen when the kept answer is over.",
  '**The WebSocket** is told `{"type": "sync", "sequence": …}` in order; `{"type": "since", "sequence": …}` asks for what was ' +
    "missed. The text `ping` is answered `pong`. A socket that says nothing for 300 seconds is closed with 4408, one whose " +
    "token expires with 4401.",
  "**Assistants.** `/mcp` speaks the Model Context Protocol with the same token, revisions 2025-11-25 and 2026-07-28. A " +
    "CustomGPT takes this description and the token as its bearer authentication.",
  "In the examples `AWARENESS` is the address (`https://project-awareness.chitty.cc`) and `TOKEN` a token with the scope.",
];

/** Limits of a deployment that sets none. */
const DEFAULTS = {} as Env;

/** The reference of Project Awareness. */
export const REFERENCE: Reference<Env> = {
  name: "project_awareness",
  title: "API of Project Awareness",
  host: "project-awareness.chitty.cc",
  variable: "AWARENESS",
  intro: INTRO,
  base: "",
  routes: ROUTES,
  operations: { ...AUTH, ...PROJECTS, ...SESSIONS },
  schemas: { Project: answers.PROJECT, Session: answers.SESSION },
  open: {
    "/api/info": { summary: "Return what the service is and where it answers, to everybody.", contentType: "application/json" },
    "/docs": { summary: "Return this page, to everybody.", contentType: "text/plain" },
    "/docs/openapi.json": { summary: "Return the same for programs, to everybody.", contentType: "application/json" },
  },
  env: DEFAULTS,
};
