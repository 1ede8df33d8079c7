/** What one session's object counts. */
export interface ObjectMetrics {
  sessionId: string;
  revision: number;
  /** How often the object was started in memory since the session exists. */
  wakeups: number;
  /** Open WebSockets. */
  connections: number;
  /** Size of the session's metadata as JSON; never above the cap. */
  stateBytes: number;
  /** Size of the object's SQLite database. */
  databaseBytes: number;
  expiresAt: string;
}
