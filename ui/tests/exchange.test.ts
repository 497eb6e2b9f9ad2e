import { describe, expect, it } from "vitest";

import type { AnswerEvent } from "../src/api/types";
import { reasonsOf, withoutMarkers } from "../src/ask/Claim";
import { withoutClaim } from "../src/ask/draft";
import { fail, isRefusal, newExchange, receive, sightOf, stop, withheldClaims, type Exchange } from "../src/ask/exchange";
import { answerOf, citationOf, claimOf, sourceOf } from "./samples";

const source = sourceOf(1);
const token = (text: string): AnswerEvent => ({ type: "token", data: { text } });
const after = (events: AnswerEvent[], start: Exchange = newExchange(1, "How many days?")) =>
  events.reduce(receive, start);
const found: AnswerEvent = {
  type: "sources",
  data: { answer_id: "answer-1", language: "en", mode: "model", sources: [source], searched_as: null, searched_parts: [] },
};

describe("the exchange", () => {
  it("goes from searching to streaming to finished", () => {
    const claim = claimOf(1, "Two days.");
    const answer = answerOf({ text: "Two days.", claims: [claim], sources: [source] });
    expect(newExchange(1, "?").state).toBe("searching");
    const streaming = after([found, token("Two "), token("days")]);
    expect(streaming).toMatchObject({ state: "streaming", draft: "Two days", sources: [source] });
    const finished = after([token(". [1]"), { type: "claim", data: { claim } }, { type: "done", data: { answer } }], streaming);
    expect(finished).toMatchObject({ state: "finished", draft: "", claims: [claim], answer });
  });

  it("replaces the draft by the checked claim and keeps what is still unchecked", () => {
    const exchange = after([
      found,
      token("Two days a week [1]. Chosen with"),
      { type: "claim", data: { claim: claimOf(1, "Two days a week.") } },
    ]);
    expect(exchange.draft).toBe("Chosen with");
  });

  it("keeps claims in order and each once", () => {
    const exchange = after([
      { type: "claim", data: { claim: claimOf(2, "Second.") } },
      { type: "claim", data: { claim: claimOf(1, "First.") } },
      { type: "claim", data: { claim: claimOf(2, "Second, corrected.") } },
    ]);
    expect(exchange.claims.map((claim) => claim.text)).toEqual(["First.", "Second, corrected."]);
  });

  it("keeps what came when it fails or is stopped, and changes no more", () => {
    const error = { code: "chat_model_interrupted", message: "gone", retryable: true, details: {} };
    const failed = after([found, token("Two"), { type: "error", data: { error } }]);
    expect(failed).toMatchObject({ state: "failed", error, draft: "Two" });
    const stopped = stop(after([found, token("Two")]));
    expect(after([token(" more")], stopped)).toBe(stopped);
    expect(fail(stopped, error)).toBe(stopped);
  });

  it("knows a refusal", () => {
    const answer = answerOf({ state: "refused", text: "The documents do not answer this question." });
    expect(isRefusal(after([{ type: "done", data: { answer } }]))).toBe(true);
  });

  it("sets apart the claims that strict mode left out of the text, and only those", () => {
    const kept = claimOf(1, "Two days a week.");
    const dropped = claimOf(2, "Three in 2027.", { verdict: "unsupported" });
    const marked = claimOf(3, "Perhaps four.", { verdict: "unsupported" });
    const text = "Two days a week. [1] Perhaps four. One claim without evidence was removed.";
    const answer = answerOf({ text, claims: [kept, dropped, marked] });
    expect(withheldClaims(after([{ type: "done", data: { answer } }]))).toEqual([dropped]);
  });

  it("shows a citation's own words, and nothing for a source that was not given", () => {
    const exchange = after([found]);
    const quote = { ...source.quote, start: 200, text: "Other words." };
    expect(sightOf(exchange, citationOf(source, { quote }))).toEqual({ source, quote });
    expect(sightOf(exchange, citationOf(source, { quote: null }))?.quote).toBe(source.quote);
    expect(sightOf(exchange, citationOf(source, { source_number: 9 }))).toBeNull();
    expect(sightOf(exchange, citationOf(source, { source_number: null }))).toBeNull();
  });
});

describe("withoutClaim", () => {
  it.each([
    ["Two days [1][2]. Then", "Two days.", "Then"],
    ["  Les  jours\nsont fixés [1].\nPuis", "Les jours sont fixés.", "Puis"],
    ["« Deux jours » [1]. Puis", "Deux jours", "Puis"],
    ["İstanbul ve Ankara. Son", "İstanbul ve Ankara.", "Son"],
    ["Something else", "Two days.", "Something else"],
    ["Something", "…", "Something"],
  ])("%j without %j is %j", (draft, claim, left) => {
    expect(withoutClaim(draft, claim)).toBe(left);
  });
});

describe("a claim's words", () => {
  it("loses the markers of its citations and no other brackets", () => {
    const citations = [citationOf(source), citationOf(sourceOf(2))];
    expect(withoutMarkers("Two days [1], in writing [1, 2]. See [annex 3].", citations)).toBe(
      "Two days, in writing. See [annex 3].",
    );
    expect(withoutMarkers("Article [12] applies.", citations)).toBe("Article [12] applies.");
  });

  it("gives the reasons against it, or a remark for it, each once", () => {
    const against = citationOf(source, { verdict: "unsupported", reasons: ["number_not_in_source"] });
    const claim = claimOf(1, "x", { verdict: "unsupported", reasons: [], citations: [against, against] });
    expect(reasonsOf(claim)).toEqual(["number_not_in_source"]);
    const added = claimOf(1, "x", { reasons: ["citation_added"], citations: [citationOf(source), against] });
    expect(reasonsOf(added)).toEqual(["citation_added"]);
  });
});
