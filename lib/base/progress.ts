/**
 * What a long operation tells while it works. Totals are given as soon as they are known and may grow; a printer
 * derives rate and time left. Text and JSON printers are two consumers of the same events.
 */
export type ProgressEvent =
  | { readonly type: "phase"; readonly phase: string }
  | {
      readonly type: "progress";
      readonly files?: number | undefined;
      readonly totalFiles?: number | undefined;
      readonly bytes?: number | undefined;
      readonly totalBytes?: number | undefined;
      readonly current?: string | undefined;
    }
  | { readonly type: "message"; readonly level: "info" | "warning"; readonly text: string };

export type OnProgress = (event: ProgressEvent) => void;

/** What every long operation accepts besides its own options. */
export interface OperationOptions {
  /** Ends the operation in good order; it then rejects with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}
