import { CLOCK, within } from "#lib/clock";
import { ApiError } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { rates, socketsPerAddress } from "../config";
import type { Env } from "../env";
import { socketHeldUntil } from "../keys";
import { guardOf, tooMany } from "../limits/guard";
import type { AddressGuard } from "../limits/guard_object";
import { OBJECT_MS, sessionsOf } from "../objects";

/** A place is taken before its socket is open; so long at most, and a bit. */
const OPENING_MS = 2 * OBJECT_MS;

/** Name of a new socket of *subject*, by which the object that has it is found again. */
export function newSocketId(subject: string): string {
  return `${crypto.randomUUID()} ${subject}`;
}

/**
 * Take one of the places of *address* for the socket *socketId*. ApiError 429 when the address connects too often, or
 * has too many open.
 */
export async function takePlace(env: Env, address: string, socketId: string, request: Request): Promise<void> {
  const guard = guardOf(env, address, request);
  const most = socketsPerAddress(env);
  const wait = await guard.take("sockets", rates(env).sockets);
  if (wait > 0) throw tooMany("sockets", wait);
  if (await hold(guard, socketId, most)) return;
  await forgetLost(env, guard, request);
  if (await hold(guard, socketId, most)) return;
  const message = `an address has at most ${most} WebSockets open; close one`;
  throw new ApiError(429, "too_many_connections", message, { "Retry-After": "30" });
}

/** Give the place of *socketId* back. */
export async function leavePlace(env: Env, address: string, socketId: string, request: Request): Promise<void> {
  await guardOf(env, address, request).release("sockets", socketId);
}

function subjectIn(socketId: string): string {
  return socketId.slice(socketId.indexOf(" ") + 1);
}

function hold(guard: AddressGuard, socketId: string, most: number): Promise<boolean> {
  return guard.hold("sockets", socketId, most, socketHeldUntil(CLOCK.now()));
}

/**
 * Have *guard* forget sockets that are not there any more. Where objects are started anew, as by a deploy, every socket
 * ends without a word, and its client would be kept out until what is held of it ends by itself.
 */
async function forgetLost(env: Env, guard: AddressGuard, request: Request): Promise<void> {
  const settled = socketHeldUntil(CLOCK.now()) - OPENING_MS;
  const held = Object.entries(await guard.held("sockets")).flatMap(([id, until]) => (until <= settled ? [id] : []));
  for (const subject of new Set(held.map(subjectIn))) {
    const ids = held.filter((id) => subjectIn(id) === subject);
    const open = new Set(await openOf(env, subject, ids, request));
    for (const id of ids) if (!open.has(id)) await guard.release("sockets", id);
  }
}

/** Those of *ids* that are open, all of them where that cannot be found out. */
async function openOf(env: Env, subject: string, ids: string[], request: Request): Promise<string[]> {
  try {
    return await within(OBJECT_MS, sessionsOf(env, subject, request).openOf(ids));
  } catch (error) {
    log("warn", "sockets_not_told", describeError(error));
    return ids;
  }
}
