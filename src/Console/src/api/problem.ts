/** An error as the server (RFC 9457) or the network gives it. */
export class Problem extends Error {
  constructor(
    /** Stable: docs/errors.md lists the server's; those that begin with `console.` are the page's own. */
    readonly code: string,
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** What is wrong and what helps, in the server's words. */
    message: string,
    /** Every field at fault with what is wrong about it. */
    readonly fields: Record<string, string[]> = {},
    /** All that the server said. */
    readonly document: Record<string, unknown> = {},
  ) {
    super(message);
  }

  static of(status: number, body: unknown): Problem {
    const document = typeof body === "object" && body ? (body as Record<string, unknown>) : {};
    const text = [document["detail"], document["msg"], document["error"], document["title"]].find((t) => typeof t === "string");
    return new Problem(
      String(document["code"] ?? `http.${status}`),
      status,
      String(text ?? `HTTP ${status}`),
      (document["errors"] as Record<string, string[]>) ?? {},
      document,
    );
  }

  static away(): Problem {
    return new Problem("console.server_away", 0, "");
  }
}

/** What is wrong with each field, as forms show it; nothing where the fault is elsewhere. */
export const fieldErrors = (error: unknown): Record<string, string> =>
  error instanceof Problem ? Object.fromEntries(Object.entries(error.fields).map(([field, faults]) => [field, faults.join(" ")])) : {};
