import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import type { Env } from "../env";
import { userOf } from "../identity/token";
import { route } from "../route";
import { OF_LOCK } from "../schemas";
import { fence, hasFailed } from "../store/fence";
import { answered } from "../store/read";
import { acquire, askState, lockLost, overtake } from "./hold";
import type { Held } from "./state";

type PlainCall = Call<Env, Schema, Schema, Schema>;
type LockCall = Call<Env, typeof OF_LOCK, Schema, Schema>;

const PATH = "/lock/:lock_id";
const TRIES = 3;

/** The lock of a user, for clients that push several times and want nobody in between. */
export const LOCK_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/lock", scope: "sync:write", handle: take }),
  route({ method: "PUT", path: PATH, scope: "sync:write", params: OF_LOCK, handle: renew }),
  route({ method: "DELETE", path: PATH, scope: "sync:write", params: OF_LOCK, handle: release }),
];

async function take({ c, env, principal }: PlainCall): Promise<Response> {
  const userId = userOf(principal);
  const lockId = crypto.randomUUID();
  for (let tries = 1; ; tries += 1) {
    const held = await acquire(env, userId, lockId);
    if (await isMarked(env, userId, held.token)) return c.json(shownOf(lockId, held), 201);
    if (tries === TRIES) throw lockLost();
    await overtake(env, userId);
  }
}

/** From here on, D1 refuses whatever the holders before it still write. */
async function isMarked(env: Env, userId: string, token: number): Promise<boolean> {
  const marked = fence(env.DB, userId, token).run();
  return answered(
    marked.then(
      () => true,
      (error: unknown) => {
        if (hasFailed(error, "fence_is_newest")) return false;
        throw error;
      },
    ),
  );
}

async function renew({ c, env, principal, params }: LockCall): Promise<Response> {
  const held = await askState(env, userOf(principal), (state) => state.find(params.lock_id, true));
  if (held === null) throw lockLost();
  return c.json(shownOf(params.lock_id, held));
}

async function release({ env, principal, params }: LockCall): Promise<Response> {
  const isReleased = await askState(env, userOf(principal), (state) => state.release(params.lock_id));
  if (!isReleased) throw lockLost();
  return new Response(null, { status: 204 });
}

function shownOf(lockId: string, { token, until }: Held): object {
  return { lock_id: lockId, fencing_token: token, expires_at: new Date(until).toISOString() };
}
