/**
 * Edits the text of a JSON5 file without touching the rest of it: comments, quotes, order and layout stay. It does not judge
 * syntax; whoever calls it parses before and after, and compares.
 *
 * @module
 */
export { setInText } from "./edit.ts";
