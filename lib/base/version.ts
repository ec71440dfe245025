/** Our version; a test holds it to that of package.json, which cannot be imported without asserting where it lies. */
export const CLAWBACK_VERSION = "0.1.0";
