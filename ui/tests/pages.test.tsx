import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import type { PageView } from "../src/api/types";
import { PageListDialog } from "../src/documents/PageListDialog";
import { LanguageProvider } from "../src/i18n/language";
import { event, events, json, problem, serve } from "./fakeServer";
import { corpus, documentOf, itemOf, loadOf } from "./samples";
import { showDocuments } from "./show";

const pageOf = (number: number, overrides: Partial<PageView> = {}): PageView => ({
  number,
  state: "published",
  code: "read",
  reason: null,
  recognition_confidence: null,
  characters: 900,
  passages: 2,
  ...overrides,
});
const pages = [
  pageOf(1, { code: "recognised", reason: "recognised from an image", recognition_confidence: 71.4 }),
  pageOf(2, { state: "unread", code: "unread", reason: "an image that was not read: no text recognition is installed", characters: 0, passages: 0 }),
  pageOf(3, { state: "nothing_found", code: "nothing_found", reason: "no text was found on this page", characters: 0, passages: 0 }),
];
const answerPages = ({ url }: { url: URL }) => {
  const found = url.searchParams.get("without_text") === "true" ? pages.slice(1) : pages;
  return json({ items: found, total: found.length });
};
const base = {
  "GET /api/corpora": () => json([corpus]),
  "GET /api/reviews": () => json([]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [documentOf(1)], total: 1 }),
  [`GET /api/corpora/${corpus.id}/sources`]: () => json([]),
  "GET /api/versions/v-scan/pages": answerPages,
};
const gaps = { pages_without_text: 2, pages_unread: 1, documents_with_pages_without_text: 1 };
const scan = itemOf("scan.pdf", "published", { version_id: "v-scan", page_count: 3, pages_without_text: 2, pages_unread: 1 });

async function upload(finished: ReturnType<typeof loadOf>, routes: Parameters<typeof serve>[0] = {}, first = loadOf()) {
  const server = serve({
    ...base,
    "POST /api/corpora/hr/uploads": () => json(first, 202),
    "GET /api/loads/load-1/events": () => events(event("progress", finished)),
    "GET /api/loads/load-1": () => json(finished),
    ...routes,
  });
  const user = showDocuments();
  await screen.findByTestId("document");
  await user.upload(screen.getByTestId("upload-input"), new File(["x"], "scan.pdf"));
  return { user, server };
}

describe("pages that gave no text", () => {
  it("are reported when a load ends, and listed with the reason of each", async () => {
    const finished = loadOf({ state: "finished", seen: 2, published: 2, pending: 0, pages: 4, ...gaps, items: [scan, itemOf("whole.pdf", "published")] });
    const { user } = await upload(finished);
    const notice = await screen.findByTestId("load-gaps");
    expect(notice.textContent).toContain("2 pages of 1 document gave no text; 1 of them could not be read.");
    expect(notice.textContent).toContain("No text recognition (tesseract) is installed");
    expect(within(notice).getAllByRole("button").map((button) => button.textContent)).toEqual(["Show the pages of scan.pdf"]);
    within(notice).getByRole("button").focus();
    await user.keyboard("{Enter}");
    const dialog = screen.getByRole("dialog", { name: "Pages of scan.pdf" });
    const rows = async () => (await within(dialog).findAllByRole("row")).slice(1).map((row) => row.textContent);
    expect(await rows()).toEqual([
      "2Not read–A picture that was not read: no text recognition is installed on the server.",
      "3No text–There is no text on it.",
    ]);
  });

  it("are shown among all others, with how well those were recognised", async () => {
    serve(base);
    render(
      <LanguageProvider>
        <PageListDialog versionId="v-scan" name="scan.pdf" onClose={() => undefined} />
      </LanguageProvider>,
    );
    const user = userEvent.setup();
    const dialog = screen.getByRole("dialog", { name: "Pages of scan.pdf" });
    const rows = async () => (await within(dialog).findAllByRole("row")).slice(1).map((row) => row.textContent);
    await user.click(within(dialog).getByRole("checkbox", { name: "Only pages without text" }));
    await within(dialog).findByText("71 %");
    expect((await rows())[0]).toBe("1Published71 %Its text was recognised in a picture.");
  });

  it("are not spoken of where there are none", async () => {
    await upload(loadOf({ state: "finished", seen: 1, published: 1, pending: 0, pages: 2, items: [itemOf("whole.pdf", "published")] }));
    await screen.findByTestId("load-result");
    expect(screen.queryByTestId("load-gaps")).toBeNull();
  });

  it("stand under each version in the details, fetched once they are opened", async () => {
    const version = {
      id: "v-scan", sequence: 1, state: "published", title: "", content_sha256: "9c1d7f0a4be2c93d", size_bytes: 10, page_count: 3,
      valid_from: "2026-03-02T08:00:00Z", valid_to: null, approved_by: null, approved_at: null, failure_code: null, failure_message: null,
      pages_without_text: 2, pages_unread: 1, lowest_recognition: 71.4,
    };
    const server = serve({
      ...base,
      "GET /api/documents/document-1/versions": () => json([version]),
      "GET /api/documents/document-1/duplicates": () => json([]),
    });
    const user = showDocuments();
    await user.click(await screen.findByRole("button", { name: "Details of Policy 1" }));
    const summary = await screen.findByText("3 pages, 2 without text");
    expect(server.calls.some((call) => call.route.endsWith("/pages"))).toBe(false);
    await user.click(summary);
    expect((await screen.findAllByText(/There is no text on it|was not read/)).length).toBe(2);
  });

  it("whose list cannot be read say so", async () => {
    const finished = loadOf({ state: "finished", seen: 1, published: 1, pending: 0, ...gaps, items: [scan] });
    const { user } = await upload(finished, { "GET /api/versions/v-scan/pages": () => problem("not_found", "raw", 404) });
    await user.click(await screen.findByRole("button", { name: "Show the pages of scan.pdf" }));
    const dialog = screen.getByRole("dialog", { name: "Pages of scan.pdf" });
    expect((await within(dialog).findByRole("alert")).textContent).toContain("There is no such thing");
  });
});

describe("a load", () => {
  it("shows its rate, the pages done and the time left", async () => {
    const running = loadOf({ published: 1, pending: 2, pages: 1200, files_per_minute: 25.4, seconds_left: 300 });
    await upload(running, { "GET /api/loads/load-1/events": () => events(event("progress", running)), "GET /api/loads/load-1": () => json(running) });
    const progress = await screen.findByTestId("load-progress");
    await within(progress).findByText(/1,200 pages/);
    expect(progress.textContent).toContain("1 of 3 files, 1,200 pages, 25 files a minute (about 5 min left)");
  });

  it("says why only administrators may read a file", async () => {
    const closed = itemOf("closed.pdf", "published", { access_note: "It has no access list." });
    await upload(loadOf({ state: "finished", seen: 1, published: 1, pending: 0, items: [closed] }));
    const result = await screen.findByTestId("load-result");
    expect(await within(result).findByText("It has no access list.")).toBeTruthy();
    expect(result.textContent).toContain("Only administrators may read it:");
  });
});
