interface PathListProps {
  label: string;
  paths: readonly string[];
  /** What stands for those that are not listed, if there are any. */
  more: string | null;
}

/** Paths of files, in a box of its own height that the keyboard can scroll. */
export function PathList({ label, paths, more }: PathListProps) {
  return (
    <>
      {/* Without a stop for the keyboard the end of a long list could be reached by the mouse only. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="plan-paths" aria-label={label} tabIndex={0}>
        {paths.map((path) => (
          <li key={path} className="path breaking">
            {path}
          </li>
        ))}
      </ul>
      {more && <p className="hint">{more}</p>}
    </>
  );
}
