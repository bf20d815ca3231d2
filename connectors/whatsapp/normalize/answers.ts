// What a customer chose or filled in: buttons, lists, forms and call permissions, as one `answer` part.
import { isGatewayError } from '../../../core/errors.ts'
import type { Part } from '../../../schemas/message.ts'
import { objectAt, present, readJson, textAt, type Json } from '../../_shared/read-json.ts'
import { unread, type Unread } from '../../_shared/unread.ts'

/** Replies to interactive messages (webhooks/reference/messages/interactive; checked 2026-11). */
export function answerOf(interactive: Json | undefined): Part | Unread {
  const type = textAt(interactive, 'type')
  if (interactive === undefined || type === undefined) return unread('.interactive.type', 'an answer of no type')
  const reply = objectAt(interactive, type)
  if (reply === undefined) return unread(`.interactive.${type}`, 'an answer without content')
  if (type === 'button_reply') return choiceOf('button', reply)
  if (type === 'list_reply') return choiceOf('list', reply)
  if (type === 'nfm_reply') return formOf(reply)
  if (type === 'call_permission_reply')
    return { kind: 'answer', of: 'call_permission', ...present({ title: textAt(reply, 'response') }) } as Part
  return { kind: 'unsupported', type: `interactive.${type}` } as Part
}

const choiceOf = (of: string, reply: Json): Part =>
  ({
    kind: 'answer',
    of,
    ...present({ id: textAt(reply, 'id'), title: textAt(reply, 'title'), description: textAt(reply, 'description') }),
  }) as Part

/** A form's content is JSON in a string, written by the flow's designer: kept as text, its plain fields beside it. */
function formOf(reply: Json): Part {
  const json = textAt(reply, 'response_json')
  const named = { name: textAt(reply, 'name'), title: textAt(reply, 'body'), json }
  return { kind: 'answer', of: 'form', ...present(named), values: json === undefined ? {} : valuesOf(json) } as Part
}
function valuesOf(json: string): Readonly<Record<string, string>> {
  const read = readOrNothing(json)
  const entries = Object.entries(read).filter(([key]) => key !== '__proto__')
  return Object.fromEntries(entries.map(([key, value]) => [key, shown(value)]))
}
const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A form that is not JSON stays readable as its text; the part says so by having no values. */
function readOrNothing(json: string): Json {
  try {
    return readJson(new TextEncoder().encode(json), 'the answers of a form')
  } catch (error) {
    if (isGatewayError(error, 'event.invalid')) return {}
    throw error
  }
}
