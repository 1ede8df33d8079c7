import { statusPlace } from "./sessions/record";
import { IDLE_MS } from "./sessions/sockets";

/** Where the copy of a subject's projects lies in `PROJECT_STORE`. */
export function projectsKey(subject: string): string {
  return `projects:${subject}`;
}

/** Where the copy of a session lies in `SESSION_STORE`. */
export function sessionKey(subject: string, sessionId: string): string {
  return `session:${subject}:${sessionId}`;
}

/** Name of a session among those of its address. */
export function placeId(subject: string, sessionId: string): string {
  return `${subject} ${sessionId}`;
}

/** Where the copy of what *platform* told last lies in `CROSS_PLATFORM_SYNC`. */
export function statusKey(subject: string, platform: string, projectId: string | null): string {
  return `sync:${subject}:${statusPlace(platform, projectId)}`;
}

/** How long an address counts a socket as open without a further word of it. */
export function socketHeldUntil(now: number): number {
  return now + 2 * IDLE_MS;
}
