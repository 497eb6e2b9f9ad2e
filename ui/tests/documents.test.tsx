import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { App } from "../src/App";
import type { DocumentView } from "../src/api/types";
import { identifierOf } from "../src/documents/CorpusDialog";
import { LanguageProvider } from "../src/i18n/language";
import { event, events, json, problem, serve } from "./fakeServer";
import { corpus, documentOf, itemOf, loadOf } from "./samples";

function show(page: string) {
  window.location.hash = page;
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
  );
  return userEvent.setup();
}

const item = itemOf;

const base = {
  "GET /api/corpora": () => json([corpus]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [documentOf(1)], total: 1 }),
};

describe("purged documents", () => {
  it("are listed by their own state, with when and by whom, and can be allowed again", async () => {
    const erased = documentOf(2, { state: "purged", version_id: "", purged_at: "2026-11-02T09:30:00Z", purged_by: "local" });
    const server = serve({
      ...base,
      "GET /api/documents": ({ url }) =>
        json(url.searchParams.get("state") === "purged" ? { items: [erased], total: 1 } : { items: [documentOf(1)], total: 1 }),
      "POST /api/documents/document-2/allow": () => new Response(null, { status: 204 }),
    });
    const user = show("#/documents");
    await user.selectOptions(await screen.findByRole("combobox", { name: "State" }), "Purged");
    const row = await screen.findByTestId("purged-document");
    expect(row.textContent).toMatch(/hr\/policy-2\.pdf.*Purged.*2026.*, by local/);
    expect(within(row).queryByRole("link")).toBeNull();
    await user.click(within(row).getByRole("button", { name: "Allow hr/policy-2.pdf to be loaded again" }));
    expect((await within(row).findByText(/comes back with the next load/)).getAttribute("role")).toBe("status");
    expect(server.calls.map((call) => call.route)).toContain("POST /api/documents/document-2/allow");
  });
});

describe("files of which nothing could be stored", () => {
  const empty = {
    corpus_id: corpus.id,
    source: "/srv/policies",
    path: "hr/empty.txt",
    code: "document_unreadable",
    message: "Links are not followed.",
    retryable: true,
    load_id: "load-1",
  };

  it("are listed below the documents with their reason, where failed ones are looked for", async () => {
    const server = serve({ ...base, "GET /api/never-stored": () => json({ items: [empty], total: 3 }) });
    const user = show("#/documents");
    const row = await screen.findByTestId("never-stored");
    expect(row.textContent).toMatch(/hr\/empty\.txt.*\/srv\/policies.*Failed.*Links are not followed\. document_unreadable/);
    screen.getByRole("region", { name: "3 files of which nothing could be stored" });
    screen.getByText("And 2 others: the load’s report names them all.");
    await user.selectOptions(screen.getByRole("combobox", { name: "State" }), "Published");
    await waitFor(() => expect(screen.queryByTestId("never-stored")).toBeNull());
    await user.selectOptions(screen.getByRole("combobox", { name: "State" }), "Failed");
    await screen.findByTestId("never-stored");
    expect(server.calls.filter((call) => call.route === "GET /api/never-stored").length).toBe(2);
  });
});

describe("the documents", () => {
  it("says why a document failed, in the person's words", async () => {
    const failed = documentOf(2, { state: "failed", failure_code: "document_encrypted", failure_message: "raw" });
    serve({ ...base, "GET /api/documents": () => json({ items: [documentOf(1), failed], total: 2 }) });
    show("#/documents");
    const [, row] = await screen.findAllByTestId("document");
    expect(row?.textContent).toContain("Failed");
    expect(row?.textContent).toContain("The file is protected by a password. For PDF and Office files an administrator can add it");
    expect(row?.textContent).toContain("document_encrypted");
  });

  it("searches, filters and turns pages, from the start after each change", async () => {
    const server = serve({ ...base, "GET /api/documents": () => json({ items: [documentOf(1)], total: 61 }) });
    const user = show("#/documents");
    const last = () => new URLSearchParams(server.calls.findLast((call) => call.route === "GET /api/documents")?.query);
    await user.click(await screen.findByRole("button", { name: "Next" }));
    await waitFor(() => expect(last().get("offset")).toBe("25"));
    await user.type(screen.getByRole("searchbox"), "telework");
    await user.selectOptions(screen.getByRole("combobox", { name: "State" }), "failed");
    await waitFor(() => expect(Object.fromEntries(last())).toEqual({ query: "telework", state: "failed", limit: "25", offset: "0" }));
    expect(await screen.findByText("1–25 of 61")).toBeTruthy();
  });

  it("withdraws only after a confirmation, and can undo it", async () => {
    let document: DocumentView = documentOf(1);
    const change = (withdrawn_at: string | null) => () => {
      document = { ...document, withdrawn_at };
      return json(document);
    };
    const server = serve({
      ...base,
      "GET /api/documents": () => json({ items: [document], total: 1 }),
      "POST /api/documents/document-1/withdraw": change("2026-11-01T00:00:00Z"),
      "POST /api/documents/document-1/restore": change(null),
    });
    const user = show("#/documents");
    await user.click(await screen.findByRole("button", { name: "Withdraw Policy 1" }));
    const dialog = screen.getByRole("dialog", { name: "Withdraw this document?" });
    expect(server.calls.some((call) => call.route.startsWith("POST"))).toBe(false);
    await user.click(within(dialog).getByRole("button", { name: "Withdraw" }));
    expect(await screen.findByText("“Policy 1” was withdrawn.")).toBeTruthy();
    expect(await screen.findByText("Withdrawn")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByText("“Policy 1” is back in answers.")).toBeTruthy();
    expect(await screen.findByRole("button", { name: "Withdraw Policy 1" })).toBeTruthy();
  });

  it("creates a corpus, proposing an identifier, and shows what the server objects to", async () => {
    const server = serve({ ...base, "POST /api/corpora": () => problem("invalid_request", "There is already such a corpus.") });
    const user = show("#/documents");
    await user.click(await screen.findByRole("button", { name: "New corpus" }));
    await user.type(screen.getByRole("textbox", { name: "Name" }), "Qualité & sécurité");
    await user.type(screen.getByRole("textbox", { name: /^Groups/ }), "quality, , staff");
    await user.click(screen.getByRole("button", { name: "Create" }));
    expect((await screen.findByRole("alert")).textContent).toContain("There is already such a corpus.");
    expect(server.calls.at(-1)?.body).toEqual({ id: "qualite-securite", title: "Qualité & sécurité", groups: ["quality", "staff"] });
  });

  it.each([
    ["Ressources humaines", "ressources-humaines"],
    ["  Été 2026 / Œuvres ", "ete-2026-uvres"],
    ["a".repeat(80), "a".repeat(63)],
    ["---", ""],
  ])("makes an identifier of %j", (name, id) => {
    expect(identifierOf(name)).toBe(id);
  });
});

describe("a load", () => {
  const items = [
    item("good.pdf", "published"),
    item("same.md", "unchanged"),
    item("locked.pdf", "failed", { code: "document_encrypted", message: "The book is under digital rights management." }),
    item("slow.pdf", "failed", { code: "parsing_timed_out", message: "Stopped after 60 seconds.", retryable: true }),
  ];
  const finished = loadOf({ state: "finished", seen: 4, published: 1, unchanged: 1, failed: 2, pending: 0, passages: 7, items });

  it("sends the files, follows the progress and ends with each file's outcome and reason", async () => {
    let sent: string[] = [];
    serve({
      ...base,
      "POST /api/corpora/hr/uploads": ({ body }) => {
        sent = (body as FormData).getAll("files").map((file) => (file as File).name);
        return json(loadOf(), 202);
      },
      "GET /api/loads/load-1/events": () =>
        events(event("progress", loadOf({ published: 1, pending: 2 })), event("progress", { ...finished, items: [] })),
      "GET /api/loads/load-1": () => json(finished),
    });
    const user = show("#/documents");
    await screen.findByTestId("document");
    await user.upload(screen.getByTestId("upload-input"), [new File(["x"], "good.pdf"), new File(["y"], "locked.pdf")]);
    const result = await screen.findByTestId("load-result");
    const rows = await within(result).findAllByRole("row");
    expect(sent).toEqual(["good.pdf", "locked.pdf"]);
    expect(rows.slice(1).map((row) => row.textContent)).toEqual([
      "locked.pdfFailedThe book is under digital rights management. document_encrypted",
      "slow.pdfFailedReading the file took longer than the limit and was stopped. Stopped after 60 seconds. Trying again may help. parsing_timed_out",
      "good.pdfPublished2 pages, 7 passages ",
      "same.mdUnchangedSame content as before ",
    ]);
  });

  it("sends the files of a folder with their paths", async () => {
    let sent: string[] = [];
    serve({
      ...base,
      "POST /api/corpora/hr/uploads": ({ body }) => {
        sent = (body as FormData).getAll("files").map((file) => (file as File).name);
        return problem("storage_unavailable", "full", 507);
      },
    });
    const user = show("#/documents");
    await screen.findByTestId("document");
    const input: HTMLInputElement = screen.getByTestId("upload-folder-input");
    expect(input.webkitdirectory).toBe(true);
    const files = ["2023", "2024"].map((year) =>
      Object.defineProperty(new File(["x"], "report.pdf"), "webkitRelativePath", { value: `reports/${year}/report.pdf` }),
    );
    await user.upload(input, files);
    expect(await screen.findByRole("alert")).toBeTruthy();
    expect(sent).toEqual(["reports/2023/report.pdf", "reports/2024/report.pdf"]);
  });

  it("takes dropped files, and goes on by asking when the stream breaks", async () => {
    let broken = 0;
    serve({
      ...base,
      "POST /api/corpora/hr/uploads": () => json(loadOf(), 202),
      "GET /api/loads/load-1/events": () => {
        broken += 1;
        throw new TypeError("network");
      },
      "GET /api/loads/load-1": () => json(finished),
    });
    show("#/documents");
    await screen.findByTestId("document");
    const zone = screen.getByTestId("upload-input").parentElement as HTMLElement;
    fireEvent.drop(zone, { dataTransfer: { files: [new File(["x"], "good.pdf")] } });
    expect(await screen.findByTestId("load-result")).toBeTruthy();
    expect(broken).toBe(1);
  });

  it("says why an upload was refused", async () => {
    serve({ ...base, "POST /api/corpora/hr/uploads": () => problem("storage_unavailable", "full", 507) });
    const user = show("#/documents");
    await screen.findByTestId("document");
    await user.upload(screen.getByTestId("upload-input"), new File(["x"], "good.pdf"));
    expect((await screen.findByRole("alert")).textContent).toContain("disk is full");
  });
});

describe("the status", () => {
  it("shows each finding with its state in words and what to do", async () => {
    const findings = [
      { subject: "PostgreSQL", state: "ok", value: "18.4", remedy: null },
      { subject: "Text recognition", state: "warning", value: "missing", remedy: "apt-get install tesseract-ocr-fra" },
    ];
    serve({ ...base, "GET /api/status": () => json({
        version: "0.1.0",
        findings,
        resident_memory_mb: 400,
        resident_memory_tree_mb: 650,
        refusal_threshold: 0.55,
        refusal_effects: [
          { threshold: 0.45, question_set: "fr_piaf", language: "fr", false_refusals: 0.17, false_answers: 0.14 },
          { threshold: 0.55, question_set: "fr_piaf", language: "fr", false_refusals: 0.3, false_answers: 0.05 },
        ],
      }) });
    show("#/status");
    const row = await screen.findByRole("row", { name: /Text recognition/ });
    expect(row.textContent).toContain("Worth a look");
    expect(row.textContent).toContain("apt-get install tesseract-ocr-fra");
    expect(screen.getByText("0 problems, 1 warning.")).toBeTruthy();
    expect(screen.getByText("Threshold in use: 0.55 (SOURCIER_REFUSAL_THRESHOLD).")).toBeTruthy();
    const effects = screen.getByTestId("refusal-effects");
    expect(within(effects).getByRole("row", { current: true }).textContent).toBe("0.5530% / 5%");
    expect(within(effects).getByRole("columnheader", { name: "fr_piaf (fr)" })).toBeTruthy();
  });
});

describe("the person", () => {
  const person = { id: "anne@example.org", groups: ["staff"], is_administrator: false, is_local: false };
  const names = async () => {
    await screen.findByRole("link", { name: "Documents" });
    return screen.getAllByRole("link").map((link) => link.textContent);
  };

  it("stands in the header, with the pages that are theirs", async () => {
    serve({ ...base, "GET /api/me": () => json(person) });
    show("#/documents");
    expect((await screen.findByTestId("person")).textContent).toBe("Signed in as anne@example.org");
    expect(await names()).not.toContain("Status");
    const row = await screen.findByTestId("document");
    expect(within(row).getAllByRole("button").map((button) => button.textContent)).toEqual(["Details"]);
    for (const name of ["Choose files", "New corpus", "Corpus settings"]) expect(screen.queryByRole("button", { name })).toBeNull();
  });

  it("is nobody to speak of on one's own machine, and an administrator has every page", async () => {
    serve({ ...base, "GET /api/me": () => json({ ...person, id: "local", is_administrator: true, is_local: true }) });
    show("#/documents");
    expect(await names()).toContain("Status");
    expect(screen.getByRole("button", { name: "New corpus" })).toBeTruthy();
    expect(screen.queryByTestId("person")).toBeNull();
  });
});
