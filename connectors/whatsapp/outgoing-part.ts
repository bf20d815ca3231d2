// Builds what is neither text nor file: a location, contact cards, buttons, a list, a location request, a reaction.
import type { Part } from '../../schemas/message.ts'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { objectOf } from '../_shared/meta-graph.ts'
import { buttonsMax, listMax, partsOut } from './limits.ts'
import { cardBody } from './outgoing-cards.ts'
import { content, lengthOf, refuse, type Body, type Content, type Refused } from './outgoing-content.ts'

type Fields = Readonly<Record<string, unknown>>
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map((it: unknown) => objectOf(it) ?? {}) : []

export function partBody(part: Part, message: OutboundMessage): Content {
  if (part.kind === 'interactive') return interactiveBody(part, message.text)
  if (part.kind === 'reaction') return reactionBody(part, message)
  if (message.text.trim() !== '') {
    return refuse('one_part', `WhatsApp shows no text with ${part.kind}: send the text as a reply of its own`)
  }
  if (part.kind === 'location') return locationBody(part)
  if (part.kind === 'contacts') return contactsBody(part)
  return refuse('part_kind', `WhatsApp cannot carry a part of kind ${part.kind}; it takes ${partsOut.join(', ')}`)
}

function locationBody(part: Fields): Content {
  const [latitude, longitude] = [Number(part['latitude'] ?? Number.NaN), Number(part['longitude'] ?? Number.NaN)]
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) {
    return refuse('invalid', 'A location needs a latitude of −90…90 and a longitude of −180…180')
  }
  const [name, address] = [textOf(part['name']), textOf(part['address'])]
  const label = { ...(name === '' ? {} : { name }), ...(address === '' ? {} : { address }) }
  return content({ type: 'location', location: { latitude, longitude, ...label } })
}

function contactsBody(part: Fields): Content {
  const given = Array.isArray(part['contacts']) ? (part['contacts'] as readonly unknown[]) : []
  const cards = given.map(cardBody)
  if (cards.length === 0 || cards.includes(null)) {
    return refuse('invalid', 'A contacts part needs `contacts`, each with a name')
  }
  return content({ type: 'contacts', contacts: cards })
}

/** An empty or absent emoji takes the reaction back. */
function reactionBody(part: Fields, message: OutboundMessage): Content {
  const target = textOf(part['target']) || message.repliesTo[0]
  if (target === undefined)
    return refuse('invalid', 'A reaction needs the message it is about: give `target` or reply to it')
  return content({ type: 'reaction', reaction: { message_id: target, emoji: textOf(part['emoji']) } })
}

function interactiveBody(part: Fields, text: string): Content {
  if (text.trim() === '') return refuse('empty', 'Buttons and lists need a text above them')
  const type = textOf(part['type'])
  if (type === 'location_request') {
    const action = { name: 'send_location' }
    return framed(part, { text, max: buttonsMax.body, made: { type: 'location_request_message', action } })
  }
  if (type === 'list' || part['sections'] !== undefined || part['rows'] !== undefined) return listBody(part, text)
  return buttonsBody(part, text)
}

function buttonsBody(part: Fields, text: string): Content {
  const buttons = listOf(part['buttons']).map((it) => ({
    id: textOf(it['id']) || textOf(it['title']),
    title: textOf(it['title']),
  }))
  if (buttons.length === 0 || buttons.length > buttonsMax.count) {
    return refuse(
      'invalid',
      `WhatsApp takes 1 to ${buttonsMax.count} buttons, here are ${buttons.length}; use a list for more`,
    )
  }
  const wrong = distinctIds(buttons) ?? firstLong(buttons, { id: buttonsMax.id, title: buttonsMax.title }, 'button')
  if (wrong !== null) return wrong
  const action = { buttons: buttons.map((reply) => ({ type: 'reply', reply })) }
  return framed(part, { text, max: buttonsMax.body, made: { type: 'button', action } })
}

function listBody(part: Fields, text: string): Content {
  const given = part['sections'] === undefined ? [part] : listOf(part['sections'])
  const sections = given.map((it) => ({
    title: it === part ? '' : textOf(it['title']),
    rows: listOf(it['rows']).map(rowOf),
  }))
  const rows = sections.flatMap((it) => it.rows)
  const button = textOf(part['button'])
  const wrong = wrongList(sections, rows) ?? firstLong([{ button }], { button: listMax.button }, 'list')
  if (wrong !== null) return wrong
  const made = sections.map(({ title, rows: inIt }) => ({ ...(title === '' ? {} : { title }), rows: inIt }))
  return framed(part, { text, max: listMax.body, made: { type: 'list', action: { button, sections: made } } })
}
function rowOf(row: Fields): { readonly id: string; readonly title: string; readonly description?: string } {
  const description = textOf(row['description'])
  const title = textOf(row['title'])
  return { id: textOf(row['id']) || title, title, ...(description === '' ? {} : { description }) }
}
function wrongList(
  sections: readonly { readonly title: string }[],
  rows: readonly ReturnType<typeof rowOf>[],
): Refused | null {
  if (sections.length > listMax.sections || rows.length === 0 || rows.length > listMax.rows) {
    return refuse(
      'invalid',
      `A WhatsApp list has up to ${listMax.sections} sections and 1 to ${listMax.rows} rows in all, here are ${sections.length} and ${rows.length}`,
    )
  }
  if (sections.length > 1 && sections.some((it) => it.title === '')) {
    return refuse('invalid', 'With several sections each one of a WhatsApp list needs a title')
  }
  const titles = sections.filter((it) => it.title !== '').map(({ title }) => ({ title }))
  return (
    distinctIds(rows) ??
    firstLong(titles, { title: listMax.sectionTitle }, 'section') ??
    firstLong(rows, { id: listMax.rowId, title: listMax.rowTitle }, 'row') ??
    firstLong(
      rows.filter((it) => it.description !== undefined),
      { description: listMax.rowDescription },
      'row',
    )
  )
}

function distinctIds(items: readonly { readonly id: string }[]): Refused | null {
  const twice = items.find((it, index) => items.findIndex((other) => other.id === it.id) !== index)
  return twice === undefined
    ? null
    : refuse('invalid', `Two choices have the id “${twice.id}”: their answers could not be told apart`)
}

/** Every named field must be there and fit. */
function firstLong(items: readonly Fields[], max: Readonly<Record<string, number>>, what: string): Refused | null {
  for (const item of items) {
    for (const [field, most] of Object.entries(max)) {
      const length = lengthOf(textOf(item[field]))
      if (length === 0) return refuse('invalid', `A ${what} needs a ${field}`)
      if (length > most)
        return refuse(
          'too_long',
          `The ${field} of a ${what} may have ${most} characters, “${textOf(item[field])}” has ${length}`,
        )
    }
  }
  return null
}

function framed(part: Fields, it: { readonly text: string; readonly max: number; readonly made: Body }): Content {
  const length = lengthOf(it.text)
  if (length > it.max)
    return refuse('too_long', `With buttons or a list the text may have ${it.max} characters, this has ${length}`)
  const [header, footer] = [textOf(part['header']), textOf(part['footer'])]
  const edges = [{ header }, { footer }].filter((edge) => Object.values(edge)[0] !== '')
  const wrong =
    firstLong(
      edges.filter((edge) => 'header' in edge),
      { header: buttonsMax.header },
      'message',
    ) ??
    firstLong(
      edges.filter((edge) => 'footer' in edge),
      { footer: buttonsMax.footer },
      'message',
    )
  if (wrong !== null) return wrong
  return content({
    type: 'interactive',
    interactive: {
      ...it.made,
      ...(header === '' ? {} : { header: { type: 'text', text: header } }),
      body: { text: it.text },
      ...(footer === '' ? {} : { footer: { text: footer } }),
    },
  })
}
