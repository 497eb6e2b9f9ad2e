import { render, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { LanguageProvider } from "../src/i18n/language";
import { PassageTables } from "../src/source/PassageTable";

const show = (...tables: string[]) =>
  render(
    <LanguageProvider>
      <PassageTables tables={tables} />
    </LanguageProvider>,
  );

describe("tables of a passage", () => {
  it("shows rows under their headers, with a caption, where the keyboard can scroll", () => {
    show("<table><tr><th>Rule</th><th>Days</th></tr><tr><th>seniority</th><td colspan='2'>2</td></tr></table>");
    const table = screen.getByRole("table");
    expect(table.querySelector("caption")?.textContent).not.toBe("");
    expect(within(table).getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual(["Rule", "Days"]);
    expect(within(table).getByRole("rowheader").textContent).toBe("seniority");
    expect(within(table).getByRole("cell").getAttribute("colspan")).toBe("2");
    expect(screen.getByRole("region").tabIndex).toBe(0);
  });

  it("keeps nothing but rows, cells and words", () => {
    const { container } = show(
      "<table onclick='x()'><tr><td style='color:red' colspan='999999'>a<script>window.bad = 1</script><a href='javascript:x()'>b</a><img src='x' onerror='x()'></td></tr></table><form></form>",
    );
    expect(screen.getByRole("cell").textContent).toBe("ab");
    expect(container.querySelector("script, a, img, form, [style], [onclick], [colspan]")).toBeNull();
  });

  it("shows nothing without a table", () => {
    expect(show().container.textContent).toBe("");
    expect(show("no table").container.querySelector("table")).toBeNull();
  });
});
