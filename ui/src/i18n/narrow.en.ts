import type { NarrowWords } from "./narrow.words";

export const narrow: NarrowWords = {
  title: "Ask some documents only",
  kind: "Kind",
  kinds: {
    pdf: "PDF",
    word: "Word and similar",
    slides: "Slides",
    sheet: "Spreadsheets",
    web: "Web pages",
    text: "Text and Markdown",
    mail: "E-mail",
    book: "E-books",
    image: "Images",
  },
  language: "Language of the documents",
  languages: { fr: "French", en: "English", und: "Another" },
  path: "Folder",
  pathHint: "How the path in the corpus begins, as in hr/leave/",
  below: (path) => `below ${path}`,
  clear: "Clear these choices",
  told: (parts) => `Only these documents were asked: ${parts}.`,
  askAll: "Ask all documents",
  refused: "No answer in the documents that were asked",
  noPassages: "None of the documents that were asked has a passage close to this question.",
  advice: "Other documents were not asked: ask all documents, or try other words.",
};
