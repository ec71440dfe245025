/**
 * The user's rules of what stays out: from the shape of the file to one list of gitignore lines a root, and a matcher for it.
 *
 * @module
 */
export { escapePattern, type RootRules, type RuleLine, rulesForRoot } from "./lines.ts";
export { createRuleMatcher, type RuleMatcher } from "./matcher.ts";
export { type ExcludeFile, type RuleFlags, resolveRules } from "./resolve.ts";
