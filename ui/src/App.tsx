import { useEffect, useRef } from "react";

import { AskPage } from "./ask/AskPage";
import { useExchanges } from "./ask/useExchanges";
import { DocumentsPage } from "./documents/DocumentsPage";
import { useLanguage } from "./i18n/language";
import { Mark } from "./parts/Icon";
import { addressOf, useRoute, type PageName } from "./route";
import { StatusPage } from "./status/StatusPage";

const pages: readonly PageName[] = ["ask", "documents", "status"];

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
  const main = usePageTurn(page, words.pages[page]);
  const skip = () => main.current?.querySelector("h1")?.focus();
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        {words.skipToContent}
      </button>
      <Header page={page} onHome={() => exchanges.show(null)} />
      <main ref={main}>
        {page === "ask" && <AskPage exchanges={exchanges} answerId={answerId} />}
        {page === "documents" && <DocumentsPage />}
        {page === "status" && <StatusPage />}
      </main>
    </>
  );
}

function Header({ page, onHome }: { page: PageName; onHome: () => void }) {
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
