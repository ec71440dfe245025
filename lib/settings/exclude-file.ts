import { z } from "zod";
import shipped from "../../config/exclude.default.json" with { type: "json" };
import { isBackupError, parseSize, quote } from "../base/index.ts";
import { checkValue } from "./checked-value.ts";
import { parseJsonText } from "./json-text.ts";
import type { ExcludeFile } from "./types.ts";

const entries = () => z.array(z.string().min(1).max(1024)).max(10_000).default([]);

const excludeFile = z.strictObject({
  $schema: z.string().optional(),
  excluded_extensions: entries().transform((list) =>
    list.map((item) => item.replace(/^\*?\./, "")),
  ),
  excluded_folders: entries(),
  excluded_files: entries(),
  patterns: entries(),
  include: entries(),
  max_file_size: z
    .union([z.number().int().positive(), z.string().max(32)])
    .refine(isSize, "expected a size such as 500M")
    .optional(),
  CACHEDIR_TAG: z.boolean().default(true),
  one_file_system: z.boolean().default(false),
});

/** What is left out when the home has no `exclude.json`. */
export const DEFAULT_EXCLUDE: ExcludeFile = shipped;

/**
 * Reads the text of `exclude.json`: the seed's three lists, gitignore patterns and limits. The file replaces the shipped default
 * wholly; a list that it does not name is empty. Extensions may be written `log`, `.log` or `*.log`.
 *
 * @throws BackupError `invalid-settings`
 */
export function parseExcludeFile(source: string, path: string): ExcludeFile {
  const label = `exclusion file ${quote(path)}`;
  const value = parseJsonText(source, label);
  const fieldsAt = () => Object.keys(excludeFile.shape);
  const { $schema: _, ...rules } = checkValue<z.infer<typeof excludeFile>>(value, excludeFile, {
    label,
    fieldsAt,
  });
  return rules;
}

function isSize(size: string | number): boolean {
  if (typeof size === "number") return true;
  try {
    return parseSize(size) > 0;
  } catch (error) {
    if (isBackupError(error, "invalid-argument")) return false;
    throw error;
  }
}
