/** A count with its noun, as each language counts: French takes the singular below two. */
export const pluralEnglish = (count: number, one: string, many: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const pluralFrench = (count: number, one: string, many: string): string =>
  `${count.toLocaleString("fr")} ${count < 2 ? one : many}`;
