/** An answer that is not a success, as the caller may see it. */
export class ApiError extends Error {
  /**
   * @param status HTTP status.
   * @param code What went wrong, in snake_case, for programs.
   * @param message What went wrong and what to do, for people. Never holds a secret.
   * @param headers Further headers of the answer. Default: none.
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The answer: `{"error": {"code", "message"}}`. */
  toResponse(): Response {
    const error = { code: this.code, message: this.message };
    return Response.json({ error }, { status: this.status, headers: this.headers });
  }
}

/** 400: *field* is not what it must be. */
export function invalid(field: string, expected: string): ApiError {
  return new ApiError(400, "invalid_request", `${field} must be ${expected}`);
}

/** 404: there is no such *thing*. */
export function notFound(thing: string): ApiError {
  return new ApiError(404, `${thing}_not_found`, `there is no such ${thing}`);
}

/** 503: worth trying again after *retryAfter* seconds. */
export function unavailable(code: string, message: string, retryAfter = 5): ApiError {
  return new ApiError(503, code, message, { "Retry-After": String(retryAfter) });
}

/** 500: the worker's own configuration cannot be used. The log says which part. */
export class MisconfiguredError extends Error {
  constructor(variable: string, expected: string) {
    super(`${variable} must be ${expected}`);
    this.name = "MisconfiguredError";
  }
}
