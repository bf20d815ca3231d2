// When a mail was written, as far as its own word can be believed.
import type { Instant } from '../../../schemas/ids.ts'

const day = 24 * 3600 * 1000

/** `Date` where it lies within a week before its receipt and ten minutes after it; else the receipt (sheet section 10). */
export function writtenAt(
  claimed: string | null,
  receivedAt: Instant,
): { readonly at: Instant; readonly odd: boolean } {
  const said = parsed(claimed)
  const received = Date.parse(receivedAt)
  if (said === null) return { at: receivedAt, odd: claimed !== null }
  if (said < received - 7 * day || said > received + 600_000) return { at: receivedAt, odd: true }
  return { at: new Date(said).toISOString() as Instant, odd: false }
}

/** Hours east of Greenwich of zones that mails name and the language does not know; any other word says nothing (RFC 5322, 4.3). */
const zones: Readonly<Record<string, string>> = {
  BST: '+0100',
  CET: '+0100',
  CEST: '+0200',
  EET: '+0200',
  EEST: '+0300',
  JST: '+0900',
  MSK: '+0300',
  TRT: '+0300',
  WEST: '+0100',
}
const known = /^(?:UTC?|GMT|Z|[ECMP][SD]T)$/

/** Comments and a wrong weekday are forgiven; null for what is no date. */
function parsed(claimed: string | null): number | null {
  const bare = (claimed ?? '')
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/^\s*[A-Za-z]{2,9}(?:,\s*|\s+)/, '')
    .trim()
    .replace(
      /\s(?!(?:AM|PM)$)([A-Z]{1,5})$/i,
      (_, zone: string) => ` ${known.test(zone.toUpperCase()) ? zone : (zones[zone.toUpperCase()] ?? '+0000')}`,
    )
  if (!/^\d{1,2}\s+[A-Za-z]{3,9}\s+\d{2,4}\b/.test(bare)) return null
  const at = Date.parse(/(?:[+-]\d{4}|[A-Z]{1,4})\s*$/.test(bare) ? bare : `${bare} +0000`)
  return Number.isNaN(at) ? null : at
}
