/** Setup as questions on a terminal: what it asks is data, and it hands over answers. */
export { runWizard, type WizardResult } from "./wizard.ts";
