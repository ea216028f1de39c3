import { type ReactElement, useEffect, useState } from "react";
import { ABSENT } from "./time-text.ts";

const COPIED_FOR_MS = 1_500;

/** An id cut to its ends; a click copies it whole, or selects it where the clipboard is out of reach. */
export function CopyableId({ id }: { readonly id: string | undefined }): ReactElement {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timeout = setTimeout(() => setCopied(false), COPIED_FOR_MS);
    return () => clearTimeout(timeout);
  }, [isCopied]);
  if (id === undefined) {
    return (
      <span className="lub-id" data-part="session-id">
        {ABSENT}
      </span>
    );
  }
  const copy = (target: HTMLElement): void => {
    if (navigator.clipboard === undefined) window.getSelection()?.selectAllChildren(target);
    else
      navigator.clipboard.writeText(id).then(
        () => setCopied(true),
        () => undefined,
      );
  };
  return (
    <button
      type="button"
      className="lub-copy"
      title={`Copy ${id}`}
      onClick={(event) => copy(event.currentTarget)}
    >
      <span className="lub-id" data-part="session-id">
        {shortened(id)}
      </span>
      <span aria-live="polite" className="lub-label">
        {isCopied ? "Copied" : <CopyIcon />}
      </span>
    </button>
  );
}

function CopyIcon(): ReactElement {
  return (
    <svg className="lub-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d="M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5" fill="none" stroke="currentColor" strokeWidth="1.3" />
    </svg>
  );
}

/** `a3f9…c21e`; short ones stay whole. */
export function shortened(id: string): string {
  return id.length <= 9 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}
