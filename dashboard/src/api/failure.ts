/** An answer that is no success, or no answer at all (`status` 0). `message` is for people. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
    this.name = "Failure";
  }
}

interface Envelope {
  error?: { code?: string; message?: string; details?: Record<string, unknown> };
}

/** The failure that an answer of 400 and above tells of. */
export function failureOf(response: Response, body: unknown): Failure {
  const said = (body as Envelope | undefined)?.error;
  const wait = Number(response.headers.get("Retry-After"));
  return new Failure(
    response.status,
    said?.code ?? `http_${response.status}`,
    said?.message ?? response.statusText,
    said?.details ?? {},
    wait > 0 ? wait : null,
  );
}

/** What is to be told of anything that was thrown. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof TypeError) return new Failure(0, "unreachable", "");
  return new Failure(-1, "program", error instanceof Error ? error.message : String(error));
}
