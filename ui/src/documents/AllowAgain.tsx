import { useState } from "react";

import { allowDocument } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";

/** Where a purged document is named: the way to let it be loaded again, and what came of it. */
export function AllowAgain({ documentId, name }: { documentId: string; name: string }) {
  const words = useWords();
  const [state, setState] = useState<"asked" | "busy" | "allowed">("asked");
  const [error, setError] = useState<ErrorBody | null>(null);
  const allow = () => {
    setState("busy");
    setError(null);
    allowDocument(documentId).then(
      () => setState("allowed"),
      (reason: unknown) => {
        setError(bodyOf(reason));
        setState("asked");
      },
    );
  };
  return (
    <>
      <span role="status">{state === "allowed" && words.documents.allowed(name)}</span>
      {state !== "allowed" && (
        <button
          type="button"
          className="button button-quiet"
          aria-label={words.documents.allowNamed(name)}
          disabled={state === "busy"}
          onClick={allow}
        >
          {words.documents.allow}
        </button>
      )}
      {error && <ErrorNotice error={error} />}
    </>
  );
}
