type Access = "corpus" | "manifest" | "posix" | "smb";
type Count = "new" | "changed" | "unchanged" | "problems" | "missing" | "kept" | "access_notes";
type State = "queued" | "scanning" | "running" | "finished" | "cancelled" | "failed";
type Named = (name: string) => string;
type Phrase =
  | "title" | "ofCorpus" | "lead" | "none" | "add" | "edit" | "tryOut" | "load" | "remove" | "pause" | "resume" | "byHand"
  | "paused" | "never" | "name" | "url" | "urlHint" | "username" | "password" | "passwordHint" | "privateKey"
  | "hostKey" | "hostKeyHint" | "include" | "exclude" | "patternsHint" | "access" | "schedule" | "scheduleHint" | "save"
  | "planning" | "needsConfirmation" | "nothing" | "started" | "close"
  | "withdrawToo" | "withdrawHint" | "comparing" | "planned" | "stopLooking"
  | "folders" | "noFolders" | "readEverything" | "readEverythingText" | "readEverythingHint";

/** What both languages have to say about sources. */
export interface SourceWords extends Record<Phrase, string> {
  editNamed: Named;
  tryNamed: Named;
  loadNamed: Named;
  readEverythingNamed: Named;
  removeNamed: Named;
  removeText: Named;
  next: Named;
  last: (when: string, state: string) => string;
  plan: Named;
  more: (count: number) => string;
  seen: (files: number, folders: number) => string;
  compared: (done: number, total: number) => string;
  elapsed: (seconds: number) => string;
  states: Record<State, string>;
  accesses: Record<Access, string>;
  counts: Record<Count, string>;
}
