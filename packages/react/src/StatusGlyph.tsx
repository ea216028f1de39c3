import type { ReactElement } from "react";
import type { Glyph } from "./verdict.ts";

const SHAPES: Readonly<Record<Glyph, ReactElement>> = {
  check: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m4.8 8.2 2.2 2.2 4.2-4.6" fill="none" stroke="var(--lub-glyph-ink)" strokeWidth="1.8" />
    </>
  ),
  triangle: (
    <>
      <path d="M8 1.2 15.2 14.4H.8Z" fill="currentColor" />
      <path d="M8 6v4M8 11.6v1.4" stroke="var(--lub-glyph-ink)" strokeWidth="1.8" />
    </>
  ),
  octagon: (
    <>
      <path d="M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5Z" fill="currentColor" />
      <path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" stroke="var(--lub-glyph-ink)" strokeWidth="1.8" />
    </>
  ),
  ring: (
    <circle
      cx="8"
      cy="8"
      r="6"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      strokeDasharray="4.2 2.1"
    />
  ),
  dots: (
    <circle
      cx="8"
      cy="8"
      r="6"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.2"
      strokeDasharray="0.1 3.67"
      strokeLinecap="round"
    />
  ),
  pause: <path d="M5 3v10M11 3v10" stroke="currentColor" strokeWidth="3" />,
};

/** The shape of a verdict, in its colour; the word beside it says the same. */
export function StatusGlyph({ glyph }: { readonly glyph: Glyph }): ReactElement {
  return (
    <svg className="lub-glyph" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {SHAPES[glyph]}
    </svg>
  );
}
