import { createElement, useMemo, type ReactNode } from "react";

import { useWords } from "../i18n/language";

const containers = new Set(["table", "thead", "tbody", "tr", "th", "td", "caption"]);
const spans = { colspan: "colSpan", rowspan: "rowSpan" } as const;
const largestSpan = 1000;

/** The tables that a passage stems from, with their headers. */
export function PassageTables({ tables }: { tables: readonly string[] }) {
  const words = useWords();
  if (tables.length === 0) return null;
  return (
    <details className="passage" open>
      <summary>{words.source.asTable}</summary>
      {tables.map((table, place) => (
        // Scrolls when it is wide or long, so the keyboard must be able to reach it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div key={place} className="table-frame" tabIndex={0} role="region" aria-label={words.source.table(place + 1, tables.length)}>
          <PassageTable html={table} caption={words.source.table(place + 1, tables.length)} />
        </div>
      ))}
    </details>
  );
}

function PassageTable({ html, caption }: { html: string; caption: string }) {
  return useMemo(() => {
    const table = new DOMParser().parseFromString(html, "text/html").querySelector("table");
    return table && built(table, 0, <caption className="visually-hidden">{caption}</caption>);
  }, [html, caption]);
}

/** The element made anew: rows, cells and words only; whatever else the table holds gives its words. */
function built(element: Element, key: number, first: ReactNode = null): ReactNode {
  const name = element.tagName.toLowerCase();
  if (name === "script" || name === "style") return null;
  const inside = Array.from(element.childNodes, (child, place) => {
    if (child instanceof Element) return built(child, place);
    return name === "td" || name === "th" || name === "caption" || !containers.has(name) ? child.textContent : null;
  });
  if (!containers.has(name)) return inside;
  const heading = name === "th" ? { scope: element.parentElement?.firstElementChild === element && !headsColumns(element) ? "row" : "col" } : {};
  return createElement(name, { key, ...heading, ...spansOf(element) }, first, ...inside);
}

/** Whether a header cell stands in a row of header cells only. */
function headsColumns(cell: Element): boolean {
  return Array.from(cell.parentElement?.children ?? []).every((one) => one.tagName === "TH");
}

function spansOf(element: Element): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, property] of Object.entries(spans)) {
    const span = Number.parseInt(element.getAttribute(name) ?? "", 10);
    if (span > 1 && span <= largestSpan) found[property] = span;
  }
  return found;
}
