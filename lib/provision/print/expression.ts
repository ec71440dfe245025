/** What CloudFormation and Terraform fill in: a name in braces after a dollar sign. */
export function expression(name: string): string {
  return `\${${name}}`;
}
