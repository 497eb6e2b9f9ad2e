import { useId, useState, type DragEvent } from "react";

import { getLoads, uploadFiles } from "../api/client";
import { bodyOf } from "../api/errors";
import type { CorpusView, ErrorBody, LoadView } from "../api/types";
import { formatMoment, formatSize } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon } from "../parts/Icon";
import { useRemote } from "../parts/useRemote";
import { CorpusSelect } from "./CorpusSelect";
import { LoadProgress } from "./LoadProgress";
import { isRunning } from "./useLoad";

interface UploadPanelProps {
  corpora: readonly CorpusView[];
  /** Whether the corpora are known yet. */
  ready: boolean;
  onChanged: () => void;
  /** Loads begun elsewhere on the page, which are followed here too. */
  started: readonly LoadView[];
}

/** Sends files to a corpus and follows the load, and those that were still running. */
export function UploadPanel({ corpora, ready, onChanged, started }: UploadPanelProps) {
  const words = useWords();
  const [chosen, setChosen] = useState("");
  const corpus = corpora.find((one) => one.id === chosen)?.id ?? corpora[0]?.id ?? "";
  const [followed, setFollowed] = useState<readonly LoadView[]>([]);
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const sending = useSending((load) => setFollowed((list) => [load, ...list]));
  const recent = useRemote(corpus, (signal) => (corpus ? getLoads(corpus, signal) : Promise.resolve([])));
  const ended = () => {
    recent.reload();
    onChanged();
  };

  if (ready && corpora.length === 0) return <p className="notice">{words.upload.noCorpus}</p>;
  const hide = (id: string) => {
    setFollowed((list) => list.filter((load) => load.id !== id));
    setHidden((list) => [...list, id]);
  };
  const here = [...started, ...followed].filter((load) => !hidden.includes(load.id));
  const known = new Set(here.map((load) => load.id));
  const others = (recent.value ?? []).filter((load) => !known.has(load.id));
  const shown = [...here, ...others.filter((load) => isRunning(load) && !hidden.includes(load.id))];
  const past = others.filter((load) => !isRunning(load)).slice(0, 5);
  return (
    <section className="upload" aria-label={words.upload.title}>
      <h2 className="section-title">{words.upload.title}</h2>
      <CorpusSelect label={words.upload.corpus} corpora={corpora} value={corpus} onChange={setChosen} inline />
      <DropZone disabled={!corpus || sending.files !== null} onFiles={(files) => sending.send(corpus, files)} />
      <div role="status">{sending.files && <Sending files={sending.files} />}</div>
      {sending.error && <ErrorNotice error={sending.error} />}
      {shown.map((load) => (
        <LoadProgress
          key={load.id}
          first={load}
          corpora={corpora}
          onEnded={ended}
          onHide={() => hide(load.id)}
        />
      ))}
      {past.length > 0 && (
        <PastLoads
          loads={past}
          onShow={(load) => {
            setHidden((list) => list.filter((id) => id !== load.id));
            setFollowed((list) => [load, ...list.filter((one) => one.id !== load.id)]);
          }}
        />
      )}
    </section>
  );
}

function useSending(onStarted: (load: LoadView) => void) {
  const [files, setFiles] = useState<readonly File[] | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const send = (corpus: string, chosen: readonly File[]) => {
    if (chosen.length === 0) return;
    setFiles(chosen);
    setError(null);
    uploadFiles(corpus, chosen)
      .then(onStarted, (reason: unknown) => setError(bodyOf(reason)))
      .finally(() => setFiles(null));
  };
  return { files, error, send };
}

function Sending({ files }: { files: readonly File[] }) {
  const { words, code } = useLanguage();
  const size = files.reduce((total, file) => total + file.size, 0);
  const text = words.upload.sending(files.length, formatSize(size, code));
  return (
    <div className="bar">
      <progress aria-label={text} />
      <span className="hint">{text}</span>
    </div>
  );
}

function DropZone({ disabled, onFiles }: { disabled: boolean; onFiles: (files: readonly File[]) => void }) {
  const words = useWords();
  const field = useId();
  const [over, setOver] = useState(false);
  const onDrag = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === "dragover" && !disabled);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!disabled) onFiles([...event.dataTransfer.files]);
  };
  return (
    // Dropping is a shortcut for the mouse; the labelled input inside does the same for everyone.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="drop-zone" data-over={over} onDragOver={onDrag} onDragLeave={onDrag} onDrop={onDrop}>
      <input
        id={field}
        className="visually-hidden"
        data-testid="upload-input"
        type="file"
        multiple
        disabled={disabled}
        onChange={(event) => {
          if (!disabled) onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <label htmlFor={field} className="button button-main">
        <Icon name="upload" />
        {words.upload.choose}
      </label>
      <input
        id={`${field}-folder`}
        className="visually-hidden"
        data-testid="upload-folder-input"
        type="file"
        multiple
        disabled={disabled}
        ref={(input) => {
          if (input) input.webkitdirectory = true; // React has no property for it
        }}
        onChange={(event) => {
          if (!disabled) onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <label htmlFor={`${field}-folder`} className="button">
        {words.upload.chooseFolder}
      </label>
      <span>{words.upload.drop}</span>
      <span className="hint">{words.upload.kinds}</span>
    </div>
  );
}

function PastLoads({ loads, onShow }: { loads: readonly LoadView[]; onShow: (load: LoadView) => void }) {
  const { words, code } = useLanguage();
  return (
    <details className="past-loads">
      <summary>{words.upload.loads}</summary>
      <ul>
        {loads.map((load) => (
          <li key={load.id}>
            <button type="button" className="link-button" aria-label={words.upload.follow(load.source)} onClick={() => onShow(load)}>
              {formatMoment(load.started_at, code)}
            </button>
            <span className="path">{load.source}</span>
            <span className="hint">
              {words.load.outcomes.published} {load.published} · {words.load.outcomes.unchanged} {load.unchanged} ·{" "}
              {words.load.outcomes.failed} {load.failed}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
