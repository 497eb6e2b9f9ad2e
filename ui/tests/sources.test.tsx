import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { App } from "../src/App";
import type { ConfiguredSourceView, PlanProgressView, PlanView } from "../src/api/types";
import { LanguageProvider } from "../src/i18n/language";
import { endless, event, events, json, problem, serve } from "./fakeServer";
import { corpus, loadOf } from "./samples";

const source: ConfiguredSourceView = {
  id: "s1",
  corpus_id: corpus.id,
  name: "Archive",
  url: "smb://files/archive",
  include: ["*.pdf"],
  exclude: [],
  access: "corpus",
  schedule: "30 2 * * *",
  next_run: "2026-11-24T02:30:00Z",
  paused: false,
  has_credentials: true,
  last_load_id: null,
  last_load_state: null,
  last_load_at: null,
  last_load_message: null,
  held_back_load_id: null,
};
const plan: PlanView = {
  counts: { new: 1, changed: 0, unchanged: 7, problems: 1, missing: 60, kept: 0, access_notes: 1 },
  bytes_new: 10,
  new: [{ path: "a.pdf", size_bytes: 10, code: null, message: null, access_note: null }],
  changed: [],
  problems: [{ path: "b.pdf", size_bytes: 0, code: "document_empty", message: "The file is empty.", access_note: null }],
  missing: Array.from({ length: 60 }, (_, n) => ({ path: `old ${n}.pdf`, size_bytes: null, code: null, message: null, access_note: null })),
  kept: [],
  access_notes: [{ path: "c.pdf", size_bytes: 10, code: null, message: null, access_note: "It has no access list." }],
  needs_confirmation: true,
};
const looked: PlanProgressView = { folders: 3, files: 1200, to_compare: 0, compared: 0, elapsed_s: 75.2 };
const base = {
  "GET /api/corpora": () => json([corpus]),
  "GET /api/loads": () => json([]),
  "GET /api/documents": () => json({ items: [], total: 0 }),
  "GET /api/source-folders": () => json({ folders: [] }),
  [`GET /api/corpora/${corpus.id}/sources`]: () => json([source]),
};

async function open() {
  window.location.hash = "#/documents";
  render(
    <LanguageProvider>
      <App />
    </LanguageProvider>,
  );
  const person = userEvent.setup();
  await person.click(await screen.findByRole("heading", { name: "Sources" }));
  return person;
}

describe("the sources", () => {
  it("says what a load would do, without loading", async () => {
    const server = serve({ ...base, "POST /api/sources/s1/plan/events": () => events(event("progress", looked), event("done", plan)) });
    const person = await open();
    await person.click(await screen.findByRole("button", { name: "Try out Archive without loading anything" }));
    const shown = await screen.findByTestId("plan");
    expect(shown.textContent).toContain("New (1)");
    expect(shown.textContent).toContain("The file is empty.");
    expect(shown.textContent).toContain("Gone: would be withdrawn (60)");
    expect(shown.textContent).toContain("and 10 others");
    expect(shown.textContent).toContain("until a person confirms");
    expect(server.calls.some((call) => call.route.endsWith("/loads") && call.route.startsWith("POST"))).toBe(false);
  });

  it("shows how far looking is, and closing ends it on the server", async () => {
    let ended = false;
    serve({
      ...base,
      "POST /api/sources/s1/plan/events": ({ signal }) => {
        signal?.addEventListener("abort", () => (ended = true));
        return endless(signal, event("progress", looked), event("progress", { ...looked, to_compare: 800, compared: 1 }));
      },
    });
    const person = await open();
    await person.click(await screen.findByRole("button", { name: "Try out Archive without loading anything" }));
    const dialog = await screen.findByRole("dialog");
    const bar = await within(dialog).findByRole("progressbar", { name: /1 of 800 files compared/ });
    expect(bar.getAttribute("max")).toBe("800");
    expect(within(dialog).getByTestId("plan-progress").textContent).toContain("for 1 min 15 s");
    expect(within(dialog).getByRole("status").textContent).toContain("Comparing");
    expect(ended).toBe(false);
    await person.click(within(dialog).getByRole("button", { name: "Stop and close" }));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(ended).toBe(true);
  });

  it("shows what ended a dry run, with its code", async () => {
    const refused = { error: { code: "source_refused", message: "It does not let us in.", retryable: false, details: {} } };
    let answer = () => events(event("progress", looked), event("error", refused));
    serve({ ...base, "POST /api/sources/s1/plan/events": () => answer() });
    const person = await open();
    const tryOut = await screen.findByRole("button", { name: "Try out Archive without loading anything" });
    await person.click(tryOut);
    expect(await screen.findByText("source_refused")).toBeTruthy();
    await person.click(screen.getByRole("button", { name: "Close" }));
    answer = () => events(event("progress", looked));
    await person.click(tryOut);
    expect(await screen.findByText("stream_interrupted")).toBeTruthy();
  });

  it("sends credentials once, keeps those stored when none are typed, and shows what was refused", async () => {
    let answer = () => problem("invalid_request", "Give the credentials for it again.", 422);
    const server = serve({ ...base, "PUT /api/sources/s1": () => answer() });
    const person = await open();
    await person.click(await screen.findByRole("button", { name: "Change Archive" }));
    const dialog = await screen.findByRole("dialog");
    expect(within(dialog).getByLabelText<HTMLInputElement>(/Password or secret/).value).toBe("");
    await person.clear(within(dialog).getByLabelText("Name"));
    await person.type(within(dialog).getByLabelText("Name"), "Archives");
    await person.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await within(dialog).findByText(/invalid_request/)).toBeTruthy();
    answer = () => json(source);
    await person.type(within(dialog).getByLabelText(/User name/), "reader");
    await person.type(within(dialog).getByLabelText(/Password or secret/), "geheim");
    await person.click(within(dialog).getByRole("button", { name: "Save" }));
    const sent = server.calls.filter((call) => call.route === "PUT /api/sources/s1").map((call) => call.body);
    expect(sent).toMatchObject([
      { name: "Archives", include: ["*.pdf"], schedule: "30 2 * * *", credentials: null },
      { credentials: { username: "reader", password: "geheim", private_key: "" } },
    ]);
  });

  it("names the folders of the server that may be sources, or says how to allow some", async () => {
    let folders: string[] = [];
    serve({ ...base, "GET /api/source-folders": () => json({ folders }) });
    const person = await open();
    await person.click(screen.getByRole("button", { name: "Add a source" }));
    expect((await screen.findByText(/SOURCIER_SOURCE_FOLDERS/)).textContent).toContain("sourcier sources add");
    await person.click(screen.getByRole("button", { name: "Cancel" }));
    folders = ["/srv/documents"];
    await person.click(screen.getByRole("button", { name: "Add a source" }));
    expect(await screen.findByText("/srv/documents")).toBeTruthy();
  });

  it("reads everything after saying what that does", async () => {
    const server = serve({
      ...base,
      "POST /api/sources/s1/loads": () => json(loadOf({ state: "finished", source: "Archive" }), 202),
    });
    const person = await open();
    await person.click(await screen.findByRole("button", { name: "Read everything of Archive again" }));
    const explained = await screen.findByRole("dialog", { name: "Read everything of Archive again" });
    expect(explained.textContent).toContain("compares its bytes");
    await person.click(within(explained).getByRole("button", { name: "Read everything" }));
    const asked = server.calls.filter((call) => call.route === "POST /api/sources/s1/loads").map((call) => call.body);
    expect(asked).toEqual([{ read_everything: true }]);
  });

  it("loads now, pauses, and removes only after a question", async () => {
    const server = serve({
      ...base,
      "POST /api/sources/s1/loads": () => json(loadOf({ state: "finished", source: "Archive" }), 202),
      "PUT /api/sources/s1": () => json({ ...source, paused: true }),
      "DELETE /api/sources/s1": () => new Response(null, { status: 204 }),
    });
    const person = await open();
    await person.click(await screen.findByRole("button", { name: "Load Archive now" }));
    expect(await screen.findByText(/The load has begun/)).toBeTruthy();
    expect((await screen.findByTestId("load-result")).textContent).toContain("Finished");
    await person.click(screen.getByRole("button", { name: "Pause" }));
    await person.click(screen.getByRole("button", { name: "Remove Archive" }));
    expect(server.calls.some((call) => call.route.startsWith("DELETE"))).toBe(false);
    const dialog = await screen.findByRole("dialog");
    await person.click(within(dialog).getByRole("checkbox", { name: "Withdraw its documents too" }));
    await person.click(within(dialog).getByRole("button", { name: "Remove" }));
    expect(server.calls.map((call) => call.route)).toContain("DELETE /api/sources/s1");
    expect(server.calls.find((call) => call.route.startsWith("DELETE"))?.query).toContain("withdraw_documents=true");
    expect(server.calls.find((call) => call.route.startsWith("PUT"))?.body).toMatchObject({ paused: true, url: source.url });
  });
});
