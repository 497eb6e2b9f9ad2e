import { useEffect } from "react";

import { getReviews } from "../api/client";
import type { ReviewView } from "../api/types";
import { useRemote, type Remote } from "../parts/useRemote";
import type { PageName } from "../route";

const everyMilliseconds = 60_000;

/** What waits for a decision, asked for again on each change of page and once a minute while the page is seen. */
export function useQueue(page: PageName): Remote<ReviewView[]> {
  const queue = useRemote(`reviews ${page}`, getReviews);
  const { reload } = queue;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, everyMilliseconds);
    return () => clearInterval(timer);
  }, [reload]);
  return queue;
}
