import { useState, type SyntheticEvent } from "react";

import { decideReview } from "../api/client";
import { bodyOf } from "../api/errors";
import type { DecisionRequest, ErrorBody, ReviewView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { visible } from "./visible";

interface DecisionDialogProps {
  review: ReviewView;
  decision: DecisionRequest["decision"];
  /** Whether the corpus asks for a second person after quarantine. */
  approvalFollows: boolean;
  onDecided: () => void;
  onClose: () => void;
}

/** Confirms a decision; a rejection says why. */
export function DecisionDialog({ review, decision, approvalFollows, onDecided, onClose }: DecisionDialogProps) {
  const words = useWords();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const name = visible(review.title || review.path);
  const rejecting = decision === "rejected";
  const { title, text, submit } = phrases();

  function phrases() {
    const { review: own } = words;
    if (rejecting) return { title: own.rejectTitle, text: own.rejectText(name), submit: own.reject };
    if (review.kind === "approval") return { title: own.approveTitle, text: own.approveText(name), submit: own.approve };
    const follows = approvalFollows ? own.releaseThenApproval(name) : own.releaseText(name);
    return { title: own.releaseTitle, text: follows, submit: own.release };
  }

  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      await decideReview(review.version_id, { decision, comment: reason.trim() });
      onDecided();
    } catch (problem) {
      setError(bodyOf(problem));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!rejecting || reason.trim()) void send();
  };

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit}>
        <p>{text}</p>
        {rejecting && (
          <label className="field">
            <span>{words.review.reason}</span>
            <textarea required rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
            <span className="hint">{words.review.reasonHint}</span>
          </label>
        )}
        {error?.code === "not_found" && (
          <p className="notice" role="alert">
            {words.review.decidedMeanwhile}
          </p>
        )}
        {error && error.code !== "not_found" && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button
            type="submit"
            className={rejecting ? "button button-danger" : "button button-main"}
            disabled={busy || (rejecting && !reason.trim())}
          >
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
