import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { json, problem, serve } from "./fakeServer";
import { corpus, documentOf, itemOf, loadOf } from "./samples";
import { showDocuments } from "./show";

const failed = documentOf(1, { state: "failed", failure_code: "parsing_timed_out", failure_message: "raw", failure_retryable: true });
const rejected = documentOf(2, { state: "failed", failure_code: "document_rejected", failure_message: "raw" });
const done = loadOf({ state: "finished", seen: 1, published: 1, pending: 0, items: [itemOf("policy-1.pdf", "published")] });
const base = {
  "GET /api/corpora": () => json([corpus]),
  "GET /api/reviews": () => json([]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [failed, rejected, documentOf(3)], total: 3 }),
  [`GET /api/corpora/${corpus.id}/sources`]: () => json([]),
  "GET /api/loads/load-1": () => json(done),
};

describe("trying again", () => {
  it("is offered for what failed and nobody has decided on, and begins only after a confirmation", async () => {
    const server = serve({ ...base, "POST /api/documents/document-1/retry": () => json(done, 202) });
    const user = showDocuments();
    const button = await screen.findByLabelText("Try Policy 1 again");
    expect(screen.queryByLabelText(/Try Policy [23] again/)).toBeNull();
    await user.click(button);
    const dialog = screen.getByRole("dialog", { name: "Try this document again?" });
    expect(dialog.textContent).toContain("Nothing else of its source is loaded, and nothing is withdrawn.");
    expect(server.calls.some((call) => call.route.endsWith("/retry"))).toBe(false);
    await user.click(within(dialog).getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("load-result")).toBeTruthy();
  });

  it.each([
    [1, "Text recognition is installed by now", true],
    [0, "Text recognition is not installed on the server", false],
  ])("of unread pages is offered once they can be read (%i)", async (readable, sentence, offered) => {
    const failures = { failed: 0, retryable: 0, codes: {}, retryable_codes: {}, unread: 1, unread_retryable: readable };
    serve({ ...base, "GET /api/corpora/hr/failures": () => json(failures), "POST /api/corpora/hr/retry": () => json([done], 202) });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Try again what failed" }));
    const dialog = screen.getByRole("dialog", { name: "Try again what failed" });
    await within(dialog).findByText(new RegExp(`published document has pages that are pictures and were not read. ${sentence}`));
    const button = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Try again" });
    expect(button.disabled).toBe(!offered);
    if (offered) {
      await user.click(button);
      expect(await screen.findByTestId("load-result")).toBeTruthy();
    }
  });

  it("of a corpus says what failed and how much of it another try may help", async () => {
    const failures = { failed: 3, retryable: 2, codes: { parsing_timed_out: 2, document_empty: 1 }, retryable_codes: { parsing_timed_out: 2 }, unread: 0, unread_retryable: 0 };
    serve({
      ...base,
      "GET /api/corpora/hr/failures": () => json(failures),
      "POST /api/corpora/hr/retry": () => json([done], 202),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Try again what failed" }));
    const dialog = screen.getByRole("dialog", { name: "Try again what failed" });
    await within(dialog).findByText(/Another try may help 2 of 3 files that failed/);
    expect(within(dialog).getAllByRole("listitem").map((entry) => entry.textContent)).toContain("1 The file is empty. document_empty");
    await user.click(within(dialog).getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("load-result")).toBeTruthy();
  });

  it("is not offered where another try would end the same, and shows what the server objects to", async () => {
    serve({
      ...base,
      "GET /api/corpora/hr/failures": () => json({ failed: 1, retryable: 0, codes: { document_empty: 1 }, retryable_codes: {} }),
      "POST /api/documents/document-1/retry": () => problem("permission_denied", "raw", 403),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Try again what failed" }));
    const dialog = screen.getByRole("dialog", { name: "Try again what failed" });
    await within(dialog).findByText(/another try would end the same/);
    expect(within(dialog).getByRole<HTMLButtonElement>("button", { name: "Try again" }).disabled).toBe(true);
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await user.click(screen.getByRole("button", { name: "Try Policy 1 again" }));
    const second = screen.getByRole("dialog", { name: "Try this document again?" });
    await user.click(within(second).getByRole("button", { name: "Try again" }));
    expect((await within(second).findByRole("alert")).textContent).toContain("You may not do this.");
  });
});
