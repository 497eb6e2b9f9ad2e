type PageCode = "recognised" | "nothing_recognised" | "nothing_found" | "unread";
type Phrase = "page" | "state" | "recognised" | "known" | "onlyGaps" | "whole" | "unreadRemedy" | "accessNote";

/** What both languages have to say about single pages, and about what a load found in them. */
export interface PageWords extends Record<Phrase, string> {
  summary: (pages: number, gaps: number) => string;
  caption: (name: string) => string;
  show: (name: string) => string;
  gaps: (pages: number, documents: number, unread: number) => string;
  gapsOf: (pages: number, count: number) => string;
  confidence: (share: number) => string;
  pace: (pages: number, filesPerMinute: number) => string;
  states: Record<"nothing_found" | "unread", string>;
  reasons: Record<PageCode, string>;
}
