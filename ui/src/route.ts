/** Where the page is, in the part of the address that never reaches the server. */
import { useSyncExternalStore } from "react";

export type PageName = "ask" | "documents" | "review" | "status";
export type Route = { page: PageName; answerId: string | null };

export function routeOf(hash: string): Route {
  const [page = "", id = ""] = hash.replace(/^#\/?/, "").split("/");
  if (page === "documents" || page === "review" || page === "status") return { page, answerId: null };
  return { page: "ask", answerId: page === "answers" && id ? decodeURIComponent(id) : null };
}

export const addressOf = (page: PageName): string => (page === "ask" ? "#/" : `#/${page}`);
export const addressOfAnswer = (id: string): string => `#/answers/${encodeURIComponent(id)}`;

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export const useRoute = (): Route => routeOf(useSyncExternalStore(subscribe, () => window.location.hash));
