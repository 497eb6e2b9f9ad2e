import type { HeldBackWords } from "./heldBack.words";
import { pluralEnglish as plural } from "./plural";

const share = (count: number, total: number) => (count / total).toLocaleString("en", { style: "percent", maximumFractionDigits: 0 });

/** The words about documents that a load no longer found and kept. */
export const heldBack: HeldBackWords = {
  title: "Many documents are gone from the source",
  gone: (count, total) =>
    `${count.toLocaleString("en")} of ${plural(total, "document", "documents")} (${share(count, total)}) were no longer found. So many at once may be a mistake, such as a share that is not connected: they still answer questions until you decide.`,
  look: "Show which",
  listLabel: "Documents that are gone",
  more: (count) => `and ${plural(count, "other", "others")}`,
  withdraw: (count) => `Withdraw ${count === 1 ? "it" : "them"}…`,
  leave: "Leave them in the answers",
  left: "They stay in the answers. The next load of the source asks again.",
  confirmTitle: (count) => `Withdraw ${plural(count, "document", "documents")}?`,
  confirmText:
    "They leave all answers. The source is looked at once more first: files that are back by then stay, and if more than these are gone by then, nothing is withdrawn and you are asked again. Documents withdrawn in this way come back when their files do.",
  sure: "I have looked at the list: these documents are really gone.",
  confirm: (count) => `Withdraw ${plural(count, "document", "documents")}`,
  askAgain: "Look at the list again",
};
