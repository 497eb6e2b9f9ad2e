import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { endless, event, events, json, problem, serve } from "./fakeServer";
import { answerOf, claimOf, corpus, documentOf, versionOf } from "./samples";
import { showDocuments } from "./show";

const file = documentOf(1);
const base = {
  "GET /api/corpora": () => json([corpus, { ...corpus, id: "it", title: "Computing" }]),
  "GET /api/reviews": () => json([]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [file], total: 1 }),
  "GET /api/documents/document-1/versions": () => json([versionOf(1)]),
  "GET /api/documents/document-1/duplicates": () => json([]),
};

describe("a summary", () => {
  it("is asked for from the details, tells its progress, and can be tried again", async () => {
    const said = claimOf(1, "Exact words 1.", { citations: [] });
    const answer = answerOf({ question: "Summary of Policy 1", mode: "quotes", text: said.text, claims: [said], notice: "Only the first 400 passages." });
    let tries = 0;
    const server = serve({
      ...base,
      "POST /api/summaries": () => {
        tries += 1;
        const read = event("progress", { done: 1200, total: 2400 });
        return tries === 1 ? events(read) : events(read, event("claim", { claim: said }), event("done", { answer }));
      },
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    await user.click(screen.getByRole("button", { name: "Summarise" }));
    expect(await screen.findByRole("heading", { name: "Summary of Policy 1" })).toBeTruthy();
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    expect((await screen.findByTestId("claim")).textContent).toContain("Exact words 1.");
    expect(screen.getByText("Only the first 400 passages.")).toBeTruthy();
    const sent = server.calls.filter((call) => call.route === "POST /api/summaries").map((call) => call.body);
    expect(sent).toEqual([
      { corpus: "hr", document: "document-1" },
      { corpus: "hr", document: "document-1" },
    ]);
  });

  it("is of a day: the notice and the screen reader say which, and today’s comes at one press", async () => {
    const asOf = new Date("2026-03-05T23:59:59.999").toISOString();
    const said = claimOf(1, "Exact words 1.", { citations: [] });
    const server = serve({
      ...base,
      "POST /api/summaries": ({ body }) => {
        const of = (body as { as_of?: string | null }).as_of ?? null;
        return events(event("claim", { claim: said }), event("done", { answer: answerOf({ question: "Summary of Policy 1", mode: "quotes", text: said.text, claims: [said], as_of: of }) }));
      },
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    const section = within(screen.getByRole("region", { name: "Summary" }));
    const day = section.getByLabelText("As the documents stood on");
    expect(document.getElementById(day.getAttribute("aria-describedby") ?? "")?.textContent).toMatch(/^Without a date, as it stands today/);
    fireEvent.change(day, { target: { value: "2026-03-05" } });
    section.getByRole("button", { name: "Summarise" }).focus();
    await user.keyboard("{Enter}");
    const notice = await screen.findByTestId("as-of-notice");
    expect(notice.textContent).toContain("as they stood on March 5, 2026");
    expect(screen.getByRole("log").textContent).toContain("as they stood on March 5, 2026");
    await screen.findByTestId("claim");
    await user.click(within(notice).getByRole("button", { name: "Clear the date and summarise today’s documents" }));
    await waitFor(() => expect(screen.queryByTestId("as-of-notice")).toBeNull());
    const sent = server.calls.filter((call) => call.route === "POST /api/summaries").map((call) => call.body);
    expect(sent).toEqual([
      { corpus: "hr", document: "document-1", as_of: asOf },
      { corpus: "hr", document: "document-1", as_of: null },
    ]);
    expect(server.calls.some((call) => call.route === "POST /api/ask")).toBe(false);
  });

  it("of a document that was not there on that day says so", async () => {
    serve({ ...base, "POST /api/summaries": () => problem("not_found", "raw", 404) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    fireEvent.change(screen.getByLabelText("As the documents stood on"), { target: { value: "2020-01-01" } });
    await user.click(screen.getByRole("button", { name: "Summarise" }));
    expect((await screen.findByRole("alert")).textContent).toContain("There was nothing to summarise here on that date");
    expect(screen.getByTestId("as-of-notice").textContent).toContain("January 1, 2020");
  });

  it("of a document withdrawn since needs a day, none is offered of one that was never in the answers, and no day to come is sent", async () => {
    let versions = [versionOf(1, { valid_to: "2026-04-01T08:00:00Z" })];
    const server = serve({
      ...base,
      "GET /api/documents": () => json({ items: [{ ...file, state: "withdrawn" }], total: 1 }),
      "GET /api/documents/document-1/versions": () => json(versions),
      "POST /api/summaries": () => events(event("done", { answer: answerOf() })),
    });
    const user = showDocuments();
    const open = async () => user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    await open();
    await user.click(await screen.findByRole("button", { name: "Summarise" }));
    const day = screen.getByLabelText<HTMLInputElement>("As the documents stood on");
    expect(screen.getByText("It is not in the answers today: choose a day on which it was.")).toBeTruthy();
    expect(day.validity.valueMissing).toBe(true);
    fireEvent.change(day, { target: { value: "2999-01-01" } });
    await user.click(screen.getByRole("button", { name: "Summarise" }));
    expect(day.validity.rangeOverflow).toBe(true);
    expect(server.calls.some((call) => call.route === "POST /api/summaries")).toBe(false);
    await user.click(screen.getByRole("button", { name: "Close" }));
    versions = [versionOf(1, { state: "failed", valid_from: null })];
    await open();
    await screen.findByText(/never in answers/);
    expect(screen.queryByRole("button", { name: "Summarise" })).toBeNull();
  });

  it("of a folder or a whole corpus is asked for from the list, in French too", async () => {
    const asOf = new Date("2026-03-05T23:59:59.999").toISOString();
    const server = serve({ ...base, "POST /api/summaries": () => events(event("done", { answer: answerOf({ question: "", as_of: asOf }) })) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Summarise a folder" }));
    const dialog = within(screen.getByRole("dialog", { name: "Summarise a folder" }));
    await user.selectOptions(dialog.getByRole("combobox", { name: "Corpus" }), "it");
    fireEvent.change(dialog.getByLabelText("As the documents stood on"), { target: { value: "2026-03-05" } });
    await user.type(dialog.getByRole("textbox", { name: /^Folder/ }), " /leave/parents{Enter}");
    expect(await screen.findByRole("heading", { name: "Summary of it/leave/parents/" })).toBeTruthy();
    await user.click(screen.getByTestId("language-switch"));
    expect(screen.getByRole("button", { name: "Effacer la date et résumer les documents d’aujourd’hui" })).toBeTruthy();
    await user.click(screen.getByRole("link", { name: "Documents" }));
    await user.click(await screen.findByRole("button", { name: "Résumer un dossier" }));
    await user.click(screen.getByRole("button", { name: "Résumer" }));
    expect(await screen.findByRole("heading", { name: "Résumé de hr/" })).toBeTruthy();
    const sent = server.calls.filter((call) => call.route === "POST /api/summaries").map((call) => call.body);
    expect(sent).toEqual([
      { corpus: "it", path_prefix: "leave/parents/", as_of: asOf },
      { corpus: "hr", path_prefix: "" },
    ]);
  });

  it("opened by its address is made again of today’s documents as a summary, not asked as a question", async () => {
    const subject = { corpus: "hr", document: "document-1", path_prefix: "" };
    const recorded = answerOf({ question: "Summary of Policy 1", mode: "quotes", as_of: "2026-03-05T12:00:00Z", summary_of: subject });
    const server = serve({
      ...base,
      "GET /api/answers/answer-1": () => json(recorded),
      "POST /api/summaries": () => events(event("done", { answer: answerOf({ question: "Summary of Policy 1" }) })),
    });
    const user = showDocuments();
    window.location.hash = "#/answers/answer-1";
    await user.click(await screen.findByRole("button", { name: "Clear the date and summarise today’s documents" }));
    await waitFor(() => expect(server.calls.filter((call) => call.route === "POST /api/summaries").map((call) => call.body)).toEqual([{ ...subject, as_of: null }]));
    await waitFor(() => expect(screen.queryByTestId("as-of-notice")).toBeNull());
  });

  it("says how far it has read", async () => {
    serve({ ...base, "POST /api/summaries": ({ signal }) => endless(signal, event("progress", { done: 1200, total: 2400 })) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    await user.click(screen.getByRole("button", { name: "Summarise" }));
    expect(await screen.findByText("Reading: 1,200 of 2,400 passages…")).toBeTruthy();
  });
});
