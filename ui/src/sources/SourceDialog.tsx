import { useState, type SyntheticEvent } from "react";

import { changeSource, createSource, getSourceFolders } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ConfiguredSourceView, ErrorBody, SourceInput } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote } from "../parts/useRemote";

interface SourceDialogProps {
  corpus: string;
  /** What is changed; null: a new source. */
  source: ConfiguredSourceView | null;
  onSaved: () => void;
  onClose: () => void;
}

const accesses = ["corpus", "manifest", "posix", "smb"] as const;
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** What is sent to leave a source as it is, with the credentials it has. */
export function inputOf(source: ConfiguredSourceView): SourceInput {
  const { name, url, include, exclude, access, schedule, paused } = source;
  return { name, url, include, exclude, access, schedule, paused };
}

/** The fields of a form by name; what is not a text (a file) is empty. */
function readForm(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
}

function inputFrom(form: HTMLFormElement, paused: boolean): SourceInput {
  const field = readForm(form);
  const secrets = { username: field("username"), password: field("password"), private_key: field("private_key") };
  const key = secrets.private_key.trim();
  const given = Object.values(secrets).some((value) => value !== "") || field("host_key").trim() !== "";
  return {
    name: field("name").trim(),
    url: field("url").trim(),
    include: lines(field("include")),
    exclude: lines(field("exclude")),
    access: accesses.find((one) => one === field("access")) ?? "corpus",
    schedule: field("schedule").trim() || null,
    paused,
    credentials: given
      ? {
          username: secrets.username,
          password: key ? "" : secrets.password,
          private_key: key ? `${key}\n` : "",
          passphrase: key ? secrets.password : "",
          host_key: field("host_key").trim(),
        }
      : null,
  };
}

/** Sets up a source, or changes one. */
export function SourceDialog({ corpus, source, onSaved, onClose }: SourceDialogProps) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const save = async (wanted: SourceInput) => {
    setBusy(true);
    setError(null);
    try {
      await (source ? changeSource(source.id, wanted) : createSource(corpus, wanted));
      onSaved();
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    void save(inputFrom(event.currentTarget, source?.paused ?? false));
  };
  return (
    <Dialog title={source ? words.sources.editNamed(source.name) : words.sources.add} onClose={onClose} wide>
      <form className="stack" onSubmit={onSubmit}>
        <Fields source={source} />
        {error && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button button-main" disabled={busy}>
            {words.sources.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface TextFieldProps {
  name: string;
  label: string;
  value?: string;
  hint?: string;
  required?: boolean;
  secret?: boolean;
}

function TextField({ name, label, value = "", hint, required = false, secret = false }: TextFieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        name={name}
        defaultValue={value}
        required={required}
        type={secret ? "password" : "text"}
        autoComplete={secret ? "new-password" : "off"}
      />
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}

function LinesField({ name, label, value = "", hint }: TextFieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <textarea name={name} rows={2} defaultValue={value} autoComplete="off" />
      {hint && <span className="hint">{hint}</span>}
    </label>
  );
}

/** Which folders of the server may be named as an address; without any, how to allow some. */
function FolderHelp() {
  const texts = useWords().sources;
  const folders = useRemote("source folders", getSourceFolders).value?.folders;
  if (!folders) return null;
  if (folders.length === 0) return <p className="hint">{texts.noFolders}</p>;
  return (
    <div className="hint">
      {texts.folders}
      <ul>
        {folders.map((folder) => (
          <li key={folder}>
            <code>{folder}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Fields({ source }: { source: ConfiguredSourceView | null }) {
  const texts = useWords().sources;
  return (
    <>
      <TextField name="name" label={texts.name} value={source?.name ?? ""} required />
      <TextField name="url" label={texts.url} value={source?.url ?? ""} hint={texts.urlHint} required />
      <FolderHelp />
      <TextField name="username" label={texts.username} />
      <TextField name="password" label={texts.password} hint={texts.passwordHint} secret />
      <LinesField name="private_key" label={texts.privateKey} />
      <LinesField name="host_key" label={texts.hostKey} hint={texts.hostKeyHint} />
      <LinesField name="include" label={texts.include} value={source?.include.join("\n") ?? ""} hint={texts.patternsHint} />
      <LinesField name="exclude" label={texts.exclude} value={source?.exclude.join("\n") ?? ""} hint={texts.patternsHint} />
      <label className="field">
        <span>{texts.access}</span>
        <select name="access" defaultValue={source?.access ?? "corpus"}>
          {accesses.map((access) => (
            <option key={access} value={access}>
              {texts.accesses[access]}
            </option>
          ))}
        </select>
      </label>
      <TextField name="schedule" label={texts.schedule} value={source?.schedule ?? ""} hint={texts.scheduleHint} />
    </>
  );
}
