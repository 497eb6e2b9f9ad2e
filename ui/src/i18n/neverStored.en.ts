import type { NeverStoredWords } from "./neverStored.words";
import { pluralEnglish as plural } from "./plural";

/** The words on files of which nothing could be stored. */
export const neverStored: NeverStoredWords = {
  title: (count) => `${plural(count, "file", "files")} of which nothing could be stored`,
  lead: (count) =>
    count === 1
      ? "The newest load of its source saw it. It is no document yet; the next load looks at it again."
      : "The newest loads of their sources saw them. They are no documents yet; the next load looks at them again.",
  more: (count) => `And ${plural(count, "other", "others")}: the load’s report names them all.`,
};
