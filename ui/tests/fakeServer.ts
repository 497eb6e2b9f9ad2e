/** A small server inside the test: `fetch` answered by the routes it is given. */
import { vi } from "vitest";

type Handler = (request: { body: unknown; signal: AbortSignal | null; url: URL }) => Response | Promise<Response>;

export interface Call {
  route: string;
  query: string;
  body: unknown;
}

export interface FakeServer {
  calls: Call[];
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}

export const problem = (code: string, message: string, status = 400): Response =>
  json({ error: { code, message, retryable: false, details: {} } }, status);

export const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** A stream that sends its events and ends. */
export const events = (...sent: string[]): Response =>
  new Response(sent.join(""), { headers: { "Content-Type": "text/event-stream" } });

/** A stream that sends its events and then stays open until the reader gives up. */
export function endless(signal: AbortSignal | null, ...sent: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(sent.join("")));
      signal?.addEventListener("abort", () => controller.error(new DOMException("aborted", "AbortError")));
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

function bodyOf(init: RequestInit | undefined): unknown {
  return typeof init?.body === "string" ? JSON.parse(init.body) : (init?.body ?? null);
}

/** Answers `METHOD path` by its handler; a path without one is a network failure. */
export function serve(routes: Record<string, Handler>): FakeServer {
  const calls: Call[] = [];
  const answer = async (path: string, init?: RequestInit): Promise<Response> => {
    const url = new URL(path, "http://localhost/");
    const route = `${init?.method ?? "GET"} ${decodeURIComponent(url.pathname)}`;
    const body = bodyOf(init);
    calls.push({ route, query: url.search, body });
    const handler = routes[route];
    if (!handler) throw new TypeError(`no route ${route}`);
    return handler({ body, signal: init?.signal ?? null, url });
  };
  vi.stubGlobal("fetch", answer);
  return { calls };
}
