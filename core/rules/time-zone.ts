// Whether a word names a time zone: the runtime's own list, which is the one that will be used.

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
export const whyNoTimezone = (name: string): string => `"${name}" is no time zone; it is written like Europe/Istanbul.`
