import { useWords } from "../i18n/language";
import { Mark } from "../parts/Icon";
import type { Exchange } from "./exchange";

/** A refusal is an answer: the documents do not say. */
export function Refusal({ exchange }: { exchange: Exchange }) {
  const words = useWords();
  const { answer } = exchange;
  if (!answer) return null;
  const reason = answer.refusal_reason ? words.refusal.reasons[answer.refusal_reason] : undefined;
  return (
    <div className="refusal" data-testid="refusal">
      <Mark />
      <div>
        <p className="refusal-label">{words.refusal.label}</p>
        <p className="refusal-phrase" lang={answer.language}>
          {answer.text}
        </p>
        <p className="refusal-reason">
          {reason} {words.refusal.advice}
        </p>
      </div>
    </div>
  );
}
