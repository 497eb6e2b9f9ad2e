import { useEffect, useRef, useState } from "react";

import { getCorpora } from "../api/client";
import type { FilterView } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useMedia } from "../parts/useMedia";
import { useRemote } from "../parts/useRemote";
import { addressOf } from "../route";
import { SourcePanel } from "../source/SourcePanel";
import { Announcer } from "./Announcer";
import { Answer } from "./Answer";
import { momentOf } from "./day";
import { isOpen, type Exchange, type Sight } from "./exchange";
import { History } from "./History";
import { everything, filterOf, type Narrowed } from "./Narrow";
import { QuestionForm } from "./QuestionForm";
import type { Exchanges } from "./useExchanges";

/** As many as the server looks at. */
const mostEarlier = 8;

/** The open source: for which exchange, and which element gets the focus back. */
function useSight(exchange: Exchange | null) {
  const [opened, setOpened] = useState<{ sight: Sight; exchangeId: number | undefined } | null>(null);
  const opener = useRef<HTMLElement | null>(null);
  const open = (sight: Sight) => {
    if (document.activeElement instanceof HTMLElement) opener.current = document.activeElement;
    setOpened({ sight, exchangeId: exchange?.id });
  };
  const close = () => {
    setOpened(null);
    opener.current?.focus();
  };
  const sight = opened && opened.exchangeId === exchange?.id ? opened.sight : null;
  return { sight, open, close };
}

export function AskPage({ exchanges, answerId }: { exchanges: Exchanges; answerId: string | null }) {
  const words = useWords();
  const corpora = useRemote("corpora", getCorpora);
  const narrow = useMedia("(max-width: 62rem)");
  const { current, showRecorded } = exchanges;
  const { sight, open, close } = useSight(current);
  useEffect(() => {
    if (answerId) showRecorded(answerId);
  }, [answerId, showRecorded]);

  const lastRequest = useRef<{ corpora: string[] | null; earlier: string[] }>({ corpora: null, earlier: [] });
  const [day, setDay] = useState("");
  const [follows, setFollows] = useState(true);
  const asked = [...exchanges.all].reverse().map((exchange) => exchange.question);
  const earlierQuestions = asked.filter((question) => question !== "").slice(-mostEarlier);
  const [narrowed, setNarrowed] = useState<Narrowed>(everything);
  const send = (question: string, chosen: string[] | null, earlier: string[], asOf: string | null, only: FilterView | null) => {
    lastRequest.current = { corpora: chosen, earlier };
    if (answerId) window.location.hash = addressOf("ask");
    exchanges.send({ question, corpora: chosen, earlier, ...(asOf && { as_of: asOf }), ...(only && { only }) });
  };
  const sendAgain = (exchange: Exchange, asOf: string | null, only: FilterView | null) =>
    send(exchange.question, lastRequest.current.corpora, lastRequest.current.earlier, asOf, only);
  const known = corpora.value ?? [];
  const earlier = exchanges.all.filter((exchange) => exchange !== current);
  const nothingLoaded = corpora.value !== null && known.every((corpus) => corpus.documents === 0);

  return (
    <div className="ask-layout" data-panel={sight !== null && !narrow}>
      <div className="ask-column">
        <header className={current ? "visually-hidden" : "hero"}>
          <h1 tabIndex={-1}>{words.ask.title}</h1>
          <p>{words.ask.lead}</p>
        </header>
        <QuestionForm
          corpora={known}
          busy={current !== null && isOpen(current)}
          first={!current}
          follows={earlierQuestions.length > 0 ? follows : null}
          onFollows={setFollows}
          day={day}
          onDay={setDay}
          narrowed={narrowed}
          onNarrow={setNarrowed}
          onAsk={(question, chosen) =>
            send(question, chosen, follows ? earlierQuestions : [], momentOf(day, new Date()), filterOf(narrowed))
          }
          onStop={exchanges.halt}
        />
        {corpora.error && <ErrorNotice error={corpora.error} onRetry={corpora.reload} />}
        {nothingLoaded && !current && (
          <p className="notice">
            {words.ask.noDocuments} <a href={addressOf("documents")}>{words.ask.loadSome}</a>
          </p>
        )}
        {current && (
          <Answer
            key={current.id}
            exchange={current}
            corpora={known}
            openNumber={sight?.source.number ?? null}
            onOpen={open}
            onRetry={() => {
              if (current.subject) exchanges.summarise(current.subject, current.question);
              else sendAgain(current, current.asOf, current.only);
            }}
            onNow={() => {
              setDay("");
              if (current.subject) exchanges.summarise({ ...current.subject, as_of: null }, current.question);
              else sendAgain(current, null, current.only);
            }}
            onAll={() => {
              setNarrowed(everything);
              sendAgain(current, current.asOf, null);
            }}
          />
        )}
        <Announcer exchange={current} />
        <History exchanges={earlier} onShow={exchanges.show} />
      </div>
      {sight && <SourcePanel key={narrow ? "modal" : "beside"} sight={sight} asOf={current?.asOf ?? null} corpora={known} modal={narrow} onClose={close} />}
    </div>
  );
}
