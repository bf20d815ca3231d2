// What fits a kind of conversation now, and what a refusal says would.
import { describe, expect, it } from 'vitest'
import type { Attachment } from '../../schemas/message.ts'
import { after, dm, replyRow, start } from '../../test/support/given.ts'
import type { TemplateRow } from '../ports/rows.ts'
import { fit, type Draft, type FitFacts } from './fit.ts'

const draft = (more: Partial<Draft> = {}): Draft => ({
  author: 'person',
  text: 'Merhaba',
  parts: [],
  attachments: [],
  copies: 0,
  ...more,
})
const facts = (more: Partial<FitFacts> = {}): FitFacts => ({
  can: dm,
  customerAt: start,
  now: after({ hours: 1 }),
  template: null,
  last: null,
  ...more,
})
const approved: TemplateRow = {
  channel: 'pigeon' as TemplateRow['channel'],
  account: 'main',
  template: '1',
  name: 'order',
  language: 'tr',
  state: 'approved',
  quality: null,
  category: null,
  why: null,
  at: start,
}
const template = { name: 'order', language: 'tr', values: { '1': 'Ayşe' } }
const file = (more: Partial<Attachment> = {}): Attachment => ({
  id: 'att_1',
  name: 'fiş.png',
  type: 'image/png',
  size: 100,
  sha256: null,
  state: 'stored',
  source: { blob: 'sha256:0' },
  ...more,
})

describe('the window', () => {
  it.each([
    ['the last millisecond', after({ hours: 24, ms: -1 }), 'free'],
    ['a day', after({ hours: 24 }), 'tagged'],
    ['the last millisecond of a week', after({ days: 7, ms: -1 }), 'tagged'],
  ] as const)('W3 %s after the customer’s message', (_name, now, as) => {
    expect(fit(draft(), facts({ now }))).toEqual({ as })
  })

  it('P16 closed: refused, naming what would work, and a template goes', () => {
    const now = after({ days: 7 })
    expect(fit(draft(), facts({ now }))).toMatchObject({
      misfit: { code: 'window_closed', facts: { wouldWork: 'template', window: { canReply: false } } },
    })
    expect(fit(draft({ text: '', template }), facts({ now, template: approved }))).toEqual({ as: 'template' })
  })

  it('the step for persons is none for a bot', () => {
    expect(fit(draft({ author: 'bot' }), facts({ now: after({ hours: 25 }) }))).toMatchObject({
      misfit: { code: 'window_closed' },
    })
  })

  it('W2 a customer who never wrote gets a template or nothing', () => {
    expect(fit(draft(), facts({ customerAt: null }))).toMatchObject({ misfit: { code: 'window_closed' } })
    expect(fit(draft({ text: '', template }), facts({ customerAt: null, template: approved }))).toEqual({
      as: 'template',
    })
  })

  it('a kind without windows is always free', () => {
    expect(fit(draft(), facts({ can: { ...dm, windows: [] }, customerAt: null }))).toEqual({ as: 'free' })
  })
})

describe('the content', () => {
  const code = (more: Partial<Draft>, about: Partial<FitFacts> = {}) => {
    const found = fit(draft(more), facts(about))
    return 'misfit' in found ? found.misfit : found
  }
  it('too long is refused with the length and the most, in the channel’s unit', () => {
    expect(code({ text: '👍'.repeat(41) })).toMatchObject({ code: 'too_long', facts: { length: 41, max: 40 } })
    expect(code({ text: '👍'.repeat(40) })).toEqual({ as: 'free' })
    const bytes = { ...dm, text: { ...dm.text, unit: 'bytes' as const } }
    expect(code({ text: 'ş'.repeat(21) }, { can: bytes })).toMatchObject({ facts: { length: 42 } })
  })

  it.each([
    [[file(), file(), file({ name: 'üç.png' })], 'too_many_files', 'üç.png'],
    [[file({ size: 101 })], 'file_too_large', 'fiş.png'],
    [[file({ type: 'text/html' })], 'file_type', 'fiş.png'],
  ] as const)('a file that does not fit is named', (attachments, expected, name) => {
    expect(code({ attachments })).toMatchObject({ code: expected, facts: { file: name } })
  })

  it('a type fits whatever its parameters and case', () => {
    expect(code({ attachments: [file({ type: 'Application/PDF; name=x', size: 1000 })] })).toEqual({ as: 'free' })
  })

  it.each([
    [{ text: ' ' }, 'empty'],
    [{ html: '<b>x</b>' }, 'html_not_supported'],
    [{ parts: [{ kind: 'poll' }] }, 'part_not_supported'],
    [{ copies: 1 }, 'copies_not_supported'],
  ] as const)('what this kind cannot do is refused: %o', (more, expected) => {
    expect(code(more as Partial<Draft>)).toMatchObject({ code: expected })
  })

  it('W11 a template that is not approved, not known, or not filled in is refused here', () => {
    const paused = { ...approved, state: 'paused' as const }
    expect(code({ template }, { template: paused })).toMatchObject({
      code: 'template_not_approved',
      facts: { state: 'paused' },
    })
    expect(code({ template }, { template: null })).toMatchObject({ code: 'template_unknown' })
    const unfilled = { ...template, values: { '1': 'Sayın {{ name }}' } }
    expect(code({ template: unfilled }, { template: approved })).toMatchObject({
      code: 'unknown_variable',
      facts: { variable: 'name' },
    })
  })

  it('what can be answered once is answered once', () => {
    const can = { ...dm, replies: 'one-final' as const }
    expect(code({}, { can, last: replyRow() })).toMatchObject({ code: 'already_answered' })
    expect(code({}, { can })).toEqual({ as: 'free' })
  })
})

describe('a part that goes once to each message', () => {
  const can = { ...dm, windows: [], parts: ['private_reply'], once: { part: 'private_reply', withinHours: 168 } }
  const privately = draft({ parts: [{ kind: 'private_reply' }] })
  const at = (more: Partial<FitFacts>) => fit(privately, facts({ can, ...more }))

  it('goes while the message is young and took none; after that it is refused with the way out', () => {
    const answers = { writtenAt: start, spent: false }
    expect(at({ answers, now: after({ days: 7, ms: -1 }) })).toEqual({ as: 'free' })
    const late = at({ answers, now: after({ days: 7 }) })
    expect(late).toMatchObject({ misfit: { code: 'window_closed', why: expect.stringContaining('without the part') } })
    expect(at({ answers: { ...answers, spent: true } })).toMatchObject({ misfit: { code: 'already_answered' } })
  })

  it('is no matter of answers without it', () =>
    expect(fit(draft(), facts({ can, answers: { writtenAt: start, spent: true } }))).toEqual({ as: 'free' }))
})
