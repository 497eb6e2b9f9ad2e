import { describe, expect, it } from "vitest";

import { ApiError } from "../src/api/errors";
import { readEvents, type ServerEvent } from "../src/api/stream";

function bodyOf(chunks: Uint8Array[], failure?: Error): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk) controller.enqueue(chunk);
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
}

/** The text as bytes, cut into pieces of this size. */
function cut(text: string, size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

async function collect(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  for await (const one of readEvents(body)) found.push(one);
  return found;
}

const sent =
  ": ping\n\nevent: token\ndata: {\"text\": \"télétravail ✓ 😀\"}\n\nevent: done\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\n";
const expected = [
  { name: "token", data: { text: "télétravail ✓ 😀" } },
  { name: "done", data: { a: 1 } },
];

describe("readEvents", () => {
  it.each([1, 2, 3, 7, 1000])("finds the same events whatever the network cuts (%i bytes)", async (size) => {
    expect(await collect(bodyOf(cut(sent, size)))).toEqual(expected);
  });

  it("does not give an event that was cut off by the end", async () => {
    expect(await collect(bodyOf(cut(sent.slice(0, -2), 50)))).toEqual(expected.slice(0, 1));
  });

  it("says that data is not JSON", async () => {
    const reading = collect(bodyOf(cut("event: token\ndata: {oops\n\n", 100)));
    await expect(reading).rejects.toMatchObject({ body: { code: "stream_malformed" } });
  });

  it("gives what came and then says that the connection broke", async () => {
    const found: ServerEvent[] = [];
    const reading = (async () => {
      for await (const one of readEvents(bodyOf(cut(sent, 60), new TypeError("network error")))) found.push(one);
    })();
    await expect(reading).rejects.toBeInstanceOf(ApiError);
    await expect(reading).rejects.toMatchObject({ body: { code: "stream_interrupted", retryable: true } });
    expect(found[0]).toEqual(expected[0]);
  });

  it("stops the server when the reader stops early", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(sent)),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const one of readEvents(body)) {
      expect(one.name).toBe("token");
      break;
    }
    expect(cancelled).toBe(true);
  });
});
