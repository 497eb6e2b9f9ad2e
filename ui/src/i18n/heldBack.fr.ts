import type { HeldBackWords } from "./heldBack.words";
import { pluralFrench as plural } from "./plural";

const share = (count: number, total: number) => (count / total).toLocaleString("fr", { style: "percent", maximumFractionDigits: 0 });

/** Les mots sur les documents qu’un chargement n’a plus trouvés et a gardés. */
export const heldBack: HeldBackWords = {
  title: "Beaucoup de documents ont disparu de la source",
  gone: (count, total) =>
    `${plural(count, "document", "documents")} sur ${total.toLocaleString("fr")} (${share(count, total)}) n’ont plus été trouvés. Tant d’un coup, c’est peut-être une erreur, comme un partage non connecté\u00a0: ils servent encore aux réponses jusqu’à ce que vous décidiez.`,
  look: "Montrer lesquels",
  listLabel: "Documents disparus",
  more: (count) => `et ${plural(count, "autre", "autres")}`,
  withdraw: (count) => (count === 1 ? "Le retirer…" : "Les retirer…"),
  leave: "Les laisser dans les réponses",
  left: "Ils restent dans les réponses. Le prochain chargement de la source demandera de nouveau.",
  confirmTitle: (count) => `Retirer ${plural(count, "document", "documents")}\u00a0?`,
  confirmText:
    "Ils quittent toutes les réponses. La source est d’abord regardée une fois encore\u00a0: les fichiers revenus d’ici là restent, et si d’autres ont disparu d’ici là, rien n’est retiré et la question est posée de nouveau. Les documents ainsi retirés reviennent avec leurs fichiers.",
  sure: "J’ai regardé la liste\u00a0: ces documents ont vraiment disparu.",
  confirm: (count) => `Retirer ${plural(count, "document", "documents")}`,
  askAgain: "Regarder la liste de nouveau",
};
