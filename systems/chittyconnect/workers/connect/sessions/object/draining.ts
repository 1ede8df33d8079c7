import type { Session, SessionChange } from "../model";

/**
 * *change* to a session that drains: it may end sooner, never later. Else a session that is
 * extended time and again would keep its object in use for ever after the rollout went back.
 */
export function withoutExtension(session: Session, change: SessionChange, now: number): SessionChange {
  const { expiresIn, ...rest } = change;
  if (expiresIn === undefined) return rest;
  const isSooner = now + expiresIn * 1000 < Date.parse(session.expiresAt);
  return isSooner ? change : rest;
}

/** *session* as answers show it. */
export function shown(session: Session, isDraining: boolean): Session {
  return isDraining ? { ...session, draining: true } : session;
}
