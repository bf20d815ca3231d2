// Takes out what no store can hold, before anything is appended: NUL, lone surrogates, keys that are traps.

const traps = new Set(['__proto__', 'constructor', 'prototype'])

/** NUL out, lone surrogates to U+FFFD. The same text comes back when nothing is wrong with it. */
export const cleanText = (text: string): string => {
  const whole = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text
  return whole.isWellFormed() ? whole : whole.toWellFormed()
}

/** Every string and key in depth; `__proto__` and its kin leave (S7). What is not JSON (bytes) passes as it is. */
export function clean<T>(value: T): T {
  return cleanValue(value) as T
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleanValue)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) if (!traps.has(key)) out[cleanText(key)] = cleanValue(inner)
  return out
}

/** The beginning of a text, at most `max` UTF-16 units, never cut inside a character. */
export function beginning(text: string, max: number): string {
  if (text.length <= max) return text
  const cut = text.slice(0, max)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}
