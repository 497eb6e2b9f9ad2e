import { useEffect, useRef } from "react";

import { reviewLimit } from "./api/client";
import { AskPage } from "./ask/AskPage";
import { useExchanges } from "./ask/useExchanges";
import { DocumentsPage } from "./documents/DocumentsPage";
import { useLanguage, useWords } from "./i18n/language";
import { Mark } from "./parts/Icon";
import { ReviewPage } from "./review/ReviewPage";
import { useQueue } from "./review/useQueue";
import { addressOf, useRoute, type PageName } from "./route";
import { StatusPage } from "./status/StatusPage";

const pages: readonly PageName[] = ["ask", "documents", "review", "status"];

/** Sets the title, and after a change of page moves the focus to its heading, as a loaded page would. */
function usePageTurn(page: PageName, title: string) {
  const main = useRef<HTMLElement>(null);
  const last = useRef(page);
  useEffect(() => {
    document.title = `${title} · Sourcier`;
  }, [title]);
  useEffect(() => {
    if (last.current === page) return;
    last.current = page;
    main.current?.querySelector("h1")?.focus();
    window.scrollTo(0, 0);
  }, [page]);
  return main;
}

export function App() {
  const { words } = useLanguage();
  const { page, answerId } = useRoute();
  const exchanges = useExchanges();
  const queue = useQueue(page);
  const main = usePageTurn(page, words.pages[page]);
  const skip = () => main.current?.querySelector("h1")?.focus();
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        {words.skipToContent}
      </button>
      <Header page={page} waiting={queue.value?.length ?? 0} onHome={() => exchanges.show(null)} />
      <main ref={main}>
        {page === "ask" && <AskPage exchanges={exchanges} answerId={answerId} />}
        {page === "documents" && (
          <DocumentsPage
            onSummarise={(request, name) => {
              exchanges.summarise(request, words.answer.summaryOf(name));
              window.location.hash = addressOf("ask");
            }}
          />
        )}
        {page === "review" && <ReviewPage queue={queue} />}
        {page === "status" && <StatusPage />}
      </main>
    </>
  );
}

interface HeaderProps {
  page: PageName;
  /** How many versions wait for a person. */
  waiting: number;
  onHome: () => void;
}

function Header({ page, waiting, onHome }: HeaderProps) {
  const { words, code, change } = useLanguage();
  const other = code === "fr" ? "en" : "fr";
  return (
    <header className="site-header">
      <a className="brand" href={addressOf("ask")} onClick={onHome}>
        <Mark />
        <span className="brand-name">Sourcier</span>
        <span className="brand-line">{words.productLine}</span>
      </a>
      <nav aria-label={words.navigation}>
        <ul>
          {pages.map((name) => (
            <li key={name}>
              <a href={addressOf(name)} aria-current={name === page ? "page" : undefined}>
                {words.pages[name]}
                {name === "review" && waiting > 0 && <Badge waiting={waiting} />}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <button
        type="button"
        className="language"
        data-testid="language-switch"
        lang={other}
        aria-label={words.switchLanguage}
        onClick={() => change(other)}
      >
        <span className="language-long">{words.switchLanguageShort}</span>
        <span className="language-short" aria-hidden="true">
          {other.toUpperCase()}
        </span>
      </button>
    </header>
  );
}

function Badge({ waiting }: { waiting: number }) {
  const words = useWords();
  const count = waiting >= reviewLimit ? `${reviewLimit}+` : String(waiting);
  return (
    <>
      {" "}
      <span className="badge" data-testid="review-badge" aria-hidden="true">
        {count}
      </span>
      <span className="visually-hidden">({words.review.badge(count)})</span>
    </>
  );
}
