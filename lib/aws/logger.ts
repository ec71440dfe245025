type Ignore = () => void;
const ignore: Ignore = () => undefined;

/** Keeps the SDK from printing: only `cli` writes to the terminal. */
export const SILENT: { debug: Ignore; info: Ignore; warn: Ignore; error: Ignore } = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};
