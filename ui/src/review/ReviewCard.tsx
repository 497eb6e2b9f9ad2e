import { useId, type ReactNode } from "react";

import { originalFile } from "../api/client";
import type { ReviewView } from "../api/types";
import { formatMoment } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { Icon } from "../parts/Icon";
import { levelOf, visible } from "./visible";

interface ReviewCardProps {
  review: ReviewView;
  corpus: string;
  onLook: () => void;
  onApprove: () => void;
  onReject: () => void;
}

/** One version that waits, with what a person needs to decide on it. */
export function ReviewCard({ review, corpus, onLook, onApprove, onReject }: ReviewCardProps) {
  const { words, code } = useLanguage();
  const heading = useId();
  const name = visible(review.title || review.path);
  const held = review.kind === "quarantine";
  const approve = held ? words.review.releaseNamed(name) : words.review.approveNamed(name);
  return (
    <li>
      <article className="review" data-testid="review" aria-labelledby={heading}>
        <header className="review-header">
          <h3 id={heading}>{name}</h3>
          <span className="state" data-state={held ? "quarantined" : "pending"}>
            <Icon name={held ? "warning" : "pending"} />
            {words.review.kinds[review.kind]}
          </span>
          <span className="path">{visible(review.path)}</span>
        </header>
        <dl className="review-facts">
          <Fact name={words.review.corpus}>{corpus}</Fact>
          <Fact name={words.review.since}>
            <time dateTime={review.since}>{formatMoment(review.since, code)}</time>
          </Fact>
          {review.proposed_by && <Fact name={words.review.proposedBy}>{review.proposed_by}</Fact>}
          <Fact name={words.review.size}>{words.review.contents(review.page_count, review.passage_count)}</Fact>
          {review.score !== null && (
            <Fact name={words.review.suspicion}>
              <strong>{words.review.levels[levelOf(review.score)]}</strong>{" "}
              <span className="hint">{words.review.score(review.score)}</span>
            </Fact>
          )}
        </dl>
        <Evidence evidence={review.evidence} />
        <div className="review-actions">
          <button type="button" className="button button-main" aria-label={approve} onClick={onApprove}>
            {held ? words.review.release : words.review.approve}
          </button>
          <button type="button" className="button button-stop" aria-label={words.review.rejectNamed(name)} onClick={onReject}>
            {words.review.reject}
          </button>
          <button type="button" className="button button-quiet" aria-label={words.review.lookNamed(name)} onClick={onLook}>
            {words.review.look}
          </button>
          <a
            className="button button-quiet"
            href={originalFile(review.version_id)}
            download
            aria-label={words.review.originalNamed(name)}
          >
            <Icon name="file" />
            {words.review.original}
          </a>
        </div>
      </article>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What was seen, as plain text: nothing of a suspect document is ever read as markup. */
function Evidence({ evidence }: { evidence: ReviewView["evidence"] }) {
  const words = useWords();
  const heading = useId();
  if (evidence.length === 0) return null;
  return (
    <section aria-labelledby={heading}>
      <h4 id={heading} className="section-title">
        {words.review.evidence}
      </h4>
      <ul className="evidence">
        {evidence.map((item, place) => (
          <li key={place}>
            <p>
              {words.review.evidenceKinds[item.kind] ?? item.kind}
              {item.page !== null && <span className="hint"> ({words.review.onPage(item.page)})</span>}
            </p>
            {item.excerpt && (
              <blockquote className="excerpt">
                <bdi>{visible(item.excerpt)}</bdi>
              </blockquote>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
