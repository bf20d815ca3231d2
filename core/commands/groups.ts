// Groups of agents (D55): made, changed, dropped, with who is in them.
import { Type, type Static } from 'typebox'
import { FollowUp } from '../../schemas/lifecycle.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import type { GroupRow } from '../ports/desk-rows.ts'
import { boardLock, type Change } from '../ports/worker.ts'
import { groupDefault } from '../rules/desk-defaults.ts'
import { given } from '../rules/desk-names.ts'
import { noChannel } from '../rules/assign/need.ts'
import {
  daysAnew,
  deskFacts,
  dropped,
  idOf,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotDropped,
  whyNotPut,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound } from './refusals.ts'

const id = idOf('group')
export const PutGroupInput = Type.Object(
  {
    id: Type.Optional(id),
    version,
    name: Type.Optional(inputs.word('As people call it.')),
    description: Type.Optional(nullable(Type.String({ maxLength: 2000, description: 'What it is for.' }))),
    agents: Type.Optional(names('All of its members, by their ids; left out: as they are.')),
    channels: Type.Optional(
      names('Whose tickets come to it first, when it is a default group; `none` for those of no channel.'),
    ),
    followUp: Type.Optional(nullable(FollowUp, 'null: as it is set for brand and account.')),
    isDefault: Type.Optional(
      Type.Boolean({
        description: 'What no rule gave to anybody on its channels comes here first; of several the smallest id.',
      }),
    ),
  },
  { ...inputs.closed, description: 'A group, made or changed.' },
)
export type PutGroupInput = Static<typeof PutGroupInput>
export const DropGroupInput = Type.Object({ id }, { ...inputs.closed, description: 'A group that goes.' })
export type DropGroupInput = Static<typeof DropGroupInput>

/** Who may get what changes with it: nobody gives out work meanwhile. */
const locks = () => [boardLock, settingsLock]
const empty: GroupRow = { ...groupDefault, id: '', name: '', version: 0 }

export const putGroup = command({
  name: 'put-group',
  input: PutGroupInput,
  scope: 'people:write',
  locks,
  facts: (input: PutGroupInput, read) => deskFacts(input, read),
  decide(input: PutGroupInput, facts, moment, by) {
    const known = facts.desk.groups.get(input.id ?? '') ?? null
    const { agents } = input
    const refusal =
      whyNotPut({ what: 'group', id: input.id ?? null, known, asked: input }) ??
      whyLoose(
        facts,
        given('agent', 'agents', agents),
        (input.channels ?? []).filter((it) => it !== noChannel).map((name) => ({ field: 'channels', name })),
      )
    if (refusal !== null) return refusal
    const base = known ?? { ...empty, id: input.id ?? moment.newId('grp') }
    const group = merged(base, { ...input, id: base.id, version: base.version + 1 })
    if (group.isDefault && group.channels.length === 0)
      return invalid('channels_missing', 'channels', 'A default group gets tickets of channels: say of which.')
    const members = agents === undefined ? {} : { agents }
    const put: Change = { do: 'put-group', group, ...members, create: known === null }
    const changes = [put, ...(known === null ? daysAnew(group.followUp, moment) : [])]
    return saved({ what: 'group', id: group.id, known, input, changes }, { moment, by })
  },
})

/** Its members are let go, and what waits for it waits for anybody; tickets keep its name, as they keep that of a brand that is gone. */
export const dropGroup = command({
  name: 'drop-group',
  input: DropGroupInput,
  scope: 'people:write',
  locks,
  facts: (input: DropGroupInput, read) => deskFacts(input, read),
  decide({ id }: DropGroupInput, { desk }, moment, by) {
    const known = desk.groups.get(id)
    if (known === undefined) return notFound('group')
    const changes: readonly Change[] = [{ do: 'drop-group', group: id }, ...daysAnew(known.followUp, moment)]
    return whyNotDropped(desk, 'group', id) ?? dropped('group', id, changes, { moment, by })
  },
})
