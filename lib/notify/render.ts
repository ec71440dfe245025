import { NOTICE_TEMPLATES } from "../../templates/notices.ts";
import type { Occasion } from "./rules.ts";
import type { Notice } from "./types.ts";

export interface RenderOptions {
  readonly id: string;
  readonly instance: string;
  readonly host: string;
  readonly now: Date;
}

/** Puts an occasion into words. */
export function renderNotice(occasion: Occasion, options: RenderOptions): Notice {
  const { event, job, values } = occasion;
  const { id, instance, host, now } = options;
  const all: Readonly<Record<string, string>> = {
    ...{ instance, host, job: job ?? "", time: now.toISOString() },
    ...values,
  };
  const fill = (template: string): string =>
    template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => all[name] ?? "");
  const { title, text } = NOTICE_TEMPLATES[event];
  // Of one line each, whatever stands in a reason: mail and ntfy take the title as a header.
  const line = fill(title).replaceAll(/\s+/g, " ");
  return { id, event, instance, job, at: now.toISOString(), title: line, text: fill(text) };
}
