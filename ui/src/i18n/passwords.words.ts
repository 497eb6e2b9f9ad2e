type Phrase = "title" | "hint" | "one" | "add" | "forget" | "forgetConfirm" | "forgetText" | "added" | "forgotten" | "full";

/** What both languages have to say about the passwords of a corpus's documents. */
export interface PasswordWords extends Record<Phrase, string> {
  kept: (count: number) => string;
}
