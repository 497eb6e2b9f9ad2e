import { useWords } from "../i18n/language";
import { Icon, type IconName } from "../parts/Icon";
import { isOpen, isRefusal, type Exchange } from "./exchange";

interface HistoryProps {
  exchanges: readonly Exchange[];
  onShow: (id: number) => void;
}

function iconOf(exchange: Exchange): IconName {
  if (isOpen(exchange)) return "pending";
  if (exchange.state === "failed") return "warning";
  if (exchange.state === "stopped") return "stop";
  return isRefusal(exchange) ? "minus" : "check";
}

export function History({ exchanges, onShow }: HistoryProps) {
  const words = useWords();
  if (exchanges.length === 0) return null;
  return (
    <nav className="history" aria-label={words.ask.history}>
      <h2 className="section-title">{words.ask.history}</h2>
      <ol>
        {exchanges.map((exchange) => (
          <li key={exchange.id}>
            <button type="button" className="history-item" onClick={() => onShow(exchange.id)}>
              <Icon name={iconOf(exchange)} />
              <span lang={exchange.language ?? undefined}>{exchange.question || words.loading}</span>
            </button>
          </li>
        ))}
      </ol>
      <p className="hint">{words.ask.historyNote}</p>
    </nav>
  );
}
