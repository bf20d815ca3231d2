// The languages in which letters of our own to the team are written, and which of them somebody gets.

export const spoken = ['en', 'tr'] as const
export type Spoken = (typeof spoken)[number]

/** The first of these (BCP 47) that it can be, by its first subtag; English where none is. */
export function spokenOf(wanted: readonly (string | null | undefined)[]): Spoken {
  const tongues = wanted.map((it) => it?.toLowerCase().split('-')[0])
  return tongues.map((it) => spoken.find((known) => known === it)).find((it) => it !== undefined) ?? 'en'
}
