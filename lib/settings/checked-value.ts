import type { z } from "zod";
import { BackupError, quote } from "../base/index.ts";
import { nearestName } from "./nearest.ts";

/** The field names that may stand at a place (`["storages", 0]`) of a file; for suggesting the nearest. */
export type FieldsAt = (path: readonly PropertyKey[], value: unknown) => readonly string[];

/** How a value is spoken of, and what its fields may be called. */
export interface CheckedSubject {
  /** Names the file or thing in messages. */
  readonly label: string;
  readonly fieldsAt: FieldsAt;
  /** @default "invalid-settings" */
  readonly code?: "invalid-settings" | "invalid-argument" | undefined;
}

/**
 * Holds a value against its schema.
 * @throws BackupError that names an unknown field with the nearest known name, else the first wrong place
 */
export function checkValue<T>(value: unknown, schema: z.ZodType<T>, subject: CheckedSubject): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // A misspelt name shows twice, as unknown and as missing; the first tells more.
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown !== undefined)
    throw unknownField(subject, unknown.path, unknown.keys[0] ?? "", value);
  const { path = [], message = "it does not have the expected shape" } = issues[0] ?? {};
  const what = isMissing(value, path) ? "it is missing" : lowerFirst(message);
  throw new BackupError(
    subject.code ?? "invalid-settings",
    `${subject.label} is not usable: ${formatPlace(path)}${what}`,
    { details: { path: path.map(String), problems: issues.length } },
  );
}

function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  const found = path.reduce(
    (inner: unknown, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
  return found === undefined;
}

function unknownField(
  subject: CheckedSubject,
  path: readonly PropertyKey[],
  key: string,
  value: unknown,
): BackupError {
  const nearest = nearestName(key, subject.fieldsAt(path, value));
  const place = path.length === 0 ? "" : ` in ${formatPlace(path).slice(0, -2)}`;
  return new BackupError(
    subject.code ?? "invalid-settings",
    `${subject.label} is not usable: field ${quote(key)}${place} is not known`,
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
