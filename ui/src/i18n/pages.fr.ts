import type { PageWords } from "./pages.words";
import { pluralFrench as plural } from "./plural";

/** Les mots des pages une à une. */
export const pages: PageWords = {
  page: "Page",
  state: "État",
  recognised: "Reconnaissance",
  known: "Ce qu’on en sait",
  onlyGaps: "Seulement les pages sans texte",
  whole: "Chaque page a donné du texte.",
  summary: (count, gaps) => `${plural(count, "page", "pages")}, dont ${gaps} sans texte`,
  caption: (name) => `Pages de ${name}`,
  show: (name) => `Montrer les pages de ${name}`,
  gaps: (count, documents, unread) =>
    `${plural(count, "page", "pages")} de ${plural(documents, "document", "documents")} sans texte${unread > 0 ? `, dont ${unread} qu’on n’a pas pu lire` : ""}.`,
  unreadRemedy:
    "Aucune reconnaissance de texte (tesseract) n’est installée sur le serveur\u00a0: les pages qui sont des images restent non lues.",
  gapsOf: (gaps, count) => `${gaps} sur ${plural(count, "page", "pages")} sans texte`,
  confidence: (share) => `${Math.round(share)}\u00a0%`,
  pace: (count, filesPerMinute) =>
    [count > 0 ? plural(count, "page", "pages") : "", filesPerMinute > 0 ? `${plural(Math.round(filesPerMinute), "fichier", "fichiers")} par minute` : ""]
      .filter(Boolean)
      .join(", "),
  accessNote: "Seuls les administrateurs peuvent le lire\u00a0:",
  states: { nothing_found: "Sans texte", unread: "Non lue" },
  reasons: {
    recognised: "Son texte a été reconnu dans une image.",
    nothing_recognised: "Une image dans laquelle aucun texte n’a été reconnu.",
    nothing_found: "Il n’y a pas de texte dessus.",
    unread: "Une image qui n’a pas été lue\u00a0: aucune reconnaissance de texte n’est installée sur le serveur.",
  },
};
