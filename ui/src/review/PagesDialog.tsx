import { useState } from "react";

import { plainPageImage } from "../api/client";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { PageTurner } from "../parts/PageTurner";

interface PagesDialogProps {
  versionId: string;
  name: string;
  pageCount: number;
  firstPage: number;
  onClose: () => void;
}

/** The pages as pictures: what a reader would see, without opening the file itself. */
export function PagesDialog({ versionId, name, pageCount, firstPage, onClose }: PagesDialogProps) {
  const words = useWords();
  const [page, setPage] = useState(firstPage);
  const [failed, setFailed] = useState(false);
  const last = Math.max(pageCount, firstPage, 1);
  const turn = (to: number) => {
    setPage(to);
    setFailed(false);
  };
  return (
    <Dialog title={words.review.pages(name)} wide onClose={onClose}>
      <PageTurner page={page} last={last} onTurn={turn} />
      {failed ? (
        <p className="notice" role="alert">
          {words.review.imageFailed}
        </p>
      ) : (
        <div className="page-frame">
          <img
            key={page}
            className="page-image"
            data-testid="review-page"
            src={plainPageImage(versionId, page)}
            alt={words.review.image(page, name)}
            onError={() => setFailed(true)}
          />
        </div>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}
