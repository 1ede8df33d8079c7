import { within } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Refused, SessionsApi } from "../../session_state/api";
import type { Env } from "../env";

/** How long sessions may take: an answer is paid for, and does not wait for them without end. */
export const PATIENCE_MS = 5_000;

/** Ask for sessions. ApiError 503 when nobody answers: the same may be asked again. */
export async function askSessions<T>(env: Env, ask: (sessions: SessionsApi) => Promise<T>): Promise<T> {
  try {
    return await within(PATIENCE_MS, ask(env.SESSIONS));
  } catch (error) {
    log("error", "sessions_failed", describeError(error));
    throw unavailable("sessions_unavailable", "sessions cannot be reached at the moment; send the same again");
  }
}

/** Say why sessions refuse something, and what to do. */
export function refusal(refused: Refused): ApiError {
  switch (refused.refused) {
    case "too_many_sessions":
      return new ApiError(409, refused.refused, `an account may have ${refused.most} sessions; delete one, or go on in one`);
    case "message_id_reused":
      return new ApiError(409, refused.refused, "this message_id belongs to a message that says something else; take a new one");
    case "message_too_large":
      return new ApiError(413, refused.refused, `a message may have ${refused.most} characters; send it in parts`);
    case "context_too_large":
      return new ApiError(413, refused.refused, `the context may have ${refused.most} bytes as JSON; take something away by null`);
    case "session_gone":
      return new ApiError(409, refused.refused, "the session was deleted or cleared meanwhile");
  }
}
