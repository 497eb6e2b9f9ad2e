import { useEffect, useRef, useState } from "react";

import { getLoad, loadProgress } from "../api/client";
import { bodyOf, isAbort } from "../api/errors";
import type { ErrorBody, LoadView } from "../api/types";

const pollEvery = 2000;

export const isRunning = (load: LoadView): boolean => !["finished", "cancelled", "failed"].includes(load.state);

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Follows a load to its end: by the stream, and by asking again whenever the stream breaks. */
async function follow(id: string, signal: AbortSignal, onLoad: (load: LoadView) => void): Promise<void> {
  for (;;) {
    try {
      for await (const load of loadProgress(id, signal)) onLoad(load);
    } catch (reason) {
      if (isAbort(reason)) return;
    }
    // Once aborted, this call throws and ends the loop.
    const load = await getLoad(id, signal);
    onLoad(load);
    if (!isRunning(load)) return;
    await pause(pollEvery, signal);
  }
}

export interface FollowedLoad {
  load: LoadView;
  error: ErrorBody | null;
}

/** A load as it is now; `onEnded` is called once if it was running when it was first seen. */
export function useLoad(first: LoadView, onEnded: () => void): FollowedLoad {
  const [load, setLoad] = useState(first);
  const [error, setError] = useState<ErrorBody | null>(null);
  const ended = useRef(onEnded);
  useEffect(() => {
    ended.current = onEnded;
  }, [onEnded]);
  const { id } = first;
  const wasRunning = isRunning(first);
  useEffect(() => {
    const aborter = new AbortController();
    follow(id, aborter.signal, setLoad).then(
      () => {
        if (!aborter.signal.aborted && wasRunning) ended.current();
      },
      (reason: unknown) => {
        if (!aborter.signal.aborted && !isAbort(reason)) setError(bodyOf(reason));
      },
    );
    return () => aborter.abort();
  }, [id, wasRunning]);
  return { load, error };
}
