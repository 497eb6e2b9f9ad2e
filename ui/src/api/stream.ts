/** Server-sent events over `fetch`: unlike EventSource it can post, and it can be aborted. */
import { createParser, type EventSourceMessage } from "eventsource-parser";

import { ApiError, isAbort } from "./errors";

export interface ServerEvent {
  name: string;
  data: unknown;
}

export const streamInterrupted = (): ApiError =>
  new ApiError({
    code: "stream_interrupted",
    message: "The connection broke before the answer was complete.",
    retryable: true,
  });

function decode(message: EventSourceMessage): ServerEvent {
  try {
    return { name: message.event ?? "message", data: JSON.parse(message.data) as unknown };
  } catch {
    throw new ApiError({ code: "stream_malformed", message: "The server sent something unreadable.", retryable: true });
  }
}

async function chunkOf(reader: ReadableStreamDefaultReader<string>): Promise<ReadableStreamReadResult<string>> {
  try {
    return await reader.read();
  } catch (reason) {
    if (isAbort(reason)) throw reason;
    throw streamInterrupted();
  }
}

/** The events of a response body, in order. Ends when the server closes it; throws when the connection breaks. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => waiting.push(message) });
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  try {
    for (;;) {
      const { done, value } = await chunkOf(reader);
      if (done) return;
      parser.feed(value);
      for (const message of waiting.splice(0)) yield decode(message);
    }
  } finally {
    // A reader that stops early must also stop the server.
    await reader.cancel().catch(() => undefined);
  }
}
