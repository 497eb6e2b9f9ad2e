import { useEffect, useRef, useState } from "react";

import { getCorpora, reviewLimit } from "../api/client";
import type { DecisionRequest, ReviewView } from "../api/types";
import { useWords, type Messages } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote, type Remote } from "../parts/useRemote";
import { DecisionDialog } from "./DecisionDialog";
import { PagesDialog } from "./PagesDialog";
import { ReviewCard } from "./ReviewCard";
import { visible } from "./visible";

type Decision = DecisionRequest["decision"];
type Open = { review: ReviewView; act: Decision | "look" };
type Decided = { review: ReviewView; decision: Decision; approvalFollows: boolean };

function resultOf({ review, decision, approvalFollows }: Decided, words: Messages): string {
  const name = visible(review.title || review.path);
  if (decision === "rejected") return words.review.rejected(name);
  if (review.kind === "approval") return words.review.approved(name);
  return approvalFollows ? words.review.releasedThenApproval(name) : words.review.released(name);
}

/** What waits for a person's decision, the longest waiting first. */
export function ReviewPage({ queue }: { queue: Remote<ReviewView[]> }) {
  const words = useWords();
  const corpora = useRemote("corpora", getCorpora);
  const [open, setOpen] = useState<Open | null>(null);
  const [decided, setDecided] = useState<Decided | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed goes away with its document: the focus goes to the list's heading instead.
  useEffect(() => {
    if (decided) heading.current?.focus();
  }, [decided]);
  const corpusOf = (review: ReviewView) => corpora.value?.find((one) => one.id === review.corpus_id);
  // A version decided on leaves at once, not only when the list has come again.
  const waiting = (queue.value ?? []).filter((review) => review !== decided?.review);
  const close = () => setOpen(null);
  const approvalFollows = (review: ReviewView) => corpusOf(review)?.approval_required ?? false;

  return (
    <div className="page">
      <header className="page-header">
        <div>
          <h1 tabIndex={-1}>{words.review.title}</h1>
          <p className="lead">{words.review.lead}</p>
        </div>
        <button type="button" className="button" disabled={queue.loading} onClick={queue.reload}>
          {words.review.refresh}
        </button>
      </header>
      <div role="status">{decided && <p className="notice">{resultOf(decided, words)}</p>}</div>
      {queue.error && <ErrorNotice error={queue.error} onRetry={queue.reload} />}
      {!queue.value && !queue.error && <p>{words.loading}</p>}
      {queue.value && (
        <>
          <h2 className="review-count" ref={heading} tabIndex={-1}>
            {words.review.waiting(waiting.length)}
          </h2>
          {waiting.length === 0 && <p className="empty">{words.review.empty}</p>}
          {queue.value.length >= reviewLimit && <p className="hint">{words.review.first(reviewLimit)}</p>}
          <ul className="reviews">
            {waiting.map((review) => (
              <ReviewCard
                key={review.version_id}
                review={review}
                corpus={corpusOf(review)?.title ?? review.corpus_id}
                onLook={() => setOpen({ review, act: "look" })}
                onApprove={() => setOpen({ review, act: "approved" })}
                onReject={() => setOpen({ review, act: "rejected" })}
              />
            ))}
          </ul>
        </>
      )}
      {open?.act === "look" && (
        <PagesDialog
          versionId={open.review.version_id}
          name={visible(open.review.title || open.review.path)}
          pageCount={open.review.page_count}
          firstPage={open.review.evidence.find((item) => item.page !== null)?.page ?? 1}
          onClose={close}
        />
      )}
      {open && open.act !== "look" && (
        <DecisionDialog
          review={open.review}
          decision={open.act}
          approvalFollows={approvalFollows(open.review)}
          onDecided={() => {
            if (open.act !== "look") setDecided({ review: open.review, decision: open.act, approvalFollows: approvalFollows(open.review) });
            close();
            queue.reload();
          }}
          onClose={() => {
            close();
            queue.reload();
          }}
        />
      )}
    </div>
  );
}
