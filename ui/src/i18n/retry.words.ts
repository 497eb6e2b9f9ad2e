type Phrase = "again" | "document" | "corpus" | "which" | "nothingFailed" | "confirm" | "codes";

/** What both languages have to say about trying again what failed. */
export interface RetryWords extends Record<Phrase, string> {
  againNamed: (name: string) => string;
  documentText: (name: string) => string;
  none: (failed: number) => string;
  unread: (count: number) => string;
  unreadAgain: string;
  unreadNotYet: string;
  corpusText: (retryable: number, failed: number) => string;
}
