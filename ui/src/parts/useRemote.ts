import { useCallback, useEffect, useState } from "react";

import { bodyOf, isAbort } from "../api/errors";
import type { ErrorBody } from "../api/types";

export interface Remote<T> {
  value: T | null;
  error: ErrorBody | null;
  loading: boolean;
  reload: () => void;
}

interface Outcome<T> {
  key: string;
  value: T | null;
  error: ErrorBody | null;
}

/**
 * A value read from the server, read again when `key` changes or on `reload`.
 * While a new one is on its way the last one stays, so that lists do not flicker.
 */
export function useRemote<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Remote<T> {
  const [turn, setTurn] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<T>>({ key: "", value: null, error: null });
  const wanted = `${turn} ${key}`;
  useEffect(() => {
    const aborter = new AbortController();
    read(aborter.signal).then(
      (value) => {
        if (!aborter.signal.aborted) setOutcome({ key: wanted, value, error: null });
      },
      (reason: unknown) => {
        if (aborter.signal.aborted || isAbort(reason)) return;
        setOutcome((last) => ({ ...last, key: wanted, error: bodyOf(reason) }));
      },
    );
    return () => aborter.abort();
    // `read` is made anew on each render; `key` says when it means something else.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);
  const reload = useCallback(() => setTurn((last) => last + 1), []);
  return { value: outcome.value, error: outcome.error, loading: outcome.key !== wanted, reload };
}
