import { describe, expect, it } from "vitest";

import { dayOf, momentOf } from "../src/ask/day";

const now = new Date(2026, 10, 28, 20, 30);

describe("a date to read at", () => {
  it("is the end of its day where the person is, so that what was published on it counts", () => {
    expect(momentOf("2026-03-01", now)).toBe(new Date(2026, 2, 1, 23, 59, 59, 999).toISOString());
  });

  it("is none for no day, a day that is none, today and later", () => {
    for (const day of ["", "2026-02-31x", "2026-11-28", "2027-01-01"]) expect(momentOf(day, now)).toBeNull();
  });

  it("spells days as a date field does", () => {
    expect(dayOf(now)).toBe("2026-11-28");
    expect(dayOf(new Date(2026, 0, 2))).toBe("2026-01-02");
  });
});
