import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { CorpusView, LoadItemView } from "../src/api/types";
import { json, problem, serve } from "./fakeServer";
import { corpus, documentOf, itemOf, loadOf, versionOf } from "./samples";
import { showDocuments } from "./show";

const file = documentOf(1, { path: "hr/E\u0301te\u0301 2026.pdf", groups: ["staff"] });
const base = {
  "GET /api/corpora": () => json([corpus, { ...corpus, id: "it", title: "Computing" }]),
  "GET /api/reviews": () => json([]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [file], total: 1 }),
  "GET /api/documents/document-1/versions": () => json([versionOf(1)]),
  "GET /api/documents/document-1/duplicates": () => json([]),
  "GET /api/corpora/hr/passwords": () => json({ count: 0, most: 20 }),
  "GET /api/corpora/it/passwords": () => json({ count: 0, most: 20 }),
};

describe("the details of a document", () => {
  it("show each version with its dates and approver, the failure of one, and what says the same elsewhere", async () => {
    const approved = { approved_by: "claire", approved_at: "2026-06-01T08:00:00Z" };
    const copy = { corpus_id: "it", path: "it/copy.pdf", title: "Copy" };
    serve({
      ...base,
      "GET /api/documents/document-1/versions": () =>
        json([
          versionOf(3, { state: "failed", valid_from: null, failure_code: "document_rejected", failure_message: "raw" }),
          versionOf(2, { valid_from: "2026-06-01T08:00:00Z", ...approved }),
          versionOf(1, { valid_to: "2026-06-01T08:00:00Z" }),
        ]),
      "GET /api/documents/document-1/duplicates": () =>
        json([
          { ...copy, document_id: "document-8", resemblance: 1, same_bytes: true },
          { ...copy, document_id: "document-9", title: "Near", resemblance: 0.87, same_bytes: false },
        ]),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    const dialog = screen.getByRole("dialog", { name: "Details of Policy 1" });
    const versions = (await within(dialog).findAllByTestId("version")).map((item) => item.textContent);
    expect(versions[0]).toContain("Version 3, never in answers");
    expect(versions[0]).toContain("A person has rejected this content.");
    expect(versions[1]).toContain("in answers since June 1, 2026");
    expect(versions[1]).toContain("Approved by claire on June 1, 2026");
    expect(versions[2]).toContain("in answers from March 2, 2026 to June 1, 2026");
    const duplicates = (await within(dialog).findAllByTestId("duplicate")).map((item) => item.textContent);
    expect(duplicates).toEqual(["Copy (Computing), the same fileit/copy.pdf", "Near (Computing), 87 % alikeit/copy.pdf"]);
    expect(dialog.textContent).toContain("May be read by the groups: staff");
  });

  it("say when nothing else is the same, and what could not be read", async () => {
    serve({ ...base, "GET /api/documents/document-1/versions": () => problem("engine_unavailable", "raw", 503) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    expect(await screen.findByText("No other document that you may read says the same.")).toBeTruthy();
    expect((await screen.findByRole("alert")).textContent).toContain("engine_unavailable");
  });
});

describe("purging", () => {
  const purge = "POST /api/documents/document-1/purge";

  it("asks for the file's name, says that it is for good, and can allow the file again", async () => {
    let items = [file];
    const server = serve({
      ...base,
      "GET /api/documents": () => json({ items, total: items.length }),
      [purge]: () => {
        items = [];
        return json({ ...file, purged_at: "2026-11-01T00:00:00Z", state: "purged" });
      },
      "POST /api/documents/document-1/allow": () => new Response(null, { status: 204 }),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    await user.click(screen.getByRole("button", { name: "Purge…" }));
    const dialog = screen.getByRole("dialog", { name: "Purge this document for good?" });
    expect(dialog.textContent).toContain("This cannot be undone.");
    const erase = within(dialog).getByRole("button", { name: "Erase for good" });
    const field = within(dialog).getByRole("textbox", { name: "To confirm, type the file’s name: Été 2026.pdf" });
    await user.type(field, "Été 2025.pdf{Enter}");
    expect(erase.hasAttribute("disabled")).toBe(true);
    expect(server.calls.some((call) => call.route === purge)).toBe(false);
    await user.clear(field);
    await user.type(field, "Été 2026.pdf");
    await user.click(erase);
    const notice = await screen.findByText(/^“Policy 1” was erased for good/);
    await waitFor(() => expect(document.activeElement).toBe(notice.parentElement));
    await waitFor(() => expect(screen.queryByTestId("document")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Allow Policy 1 to be loaded again" }));
    expect(await screen.findByText(/^“Policy 1” comes back with the next load/)).toBeTruthy();
  });

  it("keeps the dialog with the reason when it is refused", async () => {
    serve({ ...base, [purge]: () => problem("permission_denied", "raw", 403) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    await user.click(screen.getByRole("button", { name: "Purge…" }));
    await user.type(screen.getByRole("textbox", { name: /^To confirm/ }), "Été 2026.pdf{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("You may not do this.");
    expect(screen.getByRole("dialog", { name: "Purge this document for good?" })).toBeTruthy();
  });
});

describe("the result of a load", () => {
  it("leads to the review, and allows a purged file again", async () => {
    const item = (path: string, outcome: LoadItemView["outcome"], code: string | null) =>
      itemOf(path, outcome, { code, document_id: `id-${path}` });
    const items = [item("held.pdf", "quarantined", null), item("gone.pdf", "failed", "document_purged")];
    const done = loadOf({ state: "finished", seen: 2, failed: 1, quarantined: 1, pending: 0, items });
    const server = serve({
      ...base,
      "GET /api/loads": () => json([done]),
      "GET /api/loads/load-1": () => json(done),
      "POST /api/documents/id-gone.pdf/allow": () => new Response(null, { status: 204 }),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: /^Show the load/ }));
    const link = await screen.findByRole("link", { name: "Go to the review" });
    expect(link.getAttribute("href")).toBe("#/review");
    await user.click(screen.getByRole("button", { name: "Allow gone.pdf to be loaded again" }));
    expect(await screen.findByText(/^“gone.pdf” comes back/)).toBeTruthy();
    expect(server.calls.filter((call) => call.route.endsWith("/allow")).length).toBe(1);
  });
});

describe("the settings of a corpus", () => {
  it("send only what was changed, and say that it is saved", async () => {
    let hr: CorpusView = { ...corpus, groups: ["hr", "staff"] };
    const server = serve({
      ...base,
      "GET /api/corpora": () => json([hr]),
      "PATCH /api/corpora/hr": ({ body }) => {
        hr = { ...hr, ...(body as Partial<CorpusView>) };
        return json(hr);
      },
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Corpus settings" }));
    const dialog = screen.getByRole("dialog", { name: "Corpus settings" });
    const groups = within(dialog).getByRole<HTMLInputElement>("textbox", { name: /^Groups/ });
    expect(groups.value).toBe("hr, staff");
    await user.clear(groups);
    await user.type(groups, "staff, hr, board");
    await user.click(within(dialog).getByRole("checkbox", { name: /^A second person approves/ }));
    const check = within(dialog).getByRole<HTMLSelectElement>("combobox", { name: /^Claims without proof/ });
    expect(check.value).toBe("default");
    await user.selectOptions(check, "Kept, and marked as unproven");
    const threshold = within(dialog).getByRole<HTMLInputElement>("spinbutton", { name: /^Score from which a document is set aside/ });
    expect(threshold.value).toBe("");
    await user.type(threshold, "0.6");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await screen.findByText("The settings of “Human resources” are saved.")).toBeTruthy();
    const sent = server.calls.filter((call) => call.route.startsWith("PATCH")).map((call) => call.body);
    expect(sent).toEqual([{ groups: ["staff", "hr", "board"], approval_required: true, claim_check: "flag", quarantine_threshold: 0.6 }]);
  });

  it("begin with the corpus the list is narrowed to, and show what the server objects to", async () => {
    const server = serve({ ...base, "PATCH /api/corpora/it": () => problem("permission_denied", "raw", 403) });
    const user = showDocuments();
    await waitFor(() => expect(document.querySelector('option[value="it"]')).not.toBeNull());
    await user.selectOptions(await screen.findByRole("combobox", { name: "Corpus" }), "it");
    await user.click(screen.getByRole("button", { name: "Corpus settings" }));
    const dialog = screen.getByRole("dialog", { name: "Corpus settings" });
    expect(within(dialog).getByRole<HTMLInputElement>("textbox", { name: "Name" }).value).toBe("Computing");
    await user.click(within(dialog).getByRole("checkbox"));
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect((await within(dialog).findByRole("alert")).textContent).toContain("You may not do this.");
    expect(server.calls.find((call) => call.route === "PATCH /api/corpora/it")?.body).toEqual({ approval_required: true });
  });

  it("take passwords of protected documents, say only how many there are, and forget them once that is confirmed", async () => {
    let count = 2;
    const server = serve({
      ...base,
      "GET /api/corpora/hr/passwords": () => json({ count, most: 20 }),
      "POST /api/corpora/hr/passwords": () => json({ count: ++count, most: 20 }),
      "DELETE /api/corpora/hr/passwords": () => {
        count = 0;
        return new Response(null, { status: 204 });
      },
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Corpus settings" }));
    const section = within(await screen.findByRole("region", { name: "Passwords of protected documents" }));
    expect(await section.findByText("2 passwords are kept.")).toBeTruthy();
    const field = section.getByLabelText<HTMLInputElement>(/^A password to add/);
    expect([field.type, field.autocomplete]).toEqual(["password", "new-password"]);
    await user.type(field, "Été 2026{Enter}");
    await waitFor(() => expect(section.getByRole("status").textContent).toMatch(/^Added\..* 3 passwords are kept\.$/));
    expect(field.value).toBe("");
    expect(screen.queryByDisplayValue("Été 2026")).toBeNull();
    expect(server.calls.find((call) => call.route === "POST /api/corpora/hr/passwords")?.body).toEqual({ passwords: ["Été 2026"] });

    await user.click(section.getByRole("button", { name: "Forget them all" }));
    expect(document.activeElement).toBe(section.getByRole("button", { name: "Cancel" }));
    await user.click(section.getByRole("button", { name: "Cancel" }));
    expect(server.calls.some((call) => call.route.startsWith("DELETE"))).toBe(false);
    await user.click(section.getByRole("button", { name: "Forget them all" }));
    await user.click(section.getByRole("button", { name: "Forget them" }));
    await waitFor(() => expect(section.getByRole("status").textContent).toBe("Forgotten. No password is kept."));
    expect(section.queryByRole("button", { name: "Forget them all" })).toBeNull();
  });

  it("keep a password that the server does not take in its field, and offer none where no more fit", async () => {
    let count = 19;
    serve({
      ...base,
      "GET /api/corpora/hr/passwords": () => json({ count, most: 20 }),
      "POST /api/corpora/hr/passwords": () => {
        if (count++ === 19) return problem("credentials_unreadable", "raw", 409);
        return json({ count: 20, most: 20 });
      },
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Corpus settings" }));
    const section = within(await screen.findByRole("region", { name: "Passwords of protected documents" }));
    expect(await section.findByText("19 passwords are kept.")).toBeTruthy();
    await user.type(section.getByLabelText(/^A password to add/), "secret");
    await user.click(section.getByRole("button", { name: "Add" }));
    expect((await section.findByRole("alert")).textContent).toContain("cannot be decrypted");
    expect(section.getByLabelText<HTMLInputElement>(/^A password to add/).value).toBe("secret");
    await user.click(section.getByRole("button", { name: "Add" }));
    expect(await section.findByText("No more can be kept.")).toBeTruthy();
    expect(section.queryByLabelText(/^A password to add/)).toBeNull();
  });
});
