import type { ReactElement } from "react";
import { StatusGlyph } from "./StatusGlyph.tsx";
import type { Verdict } from "./verdict.ts";

/** A verdict as glyph and word on its tint. */
export function StatusChip({ verdict }: { readonly verdict: Verdict }): ReactElement {
  return (
    <span className="lub-chip" data-tone={verdict.tone}>
      <StatusGlyph glyph={verdict.glyph} />
      {verdict.word}
    </span>
  );
}
