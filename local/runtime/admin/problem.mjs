// What a caller of the admin worker did wrong, or what went wrong for it.

export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /**
   * Whatever was thrown, as a problem.
   * @param {unknown} error
   */
  static from(error) {
    return error instanceof Problem ? error : new Problem(500, "internal", messageOf(error));
  }

  response() {
    const { status, code, message } = this;
    return Response.json({ error: { code, message } }, { status });
  }
}

/**
 * The message of whatever was thrown.
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
