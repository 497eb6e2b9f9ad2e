import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { formatSize } from "../src/i18n/format";
import { catalogues, explain } from "../src/i18n/language";

/** Every key of a catalogue with the kind of its value and, for a phrase with gaps, how many. */
function shape(value: unknown, path: string): string[] {
  if (typeof value === "function") return [`${path}(${value.length})`];
  if (Array.isArray(value)) return [`${path}[${value.length}]`];
  if (typeof value !== "object" || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => shape(inner, `${path}.${key}`));
}

function phrases(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(phrases) : [];
}

const { en, fr } = catalogues;

describe("the catalogues", () => {
  it("have the same keys", () => {
    expect(shape(fr, "words").sort()).toEqual(shape(en, "words").sort());
  });

  it("have no empty phrase", () => {
    expect([...phrases(en), ...phrases(fr)].filter((phrase) => !phrase.trim())).toEqual([]);
  });

  it("explain every error code of the server, and fall back to its own sentence", () => {
    const source = readFileSync(join(import.meta.dirname, "../../core/sourcier_core/errors.py"), "utf8");
    const codes = [...source.matchAll(/^ {4}code(?:: ClassVar\[str\])? = "([a-z_]+)"$/gm)].map((match) => match[1] ?? "");
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !(code in en.errors) || !(code in fr.errors))).toEqual([]);
    expect(explain(fr, { code: "not_known_yet", message: "As the server says." })).toBe("As the server says.");
  });

  it("explain every reason of a verdict", () => {
    const folder = join(import.meta.dirname, "../../retrieval/sourcier_retrieval");
    const source = ["verification.py", "citing.py"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
    const reasons = new Set([...source.matchAll(/(?:append\(|reasons=\(|\()"([a-z]+(?:_[a-z]+)+)"/g)].map((match) => match[1] ?? ""));
    expect(reasons.size).toBeGreaterThan(8);
    expect([...reasons].filter((reason) => !(reason in en.verdict.reasons))).toEqual([]);
  });

  it("count as each language does", () => {
    expect(en.answer.complete(1, 0)).toBe("Answer complete: 1 sentence, 0 sources.");
    expect(fr.answer.complete(1, 0)).toBe("Réponse complète\u00a0: 1 phrase, 0 source.");
    expect(formatSize(1_530_000, "fr")).toBe("1,5\u00a0Mo");
    expect(formatSize(999, "en")).toBe("999\u00a0B");
    expect(formatSize(999_999, "en")).toBe("1\u00a0MB");
  });

  it("put no ordinary space before French double punctuation", () => {
    const examples = new Set(fr.ask.examples);
    expect(phrases(fr).filter((phrase) => / [;:?!»]/.test(phrase) && !examples.has(phrase))).toEqual([]);
  });
});
