/** Small line drawings; decoration only, always beside words. */
const drawings = {
  check: "M4 10.5l4 4 8-9",
  warning: "M10 3.2L17.6 16.5H2.4zM10 8.2v4M10 14.3v.2",
  cross: "M5 5l10 10M15 5L5 15",
  unknown: "M7.3 7.6a2.8 2.8 0 1 1 4 2.6c-.9.5-1.3 1-1.3 2M10 15.2v.2",
  pending: "M10 5v5.5l3.5 2M10 2.8a7.2 7.2 0 1 0 .01 0",
  same: "M4.5 7.5h11M4.5 12.5h11",
  left: "M12.5 4.5L7 10l5.5 5.5",
  right: "M7.5 4.5L13 10l-5.5 5.5",
  plus: "M10 4.5v11M4.5 10h11",
  minus: "M4.5 10h11",
  file: "M5 2.8h6.5L15.5 7v10.2H5zM11.5 2.8V7h4",
  upload: "M10 13.5V4M6 7.8L10 3.8l4 4M4 13.8v2.7h12v-2.7",
  stop: "M5.5 5.5h9v9h-9z",
  withdrawn: "M10 2.8a7.2 7.2 0 1 0 .01 0M5 15L15 5",
  link: "M8.5 11.5l3-3M9 6.5l1.7-1.7a3.2 3.2 0 0 1 4.5 4.5L13.5 11M11 13.5l-1.7 1.7a3.2 3.2 0 0 1-4.5-4.5L6.5 9",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  );
}

/** The mark of the house: a drop above the water it makes ripple. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path className="mark-drop" d="M16 3c3.6 4.5 5.6 7.5 5.6 10.2a5.6 5.6 0 0 1-11.2 0C10.4 10.5 12.4 7.5 16 3z" />
      <path className="mark-water" d="M9 22.5c2 1.5 4.3 2.2 7 2.2s5-.7 7-2.2M4.5 25.5c3.2 2.7 7 4 11.5 4s8.3-1.3 11.5-4" />
    </svg>
  );
}
