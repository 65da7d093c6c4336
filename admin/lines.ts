/** A heading, set off from what stands above it. */
export function heading(text: string): string[] {
  return ['', text];
}

/** Whether a line is one of `warning`. */
export function isWarning(line: string): boolean {
  return /^\s*WARNING: /.test(line);
}

/** Something that is allowed and weak. */
export function warning(text: string, indent = ''): string[] {
  return [`${indent}WARNING: ${text}`];
}
