import * as v from "valibot";

import type { Principal } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import { jsonSchemaOf } from "#lib/openapi";
import type { ApiContext } from "#lib/route";
import { check, object, type Read, type Schema } from "#lib/schema";
import { noteRefused } from "../analytics/events";
import { AnswerCache } from "../caching";
import type { Env } from "../env";
import { addressOf } from "../limits/guard";
import { isLifted } from "../limits/load_test";
import { BRANCH, DIRECTORY, PLATFORM } from "../projects/model";
import { suggestionsFor, tell } from "../projects/routes";
import * as answers from "../reference/answers";
import type { Scope } from "../route";
import { REGISTRATION, SYNC } from "../sessions/model";
import { registerFor, statisticsFor } from "../sessions/routes";

/** Something that an assistant may have done. */
interface Tool<S extends Schema = Schema> {
  name: string;
  description: string;
  scope: Scope;
  isWrite: boolean;
  input: S;
  output: Schema;
  run: (c: ApiContext<Env>, principal: Principal, given: Read<S>) => Promise<object>;
}

/** What came of a call, as MCP has it. */
export interface ToolResult {
  content: { type: "text"; text: string }[];
  structuredContent?: object;
  isError?: true;
}

const SITUATION = object({
  platform: PLATFORM,
  working_directory: v.optional(DIRECTORY),
  git_branch: v.optional(BRANCH),
});

/** Settle the types of a tool. */
function tool<S extends Schema>(spec: Tool<S>): Tool {
  return spec as unknown as Tool;
}

const TOOLS: readonly Tool[] = [
  tool({
    name: "suggest_projects",
    description: "Suggest the projects that are likely meant, by what the assistant works on and what its owner's others did.",
    scope: "projects:read",
    isWrite: false,
    input: SITUATION,
    output: answers.SUGGESTIONS,
    // What was told a moment ago is in the object, and not in copies yet.
    run: (c, principal, given) => suggestionsFor(c.env, principal, c.req.raw, given, true),
  }),
  tool({
    name: "register_session",
    description: "Note that a session of an assistant has begun, or goes on.",
    scope: "sessions:write",
    isWrite: true,
    input: REGISTRATION,
    output: answers.SESSION,
    run: async (c, principal, given) => {
      const address = (await isLifted(c)) ? null : addressOf(c);
      return registerFor(c.env, principal, c.req.raw, given, address);
    },
  }),
  tool({
    name: "sync_project",
    description: "Tell the owner's other assistants what this one has gone on to.",
    scope: "projects:write",
    isWrite: true,
    input: SYNC,
    output: answers.SYNCED,
    run: (c, principal, given) => tell(c.env, principal, c.req.raw, given),
  }),
  tool({
    name: "session_statistics",
    description: "Count the owner's active sessions and what was synced.",
    scope: "sessions:read",
    isWrite: false,
    input: object({}),
    output: answers.STATISTICS,
    run: (c, principal) => statisticsFor(c.env, principal, c.req.raw),
  }),
];

/** Every tool, as a list of MCP shows it. */
export function listed(): object[] {
  return TOOLS.map(({ name, description, isWrite, input, output }) => ({
    name,
    description,
    inputSchema: { ...jsonSchemaOf(input), type: "object" },
    outputSchema: { ...jsonSchemaOf(output), type: "object" },
    annotations: { readOnlyHint: !isWrite, destructiveHint: false },
  }));
}

/** Call the tool *name*; `undefined` where there is none. What is refused is a result as well, in words of our own. */
export async function call(c: ApiContext<Env>, name: unknown, given: unknown): Promise<ToolResult | undefined> {
  const found = TOOLS.find((each) => each.name === name);
  if (found === undefined) return undefined;
  const principal = c.get("principal");
  if (!principal.scopes.includes(found.scope)) return failed(`the token lacks the scope ${found.scope}`);
  try {
    const made = await found.run(c, principal, check(found.input, given ?? {}, "the arguments"));
    if (found.isWrite) await new AnswerCache(c.env, CLOCK.now).forget(c, principal);
    return { content: [{ type: "text", text: JSON.stringify(made) }], structuredContent: made };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    noteRefused(c, error);
    return failed(error.message);
  }
}

function failed(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
