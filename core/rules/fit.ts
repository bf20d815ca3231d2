// Does this answer fit what its kind of conversation can do now? Refused with what would fit; never cut, never split.
import type { Instant } from '../../schemas/ids.ts'
import type { Attachment, Part } from '../../schemas/message.ts'
import type { Author } from '../../schemas/reply.ts'
import type { Capabilities, OutboundMessage, Window } from '../ports/channel.ts'
import type { ReplyRow, TemplateRow } from '../ports/rows.ts'
import { plusHours } from './durations.ts'
import { closedWhy, stepNow, windowOf } from './window.ts'
import { lengthOf } from './text-length.ts'

export interface Draft {
  readonly author: Author
  readonly text: string
  readonly html?: string
  readonly template?: NonNullable<OutboundMessage['template']>
  readonly parts: readonly Part[]
  readonly attachments: readonly Attachment[]
  /** Others it goes to as well. */
  readonly copies: number
}
export interface FitFacts {
  readonly can: Capabilities
  readonly customerAt: Instant | null
  readonly now: Instant
  /** The one the draft names, as the vendor last said it stands. */
  readonly template: TemplateRow | null
  /** What we answered in this conversation before. */
  readonly last: ReplyRow | null
  /** The message it answers: when it was written, and whether it was answered by the part that goes once. */
  readonly answers?: { readonly writtenAt: Instant; readonly spent: boolean } | null
}
export interface Misfit {
  readonly code: string
  readonly why: string
  readonly field?: string
  readonly facts?: Readonly<Record<string, unknown>>
}
export type Fit = { readonly as: Window['as'] } | { readonly misfit: Misfit }

export function fit(draft: Draft, facts: FitFacts): Fit {
  const window = windowFit(draft, facts)
  if ('misfit' in window) return window
  const misfit =
    emptyMisfit(draft) ??
    onceMisfit(facts) ??
    oncePartMisfit(draft, facts) ??
    templateMisfit(draft, facts) ??
    textMisfit(draft, facts.can) ??
    filesMisfit(draft.attachments, facts.can) ??
    beside(draft, facts.can) ??
    partsMisfit(draft.parts, facts.can) ??
    copiesMisfit(draft, facts.can)
  return misfit === null ? window : { misfit }
}

function windowFit(draft: Draft, { can, customerAt, now }: FitFacts): Fit {
  if (can.windows.length === 0) return { as: 'free' }
  const step = stepNow(can.windows, customerAt, { now, author: draft.author })
  const templates = can.windows.some((it) => it.as === 'template')
  if (draft.template && templates && step !== null) return { as: 'template' }
  if (step !== null && step.as !== 'template') return { as: step.as }
  const why = `This cannot be sent now: ${closedWhy(can.windows, customerAt)}.`
  const facts = { window: windowOf(can, customerAt, now), wouldWork: step === null ? null : 'template' }
  return { misfit: { code: 'window_closed', why, facts } }
}

function emptyMisfit(draft: Draft): Misfit | null {
  const says = draft.text.trim() !== '' || draft.template || draft.parts.length > 0 || draft.attachments.length > 0
  return says
    ? null
    : { code: 'empty', why: 'There is nothing to send: give a text, a file or a template.', field: 'text' }
}

function onceMisfit({ can, last }: FitFacts): Misfit | null {
  if (can.replies !== 'one-final' || last === null) return null
  const facts = { reply: last.id, state: last.state }
  return { code: 'already_answered', why: 'This can be answered once, and it has been answered.', facts }
}

function oncePartMisfit(draft: Draft, { can, answers, now }: FitFacts): Misfit | null {
  const { once } = can
  if (once === undefined || !answers || draft.parts.every((it) => it.kind !== once.part)) return null
  const way = `Answer without the part "${once.part}".`
  if (answers.spent)
    return {
      code: 'already_answered',
      why: `This message took one such answer, and it has been sent. ${way}`,
      field: 'parts',
    }
  const until = plusHours(answers.writtenAt, once.withinHours)
  if (until === null || now < until) return null
  return { code: 'window_closed', why: `Such an answer could be sent until ${until}. ${way}`, field: 'parts' }
}

function templateMisfit({ template }: Draft, { can, template: row }: FitFacts): Misfit | null {
  if (template === undefined) return null
  const { name, language } = template
  const named = `"${name}" (${language})`
  if (!can.windows.some((it) => it.as === 'template'))
    return { code: 'template_not_supported', why: 'This kind of conversation takes no templates.', field: 'template' }
  if (row === null)
    return { code: 'template_unknown', why: `No template ${named} is known on this account.`, field: 'template/name' }
  if (row.state !== 'approved') {
    const why = `The template ${named} is ${row.state ?? 'of unknown state'}; only an approved one can be sent.`
    return { code: 'template_not_approved', why, field: 'template/name', facts: { state: row.state } }
  }
  for (const [key, value] of Object.entries(template.values)) {
    const unfilled = /\{\{\s*([^{}]*?)\s*\}\}/.exec(value)
    if (unfilled === null) continue
    const why = `The value of "${key}" still holds the variable "${unfilled[1]}", which nobody filled in.`
    return { code: 'unknown_variable', why, field: `template/values/${key}`, facts: { variable: unfilled[1] } }
  }
  return null
}

function textMisfit(draft: Draft, { text }: Capabilities): Misfit | null {
  if (draft.html !== undefined && text.format !== 'html')
    return { code: 'html_not_supported', why: 'This kind of conversation takes plain text only.', field: 'html' }
  const length = lengthOf(draft.text, text.unit)
  if (draft.template || length <= text.max) return null
  const why = `The text is ${length} long; at most ${text.max} (${text.unit}) can be sent. Shorten it, or send two replies.`
  return { code: 'too_long', why, field: 'text', facts: { length, max: text.max, unit: text.unit } }
}

function filesMisfit(files: readonly Attachment[], { attachments: can }: Capabilities): Misfit | null {
  const [first] = files
  if (first === undefined) return null
  if (can === 'none')
    return {
      code: 'file_type',
      why: `"${first.name}": this kind of conversation takes no files.`,
      field: 'attachments',
    }
  const extra = files[can.maxCount]
  if (extra !== undefined) {
    const why = `"${extra.name}" is file ${can.maxCount + 1}; at most ${can.maxCount} go with one reply. Send it with another.`
    const facts = { file: extra.name, count: files.length, max: can.maxCount }
    return { code: 'too_many_files', why, field: 'attachments', facts }
  }
  for (const file of files) {
    const misfit = fileMisfit(file, can.types)
    if (misfit !== null) return misfit
  }
  return null
}

function beside(draft: Draft, { attachments: can }: Capabilities): Misfit | null {
  if (can === 'none' || can.alone !== true || draft.attachments.length === 0 || draft.text.trim() === '') return null
  const why = 'Here a file goes without a text: send the text as a reply of its own, before or after it.'
  return { code: 'text_with_file', why, field: 'text' }
}

function fileMisfit(
  file: Attachment,
  types: readonly { readonly type: string; readonly maxBytes: number }[],
): Misfit | null {
  const rule = types.find((it) => matches(file.type, it.type))
  if (rule === undefined) {
    const allowed = types.map((it) => it.type)
    const why = `"${file.name}" is ${file.type}; this kind of conversation takes ${allowed.join(', ')}.`
    return { code: 'file_type', why, field: 'attachments', facts: { file: file.name, type: file.type, allowed } }
  }
  if (file.size === null || file.size <= rule.maxBytes) return null
  const why = `"${file.name}" has ${file.size} bytes; at most ${rule.maxBytes} are allowed for ${rule.type}.`
  const facts = { file: file.name, size: file.size, maxBytes: rule.maxBytes }
  return { code: 'file_too_large', why, field: 'attachments', facts }
}

/** `image/*` and `*` stand for many; parameters (`; charset`) are no part of a type. */
function matches(type: string, pattern: string): boolean {
  const bare = (type.split(';')[0] ?? '').trim().toLowerCase()
  if (pattern === '*' || pattern === '*/*') return true
  return pattern.endsWith('/*') ? bare.startsWith(pattern.slice(0, -1)) : bare === pattern
}

function partsMisfit(parts: readonly Part[], can: Capabilities): Misfit | null {
  const odd = parts.find((it) => !can.parts.includes(it.kind))
  if (odd === undefined) return null
  const takes = can.parts.length === 0 ? 'none' : can.parts.join(', ')
  const why = `A part of kind "${odd.kind}" cannot be sent here; this kind of conversation takes ${takes}.`
  return { code: 'part_not_supported', why, field: 'parts', facts: { kind: odd.kind, allowed: can.parts } }
}

const copiesMisfit = (draft: Draft, can: Capabilities): Misfit | null =>
  draft.copies === 0 || can.copies === true
    ? null
    : { code: 'copies_not_supported', why: 'Here a reply goes to the customer only.', field: 'cc' }
