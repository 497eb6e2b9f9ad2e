import { useEffect, useRef, useState } from "react";

import { changeSource, deleteSource, getSources, loadSource } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ConfiguredSourceView, CorpusView, ErrorBody, LoadView } from "../api/types";
import { formatMoment } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { CorpusSelect } from "../documents/CorpusSelect";
import { HeldBack } from "../documents/HeldBack";
import { ErrorNotice } from "../parts/ErrorNotice";
import { ReasonOfEnd } from "../parts/Reason";
import { useRemote } from "../parts/useRemote";
import { inputOf, SourceDialog } from "./SourceDialog";
import { PlanDialog } from "./PlanDialog";
import { isRemote, ReadEverythingDialog } from "./ReadEverythingDialog";
import { RemoveDialog } from "./RemoveDialog";

interface SourcesPanelProps {
  corpora: readonly CorpusView[];
  /** Another number asks to look at the sources again: what was loaded elsewhere on the page may have changed them. */
  turn: number;
  /** Called when a load has begun. */
  onStarted: (load: LoadView) => void;
}

/** How often a source is looked at while it is being loaded. */
const LOOK_AGAIN_MS = 3000;
const UNFINISHED = new Set(["queued", "scanning", "running"]);

type Open = { about: "new" } | { about: "edit" | "plan" | "read everything" | "remove"; source: ConfiguredSourceView };

/** The places a corpus's documents come from: trying out, loading, changing, removing. */
export function SourcesPanel({ corpora, turn, onStarted }: SourcesPanelProps) {
  const words = useWords();
  const [chosen, setChosen] = useState("");
  const [open, setOpen] = useState<Open | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const [said, setSaid] = useState("");
  const [shown, setShown] = useState(false);
  const corpus = corpora.find((one) => one.id === chosen)?.id ?? corpora[0]?.id ?? "";
  const found = useRemote(`${shown} ${corpus} ${turn}`, (signal) => (shown && corpus ? getSources(corpus, signal) : Promise.resolve([])));
  const { reload } = found;
  const runs = (found.value ?? []).some((source) => source.last_load_state && UNFINISHED.has(source.last_load_state));
  useEffect(() => {
    if (!shown || !runs) return;
    const timer = setInterval(reload, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [shown, runs, reload]);
  const act = async (work: Promise<unknown>, done = "") => {
    setSaid("");
    try {
      await work;
      setError(null);
      setSaid(done);
    } catch (reason) {
      setError(bodyOf(reason));
    }
    found.reload();
  };
  const load = (source: ConfiguredSourceView, readEverything = false) =>
    void act(loadSource(source.id, readEverything).then(onStarted), words.sources.started);
  const status = useRef<HTMLDivElement>(null);
  const confirmed = (load: LoadView) => {
    setSaid(words.sources.started);
    onStarted(load);
    found.reload();
    status.current?.focus(); // what was pressed goes away
  };
  const pause = (source: ConfiguredSourceView) =>
    void act(changeSource(source.id, { ...inputOf(source), paused: !source.paused }));
  const problem = error ?? found.error;
  const close = () => setOpen(null);
  const saved = () => {
    close();
    found.reload();
  };
  const remove = (source: ConfiguredSourceView, withdrawDocuments: boolean) => {
    close();
    void act(deleteSource(source.id, withdrawDocuments));
  };

  if (!corpus) return null;
  return (
    <details className="sources-panel" onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        <h2 className="section-title">{words.sources.title}</h2>
      </summary>
      <p className="hint">{words.sources.lead}</p>
      <div className="sources-head">
        <CorpusSelect label={words.sources.ofCorpus} corpora={corpora} value={corpus} onChange={setChosen} inline />
        <button type="button" className="button" onClick={() => setOpen({ about: "new" })}>
          {words.sources.add}
        </button>
      </div>
      <div role="status" ref={status} tabIndex={-1}>
        {said}
      </div>
      {problem && <ErrorNotice error={problem} />}
      {found.value?.length === 0 && <p>{words.sources.none}</p>}
      <ul className="sources-list">
        {(found.value ?? []).map((source) => (
          <Row key={source.id} source={source} onOpen={setOpen} onLoad={load} onPause={pause} onConfirmed={confirmed} />
        ))}
      </ul>
      {open?.about === "new" && <SourceDialog corpus={corpus} source={null} onSaved={saved} onClose={close} />}
      {open?.about === "edit" && <SourceDialog corpus={corpus} source={open.source} onSaved={saved} onClose={close} />}
      {open?.about === "plan" && <PlanDialog source={open.source} onClose={close} />}
      {open?.about === "read everything" && (
        <ReadEverythingDialog
          source={open.source}
          onRead={(source) => {
            close();
            load(source, true);
          }}
          onClose={close}
        />
      )}
      {open?.about === "remove" && <RemoveDialog source={open.source} onRemove={remove} onClose={close} />}
    </details>
  );
}

interface RowProps {
  source: ConfiguredSourceView;
  onOpen: (open: Open) => void;
  onLoad: (source: ConfiguredSourceView) => void;
  onPause: (source: ConfiguredSourceView) => void;
  onConfirmed: (load: LoadView) => void;
}

function Row({ source, onOpen, onLoad, onPause, onConfirmed }: RowProps) {
  const { words, code } = useLanguage();
  const texts = words.sources;
  const { name } = source;
  const when = source.paused
    ? texts.paused
    : source.next_run
      ? `${source.schedule ?? ""} (${texts.next(formatMoment(source.next_run, code))})`
      : texts.byHand;
  const last =
    source.last_load_at && source.last_load_state
      ? texts.last(formatMoment(source.last_load_at, code), texts.states[source.last_load_state])
      : texts.never;
  return (
    <li data-testid="source-row">
      <div>
        <strong>{name}</strong> <span className="path">{source.url}</span>
        <div className="hint">
          {when} · {last}
        </div>
        {source.held_back_load_id ? (
          <HeldBack key={source.held_back_load_id} loadId={source.held_back_load_id} onConfirmed={onConfirmed} />
        ) : (
          source.last_load_message && (
            <p className="notice">
              <ReasonOfEnd message={source.last_load_message} />
            </p>
          )
        )}
      </div>
      <div className="row-actions">
        <button type="button" className="button button-quiet" aria-label={texts.tryNamed(name)} onClick={() => onOpen({ about: "plan", source })}>
          {texts.tryOut}
        </button>
        <button type="button" className="button button-quiet" aria-label={texts.loadNamed(name)} onClick={() => onLoad(source)}>
          {texts.load}
        </button>
        {isRemote(source) && (
          <button type="button" className="button button-quiet" aria-label={texts.readEverythingNamed(name)} onClick={() => onOpen({ about: "read everything", source })}>
            {texts.readEverything}
          </button>
        )}
        {source.schedule && (
          <button type="button" className="button button-quiet" onClick={() => onPause(source)}>
            {source.paused ? texts.resume : texts.pause}
          </button>
        )}
        <button type="button" className="button button-quiet" aria-label={texts.editNamed(name)} onClick={() => onOpen({ about: "edit", source })}>
          {texts.edit}
        </button>
        <button type="button" className="button button-quiet" aria-label={texts.removeNamed(name)} onClick={() => onOpen({ about: "remove", source })}>
          {texts.remove}
        </button>
      </div>
    </li>
  );
}
