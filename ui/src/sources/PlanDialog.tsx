import type { ConfiguredSourceView, PlanProgressView, PlanView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Reason, Words } from "../parts/Reason";
import { usePlan } from "./usePlan";

const groups = ["new", "changed", "problems", "missing", "kept", "access_notes"] as const;
const shownPaths = 50;
const nothingSeen: PlanProgressView = { folders: 0, files: 0, to_compare: 0, compared: 0, elapsed_s: 0 };

/** What a load of a source would do now, and how far looking is. Closing ends it on the server. */
export function PlanDialog({ source, onClose }: { source: ConfiguredSourceView; onClose: () => void }) {
  const words = useWords();
  const { progress, plan, error } = usePlan(source.id);
  const looking = !plan && !error;
  const compares = (progress?.to_compare ?? 0) > 0;
  return (
    <Dialog title={words.sources.plan(source.name)} onClose={onClose} wide>
      {/* Screen readers are told of each step once; the numbers that run are for whoever asks for them. */}
      <p role="status" className={looking ? undefined : "visually-hidden"}>
        {looking && (compares ? words.sources.comparing : words.sources.planning)}
        {plan && words.sources.planned}
      </p>
      {looking && <Progress progress={progress} />}
      {error && <ErrorNotice error={error} />}
      {plan && <Plan plan={plan} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {looking ? words.sources.stopLooking : words.sources.close}
        </button>
      </div>
    </Dialog>
  );
}

function Progress({ progress }: { progress: PlanProgressView | null }) {
  const texts = useWords().sources;
  const { files, folders, compared, to_compare: total, elapsed_s: elapsed } = progress ?? nothingSeen;
  const text = total > 0 ? texts.compared(compared, total) : texts.seen(files, folders);
  return (
    <div className="bar" data-testid="plan-progress">
      {/* Without a value the bar says: at work, the end is not known yet. */}
      <progress aria-label={text} {...(total > 0 ? { value: compared, max: total } : {})} />
      <span className="hint">
        {text} {texts.elapsed(Math.floor(elapsed))}
      </span>
    </div>
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
                  <span className="hint">
                    {" "}
                    <Words of={file.access_note} />
                  </span>
                )}
                {file.message && (
                  <span className="hint">
                    {" "}
                    <Reason error={{ code: file.code ?? "", message: file.message }} />
                  </span>
                )}
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
