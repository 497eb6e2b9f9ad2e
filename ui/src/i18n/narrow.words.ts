/** What both languages have to say about asking some documents only. */
export interface NarrowWords {
  title: string;
  kind: string;
  kinds: Record<string, string>;
  language: string;
  languages: Record<string, string>;
  path: string;
  pathHint: string;
  below: (path: string) => string;
  clear: string;
  told: (parts: string) => string;
  askAll: string;
  /** Of a refusal: other documents were not asked. */
  refused: string;
  noPassages: string;
  advice: string;
}
