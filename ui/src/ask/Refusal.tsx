import { useWords } from "../i18n/language";
import { Mark } from "../parts/Icon";
import type { Exchange } from "./exchange";

/** A refusal is an answer: the documents do not say; where only some were asked, others may. */
export function Refusal({ exchange }: { exchange: Exchange }) {
  const words = useWords();
  const { answer, only } = exchange;
  if (!answer) return null;
  const reasons = only ? { ...words.refusal.reasons, no_passages: words.narrow.noPassages } : words.refusal.reasons;
  const reason = answer.refusal_reason ? reasons[answer.refusal_reason] : undefined;
  return (
    <div className="refusal" data-testid="refusal">
      <Mark />
      <div>
        <p className="refusal-label">{only ? words.narrow.refused : words.refusal.label}</p>
        <p className="refusal-phrase" lang={answer.language}>
          {answer.text}
        </p>
        <p className="refusal-reason">
          {reason} {only ? words.narrow.advice : words.refusal.advice}
        </p>
      </div>
    </div>
  );
}
