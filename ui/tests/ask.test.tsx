import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { endless, event, events, json, problem, serve } from "./fakeServer";
import { answerOf, citationOf, claimOf, corpus, sourceOf } from "./samples";
import { ask, show } from "./show";

const sources = [sourceOf(1), sourceOf(2)];
const [first] = sources as [(typeof sources)[number]];
const found = event("sources", { answer_id: "answer-1", language: "en", mode: "model", sources, searched_as: null, searched_parts: [] });
const claim = claimOf(1, "Two days a week.", { citations: [citationOf(first)] });

const passage = {
  id: "passage-1",
  version_id: "version-1",
  document_id: "document-1",
  corpus_id: "hr",
  path: "hr/policy-1.pdf",
  title: "Policy 1",
  heading_path: [],
  text: "😀 Before. Exact words 1. After.",
  before: "earlier ",
  after: " later",
  start: 90,
  end: 130,
  first_page: 4,
  last_page: 4,
  page_count: 12,
  regions: [],
  tables: [],
};

const base = {
  "GET /api/corpora": () => json([corpus, { ...corpus, id: "it", title: "Computing" }]),
  "GET /api/passages/passage-1": () => json(passage),
};

const answered = (answer = answerOf({ text: claim.text, claims: [claim], sources })) =>
  events(found, event("token", { text: "Two days" }), event("claim", { claim }), event("done", { answer }));

describe("asking", () => {
  it("sends on Enter, breaks the line on Shift+Enter, and searches every corpus unless one is chosen", async () => {
    const server = serve({ ...base, "POST /api/ask": () => answered() });
    const user = show();
    await user.type(screen.getByTestId("question"), "How many{Shift>}{Enter}{/Shift}days?{Enter}");
    await screen.findByTestId("claim");
    await user.click(screen.getByRole("checkbox", { name: "Computing" }));
    await user.click(screen.getByTestId("ask"));
    await waitFor(() => expect(server.calls.filter((call) => call.route === "POST /api/ask")).toHaveLength(2));
    const [one, two] = server.calls.filter((call) => call.route === "POST /api/ask");
    expect(one?.body).toEqual({ question: "How many\ndays?", corpora: null, earlier: [] });
    expect(two?.body).toMatchObject({ question: "How many\ndays?", corpora: ["it"] });
  });

  it("asks as of a day, says so on the answer, and asks today's documents at one press", async () => {
    const asOf = new Date("2026-03-01T23:59:59.999").toISOString();
    const routes = {
      ...base,
      "POST /api/ask": ({ body }: { body: unknown }) => answered(answerOf({ sources, claims: [claim], text: claim.text, as_of: (body as { as_of?: string }).as_of ?? null })),
    };
    const server = serve(routes);
    const user = show();
    fireEvent.change(await screen.findByLabelText("As the documents stood on"), { target: { value: "2026-03-01" } });
    await ask(user, "How many days?");
    const notice = await screen.findByTestId("as-of-notice");
    expect(notice.textContent).toContain("as they stood on March 1, 2026");
    await user.click(await screen.findByTestId("citation-1"));
    await waitFor(() => expect(server.calls.find((call) => call.route.startsWith("GET /api/passages"))?.query).toContain(`as_of=${encodeURIComponent(asOf)}`));
    await user.keyboard("{Escape}");
    await user.click(within(notice).getByRole("button", { name: "Clear the date and ask today’s documents" }));
    await waitFor(() => expect(screen.queryByTestId("as-of-notice")).toBeNull());
    const asked = server.calls.filter((call) => call.route === "POST /api/ask").map((call) => call.body);
    expect(asked).toEqual([
      { question: "How many days?", corpora: null, earlier: [], as_of: asOf },
      { question: "How many days?", corpora: null, earlier: [] },
    ]);
    expect(screen.getByLabelText<HTMLInputElement>("As the documents stood on").value).toBe("");
  });

  it("says of a source that it was read for standing beside another", async () => {
    const beside = sourceOf(3, { beside: 1, score: 0 });
    serve({ ...base, "POST /api/ask": () => answered(answerOf({ sources: [...sources, beside], claims: [claim], text: claim.text })) });
    const user = show();
    await ask(user, "How many days?");
    expect((await screen.findByTestId("source-3")).textContent).toContain("read because it stands beside source 1");
    expect(screen.getByTestId("source-1").textContent).not.toContain("beside");
  });

  it("sends the earlier questions along unless told not to, and says how a follow-up was searched", async () => {
    const searched = "And for managers? (days)";
    const server = serve({ ...base, "POST /api/ask": () => answered(answerOf({ searched_as: searched })) });
    const user = show();
    expect(screen.queryByRole("checkbox", { name: "Take my earlier questions into account" })).toBeNull();
    await ask(user, "How many days?");
    expect(await screen.findByText(`Searched as: ${searched}`)).toBeTruthy();
    await user.click(screen.getByTestId("ask"));
    await waitFor(() => expect(server.calls.filter((call) => call.route === "POST /api/ask")).toHaveLength(2));
    await user.click(await screen.findByRole("checkbox", { name: "Take my earlier questions into account" }));
    await user.click(await screen.findByTestId("ask"));
    await waitFor(() => expect(server.calls.filter((call) => call.route === "POST /api/ask")).toHaveLength(3));
    const bodies = server.calls.filter((call) => call.route === "POST /api/ask").map((call) => call.body);
    expect(bodies[1]).toMatchObject({ earlier: ["How many days?"] });
    expect(bodies[2]).toMatchObject({ earlier: [] });
  });

  it("lists the parts that a comparison was searched in", async () => {
    const parts = ["Leave of managers?", "Leave of employees?"];
    serve({ ...base, "POST /api/ask": () => answered(answerOf({ searched_parts: parts })) });
    const user = show();
    await ask(user, "Compare the leave of managers and employees");
    const list = await screen.findByRole("list", { name: "Also searched, one by one:" });
    expect(within(list).getAllByRole("listitem").map((item) => item.textContent)).toEqual(parts);
    expect(screen.queryByText(/^Searched as/)).toBeNull();
  });

  it("shows the claim with its verdict in words, its citation and the sources", async () => {
    serve({ ...base, "POST /api/ask": () => answered() });
    const user = show();
    await ask(user, "How many days?");
    const shown = await screen.findByTestId("claim");
    expect(shown.textContent).toContain("Two days a week.");
    expect(within(shown).getByText("Supported by the source")).toBeTruthy();
    expect(within(shown).getByTestId("citation-1").getAttribute("aria-label")).toBe("Source 1: Policy 1");
    const card = screen.getByTestId("source-2");
    for (const text of ["Policy 2", "hr/policy-2.pdf", "page 4", "Exact words 2.", "Human resources"]) {
      expect(card.textContent).toContain(text);
    }
    expect(screen.getByRole("log").textContent).toContain("Two days a week. Supported by the source.");
  });

  it("opens the page with the words highlighted, and gives the focus back on Escape", async () => {
    serve({ ...base, "POST /api/ask": () => answered() });
    const user = show();
    await ask(user, "How many days?");
    await user.click(await screen.findByTestId("citation-1"));
    const panel = screen.getByTestId("source-panel");
    const image = within(panel).getByTestId("page-image");
    const address = new URL(image.getAttribute("src") ?? "", "http://localhost/");
    expect(address.pathname).toBe("/api/versions/version-1/pages/4.png");
    expect(Object.fromEntries(address.searchParams)).toMatchObject({ passage: "passage-1", start: "100", end: "114" });
    expect(document.activeElement?.tagName).toBe("H2");
    for (const text of ["Exact words 1.", "Part one › Remote work", "Page 4 of 12", "9c1d7f0a4be2"]) {
      expect(panel.textContent).toContain(text);
    }
    await user.click(within(panel).getByRole("button", { name: "Next page" }));
    expect(within(panel).getByTestId("page-image").getAttribute("src")).toContain("/pages/5.png");
    await user.keyboard("{Escape}");
    expect(screen.queryByTestId("source-panel")).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId("citation-1"));
  });

  it("names who approved the source and when, where somebody did", async () => {
    const approved = sourceOf(1, { approved_by: "claire", approved_at: "2026-06-01T08:00:00Z" });
    const claims = [{ ...claim, citations: [citationOf(approved), citationOf(sourceOf(2))] }];
    serve({ ...base, "POST /api/ask": () => answered(answerOf({ text: claim.text, claims, sources: [approved, sourceOf(2)] })) });
    const user = show();
    await ask(user, "How many days?");
    await user.click(await screen.findByTestId("citation-1"));
    expect(screen.getByTestId("source-panel").textContent).toContain("ApprovalApproved by claire on June 1, 2026");
    await user.keyboard("{Escape}");
    await user.click(screen.getByTestId("citation-2"));
    expect(screen.getByTestId("source-panel").textContent).not.toContain("Approv");
  });

  it("shows the passage as text, cut by code points, when the page has no picture", async () => {
    serve({ ...base, "POST /api/ask": () => answered() });
    const user = show();
    await ask(user, "How many days?");
    await user.click(await screen.findByTestId("source-1"));
    fireEvent.error(screen.getByTestId("page-image"));
    expect(await screen.findByText("This page cannot be shown as a picture. Its text is below.")).toBeTruthy();
    const marked = (await screen.findByText("Exact words 1.", { selector: "mark" })).closest("details");
    expect(marked?.open).toBe(true);
  });

  it("shows model text as plain text", async () => {
    const text = "<img src=x onerror=alert(1)> [click](http://evil.example) **bold**";
    const hostile = claimOf(1, text, { citations: [citationOf(first)] });
    const answer = answerOf({ text, claims: [hostile], sources });
    serve({ ...base, "POST /api/ask": () => events(found, event("claim", { claim: hostile }), event("done", { answer })) });
    const user = show();
    await ask(user, "How many days?");
    const shown = await screen.findByTestId("claim");
    expect(shown.textContent).toContain(text);
    expect(shown.querySelector("img, a")).toBeNull();
  });

  it("marks what is not supported, keeps unknown sources, and sets apart what was left out", async () => {
    const doubtful = claimOf(2, "Three in 2027.", {
      verdict: "unsupported",
      citations: [
        citationOf(first, { verdict: "unsupported", reasons: ["number_not_in_source"] }),
        citationOf(first, { marker: "7", source_number: null, quote: null, verdict: "unknown_source", reasons: ["no_such_source"] }),
      ],
    });
    const answer = answerOf({ text: `${claim.text} One was removed.`, claims: [claim, doubtful], sources });
    serve({ ...base, "POST /api/ask": () => answered(answer) });
    const user = show();
    await ask(user, "How many days?");
    const apart = (await screen.findByText("1 sentence left out because the documents do not support it")).closest("details");
    expect(apart?.textContent).toContain("Not supported by the source");
    expect(apart?.textContent).toContain("A number is not in the source.");
    expect(within(apart as HTMLElement).getByTestId("citation-unknown").textContent).toContain("Unknown source 7");
  });
});

describe("sources that differ", () => {
  it("quotes the other document under the claim and opens it", async () => {
    const other = sources[1] as (typeof sources)[number];
    const conflict = {
      source_number: other.number,
      passage_id: other.passage_id,
      quote: { ...other.quote, text: "Three days a week." },
      reasons: ["number_differs"],
      is_newer: true,
    };
    const answer = answerOf({ text: claim.text, claims: [{ ...claim, conflicts: [conflict] }], sources });
    serve({ ...base, [`GET /api/passages/${other.passage_id}`]: () => json(passage), "POST /api/ask": () => answered(answer) });
    const user = show();
    await ask(user, "How many days?");
    const told = await screen.findByTestId("conflict-2");
    expect(told.textContent).toContain("A document loaded later differs (“Policy 2”");
    expect(within(told).getByText("Three days a week.").tagName).toBe("Q");
    await user.click(within(told).getByRole("button", { name: /2/ }));
    expect((await screen.findByRole("dialog")).textContent).toContain("Policy 2");
  });
});

describe("what is not an answer", () => {
  it("shows a refusal with the nearest passages, which are not an answer", async () => {
    const phrase = "The documents do not answer this question.";
    const answer = answerOf({ state: "refused", text: phrase, refusal_reason: "evidence_too_weak", sources });
    serve({ ...base, "POST /api/ask": () => events(found, event("done", { answer })) });
    const user = show();
    await ask(user, "How much is the moon?");
    const refusal = await screen.findByTestId("refusal");
    expect(refusal.textContent).toContain(phrase);
    expect(refusal.textContent).toContain("too far from the question");
    const nearest = screen.getByRole("region", { name: "Nearest passages, which are not an answer" });
    expect(within(nearest).getByTestId("source-1")).toBeTruthy();
    expect(screen.queryByTestId("claim")).toBeNull();
  });

  it.each([
    ["the stream's error", () => events(found, event("error", { error: { code: "chat_model_interrupted", message: "x", retryable: true, details: {} } })), "chat_model_interrupted", "went away in the middle"],
    ["a code that is not known", () => problem("brand_new", "The server's own sentence.", 409), "brand_new", "The server's own sentence."],
    ["a stream that ends too early", () => events(found), "stream_interrupted", "The connection broke"],
    ["a proxy's page", () => new Response("<html>", { status: 502, statusText: "Bad Gateway" }), "http_502", "Bad Gateway"],
  ])("explains %s in words, with its code", async (_name, response, code, words) => {
    serve({ ...base, "POST /api/ask": response });
    const user = show();
    await ask(user, "How many days?");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain(code);
    expect(alert.textContent).toContain(words);
  });

  it("stops when asked to, keeps what came, and does not ask again", async () => {
    let aborted = false;
    const server = serve({
      ...base,
      "POST /api/ask": ({ signal }) => {
        signal?.addEventListener("abort", () => {
          aborted = true;
        });
        return endless(signal, found, event("token", { text: "Two days a" }));
      },
    });
    const user = show();
    await ask(user, "How many days?");
    await screen.findByText("Two days a");
    const stopButton = screen.getByTestId("stop");
    await user.click(stopButton);
    expect(aborted).toBe(true);
    // Were it the same element, the browser would go on to send the form with this very click.
    expect(screen.getByTestId("ask")).not.toBe(stopButton);
    expect(screen.getByTestId("answer").dataset.state).toBe("stopped");
    expect(screen.getByText("Two days a")).toBeTruthy();
    expect(server.calls.filter((call) => call.route === "POST /api/ask")).toHaveLength(1);
  });
});

describe("around the answer", () => {
  it("keeps earlier questions of the session", async () => {
    serve({ ...base, "POST /api/ask": ({ body }) => answered(answerOf({ question: (body as { question: string }).question, claims: [claim], text: claim.text, sources })) });
    const user = show();
    await ask(user, "First?");
    await screen.findByTestId("claim");
    await user.clear(screen.getByTestId("question"));
    await ask(user, "Second?");
    await user.click(await screen.findByRole("button", { name: "First?" }));
    expect(screen.getByRole("heading", { level: 2, name: "First?" })).toBeTruthy();
    expect(screen.getByRole("button", { name: "Second?" })).toBeTruthy();
  });

  it("reads a recorded answer by its address", async () => {
    serve({ ...base, "GET /api/answers/answer-9": () => json(answerOf({ id: "answer-9", question: "Recorded?", claims: [claim], text: claim.text, sources })) });
    window.location.hash = "#/answers/answer-9";
    show();
    expect(await screen.findByRole("heading", { level: 2, name: "Recorded?" })).toBeTruthy();
    expect(screen.getByTestId("claim")).toBeTruthy();
  });

  it("speaks French and English and remembers which", async () => {
    serve(base);
    const user = show();
    expect(document.documentElement.lang).toBe("en");
    await user.click(screen.getByTestId("language-switch"));
    expect(document.documentElement.lang).toBe("fr");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Interrogez les documents.");
    expect(localStorage.getItem("sourcier.language")).toBe("fr");
  });

  it("says that there is nothing to ask yet", async () => {
    serve({ "GET /api/corpora": () => json([]) });
    show();
    expect(await screen.findByText("Load some documents")).toBeTruthy();
  });
});
