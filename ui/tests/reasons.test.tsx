import { render, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";

import { errors as french } from "../src/i18n/errors.fr";
import { LanguageProvider } from "../src/i18n/language";
import { inFrench, notesOf, reasonOf, reasonOfEnd } from "../src/i18n/reasons";
import catalogue from "../src/i18n/reasons.fr.json";
import { ErrorNotice } from "../src/parts/ErrorNotice";

const samples: Readonly<Record<string, readonly [given: string, written: string]>> = {
  choices: ["'a' or 'b'", "'a' ou 'b'"],
  field: ["limit", "limit"],
  number: ["12345", "12\u202f345"],
  quoted: ["'hr'", "«\u00a0hr\u00a0»"],
  reason: ["permission denied", "permission refusée"],
  text: ["x", "x"],
};

describe("a sentence of the server in French", () => {
  it.each([
    ["The archive expands to more than 512 MB.", "L’archive dépliée dépasse 512\u00a0Mo."],
    ["12345 pages; the limit is 10000.", "12\u202f345 pages\u202f; la limite est de 10\u202f000."],
    ["Stopped after 0.5 seconds.", "Arrêté après 0,5 secondes."],
    ["There is no corpus 'rh (2026)'.", "Il n’y a pas de corpus «\u00a0rh (2026)\u00a0»."],
    ["Permission denied.", "Permission refusée."],
    ["The file cannot be read: No such file or directory.", "Le fichier ne peut pas être lu\u00a0: ce fichier ou ce dossier n’existe pas."],
    [
      "The source 'Archive' does not let us in: user name or password is wrong.",
      "Accès refusé par la source «\u00a0Archive\u00a0»\u00a0: le nom d’utilisateur ou le mot de passe est faux.",
    ],
    [
      ".sourcier.yaml: This is not valid YAML in UTF-8 (line 3). Only administrators may read what is here and below.",
      ".sourcier.yaml\u00a0: Ce n’est pas du YAML valable en UTF-8 (ligne 3). Seuls les administrateurs peuvent lire ce qui est ici et en dessous.",
    ],
    [
      "limit: Input should be less than or equal to 500. “x” (offset): Input should be a valid integer, unable to parse string as an integer. And 2 more.",
      "limit\u00a0: la valeur doit être inférieure ou égale à 500. «\u00a0x\u00a0» (offset)\u00a0: un nombre entier est attendu. Et 2 de plus.",
    ],
    ["There is nothing there. Not at all.", null],
    ["The file cannot be read: something unheard of.", null],
  ])("%s", (sentence, expected) => {
    expect(inFrench(sentence)).toBe(expected);
  });

  it("is found for each sentence of the catalogue, whatever stands in its holes", () => {
    const wrong = Object.entries(catalogue).flatMap(([sentence, translation]) => {
      if (!translation) return [];
      const kinds = new Map([...translation.matchAll(/\{(\d)(?::([a-z]+))?/g)].map(([, hole, kind]) => [hole, kind ?? "text"]));
      const of = (hole: string, place: 0 | 1) => samples[kinds.get(hole) ?? "text"]?.[place] ?? "";
      const given = sentence.replace(/\{(\d)\}/g, (_, hole: string) => of(hole, 0));
      const expected = translation.replace(/\{(\d)[^}]*\}/g, (_, hole: string) => of(hole, 1));
      const found = inFrench(given);
      return found?.toLowerCase() === expected.toLowerCase() ? [] : [[given, found, expected]];
    });
    expect(wrong).toEqual([]);
  });

  it("takes no time for what a hostile file could make the server say", () => {
    const began = performance.now();
    expect(inFrench(`${"a: b is missing. ".repeat(230)}c`)).toBeNull();
    expect(inFrench(`The pattern ${"; at most stars in one name ".repeat(140)}`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("why something failed", () => {
  const large = { code: "document_too_large", message: "12345 pages; the limit is 10000." };
  const locked = {
    code: "document_encrypted",
    message: "The file is protected by a password, and none of the 3 that are kept for its corpus opens it: add the right one, and try again.",
  };

  it("is exact in English, below what the code says where that says more", () => {
    expect(reasonOf(large, "en")).toEqual({
      sentence: { text: "The file, or what it expands to, is over the limit." },
      detail: { text: large.message },
    });
    expect(reasonOf(locked, "en")).toEqual({ sentence: { text: locked.message }, detail: null });
  });

  it("is exact in French too", () => {
    expect(reasonOf(large, "fr").detail).toEqual({ text: "12\u202f345 pages\u202f; la limite est de 10\u202f000." });
    expect(reasonOf(locked, "fr").sentence.text).toMatch(/aucun des 3 qui sont gardés pour son corpus ne l’ouvre/);
  });

  it("is what the code says where the server says no more", () => {
    const empty = { code: "document_empty", message: "The file is empty." };
    expect(reasonOf(empty, "fr")).toEqual({ sentence: { text: "Le fichier est vide." }, detail: null });
    expect(reasonOf({ code: "parsing_crashed", message: "The parser crashed; nothing else was affected." }, "en").detail).toBeNull();
  });

  it("has the server's own English beside what the code says where there is no French for it", () => {
    const strange = { code: "not_found", message: "Not known yet." };
    expect(reasonOf(strange, "fr")).toEqual({
      sentence: { text: french.not_found },
      detail: { text: "Not known yet.", language: "en" },
    });
    expect(reasonOf({ code: "not_known_yet", message: "As the server says." }, "fr").sentence).toEqual({
      text: "As the server says.",
      language: "en",
    });
  });

  it("is known of a load that ended, and of one that is tried again", () => {
    const away = reasonOfEnd("engine_unavailable: The PostgreSQL database does not answer. It is tried again.", "fr");
    expect(away.detail?.text).toBe("La base de données PostgreSQL ne répond pas. Un nouvel essai suit.");
    expect(reasonOfEnd("parsing_crashed: The parser crashed; nothing else was affected. It is tried again.", "fr").detail?.text).toBe(
      `${french.parsing_crashed ?? ""} Un nouvel essai suit.`,
    );
    expect(reasonOfEnd("Cancelled.", "fr").sentence).toEqual({ text: "Annulé." });
  });

  it("keeps the names among a page's notes", () => {
    const reason = "Budget; 2 pictures were not read: no text recognition is installed";
    expect(notesOf(reason, "fr")).toEqual(["Budget", "2 images n’ont pas été lues\u00a0: aucune reconnaissance de texte n’est installée"]);
    expect(notesOf("recognised from an image", "en")).toEqual([]);
  });
});

describe("the notice of an error", () => {
  beforeEach(() => localStorage.setItem("sourcier.language", "fr"));

  it("marks English inside a French page", () => {
    render(
      <LanguageProvider>
        <ErrorNotice error={{ code: "invalid_request", message: "It is odd.", retryable: false, details: {} }} />
      </LanguageProvider>,
    );
    expect(screen.getByRole("alert").textContent).toContain("La demande n’est pas compréhensible.");
    expect(screen.getByText("It is odd.").lang).toBe("en");
  });
});
