import type { ErrorBody, ErrorResponse } from "./types";

type Problem = Pick<ErrorBody, "code" | "message" | "retryable"> & Partial<ErrorBody>;

/** Any failure of a call: the server's own error, or one of the page's (`network_unreachable`, `stream_…`). */
export class ApiError extends Error {
  readonly body: ErrorBody;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = "ApiError";
    this.body = { details: {}, ...problem };
  }
}

function isErrorResponse(value: unknown): value is ErrorResponse {
  if (typeof value !== "object" || value === null || !("error" in value)) return false;
  const error = value.error;
  return typeof error === "object" && error !== null && "code" in error && "message" in error;
}

/** The error a response carries; a proxy's page without our shape becomes `http_<status>`. */
export async function errorOf(response: Response): Promise<ApiError> {
  const value: unknown = await response.json().catch(() => null);
  if (isErrorResponse(value)) return new ApiError(value.error);
  const message = response.statusText || `HTTP ${response.status}`;
  return new ApiError({ code: `http_${response.status}`, message, retryable: response.status >= 500 });
}

export function isAbort(reason: unknown): boolean {
  return typeof reason === "object" && reason !== null && "name" in reason && reason.name === "AbortError";
}

/** The error body to show for anything that was thrown. */
export function bodyOf(reason: unknown): ErrorBody {
  if (reason instanceof ApiError) return reason.body;
  const message = reason instanceof Error ? reason.message : String(reason);
  return new ApiError({ code: "page_failed", message, retryable: true }).body;
}
