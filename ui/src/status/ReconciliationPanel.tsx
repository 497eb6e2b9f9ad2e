import { useEffect, useState } from "react";

import { getReconciliation, getReconciliations, reconciledFilesAddress, reconcile } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ErrorBody, ReconciliationView } from "../api/types";
import { formatMoment } from "../i18n/format";
import { explain, useLanguage, useWords } from "../i18n/language";
import { ConfirmDialog } from "../parts/ConfirmDialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon } from "../parts/Icon";
import { ReasonOfEnd, Words } from "../parts/Reason";
import { useRemote } from "../parts/useRemote";
import { ReconciledFiles } from "./ReconciledFiles";

const LOOK_AGAIN_MS = 1000;

const isUnderWay = (one: ReconciliationView | undefined) => one?.state === "queued" || one?.state === "running";

/** Sources, stored files, database and index compared: when last, what differs, and putting it right. */
export function ReconciliationPanel() {
  const words = useWords();
  const own = words.reconciliation;
  const found = useRemote("reconciliations", getReconciliations);
  const { reload } = found;
  const newest = found.value?.[0];
  const last = found.value?.find((one) => one.state === "finished");
  const underWay = isUnderWay(newest);
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  useEffect(() => {
    if (!underWay) return;
    const timer = setInterval(reload, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [underWay, reload]);
  const start = (repair: boolean) => {
    setAsking(false);
    reconcile(repair).then(
      () => {
        setError(null);
        reload();
      },
      (reason: unknown) => setError(bodyOf(reason)),
    );
  };
  const problem = error ?? found.error;
  return (
    <section aria-labelledby="reconciliation" data-testid="reconciliation">
      <h2 id="reconciliation" className="section-title">
        {own.title}
      </h2>
      <p className="hint">{own.lead}</p>
      <div className="reconciliation-tools">
        <button type="button" className="button" disabled={underWay} onClick={() => start(false)}>
          {own.compare}
        </button>
        <button type="button" className="button" disabled={underWay} onClick={() => setAsking(true)}>
          {own.repair}
        </button>
        {last && (
          <a href={reconciledFilesAddress} download>
            {own.download}
          </a>
        )}
      </div>
      <div role="status">{newest && underWay ? own.stages[newest.stage || "waiting"] : ""}</div>
      {newest && underWay && <Progress of={newest} />}
      {newest?.state === "failed" && (
        <p className="notice">
          {own.failed} <ReasonOfEnd message={newest.message ?? ""} />
        </p>
      )}
      {problem && <ErrorNotice error={problem} onRetry={reload} />}
      {found.value && !last && !underWay && <p>{own.never}</p>}
      {last && <Balance key={last.id} last={last} />}
      {asking && (
        <ConfirmDialog title={own.repairTitle} action={own.repairAction} onConfirm={() => start(true)} onClose={() => setAsking(false)}>
          <p>{own.repairText}</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function Progress({ of: { done, total, stage } }: { of: ReconciliationView }) {
  const own = useWords().reconciliation;
  const text = total > 0 ? own.progress(done, total) : own.stages[stage || "waiting"];
  return (
    <div className="bar">
      {/* Without a value the bar says: at work, the end is not known yet. */}
      <progress aria-label={text} {...(total > 0 ? { value: done, max: total } : {})} />
      {total > 0 && <span className="hint">{text}</span>}
    </div>
  );
}

/** The newest finished comparison. */
function Balance({ last }: { last: ReconciliationView }) {
  const { words, code } = useLanguage();
  const own = words.reconciliation;
  const count = Object.values(last.kinds).reduce((sum, one) => sum + one, 0);
  const when = formatMoment(last.finished_at ?? last.started_at, code);
  return (
    <>
      <p className="state" data-state={count > 0 ? "warning" : "ok"} data-testid="reconciliation-last">
        <Icon name={count > 0 ? "warning" : "check"} />
        {own.last(when, last.requested_by === "schedule")} {own.found(count)} {count > 0 && last.repaired && own.underWay}
      </p>
      <p className="hint">{own.totals(last.pages, last.passages, last.points)}</p>
      <ul className="counts">
        {Object.entries(last.kinds).map(([kind, many]) => (
          <li key={kind}>
            {own.kinds[kind] ?? kind} <strong>{many.toLocaleString(code)}</strong>
          </li>
        ))}
      </ul>
      {Object.entries(last.files).map(([corpus, states]) => (
        <p key={corpus} className="hint">
          {own.ofCorpus(corpus)}{" "}
          {Object.entries(states)
            .map(([state, many]) => `${own.states[state] ?? explain(words, { code: state, message: state })} ${many.toLocaleString(code)}`)
            .join(" · ")}
        </p>
      ))}
      {count > 0 && <WithoutFile number={last.id} />}
      <ReconciledFiles />
    </>
  );
}

/** Findings that belong to no file: a source that cannot be listed, points or bytes of nothing that is known. */
function WithoutFile({ number }: { number: number }) {
  const own = useWords().reconciliation;
  const read = useRemote(`reconciliation ${number}`, (signal) => getReconciliation(number, signal));
  const found = (read.value?.findings ?? []).filter((one) => !one.path || one.kind === "source_unreadable").slice(0, 50);
  if (found.length === 0) return null;
  return (
    <details>
      <summary>{own.withoutFile}</summary>
      <ul>
        {found.map((one, place) => (
          <li key={place} className="breaking">
            {own.kinds[one.kind] ?? one.kind}: {one.path} {one.detail && <Words of={one.detail} />}
          </li>
        ))}
      </ul>
    </details>
  );
}
