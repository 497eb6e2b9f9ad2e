import type { NarrowWords } from "./narrow.words";

export const narrow: NarrowWords = {
  title: "N’interroger que certains documents",
  kind: "Type",
  kinds: {
    pdf: "PDF",
    word: "Word et semblables",
    slides: "Présentations",
    sheet: "Tableurs",
    web: "Pages web",
    text: "Texte et Markdown",
    mail: "Courriels",
    book: "Livres numériques",
    image: "Images",
  },
  language: "Langue des documents",
  languages: { fr: "Français", en: "Anglais", und: "Autre" },
  path: "Dossier",
  pathHint: "Le début du chemin dans le corpus, par exemple rh/conges/",
  below: (path) => `sous ${path}`,
  clear: "Effacer ces choix",
  told: (parts) => `Seuls ces documents ont été interrogés\u00a0: ${parts}.`,
  askAll: "Interroger tous les documents",
  refused: "Pas de réponse dans les documents interrogés",
  noPassages: "Aucun passage des documents interrogés n’approche cette question.",
  advice: "D’autres documents n’ont pas été interrogés\u00a0: interrogez-les tous, ou essayez d’autres mots.",
};
