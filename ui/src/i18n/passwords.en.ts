import type { PasswordWords } from "./passwords.words";
import { pluralEnglish as plural } from "./plural";

/** The words of the passwords of a corpus's documents. */
export const passwords: PasswordWords = {
  title: "Passwords of protected documents",
  hint: "Tried on PDF and Office files that ask for one. Stored encrypted and never shown again.",
  one: "A password to add",
  add: "Add",
  kept: (count) => (count === 0 ? "No password is kept." : `${plural(count, "password is", "passwords are")} kept.`),
  full: "No more can be kept.",
  forget: "Forget them all",
  forgetConfirm: "Forget them",
  forgetText: "Forget all of them? Documents that are published stay in the answers, but pages of protected PDFs are no longer shown.",
  added: "Added. Documents that failed for want of a password can be tried again.",
  forgotten: "Forgotten.",
};
