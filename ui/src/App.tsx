import { useEffect, useRef } from "react";

import { getMe, reviewLimit } from "./api/client";
import type { PersonView } from "./api/types";
import { AskPage } from "./ask/AskPage";
import { useExchanges } from "./ask/useExchanges";
import { DocumentsPage } from "./documents/DocumentsPage";
import { useLanguage, useWords } from "./i18n/language";
import { Mark } from "./parts/Icon";
import { Administers, useAdministers } from "./parts/administers";
import { useRemote } from "./parts/useRemote";
import { ReviewPage } from "./review/ReviewPage";
import { useQueue } from "./review/useQueue";
import { addressOf, useRoute, type PageName } from "./route";
import { StatusPage } from "./status/StatusPage";

const pages: readonly PageName[] = ["ask", "documents", "review", "status"];
/** What is for administrators as a whole. */
const administration: ReadonlySet<PageName> = new Set(["review", "status"]);

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
  const person = useRemote("me", getMe).value;
  const main = usePageTurn(page, words.pages[page]);
  const skip = () => main.current?.querySelector("h1")?.focus();
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        {words.skipToContent}
      </button>
      <Administers.Provider value={person?.is_administrator !== false}>
        <Header page={page} waiting={queue.value?.length ?? 0} person={person} onHome={() => exchanges.show(null)} />
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
      </Administers.Provider>
    </>
  );
}

interface HeaderProps {
  page: PageName;
  /** How many versions wait for a person. */
  waiting: number;
  /** Null: not known, or not yet. */
  person: PersonView | null;
  onHome: () => void;
}

function Header({ page, waiting, person, onHome }: HeaderProps) {
  const { words, code, change } = useLanguage();
  const other = code === "fr" ? "en" : "fr";
  const administers = useAdministers();
  const open = pages.filter((name) => administers || !administration.has(name));
  return (
    <header className="site-header">
      <a className="brand" href={addressOf("ask")} onClick={onHome}>
        <Mark />
        <span className="brand-name">Sourcier</span>
        <span className="brand-line">{words.productLine}</span>
      </a>
      <nav aria-label={words.navigation}>
        <ul>
          {open.map((name) => (
            <li key={name}>
              <a href={addressOf(name)} aria-current={name === page ? "page" : undefined}>
                {words.pages[name]}
                {name === "review" && waiting > 0 && <Badge waiting={waiting} />}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {person && !person.is_local && (
        <span className="person" data-testid="person" title={person.groups.join(", ")}>
          <span className="visually-hidden">{words.signedInAs} </span>
          {person.id}
        </span>
      )}
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
