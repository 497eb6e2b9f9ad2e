/** What both languages have to say about files of which nothing could be stored. */
export interface NeverStoredWords {
  title: (count: number) => string;
  lead: (count: number) => string;
  more: (count: number) => string;
}
