import type { PageWords } from "./pages.words";
import { pluralEnglish as plural } from "./plural";

/** The words of single pages. */
export const pages: PageWords = {
  page: "Page",
  state: "State",
  recognised: "Recognised",
  known: "What is known of it",
  onlyGaps: "Only pages without text",
  whole: "Every page gave text.",
  summary: (count, gaps) => `${plural(count, "page", "pages")}, ${gaps} without text`,
  caption: (name) => `Pages of ${name}`,
  show: (name) => `Show the pages of ${name}`,
  gaps: (count, documents, unread) =>
    `${plural(count, "page", "pages")} of ${plural(documents, "document", "documents")} gave no text${unread > 0 ? `; ${unread} of them could not be read` : ""}.`,
  unreadRemedy: "No text recognition (tesseract) is installed on the server: pages that are pictures stay unread.",
  gapsOf: (gaps, count) => `${gaps} of ${plural(count, "page", "pages")} without text`,
  confidence: (share) => `${Math.round(share)} %`,
  pace: (count, filesPerMinute) =>
    [count > 0 ? plural(count, "page", "pages") : "", filesPerMinute > 0 ? `${plural(Math.round(filesPerMinute), "file", "files")} a minute` : ""]
      .filter(Boolean)
      .join(", "),
  accessNote: "Only administrators may read it:",
  states: { nothing_found: "No text", unread: "Not read" },
  reasons: {
    recognised: "Its text was recognised in a picture.",
    nothing_recognised: "A picture in which no text was recognised.",
    nothing_found: "There is no text on it.",
    unread: "A picture that was not read: no text recognition is installed on the server.",
  },
};
