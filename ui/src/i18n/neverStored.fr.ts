import type { NeverStoredWords } from "./neverStored.words";
import { pluralFrench as plural } from "./plural";

/** Les mots sur les fichiers dont rien n’a pu être conservé. */
export const neverStored: NeverStoredWords = {
  title: (count) => `${plural(count, "fichier", "fichiers")} dont rien n’a pu être conservé`,
  lead: (count) =>
    count === 1
      ? "Le dernier chargement de sa source l’a vu. Ce n’est pas encore un document\u00a0; le prochain chargement le regardera de nouveau."
      : "Les derniers chargements de leurs sources les ont vus. Ce ne sont pas encore des documents\u00a0; le prochain chargement les regardera de nouveau.",
  more: (count) => `Et ${plural(count, "autre", "autres")}\u00a0: le rapport du chargement les nomme tous.`,
};
