import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { event, events, json, problem, serve } from "./fakeServer";
import { answerOf, corpus } from "./samples";
import { ask, show } from "./show";

const base = { "GET /api/corpora": () => json([corpus]) };
const answered = (answer = answerOf()) => events(event("done", { answer }));

describe("asking some documents only", () => {
  it("asks some documents only, says so on the answer, and asks all at one press", async () => {
    const server = serve({ ...base, "POST /api/ask": () => answered(answerOf({ state: "refused", refusal_reason: "no_passages", text: "No." })) });
    const user = show();
    const narrow = within(await screen.findByTestId("narrow"));
    await user.click(narrow.getByText("Ask some documents only"));
    await user.click(within(narrow.getByRole("group", { name: "Kind" })).getByRole("checkbox", { name: "PDF" }));
    await user.click(within(narrow.getByRole("group", { name: "Language of the documents" })).getByRole("checkbox", { name: "French" }));
    await user.type(narrow.getByRole("textbox", { name: "Folder" }), " /hr/leave/ ");
    await ask(user, "How many days?");
    const notice = await screen.findByTestId("narrow-notice");
    expect(notice.textContent).toContain("Only these documents were asked: PDF, French, below hr/leave/.");
    expect(within(screen.getByRole("log")).getByText("Only these documents were asked: PDF, French, below hr/leave/.")).toBeTruthy();
    const refusal = await screen.findByTestId("refusal");
    expect(refusal.textContent).toContain("No answer in the documents that were asked");
    expect(refusal.textContent).toContain("None of the documents that were asked has a passage close to this question. Other documents were not asked");
    expect(refusal.textContent).not.toContain("you may read");
    await user.click(within(notice).getByRole("button", { name: "Ask all documents" }));
    await waitFor(() => expect(screen.queryByTestId("narrow-notice")).toBeNull());
    expect((await screen.findByTestId("refusal")).textContent).toContain("No passage of the documents you may read is close to this question. Try other words");
    const asked = server.calls.filter((call) => call.route === "POST /api/ask").map((call) => call.body);
    const only = { document_types: ["pdf"], languages: ["fr"], media_types: [], path_prefix: "hr/leave/" };
    expect(asked).toEqual([
      { question: "How many days?", corpora: null, earlier: [], only },
      { question: "How many days?", corpora: null, earlier: [] },
    ]);
    expect(narrow.getByRole<HTMLInputElement>("checkbox", { name: "PDF" }).checked).toBe(false);
    expect(narrow.getByRole<HTMLInputElement>("textbox", { name: "Folder" }).value).toBe("");
  });

  it("keeps what is narrowed for the next question, and widens it again", async () => {
    const server = serve({ ...base, "POST /api/ask": () => answered(answerOf()) });
    const user = show();
    const narrow = within(await screen.findByTestId("narrow"));
    expect(narrow.queryByRole("button", { name: "Clear these choices" })).toBeNull();
    await user.click(narrow.getByRole("checkbox", { name: "E-mail" }));
    expect(narrow.getByText("E-mail", { selector: ".narrow-told" })).toBeTruthy();
    await ask(user, "One?");
    await screen.findByTestId("narrow-notice");
    await ask(user, "Two?");
    await user.click(narrow.getByRole("button", { name: "Clear these choices" }));
    await ask(user, "Three?");
    await waitFor(() => expect(server.calls.filter((call) => call.route === "POST /api/ask")).toHaveLength(3));
    const kinds = server.calls.filter((call) => call.route === "POST /api/ask").map((call) => (call.body as { only?: { document_types: string[] } }).only?.document_types);
    expect(kinds).toEqual([["mail"], ["mail"], undefined]);
  });

  it("keeps the focus where the choices are when they are cleared", async () => {
    serve(base);
    const user = show();
    const narrow = within(await screen.findByTestId("narrow"));
    await user.click(narrow.getByText("Ask some documents only"));
    await user.click(narrow.getByRole("checkbox", { name: "Slides" }));
    narrow.getByRole("button", { name: "Clear these choices" }).focus();
    await user.keyboard("{Enter}");
    expect(narrow.getByRole<HTMLInputElement>("checkbox", { name: "Slides" }).checked).toBe(false);
    expect(document.activeElement?.tagName).toBe("SUMMARY");
  });

  it("shows what the server says of a folder that it refuses", async () => {
    serve({ ...base, "POST /api/ask": () => problem("invalid_request", "The request is not valid.", 422) });
    const user = show();
    const narrow = within(await screen.findByTestId("narrow"));
    await user.click(narrow.getByText("Ask some documents only"));
    await user.type(narrow.getByRole("textbox", { name: "Folder" }), "nowhere/");
    await ask(user, "How many days?");
    expect(await screen.findByRole("alert")).toBeTruthy();
    expect(screen.getByTestId("narrow-notice").textContent).toContain("below nowhere/");
    expect(screen.queryByTestId("refusal")).toBeNull();
  });

  it("says of a recorded answer what it was asked of", async () => {
    const only = { document_types: ["word" as const], languages: [], media_types: ["application/x-odd"], path_prefix: "" };
    serve({ ...base, "GET /api/answers/answer-7": () => json(answerOf({ id: "answer-7", only })) });
    window.location.hash = "#/answers/answer-7";
    show();
    expect((await screen.findByTestId("narrow-notice")).textContent).toContain("Word and similar, application/x-odd.");
  });
});
