import { type ReactElement, useEffect, useRef } from "react";
import { StatusGlyph } from "./StatusGlyph.tsx";
import type { Verdict } from "./verdict.ts";

/** Beats closer together than this share a pulse, in ms: nothing flashes faster than twice a second. */
const LEAST_APART_MS = 500;

/** The glyph of a card; a ring leaves it on each beat. `beat` is a value that changes with each beat. */
export function Pulse({
  verdict,
  beat,
}: {
  readonly verdict: Verdict;
  readonly beat: number | undefined;
}): ReactElement {
  const ring = useRef<HTMLSpanElement>(null);
  const lastAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (beat === undefined || beat - lastAt.current < LEAST_APART_MS || document.hidden) return;
    lastAt.current = beat;
    const { current } = ring;
    if (current === null) return;
    // Taking the name away and reading the layout starts the animation anew.
    current.removeAttribute("data-beating");
    void current.offsetWidth;
    current.setAttribute("data-beating", "");
  }, [beat]);
  return (
    <span className="lub-pulse" data-tone={verdict.tone}>
      <span ref={ring} className="lub-ring" aria-hidden="true" />
      <StatusGlyph glyph={verdict.glyph} />
    </span>
  );
}
