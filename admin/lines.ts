/** A heading, set off from what stands above it. */
export function heading(text: string): string[] {
  return ['', text];
}

/** Something that is allowed and weak. */
export function warning(text: string, indent = ''): string[] {
  return [`${indent}WARNING: ${text}`];
}
