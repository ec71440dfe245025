import { escapeText } from "../../base/index.ts";
import { limitLines } from "../format.ts";

/** One line an omission; at most 20. */
export function formatOmissions(
  omissions: readonly { readonly path: string; readonly reason: string; readonly detail: string }[],
): string[] {
  const lines = omissions.map(
    ({ path, reason, detail }) =>
      `left out (${reason}): ${escapeText(path)}: ${escapeText(detail)}`,
  );
  return limitLines(lines, 20, "… and %d more; --json lists all");
}

/** One line a note; at most 10. */
export function formatNotes(
  notes: readonly { readonly path: string; readonly note: string; readonly detail: string }[],
  total: number,
): string[] {
  const lines = notes.map(
    ({ path, note, detail }) => `note (${note}): ${escapeText(path)}: ${escapeText(detail)}`,
  );
  const shown = limitLines(lines, 10, "… and %d more; --json lists them");
  return total > notes.length
    ? [...shown, `(${total.toLocaleString("en-US")} notes in all)`]
    : shown;
}
