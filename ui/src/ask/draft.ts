/** What the model has written and nobody has checked yet. */

const marker = /\[[^\]\n]{0,40}\]/g;

interface Letters {
  text: string;
  /** Where each kept character ends in the original. */
  ends: number[];
}

/** Letters and digits only, without markers, so that spacing and punctuation cannot hide a match. */
function letters(text: string): Letters {
  const blank = text.replace(marker, (found) => " ".repeat(found.length));
  const kept = { text: "", ends: [] as number[] };
  for (const found of blank.matchAll(/[\p{L}\p{N}]/gu)) {
    kept.text += found[0].toLowerCase().slice(0, found[0].length);
    for (let unit = 0; unit < found[0].length; unit += 1) kept.ends.push(found.index + found[0].length);
  }
  return kept;
}

/** The draft that is left once a checked claim has taken its place; unchanged when the claim is not in it. */
export function withoutClaim(draft: string, claim: string): string {
  const wanted = letters(claim).text;
  const { text, ends } = letters(draft);
  const at = wanted ? text.indexOf(wanted) : -1;
  const end = at < 0 ? undefined : ends[at + wanted.length - 1];
  if (end === undefined) return draft;
  // The sentence's own punctuation and markers go with it.
  return draft.slice(end).replace(/^(?:\s*(?:\[[^\]\n]{0,40}\]|[.,;:!?…»"”)]))*\s*/u, "");
}
