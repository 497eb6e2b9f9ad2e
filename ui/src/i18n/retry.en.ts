import { pluralEnglish as plural } from "./plural";
import type { RetryWords } from "./retry.words";

/** The words of trying again what failed. */
export const retry: RetryWords = {
  again: "Try again",
  againNamed: (name) => `Try ${name} again`,
  document: "Try this document again?",
  documentText: (name) =>
    `“${name}” is read again from its stored bytes. Nothing else of its source is loaded, and nothing is withdrawn.`,
  corpus: "Try again what failed",
  which: "Corpus",
  confirm: "Try again",
  codes: "Why they failed",
  nothingFailed: "Nothing failed in this corpus.",
  none: (failed) =>
    failed === 1 ? "One file failed, and another try would end the same." : `${plural(failed, "file", "files")} failed, and another try would end the same.`,
  unread: (count) => `${plural(count, "published document has", "published documents have")} pages that are pictures and were not read.`,
  unreadAgain: "Text recognition is installed by now: they are read again, and what is published stays until that is done.",
  unreadNotYet: "Text recognition is not installed on the server, so another try would end the same.",
  corpusText: (retryable, failed) =>
    `Another try may help ${retryable} of ${plural(failed, "file that failed", "files that failed")}. They are read from their stored bytes, or from their source where none are stored. Nothing else is loaded, and nothing is withdrawn.`,
};
