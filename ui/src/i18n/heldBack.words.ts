type Phrase = "title" | "look" | "leave" | "left" | "askAgain" | "listLabel" | "sure";

/** What both languages have to say when an unusual share of a source is gone. */
export interface HeldBackWords extends Record<Phrase, string> {
  gone: (count: number, total: number) => string;
  more: (count: number) => string;
  withdraw: (count: number) => string;
  confirmTitle: (count: number) => string;
  confirmText: string;
  confirm: (count: number) => string;
}
