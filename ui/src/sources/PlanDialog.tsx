import { planSource } from "../api/client";
import type { ConfiguredSourceView, PlanView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote } from "../parts/useRemote";

const groups = ["new", "changed", "problems", "missing", "kept", "access_notes"] as const;
const shownPaths = 50;

/** What a load of a source would do now. */
export function PlanDialog({ source, onClose }: { source: ConfiguredSourceView; onClose: () => void }) {
  const words = useWords();
  const plan = useRemote(source.id, (signal) => planSource(source.id, signal));
  return (
    <Dialog title={words.sources.plan(source.name)} onClose={onClose} wide>
      <div role="status">{plan.loading && <p>{words.sources.planning}</p>}</div>
      {plan.error && <ErrorNotice error={plan.error} />}
      {plan.value && <Plan plan={plan.value} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.sources.close}
        </button>
      </div>
    </Dialog>
  );
}

function Plan({ plan }: { plan: PlanView }) {
  const texts = useWords().sources;
  const count = (name: keyof typeof texts.counts) => plan.counts[name] ?? 0;
  const present = groups.filter((name) => count(name) > 0);
  return (
    <div className="stack" data-testid="plan">
      {plan.needs_confirmation && <p className="notice">{texts.needsConfirmation}</p>}
      {present.length === 0 && <p>{texts.nothing}</p>}
      {present.map((name) => (
        <section key={name}>
          <h3>
            {texts.counts[name]} ({count(name)})
          </h3>
          <ul className="plan-paths">
            {plan[name].slice(0, shownPaths).map((file) => (
              <li key={file.path}>
                <span className="path">{file.path}</span>
                {file.access_note && (
                  <span className="hint" lang="en">
                    {" "}
                    {file.access_note}
                  </span>
                )}
                {file.message && <span className="hint"> {file.message}</span>}
              </li>
            ))}
          </ul>
          {count(name) > shownPaths && <p className="hint">{texts.more(count(name) - shownPaths)}</p>}
        </section>
      ))}
      <p className="hint">
        {texts.counts.unchanged} ({count("unchanged")})
      </p>
    </div>
  );
}
