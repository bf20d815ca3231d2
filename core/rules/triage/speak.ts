// Which language a ticket is in: its customer's, else the one its words are written in, else its brand's (D27, D71).
import type { EventData } from '../../../schemas/events.ts'
import type { Desk } from '../../ports/desk.ts'
import type { TriageRow } from '../../ports/reader.ts'
import { languageTag } from '../language-tag.ts'
import type { Detector } from '../language.ts'
import type { Reason } from '../ticket-events.ts'
import { byDesk } from './reasons.ts'

export interface Spoken {
  /** Of the ticket from now on, where nothing was set; null: it stays as it is. */
  readonly found: { readonly language: string; readonly reason: Reason } | null
  readonly detected: EventData['ticket.triaged']['detected']
}

export const silent: Spoken = { found: null, detected: null }

export function spokenIn({ ticket, contact, message }: TriageRow, desk: Desk, detect: Detector): Spoken {
  const detected = message === null ? null : detect(message.text.trim() === '' ? (message.subject ?? '') : message.text)
  if (ticket.language !== null) return { found: null, detected }
  return { found: found(contact?.language ?? null, detected, desk.brands.get(ticket.brand ?? '')), detected }
}

function found(
  contact: string | null,
  detected: Spoken['detected'],
  brand: { readonly name: string; readonly language: string | null } | undefined,
): Spoken['found'] {
  if (contact !== null)
    return { language: contact, reason: byDesk('contact', null, `The customer is written to in ${contact}`) }
  if (detected !== null) {
    const { language, confidence } = detected
    const why = `The message is written in ${language} (as sure as ${Math.round(confidence * 100)} %)`
    return { language, reason: byDesk('detected', null, why) }
  }
  if (brand === undefined || brand.language === null) return null
  const language = languageTag(brand.language)
  const why = `No language stood out in the message; ${language} is that of ${brand.name}`
  return { language, reason: byDesk('default', brand.name, why) }
}
