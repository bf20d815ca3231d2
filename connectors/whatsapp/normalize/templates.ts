// Template events → the state, quality or category of one template (W11); which of them it is, the content tells.
import type { InboundData } from '../../../core/ports/channel.ts'
import type { TemplateState } from '../../../schemas/channel.ts'
import { idAt, objectAt, present, textAt, type Json } from '../../_shared/read-json.ts'
import { unread } from '../../_shared/unread.ts'
import { sentences } from '../wire.ts'
import { keyed, type Reading } from '../../_shared/items.ts'
import type { Scene } from './scene.ts'

/** Events that change whether a template may be sent (webhooks/reference/message_template_status_update; checked 2026-11). The others are told as `why`. */
const states: ReadonlyMap<string, TemplateState> = new Map<string, TemplateState>([
  ['APPROVED', 'approved'],
  ['REINSTATED', 'approved'],
  ['PENDING', 'pending'],
  ['IN_APPEAL', 'pending'],
  ['REJECTED', 'rejected'],
  ['PAUSED', 'paused'],
  ['DISABLED', 'disabled'],
  ['ARCHIVED', 'disabled'],
  ['PENDING_DELETION', 'deleted'],
  ['DELETED', 'deleted'],
])
/** What the vendor writes where there is no reason. */
const noReason = 'NONE'

export const isTemplateEvent = (value: Json): boolean => Object.hasOwn(value, 'message_template_id')

/** `time` of the entry is part of the key (sheet section 4): the same event may come again months later. */
export function readTemplate(value: Json, scene: Scene): Reading {
  const template = idAt(value, 'message_template_id')
  if (template === undefined) return unread('.message_template_id', 'a template event of no template')
  const change = changeOf(value)
  return [
    {
      type: 'template.state_changed',
      ...keyed(scene, { dedupe: [template, change.what, scene.told], threadKeys: [], at: scene.at }),
      lane: `${scene.home}/template:${template}`,
      data: {
        template,
        name: textAt(value, 'message_template_name') ?? '',
        language: textAt(value, 'message_template_language') ?? '',
        ...change.says,
      },
    },
  ]
}

type Says = Omit<InboundData['template.state_changed'], 'template' | 'name' | 'language'>
/** The vendor's own example labels a quality event with the field of status events (sheet 3.7), so fields decide nothing. */
function changeOf(value: Json): { readonly what: string; readonly says: Says } {
  const quality = textAt(value, 'new_quality_score')
  if (quality !== undefined) return { what: `quality ${quality}`, says: { quality: quality.toLowerCase() } }
  const category = textAt(value, 'new_category') ?? textAt(value, 'correct_category')
  if (category !== undefined) return { what: `category ${category}`, says: { category: category.toLowerCase() } }
  const event = textAt(value, 'event')
  if (event === undefined) return { what: 'components', says: { why: 'Its components were changed.' } }
  const why = reasonOf(value, event)
  const named = { state: states.get(event), category: textAt(value, 'message_template_category')?.toLowerCase(), why }
  return { what: event, says: present(named) }
}

function reasonOf(value: Json, event: string): string | undefined {
  const rejected = objectAt(value, 'rejection_info')
  const other = objectAt(value, 'other_info')
  const given = textAt(value, 'reason')
  const reason = sentences([
    states.has(event) ? undefined : event,
    given === noReason ? undefined : given,
    textAt(rejected, 'reason'),
    textAt(rejected, 'recommendation'),
    textAt(other, 'title'),
    textAt(other, 'description'),
  ])
  return reason === '' ? undefined : reason
}
