import type { z } from "zod";
import { BackupError, quote } from "../base/index.ts";
import { nearestName } from "./nearest.ts";

/** The field names that may stand at a place (`["storages", 0]`) of a file; for suggesting the nearest. */
export type FieldsAt = (path: readonly PropertyKey[], value: unknown) => readonly string[];

/**
 * Holds a parsed file against its schema.
 *
 * @param label - Names the file in messages.
 * @throws BackupError `invalid-settings` that names the first wrong place, and the nearest known name for an unknown field.
 */
export function checkValue<T>(
  value: unknown,
  schema: z.ZodType<T>,
  file: { readonly label: string; readonly fieldsAt: FieldsAt },
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    throw unknownField(file, path, issue.keys[0] ?? "", value);
  }
  const message = issue?.message ?? "it does not have the expected shape";
  throw new BackupError(
    "invalid-settings",
    `${file.label} is not usable: ${formatPlace(path)}${lowerFirst(message)}`,
    { details: { path: path.map(String), problems: result.error.issues.length } },
  );
}

function unknownField(
  file: { readonly label: string; readonly fieldsAt: FieldsAt },
  path: readonly PropertyKey[],
  key: string,
  value: unknown,
): BackupError {
  const nearest = nearestName(key, file.fieldsAt(path, value));
  const place = path.length === 0 ? "" : ` in ${formatPlace(path).slice(0, -2)}`;
  return new BackupError(
    "invalid-settings",
    `${file.label} is not usable: field ${quote(key)}${place} is not known`,
    {
      details: { path: [...path.map(String), key], nearest },
      hint:
        nearest === undefined
          ? "remove it, or see the list of fields in the README"
          : `did you mean ${quote(nearest)}?`,
    },
  );
}

/** `storages[0].bucket: `, or nothing for the whole file. */
function formatPlace(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  return text === "" ? "" : `${text.replace(/^\./, "")}: `;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
