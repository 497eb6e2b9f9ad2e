import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { HeldBack } from "../src/documents/HeldBack";
import { LoadProgress } from "../src/documents/LoadProgress";
import { LanguageProvider } from "../src/i18n/language";
import { events, json, problem, serve } from "./fakeServer";
import { corpus, loadOf } from "./samples";

const held = { load_id: "load-1", count: 60, total: 80, paths: ["a.pdf", "deep/b.pdf"] };
const base = { "GET /api/loads/load-1/held-back": () => json(held) };
const ended = loadOf({ state: "finished", held_back: 60, message: "confirmation_required: 60 of 80 …" });

function show(node: React.ReactNode) {
  render(<LanguageProvider>{node}</LanguageProvider>);
  return userEvent.setup();
}

describe("documents that are gone", () => {
  it("are told at once when a load ends, with how many, which share and which", async () => {
    serve({ ...base, "GET /api/loads/load-1/events": () => events(), "GET /api/loads/load-1": () => json(ended) });
    show(<LoadProgress first={ended} corpora={[corpus]} onEnded={() => undefined} onHide={() => undefined} />);
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("60 of 80 documents (75%)");
    expect(within(alert).getByRole("list", { name: "Documents that are gone", hidden: true }).textContent).toContain("deep/b.pdf");
    expect(alert.textContent).toContain("and 58 others");
    expect(screen.queryByText(/confirmation_required/)).toBeNull();
  });

  it("are withdrawn only after an explicit yes, and no more of them than were shown", async () => {
    const server = serve({
      ...base,
      "POST /api/loads/load-1/confirm": () => json(loadOf({ id: "load-2" }), 202),
    });
    const begun: string[] = [];
    const person = show(<HeldBack loadId="load-1" onConfirmed={(load) => begun.push(load.id)} />);
    await person.click(await screen.findByRole("button", { name: "Withdraw them…" }));
    const dialog = await screen.findByRole("dialog", { name: "Withdraw 60 documents?" });
    const yes = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Withdraw 60 documents" });
    expect(yes.disabled).toBe(true);
    await person.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(server.calls.some((call) => call.route.startsWith("POST"))).toBe(false);
    await person.click(screen.getByRole("button", { name: "Withdraw them…" }));
    await person.click(await screen.findByRole("checkbox", { name: /really gone/ }));
    await person.keyboard("{Tab}{Tab}{Enter}");
    await waitFor(() => expect(begun).toEqual(["load-2"]));
    expect(server.calls.find((call) => call.route.startsWith("POST"))?.body).toEqual({ at_most: 60 });
  });

  it("can be left, with the focus on what that means", async () => {
    serve(base);
    const person = show(<HeldBack loadId="load-1" onConfirmed={() => undefined} />);
    await person.click(await screen.findByRole("button", { name: "Leave them in the answers" }));
    expect(document.activeElement?.textContent).toContain("The next load of the source asks again.");
    await person.click(screen.getByRole("button", { name: "Look at the list again" }));
    expect(await screen.findByTestId("held-back")).toBeTruthy();
  });

  it("are shown anew when more are gone by then", async () => {
    let now = held;
    serve({
      "GET /api/loads/load-1/held-back": () => json(now),
      "POST /api/loads/load-1/confirm": () => problem("confirmation_required", "By now 70 documents are gone.", 409),
    });
    const person = show(<HeldBack loadId="load-1" onConfirmed={() => undefined} />);
    await person.click(await screen.findByRole("button", { name: "Withdraw them…" }));
    const dialog = await screen.findByRole("dialog");
    await person.click(within(dialog).getByRole("checkbox"));
    await person.click(within(dialog).getByRole("button", { name: "Withdraw 60 documents" }));
    expect(await within(dialog).findByText("By now 70 documents are gone.")).toBeTruthy();
    now = { ...held, count: 70 };
    await person.click(within(dialog).getByRole("button", { name: "Look at the list again" }));
    expect(await screen.findByText(/70 of 80 documents/)).toBeTruthy();
  });

  it("say nothing once a later load has looked again", async () => {
    const server = serve({ "GET /api/loads/load-1/held-back": () => json({ ...held, count: 0, paths: [] }) });
    show(<HeldBack loadId="load-1" onConfirmed={() => undefined} />);
    await waitFor(() => expect(server.calls).toHaveLength(1));
    expect(screen.queryByTestId("held-back")).toBeNull();
  });
});
