import { z } from "zod";
import shipped from "../../config/exclude.default.json" with { type: "json" };
import { quote } from "../base/index.ts";
import { checkValue } from "./checked-value.ts";
import { parseJsonText } from "./json-text.ts";
import { isSize } from "./size-field.ts";
import type { ExcludeFile } from "./types.ts";

const entries = () => z.array(z.string().min(1).max(1024)).max(10_000).default([]);

/** Made when it is needed: most homes have no such file, and building a schema takes milliseconds of every command. */
const excludeFile = () =>
  z.strictObject({
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
  const schema = excludeFile();
  const fieldsAt = () => Object.keys(schema.shape);
  const file = { label, fieldsAt };
  const { $schema: _, ...rules } = checkValue<z.infer<typeof schema>>(value, schema, file);
  return rules;
}
