import type { PasswordWords } from "./passwords.words";
import { pluralFrench as plural } from "./plural";

/** Les mots des mots de passe des documents d’un corpus. */
export const passwords: PasswordWords = {
  title: "Mots de passe des documents protégés",
  hint: "Essayés sur les fichiers PDF et Office qui en demandent un. Enregistrés chiffrés, jamais montrés de nouveau.",
  one: "Un mot de passe à ajouter",
  add: "Ajouter",
  kept: (count) =>
    count === 0 ? "Aucun mot de passe n’est gardé." : `${plural(count, "mot de passe est gardé", "mots de passe sont gardés")}.`,
  full: "Il n’est pas possible d’en garder davantage.",
  forget: "Les oublier tous",
  forgetConfirm: "Les oublier",
  forgetText:
    "Les oublier tous\u202f? Les documents publiés restent dans les réponses, mais les pages des PDF protégés ne seront plus montrées.",
  added: "Ajouté. Les documents qui ont échoué faute de mot de passe peuvent être réessayés.",
  forgotten: "Oubliés.",
};
