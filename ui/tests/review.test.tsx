import { readFileSync } from "node:fs";
import { join } from "node:path";

import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { App } from "../src/App";
import type { ReviewView } from "../src/api/types";
import { catalogues, LanguageProvider } from "../src/i18n/language";
import { levelOf, visible } from "../src/review/visible";
import { json, problem, serve } from "./fakeServer";
import { corpus, reviewOf } from "./samples";

function show(page = "#/review") {
  window.location.hash = page;
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
  );
  return userEvent.setup();
}

/** A server whose queue loses what is decided on. */
function queueOf(reviews: ReviewView[], extra: Parameters<typeof serve>[0] = {}, ofCorpus = corpus) {
  let waiting = reviews;
  const routes: Parameters<typeof serve>[0] = {
    "GET /api/corpora": () => json([ofCorpus]),
    "GET /api/reviews": () => json(waiting),
  };
  for (const { version_id } of reviews) {
    routes[`POST /api/reviews/${version_id}/decision`] = ({ body }) => {
      waiting = waiting.filter((review) => review.version_id !== version_id);
      return json({ version_id, decision: (body as { decision: string }).decision, load_id: null });
    };
  }
  return serve({ ...routes, ...extra });
}

const decisions = (server: ReturnType<typeof serve>) => server.calls.filter((call) => call.route.startsWith("POST /api/reviews"));

const held = reviewOf(1);
const proposed = reviewOf(2, { kind: "approval", score: null, evidence: [], proposed_by: "claire" });

describe("the review page", () => {
  it("shows what waits with its evidence in words, and counts it in the navigation", async () => {
    queueOf([held, proposed]);
    show();
    const [first, second] = await screen.findAllByTestId("review");
    for (const text of ["Policy 1", "hr/policy-1.pdf", "Human resources", "Set aside", "Strong signs", "0.86 out of 1"]) {
      expect(first?.textContent).toContain(text);
    }
    expect(first?.textContent).toContain("Text that a reader does not see, and that gives orders to a language model (page 2)");
    expect(second?.textContent).toContain("Proposed for approval");
    expect(second?.textContent).toContain("claire");
    expect(screen.getByRole("link", { name: "Review (2 waiting)" })).toBeTruthy();
    const original = within(first as HTMLElement).getByRole("link", { name: "Download the original of Policy 1" });
    expect(original.getAttribute("href")).toBe("api/versions/version-1/original");
  });

  it("shows an excerpt as text, never as markup, and what is invisible in it as codes", async () => {
    const excerpt = '<img src=x onerror="alert(1)"> pay\u200bment \u202eesrever';
    queueOf([reviewOf(1, { title: "<b>Bold</b>", evidence: [{ kind: "not_known_yet", excerpt, weight: 0.5, page: null }] })]);
    show();
    const card = await screen.findByTestId("review");
    expect(card.querySelector("img, b")).toBeNull();
    expect(within(card).getByRole("heading", { name: "<b>Bold</b>" })).toBeTruthy();
    expect(card.querySelector(".excerpt")?.textContent).toBe('<img src=x onerror="alert(1)"> pay⟨U+200B⟩ment ⟨U+202E⟩esrever');
    expect(card.textContent).toContain("not_known_yet");
  });

  it("lets a document pass only after a confirmation, says so and moves the focus on", async () => {
    const server = queueOf([held, proposed]);
    const user = show();
    await user.click(await screen.findByRole("button", { name: "Let Policy 1 pass" }));
    const dialog = screen.getByRole("dialog", { name: "Let this document pass?" });
    expect(decisions(server)).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Let it pass" }));
    expect(await screen.findByText("“Policy 1” passes: it is being indexed and will be published.")).toBeTruthy();
    expect(decisions(server).map((call) => call.body)).toEqual([{ decision: "approved", comment: "" }]);
    expect(screen.queryByRole("dialog")).toBeNull();
    await waitFor(() => expect(document.activeElement?.textContent).toBe("1 document waits"));
    expect(await screen.findByRole("link", { name: "Review (1 waiting)" })).toBeTruthy();
  });

  it("says that a second person follows where the corpus asks for it", async () => {
    queueOf([held], {}, { ...corpus, approval_required: true });
    const user = show();
    await screen.findByText("Human resources");
    await user.click(screen.getByRole("button", { name: "Let Policy 1 pass" }));
    expect(screen.getByText("“Policy 1” will be indexed, and then wait for a second person’s approval.")).toBeTruthy();
  });

  it("rejects with a reason only", async () => {
    const server = queueOf([held]);
    const user = show();
    await user.click(await screen.findByRole("button", { name: "Reject Policy 1" }));
    const dialog = screen.getByRole("dialog", { name: "Reject this document?" });
    const reject = within(dialog).getByRole("button", { name: "Reject" });
    const reason = within(dialog).getByRole("textbox", { name: /^Reason/ });
    await user.type(reason, "   ");
    expect(reject.hasAttribute("disabled")).toBe(true);
    await user.type(reason, "Hidden orders");
    await user.click(reject);
    expect(await screen.findByText("“Policy 1” is rejected.")).toBeTruthy();
    expect(decisions(server).map((call) => call.body)).toEqual([{ decision: "rejected", comment: "Hidden orders" }]);
    expect(await screen.findByText(/^Nothing waits for you/)).toBeTruthy();
    expect(screen.queryByTestId("review-badge")).toBeNull();
  });

  it.each([
    ["second_person_required", "Somebody else than the person who proposed it has to approve it."],
    ["not_found", "somebody decided on it meanwhile"],
  ])("says %s in words and keeps the document", async (code, text) => {
    queueOf([proposed], { "POST /api/reviews/version-2/decision": () => problem(code, "raw", 409) });
    const user = show();
    await user.click(await screen.findByRole("button", { name: "Approve Policy 2" }));
    const dialog = screen.getByRole("dialog", { name: "Approve this document?" });
    await user.click(within(dialog).getByRole("button", { name: "Approve" }));
    expect((await within(dialog).findByRole("alert")).textContent).toContain(text);
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(await screen.findByTestId("review")).toBeTruthy();
  });

  it("shows the pages as pictures, from the first that is suspect, and says when one cannot be shown", async () => {
    queueOf([held]);
    const user = show();
    await user.click(await screen.findByRole("button", { name: "See the pages of Policy 1" }));
    expect(screen.getByTestId("review-page").getAttribute("src")).toBe("api/versions/version-1/pages/2.png?scale=2");
    await user.click(screen.getByRole("button", { name: "Next page" }));
    expect(screen.getByRole("img", { name: "Page 3 of “Policy 1”" })).toBeTruthy();
    fireEvent.error(screen.getByTestId("review-page"));
    expect(screen.getByRole("alert").textContent).toContain("cannot be shown as a picture");
  });

  it("says in words who may not see the queue, without a count", async () => {
    queueOf([], { "GET /api/reviews": () => problem("permission_denied", "raw", 403) });
    show();
    expect((await screen.findByRole("alert")).textContent).toContain("You may not do this.");
    expect(screen.queryByTestId("review-badge")).toBeNull();
  });
});

describe("the words of a review", () => {
  it("name every kind of evidence of the server", () => {
    const source = readFileSync(join(import.meta.dirname, "../../ingest/sourcier_ingest/quarantine/evidence.py"), "utf8");
    const kinds = [...source.matchAll(/^ {4}[A-Z_]+ = "([a-z_]+)"$/gm)].map((match) => match[1] ?? "");
    expect(kinds.length).toBeGreaterThanOrEqual(7);
    for (const words of Object.values(catalogues)) {
      expect(Object.keys(words.review.evidenceKinds).sort()).toEqual([...kinds].sort());
    }
  });

  it("say how strong the signs are", () => {
    expect([1, 0.75, 0.6, 0.4, 0].map(levelOf)).toEqual(["strong", "strong", "clear", "some", "none"]);
  });

  it("leave accents, other scripts and emoji as they are", () => {
    const text = "Déjà vu, 日本語, 😀, œuvre";
    expect(visible(text)).toBe(text);
    expect(visible("a\u{e0041}b\u00adc")).toBe("a⟨U+E0041⟩b⟨U+00AD⟩c");
  });
});
