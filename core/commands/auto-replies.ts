// Automatic replies: made, changed, dropped; a text that could not be said and one that would never be sent are refused before they are kept.
import { Type, type Static } from 'typebox'
import { autoReplyHours, autoReplyKinds, AutoReplyText } from '../../schemas/auto-reply.ts'
import { Condition } from '../../schemas/rule.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import type { AutoReplyRow } from '../ports/auto-reply-rows.ts'
import { command, type Refusal } from '../ports/command.ts'
import { whyNotTexts } from '../rules/auto-reply/words.ts'
import { autoReplyDefault } from '../rules/desk-defaults.ts'
import { channelsAsked, namesOfAutoReply } from '../rules/desk-names.ts'
import { whyNotACondition } from '../rules/match/check-condition.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotPut,
  whyOddKind,
  type DeskFacts,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notTheirs } from './refusals.ts'

const id = idOf('automatic reply')
const scope = (of: string) => Type.Optional(nullable(names(of), `${of} null: of all.`))
export const PutAutoReplyInput = Type.Object(
  {
    id: Type.Optional(id),
    version,
    name: Type.Optional(inputs.word('As people call it; it stands in the history of what it answered.')),
    weight: Type.Optional(
      Type.Integer({
        minimum: -1_000_000,
        maximum: 1_000_000,
        description:
          'Smaller first; of equals the smaller id. The first of its kind that fits is sent. 0 when left out.',
      }),
    ),
    isActive: Type.Optional(Type.Boolean({ description: 'false: it is kept, and never sent.' })),
    kind: Type.Optional(
      oneOf(
        autoReplyKinds,
        'opened: a ticket was opened, where conversations are not live. greeting: the first word of a live conversation. outOfHours: they wrote while we are closed. busy: a live conversation waits, and nobody who is online has room.',
      ),
    ),
    hours: Type.Optional(oneOf(autoReplyHours, 'Of the calendar, when the customer wrote; `any` when left out.')),
    calendar: Type.Optional(
      nullable(
        Type.String({ minLength: 1, maxLength: 63 }),
        'Whose hours; null: those of the ticket’s brand. Without any it is always open.',
      ),
    ),
    brands: scope('Of these brands.'),
    channels: scope('Of these channels.'),
    accounts: scope('Of these accounts, each `channel/id`.'),
    when: Type.Optional(nullable(Condition, 'What must be so, as in a rule; null: always.')),
    texts: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' }), AutoReplyText, {
        maxProperties: 50,
        description: 'What is said, by language: the customer’s, else the brand’s, else English, else the first.',
      }),
    ),
    resolve: Type.Optional(
      Type.Boolean({
        description:
          'true: the ticket is resolved with it, under the topic "Automatic Replies", and comes back when they write again; not where conversations are live.',
      }),
    ),
  },
  { ...inputs.closed, description: 'An automatic reply, made or changed.' },
)
export type PutAutoReplyInput = Static<typeof PutAutoReplyInput>
export const DropAutoReplyInput = Type.Object(
  { id },
  { ...inputs.closed, description: 'An automatic reply that goes.' },
)
export type DropAutoReplyInput = Static<typeof DropAutoReplyInput>

const empty: AutoReplyRow = { ...autoReplyDefault, id: '', name: '', kind: 'opened', texts: {}, version: 0 }

export const putAutoReply = command({
  name: 'put-auto-reply',
  input: PutAutoReplyInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: PutAutoReplyInput, read) => deskFacts(input, read),
  decide(input: PutAutoReplyInput, facts, moment, by) {
    const known = facts.desk.autoReplies.rows.get(input.id ?? '') ?? null
    const refusal = whyNotPut({ what: 'auto-reply', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    if (known === null && input.kind === undefined)
      return invalid('kind_missing', 'kind', `A new automatic reply needs a kind: ${autoReplyKinds.join(', ')}.`)
    const base = known ?? { ...empty, id: input.id ?? moment.newId('aut') }
    const autoReply = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const odd = notTheirs(by, [known, autoReply], facts.desk) ?? whyNot(autoReply, facts)
    if (odd !== null) return odd
    const changes = [{ do: 'put-auto-reply', autoReply, create: known === null }] as const
    return saved({ what: 'auto-reply', id: autoReply.id, known, input, changes }, { moment, by })
  },
})

function whyNot(it: AutoReplyRow, facts: DeskFacts): Refusal | null {
  const channels = (it.channels ?? []).map((name) => ({ field: 'channels', name }))
  const nowhere =
    whyLoose(facts, namesOfAutoReply(it), [...channels, ...channelsAsked(it.when)]) ?? whyOddKind(it.when, facts)
  if (nowhere !== null) return nowhere
  if (it.kind === 'outOfHours' && it.hours === 'inside')
    return invalid(
      'invalid_auto_reply',
      'hours',
      'One for when we are closed is never sent while we are open. Leave hours out, or choose another kind.',
    )
  if (it.resolve && (it.kind === 'greeting' || it.kind === 'busy'))
    return invalid(
      'invalid_auto_reply',
      'resolve',
      `A ${it.kind} is said in live conversations, and those are not over with a word of a machine. Leave resolve out.`,
    )
  const odd = it.when === null ? null : whyNotACondition(it.when, facts.desk)
  if (odd !== null) return invalid('invalid_auto_reply', odd.field.replaceAll('/', '.'), odd.why)
  const text = whyNotTexts(it.texts)
  return text === null ? null : invalid(text.code, text.field, text.why)
}

export const dropAutoReply = command({
  name: 'drop-auto-reply',
  input: DropAutoReplyInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: DropAutoReplyInput, read) => deskFacts(input, read),
  decide({ id }: DropAutoReplyInput, { desk }, moment, by) {
    const known = desk.autoReplies.rows.get(id)
    if (known === undefined) return notFound('automatic reply')
    return (
      notTheirs(by, [known], desk) ??
      dropped('auto-reply', id, [{ do: 'drop-auto-reply', autoReply: id }], { moment, by })
    )
  },
})
