// What a caller of the admin worker did wrong, or what went wrong for it.

export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  static from(error) {
    return error instanceof Problem ? error : new Problem(500, "internal", String(error?.message ?? error));
  }

  response() {
    const { status, code, message } = this;
    return Response.json({ error: { code, message } }, { status });
  }
}
