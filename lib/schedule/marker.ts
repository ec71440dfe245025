/** Stands in everything that is written, so that only what is ours is ever replaced or taken away. */
export const MARKER =
  "written by clawback schedule install; clawback schedule remove takes it away";

/**
 * Fills a template of `templates/`. Lines that end up empty are left out.
 * @param values - Quoted for their place.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const filled = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
  const lines = filled.split("\n").filter((line) => line !== "");
  return `${lines.join("\n")}\n`;
}
