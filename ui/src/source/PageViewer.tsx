import { useEffect, useRef, useState, type RefObject } from "react";

import { pageImage, pageScale } from "../api/client";
import type { PassageView, QuoteView, SourceView } from "../api/types";
import { useWords } from "../i18n/language";
import { Icon } from "../parts/Icon";
import { PageTurner } from "../parts/PageTurner";

interface PageViewerProps {
  source: SourceView;
  quote: QuoteView;
  regions: PassageView["regions"];
  scroller: RefObject<HTMLElement | null>;
  onFailed: (failed: boolean) => void;
}

const largestZoom = 3;

/** The page's picture with the words highlighted, and the way to the pages around it. */
export function PageViewer({ source, quote, regions, scroller, onFailed }: PageViewerProps) {
  const words = useWords();
  const [page, setPage] = useState(quote.page);
  const [zoom, setZoom] = useState(1);
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const image = useRef<HTMLImageElement>(null);
  const cited = page === quote.page;
  const last = Math.max(source.page_count, quote.page);

  useEffect(() => onFailed(state === "failed"), [state, onFailed]);
  const turn = (to: number) => {
    setPage(to);
    setState("loading");
  };
  useHighlightInView(image, scroller, cited && state === "shown" ? topOf(regions, page) : null);

  return (
    <section className="viewer" aria-label={words.source.pageOf(page, last)}>
      <PageTurner page={page} last={last} onTurn={turn}>
        {!cited && (
          <button type="button" className="button button-quiet" onClick={() => turn(quote.page)}>
            {words.source.backToCited}
          </button>
        )}
        <span className="viewer-zoom">
          <button type="button" className="icon-button" aria-label={words.source.zoomOut} disabled={zoom <= 1} onClick={() => setZoom(zoom - 1)}>
            <Icon name="minus" />
          </button>
          <button type="button" className="icon-button" aria-label={words.source.zoomIn} disabled={zoom >= largestZoom} onClick={() => setZoom(zoom + 1)}>
            <Icon name="plus" />
          </button>
        </span>
      </PageTurner>
      {state === "failed" && <p className="notice">{words.source.imageFailed}</p>}
      {/* Scrolls sideways when enlarged, so the keyboard must be able to reach it. */}
      <div className="page-frame" data-state={state} data-zoom={zoom} tabIndex={zoom > 1 ? 0 : undefined}>
        {state === "loading" && <p className="page-loading">{words.source.imageLoading}</p>}
        <img
          ref={image}
          key={page}
          className="page-image"
          data-testid="page-image"
          data-page={page}
          src={pageImage(source.version_id, page, source.passage_id, quote)}
          alt={(cited ? words.source.image : words.source.imagePlain)(page, source.title)}
          onLoad={() => setState("shown")}
          onError={() => setState("failed")}
        />
      </div>
    </section>
  );
}

/** How far down the page the passage begins, in points; null when it is not on this page. */
function topOf(regions: PassageView["regions"], page: number): number | null {
  const tops = regions.filter((region) => region.page === page).map((region) => region.y0);
  return tops.length > 0 ? Math.min(...tops) : null;
}

/** Scrolls to the highlight once, when it would otherwise be out of sight. */
function useHighlightInView(
  image: RefObject<HTMLImageElement | null>,
  scroller: RefObject<HTMLElement | null>,
  top: number | null,
) {
  const done = useRef(false);
  useEffect(() => {
    const picture = image.current;
    const frame = scroller.current;
    if (top === null || done.current || !picture || !frame || picture.naturalHeight === 0) return;
    done.current = true;
    const offset = (top * pageScale * picture.clientHeight) / picture.naturalHeight;
    const distance = picture.getBoundingClientRect().top - frame.getBoundingClientRect().top + offset;
    if (distance > frame.clientHeight * 0.8) frame.scrollBy(0, distance - frame.clientHeight / 3);
  }, [image, scroller, top]);
}
