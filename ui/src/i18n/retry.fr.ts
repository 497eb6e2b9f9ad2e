import { pluralFrench as plural } from "./plural";
import type { RetryWords } from "./retry.words";

/** Les mots pour réessayer ce qui a échoué. */
export const retry: RetryWords = {
  again: "Réessayer",
  againNamed: (name) => `Réessayer ${name}`,
  document: "Réessayer ce document\u202f?",
  documentText: (name) =>
    `«\u00a0${name}\u00a0» est relu à partir de ses octets conservés. Rien d’autre de sa source n’est chargé, et rien n’est retiré.`,
  corpus: "Réessayer ce qui a échoué",
  which: "Corpus",
  confirm: "Réessayer",
  codes: "Pourquoi ils ont échoué",
  nothingFailed: "Rien n’a échoué dans ce corpus.",
  none: (failed) =>
    `${plural(failed, "fichier a échoué", "fichiers ont échoué")}, et un nouvel essai finirait de la même façon.`,
  unread: (count) =>
    `${plural(count, "document publié a", "documents publiés ont")} des pages qui sont des images et n’ont pas été lues.`,
  unreadAgain:
    "La reconnaissance de texte est maintenant installée\u202f: ils sont relus, et ce qui est publié le reste jusque-là.",
  unreadNotYet:
    "La reconnaissance de texte n’est pas installée sur le serveur\u202f: un nouvel essai finirait de la même façon.",
  corpusText: (retryable, failed) =>
    `Un nouvel essai peut servir à ${retryable} sur ${plural(failed, "fichier en échec", "fichiers en échec")}. Ils sont relus à partir de leurs octets conservés, ou de leur source quand il n’y en a pas. Rien d’autre n’est chargé, et rien n’est retiré.`,
};
