import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import type { ReconciledFileView, ReconciliationView } from "../src/api/types";
import { LanguageProvider } from "../src/i18n/language";
import { ReconciliationPanel } from "../src/status/ReconciliationPanel";
import { json, problem, serve } from "./fakeServer";

function reconciliationOf(overrides: Partial<ReconciliationView> = {}): ReconciliationView {
  return {
    id: 7,
    state: "finished",
    stage: "",
    done: 0,
    total: 0,
    message: null,
    requested_by: "schedule",
    started_at: "2026-11-27T03:17:00Z",
    finished_at: "2026-11-27T03:18:00Z",
    repaired: true,
    files: { hr: { published: 2, document_empty: 1 } },
    pages: 4,
    pages_without_text: 0,
    passages: 9,
    points: 7,
    kinds: { points_missing: 1 },
    findings: [],
    ...overrides,
  };
}

const file: ReconciledFileView = {
  corpus_id: "hr",
  source: "/policies",
  path: "leave.pdf",
  document_id: "document-1",
  version_id: "version-1",
  state: "published",
  code: null,
  message: null,
  versions: 1,
  pages_expected: 3,
  pages: 3,
  pages_without_text: 0,
  passages_expected: 9,
  passages: 9,
  points_expected: 9,
  points: 7,
  file_stored: true,
  in_source: true,
  findings: [{ kind: "points_missing", detail: "7 of 9 passages are in the index", repaired: true }],
};

const open = () =>
  render(
    <LanguageProvider>
      <ReconciliationPanel />
    </LanguageProvider>,
  );

describe("the balance", () => {
  it("says when everything was last compared, and lists the files that differ with the reason", async () => {
    const server = serve({
      "GET /api/reconciliations": () => json([reconciliationOf()]),
      "GET /api/reconciliations/7": () => json(reconciliationOf()),
      "GET /api/reconciliations/last/files": () => json({ items: [file], total: 1 }),
    });
    open();
    const last = await screen.findByTestId("reconciliation-last");
    expect(last.textContent).toContain("(nightly)");
    expect(last.textContent).toContain("1 finding.");
    const row = within(await screen.findByTestId("reconciled-files")).getAllByRole("row")[1];
    expect(row?.textContent).toContain("hr/leave.pdf");
    expect(row?.textContent).toContain("7 of 9");
    expect(row?.textContent).toContain("Points missing from the index (repaired, or under way)");
    expect(screen.getByRole("link", { name: "Download every file (CSV)" }).getAttribute("href")).toBe(
      "api/reconciliations/last/files.csv",
    );
    await userEvent.setup().click(screen.getByRole("checkbox", { name: "Only files that differ" }));
    const asked = server.calls.filter((call) => call.route.endsWith("/files")).map((call) => call.query);
    expect(asked[0]).toContain("only_differing=true");
    expect(asked.at(-1)).toContain("only_differing=false");
  });

  it("repairs only after a question, and shows how far it is", async () => {
    let newest = reconciliationOf({ kinds: {}, repaired: false, requested_by: "local" });
    const server = serve({
      "GET /api/reconciliations": () => json([newest]),
      "GET /api/reconciliations/last/files": () => json({ items: [], total: 0 }),
      "POST /api/reconciliations": () => {
        newest = reconciliationOf({ id: 8, state: "running", stage: "documents", done: 500, total: 2000, finished_at: null });
        return json(newest, 202);
      },
    });
    open();
    expect((await screen.findByTestId("reconciliation-last")).textContent).toContain("Everything agrees.");
    const person = userEvent.setup();
    await person.click(screen.getByRole("button", { name: "Compare and repair…" }));
    expect(server.calls.some((call) => call.route.startsWith("POST"))).toBe(false);
    await person.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Repair" }));
    expect((await screen.findByRole("progressbar")).getAttribute("aria-label")).toBe("500 of 2,000");
    expect(screen.getByText("Comparing documents with the index and the stored files.")).toBeTruthy();
    expect(server.calls.find((call) => call.route.startsWith("POST"))?.body).toEqual({ repair: true });
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Compare now" }).disabled).toBe(true);
  });

  it("says why nothing can be compared", async () => {
    serve({
      "GET /api/reconciliations": () => json([reconciliationOf({ state: "failed", message: "engine_unavailable: away." })]),
      "POST /api/reconciliations": () => problem("permission_denied", "No.", 403),
    });
    open();
    const notice = await screen.findByText(/could not be brought to an end\./);
    expect(notice.textContent).toContain("A database, the index or the model server does not answer. Try again in a moment. away.");
    await userEvent.setup().click(screen.getByRole("button", { name: "Compare now" }));
    expect((await screen.findByRole("alert")).textContent).toContain("permission_denied");
  });
});
