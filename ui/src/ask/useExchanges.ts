import { useCallback, useEffect, useRef, useState } from "react";

import { ask, getAnswer, summarise as askForSummary } from "../api/client";
import { ApiError, bodyOf, isAbort } from "../api/errors";
import { streamInterrupted } from "../api/stream";
import type { AnswerEvent, AskRequest, FilterView, SummaryRequest } from "../api/types";
import { exchangeOf, fail, newExchange, receive, stop, type Exchange } from "./exchange";

export interface Exchanges {
  /** Newest first. In memory only: nothing of a question is kept on this machine. */
  all: readonly Exchange[];
  current: Exchange | null;
  send: (request: AskRequest) => void;
  /** Summarises a document or folder; `title` stands for the question until the answer names itself. */
  summarise: (request: Partial<SummaryRequest>, title: string) => void;
  halt: () => void;
  show: (id: number | null) => void;
  /** Shows a recorded answer, read from the server unless it is here already. */
  showRecorded: (answerId: string) => void;
}

const nothing: FilterView = { document_types: [], languages: [], media_types: [], path_prefix: "" };

interface Running {
  id: number;
  aborter: AbortController;
}

export function useExchanges(): Exchanges {
  const [all, setAll] = useState<readonly Exchange[]>([]);
  const [currentId, setCurrentId] = useState<number | null>(null);
  const running = useRef<Running | null>(null);
  const nextId = useRef(1);

  const update = useCallback((id: number, change: (exchange: Exchange) => Exchange) => {
    setAll((list) => list.map((exchange) => (exchange.id === id ? change(exchange) : exchange)));
  }, []);

  const begin = useCallback((question: string, asOf: string | null = null): Running => {
    const started = { id: nextId.current++, aborter: new AbortController() };
    running.current = started;
    setAll((list) => [newExchange(started.id, question, asOf), ...list]);
    setCurrentId(started.id);
    return started;
  }, []);

  const halt = useCallback(() => {
    const { current } = running;
    if (!current) return;
    running.current = null;
    current.aborter.abort();
    update(current.id, stop);
  }, [update]);

  const follow = useCallback(
    async ({ id }: Running, events: AsyncGenerator<AnswerEvent>) => {
      try {
        for await (const event of events) update(id, (exchange) => receive(exchange, event));
        update(id, (exchange) => fail(exchange, streamInterrupted().body));
      } catch (reason) {
        if (!isAbort(reason)) update(id, (exchange) => fail(exchange, bodyOf(reason)));
      } finally {
        if (running.current?.id === id) running.current = null;
      }
    },
    [update],
  );

  const send = useCallback(
    (request: AskRequest) => {
      halt();
      const started = begin(request.question, request.as_of ?? null);
      update(started.id, (exchange) => ({ ...exchange, only: request.only ? { ...nothing, ...request.only } : null }));
      void follow(started, ask(request, started.aborter.signal));
    },
    [halt, begin, update, follow],
  );

  const summarise = useCallback(
    (request: Partial<SummaryRequest>, title: string) => {
      halt();
      const started = begin(title, request.as_of ?? null);
      update(started.id, (exchange) => ({ ...exchange, subject: request }));
      void follow(started, askForSummary(request, started.aborter.signal));
    },
    [halt, begin, update, follow],
  );

  const known = useRef(all);
  useEffect(() => {
    known.current = all;
  }, [all]);

  const showRecorded = useCallback(
    (answerId: string) => {
      const here = known.current.find((exchange) => exchange.answer?.id === answerId);
      if (here) {
        setCurrentId(here.id);
        return;
      }
      halt();
      const { id, aborter } = begin("");
      getAnswer(answerId, aborter.signal).then(
        (answer) => update(id, () => exchangeOf(id, answer)),
        (reason: unknown) => {
          if (reason instanceof ApiError) update(id, (exchange) => fail(exchange, reason.body));
        },
      );
    },
    [halt, begin, update],
  );

  useEffect(() => () => running.current?.aborter.abort(), []);

  const current = all.find((exchange) => exchange.id === currentId) ?? null;
  return { all, current, send, summarise, halt, show: setCurrentId, showRecorded };
}
