import type { RefusalEffectView, StatusView } from "../api/types";
import { useLanguage } from "../i18n/language";

/** What the refusal threshold does, as measured: one row for each threshold, one column for each question set. */
export function RefusalTable({ status }: { status: StatusView }) {
  const { words, code } = useLanguage();
  const own = words.status.refusal;
  const effects = status.refusal_effects;
  const sets = [...new Set(effects.map((effect) => effect.question_set))];
  const thresholds = [...new Set(effects.map((effect) => effect.threshold))];
  const share = (value: number) => value.toLocaleString(code, { style: "percent", maximumFractionDigits: 0 });
  const written = (effect: RefusalEffectView | undefined) =>
    effect && `${share(effect.false_refusals)} / ${share(effect.false_answers)}`;
  const languageOf = (set: string) => effects.find((effect) => effect.question_set === set)?.language;
  return (
    <section aria-labelledby="refusal-effect">
      <h2 id="refusal-effect" className="section-title">
        {own.title}
      </h2>
      <p>{own.now(status.refusal_threshold.toLocaleString(code))}</p>
      <p className="hint">{own.lead}</p>
      <table className="table" data-testid="refusal-effects">
        <caption className="visually-hidden">{own.lead}</caption>
        <thead>
          <tr>
            <th scope="col">{own.threshold}</th>
            {sets.map((set) => (
              <th key={set} scope="col">
                {set} ({languageOf(set)})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {thresholds.map((threshold) => (
            <tr key={threshold} aria-current={threshold === status.refusal_threshold ? "true" : undefined}>
              <th scope="row">{threshold.toLocaleString(code)}</th>
              {sets.map((set) => (
                <td key={set} data-label={set}>
                  {written(effects.find((effect) => effect.question_set === set && effect.threshold === threshold))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
