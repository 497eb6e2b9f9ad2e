import type { ErrorBody } from "../api/types";
import { catalogues, type LanguageCode } from "./language";
import catalogue from "./reasons.fr.json";

/**
 * The server's sentences in French. Each key is a sentence with numbered holes; in its translation `{0}` is what stood
 * in the hole, `{0:number}` a number as the French write it, `{0:quoted}` a name without Python's quotes,
 * `{0:choices}` a list that ends with "or", `{0:field}` a field of a request and `{0:reason}` a sentence or phrase that
 * has a translation of its own. With `|` the next kind is tried; where none fits, the template does not match.
 * An empty translation marks what the sentence of the error's code says as well.
 */
const french: ReadonlyMap<string, string> = new Map(Object.entries(catalogue));

const mostSteps = 3;
const mostSentences = 8;
const longest = 4000;

interface Template {
  /** What stands before, between and after the holes. */
  pieces: readonly string[];
  translation: string;
}

const templates: readonly Template[] = [...french]
  .map(([sentence, translation]) => ({ pieces: sentence.split(/\{\d\}/), translation }))
  .filter(({ pieces }) => pieces.length > 1)
  .sort((one, other) => lengthOf(other) - lengthOf(one));

function lengthOf({ pieces }: Template): number {
  return pieces.join("").length;
}

/** What stands in the holes of a sentence; null when it is another one. */
function holesOf(sentence: string, pieces: readonly string[]): string[] | null {
  const [first = "", ...others] = pieces;
  const last = others.pop() ?? "";
  if (!sentence.startsWith(first) || !sentence.endsWith(last)) return null;
  const end = sentence.length - last.length;
  const holes: string[] = [];
  let from = first.length;
  for (const piece of others) {
    const found = sentence.indexOf(piece, from);
    if (found < 0) return null;
    holes.push(sentence.slice(from, found));
    from = found + piece.length;
  }
  if (from > end) return null;
  return [...holes, sentence.slice(from, end)];
}

type Kind = (value: string, step: number) => string | null;

const kinds: Readonly<Record<string, Kind>> = {
  text: (value) => value,
  empty: (value) => (value === "" ? "" : null),
  number: (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value).toLocaleString("fr") : null),
  quoted: (value) => {
    const inside = /^(['"])(.*)\1$/s.exec(value);
    return inside ? `«\u00a0${inside[2] ?? ""}\u00a0»` : value;
  },
  choices: (value) => value.replaceAll(" or ", " ou ").replaceAll(" and ", " et "),
  field: (value) => {
    const given = /^“([^”]*)” \(([^\s()]+)\)$/.exec(value);
    if (given) return `«\u00a0${given[1] ?? ""}\u00a0» (${given[2] ?? ""})`;
    return /^[^\s:]+$/.test(value) ? value : null;
  },
  reason: (value, step) => phrase(value, step + 1),
};

/** A translation with its holes filled; null when one of them holds what it cannot. */
function fill(translation: string, holes: readonly string[], step: number): string | null {
  const unfit: string[] = [];
  const filled = translation.replace(/\{(\d)(?::([a-z|]+))?\}/g, (_, number: string, wanted: string | undefined) => {
    const value = holes[Number(number)] ?? "";
    for (const name of (wanted ?? "text").split("|")) {
      const written = kinds[name]?.(value, step) ?? null;
      if (written !== null) return written;
    }
    unfit.push(value);
    return "";
  });
  return unfit.length === 0 ? filled : null;
}

/** One sentence or phrase in French; empty when its code says it all, null when it is unknown. */
function phrase(sentence: string, step = 0): string | null {
  const exact = french.get(sentence);
  if (exact !== undefined && !/\{\d\}/.test(sentence)) return exact;
  if (step > mostSteps) return null;
  for (const { pieces, translation } of templates) {
    const holes = holesOf(sentence, pieces);
    const filled = holes && fill(translation, holes, step);
    if (filled) return filled;
  }
  return null;
}

/** The server's own words in French; null when not all of them are known. `general` is what the code says. */
export function inFrench(message: string, general = ""): string | null {
  if (message.length > longest) return null;
  const parts = message.split(/(?<=[.?!]) (?=\S)/);
  return join(parts.length > mostSentences ? [message] : parts, general) || null;
}

/** Sentences that the server put together, each in French; the shortest beginning that is known counts. */
function join(parts: readonly string[], general: string): string | null {
  if (parts.length === 0) return "";
  for (let count = 1; count <= parts.length; count += 1) {
    const sentence = parts.slice(0, count).join(" ");
    const first = phrase(sentence);
    if (first === null) continue;
    const rest = join(parts.slice(count), general);
    if (rest !== null && (first || general)) return [begin(first || general, sentence), rest].filter(Boolean).join(" ");
  }
  return null;
}

/** A translation that begins with a capital where its sentence does. */
function begin(translation: string, sentence: string): string {
  return /^\p{Lu}/u.test(sentence) ? translation.charAt(0).toLocaleUpperCase("fr") + translation.slice(1) : translation;
}

/** Words to show; `language` where it is another than the page's. */
export interface Said {
  text: string;
  language?: LanguageCode;
}

/** What went wrong: the sentence to read first and, where it says more, what exactly. */
export interface Reason {
  sentence: Said;
  detail: Said | null;
}

/** Codes whose exact sentences, where they are known here, say all that the code's own does: they stand alone. */
const complete = new Set([
  "access_manifest_invalid",
  "converter_missing",
  "credentials_unreadable",
  "document_corrupt",
  "document_encrypted",
  "document_rejected",
  "document_type_unsupported",
  "index_locked",
  "invalid_request",
  "not_found",
  "page_unavailable",
  "permission_denied",
  "source_folder_not_allowed",
]);
/** Codes of the page itself: their messages are for whoever looks for the mistake. */
const ownCodes = new Set(["network_unreachable", "stream_interrupted", "stream_malformed", "page_failed"]);

/** The server's own words in the page's language, else as they are. */
export function say(message: string, code: LanguageCode, general = ""): Said {
  const own = code === "en" ? message : inFrench(message, general);
  return own === null ? { text: message, language: "en" } : { text: own };
}

/** What an error means in a language: exactly, and with the advice of its code where the exact sentence has none. */
export function reasonOf(error: Pick<ErrorBody, "code" | "message">, code: LanguageCode): Reason {
  const general = catalogues[code].errors[error.code];
  const { message } = error;
  if (general === undefined) return { sentence: say(message, code), detail: null };
  const addsNothing = message === "" || message === general || french.get(message) === "" || ownCodes.has(error.code);
  if (addsNothing) return { sentence: { text: general }, detail: null };
  const exact = say(message, code, general);
  const standsAlone = complete.has(error.code) && inFrench(message, general) !== null;
  return standsAlone ? { sentence: exact, detail: null } : { sentence: { text: general }, detail: exact };
}

/** A parser's notes on a page that say more than the page's code; a name among them stays as it is. */
export function notesOf(reason: string, code: LanguageCode): string[] {
  const notes = reason.split("; ").filter((note) => note !== "" && french.get(note) !== "");
  return code === "en" ? notes : notes.map((note) => phrase(note) ?? note);
}

/** What a load or a comparison says of its end: an error's code and sentence, or a sentence alone. */
export function reasonOfEnd(message: string, code: LanguageCode): Reason {
  const [, name = "", sentence = ""] = /^([a-z_]+): (.*)$/s.exec(message) ?? [];
  if (Object.hasOwn(catalogues[code].errors, name)) return reasonOf({ code: name, message: sentence }, code);
  return { sentence: say(message, code), detail: null };
}
