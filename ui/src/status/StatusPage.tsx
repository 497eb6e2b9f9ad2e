import { getStatus } from "../api/client";
import type { StatusFinding, StatusView } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon, type IconName } from "../parts/Icon";
import { useRemote } from "../parts/useRemote";
import { ReconciliationPanel } from "./ReconciliationPanel";
import { RefusalTable } from "./RefusalTable";

const icons: Record<StatusFinding["state"], IconName> = { ok: "check", warning: "warning", error: "cross" };

export function StatusPage() {
  const words = useWords();
  const status = useRemote("status", getStatus);
  return (
    <div className="page">
      <header className="page-header">
        <div>
          <h1 tabIndex={-1}>{words.status.title}</h1>
          <p className="lead">{words.status.lead}</p>
        </div>
        <button type="button" className="button" disabled={status.loading} onClick={status.reload}>
          {words.status.refresh}
        </button>
      </header>
      {status.error && <ErrorNotice error={status.error} onRetry={status.reload} />}
      {!status.value && !status.error && <p role="status">{words.loading}</p>}
      {status.value && <Report status={status.value} />}
      <ReconciliationPanel />
    </div>
  );
}

function Report({ status }: { status: StatusView }) {
  const words = useWords();
  const count = (state: StatusFinding["state"]) => status.findings.filter((finding) => finding.state === state).length;
  return (
    <>
      <p className="status-summary" role="status">
        {words.status.summary(count("error"), count("warning"))}
      </p>
      <dl className="figures">
        <div className="figure">
          <dt>{words.status.version}</dt>
          <dd>{status.version}</dd>
        </div>
        <div className="figure">
          <dt>{words.status.memory}</dt>
          <dd>
            {words.status.megabytes(status.resident_memory_mb)}
            <span className="hint">
              {words.status.megabytes(status.resident_memory_tree_mb)} {words.status.memoryTree}
            </span>
          </dd>
        </div>
      </dl>
      <table className="table">
        <caption className="visually-hidden">{words.status.lead}</caption>
        <thead>
          <tr>
            <th scope="col">{words.status.state}</th>
            <th scope="col">{words.status.subject}</th>
            <th scope="col">{words.status.value}</th>
            <th scope="col">{words.status.remedy}</th>
          </tr>
        </thead>
        <tbody>
          {status.findings.map((finding) => (
            <tr key={finding.subject}>
              <td data-label={words.status.state}>
                <span className="state" data-state={finding.state}>
                  <Icon name={icons[finding.state]} />
                  {words.status.states[finding.state]}
                </span>
              </td>
              <th scope="row">{finding.subject}</th>
              <td data-label={words.status.value} className="breaking">
                {finding.value}
              </td>
              <td data-label={words.status.remedy}>{finding.remedy}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <RefusalTable status={status} />
    </>
  );
}
