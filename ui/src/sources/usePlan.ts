import { useEffect, useState } from "react";

import { followPlan } from "../api/client";
import { bodyOf, isAbort } from "../api/errors";
import type { ErrorBody, PlanProgressView, PlanView } from "../api/types";

export interface FollowedPlan {
  progress: PlanProgressView | null;
  plan: PlanView | null;
  error: ErrorBody | null;
}

const nothingYet: FollowedPlan = { progress: null, plan: null, error: null };

/** A dry run as it goes on. When the component goes away the connection is closed, and the server stops looking. */
export function usePlan(sourceId: string): FollowedPlan {
  const [followed, setFollowed] = useState(nothingYet);
  useEffect(() => {
    const aborter = new AbortController();
    const follow = async () => {
      try {
        for await (const event of followPlan(sourceId, aborter.signal)) {
          if (event.type === "progress") setFollowed({ ...nothingYet, progress: event.data });
          else setFollowed({ ...nothingYet, plan: event.data });
        }
      } catch (reason) {
        if (!aborter.signal.aborted && !isAbort(reason)) setFollowed({ ...nothingYet, error: bodyOf(reason) });
      }
    };
    void follow();
    return () => aborter.abort();
  }, [sourceId]);
  return followed;
}
