import { useEffect, useId, useRef, useState } from "react";

import { confirmLoad, getHeldBack } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ErrorBody, HeldBackView, LoadView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { PathList } from "../parts/PathList";
import { useRemote } from "../parts/useRemote";

interface HeldBackProps {
  loadId: string;
  /** Whether it comes up by itself, and is to be told at once; not where a person has opened a list. */
  urgent?: boolean;
  /** Called with the load that withdraws what is gone. */
  onConfirmed: (load: LoadView) => void;
}

/** What a load no longer found and kept, because an unusual share was gone: withdraw it, or leave it. */
export function HeldBack({ loadId, urgent = false, onConfirmed }: HeldBackProps) {
  const words = useWords().heldBack;
  const held = useRemote(loadId, (signal) => getHeldBack(loadId, signal));
  const [left, setLeft] = useState(false);
  const [asking, setAsking] = useState(false);
  if (held.error) return <ErrorNotice error={held.error} onRetry={held.reload} />;
  if (!held.value?.count) return null;
  if (left) return <Left onBack={() => setLeft(false)} />;
  const { count, total } = held.value;
  return (
    <>
      <div className="notice held-back" data-testid="held-back" {...(urgent && { role: "alert" })}>
        <p className="notice-title">{words.title}</p>
        <p>{words.gone(count, total)}</p>
        <details>
          <summary>{words.look}</summary>
          <Paths held={held.value} />
        </details>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={() => setLeft(true)}>
            {words.leave}
          </button>
          <button type="button" className="button button-danger" onClick={() => setAsking(true)}>
            {words.withdraw(count)}
          </button>
        </div>
      </div>
      {asking && (
        <Question
          held={held.value}
          onConfirmed={onConfirmed}
          onLookAgain={() => {
            setAsking(false);
            held.reload();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

/** The button that was pressed is gone: the focus goes to what came of it. */
function Left({ onBack }: { onBack: () => void }) {
  const words = useWords().heldBack;
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => said.current?.focus(), []);
  return (
    <div className="notice" data-testid="held-back-left">
      <p ref={said} tabIndex={-1}>
        {words.left}
      </p>
      <button type="button" className="button button-quiet" onClick={onBack}>
        {words.askAgain}
      </button>
    </div>
  );
}

function Paths({ held }: { held: HeldBackView }) {
  const words = useWords().heldBack;
  const others = held.count - held.paths.length;
  return <PathList label={words.listLabel} paths={held.paths} more={others > 0 ? words.more(others) : null} />;
}

interface QuestionProps {
  held: HeldBackView;
  onConfirmed: (load: LoadView) => void;
  onLookAgain: () => void;
  onClose: () => void;
}

/** The explicit question. What is confirmed is the number that was shown: the server withdraws no more than that. */
function Question({ held, onConfirmed, onLookAgain, onClose }: QuestionProps) {
  const words = useWords();
  const own = words.heldBack;
  const text = useId();
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      onConfirmed(await confirmLoad(held.load_id, held.count));
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog title={own.confirmTitle(held.count)} onClose={onClose} wide>
      <p id={text}>{own.confirmText}</p>
      <Paths held={held} />
      <label className="choice">
        <input type="checkbox" checked={sure} aria-describedby={text} onChange={(event) => setSure(event.target.checked)} />
        <span>{own.sure}</span>
      </label>
      {error && <ErrorNotice error={error} />}
      <div className="dialog-actions">
        {error && (
          <button type="button" className="button" onClick={onLookAgain}>
            {own.askAgain}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="button button-danger" disabled={!sure || busy} onClick={() => void confirm()}>
          {own.confirm(held.count)}
        </button>
      </div>
    </Dialog>
  );
}
