/** Requests as data, and what their failures mean. */
export {
  type Answer,
  type Cloud,
  type CloudOptions,
  isAbsence,
  isUnsupported,
  openCloud,
} from "./cloud.ts";
export { actionOf } from "./errors.ts";
