// The workspace's own settings: its name, how long a customer may come back to a ticket, when a resolved one closes.
import { Type, type Static } from 'typebox'
import { AutoReplyBudgets } from '../../schemas/auto-reply.ts'
import { lifecycleFields } from '../../schemas/lifecycle.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import type { WorkspaceRow } from '../ports/rows.ts'
import { lockOf } from '../ports/worker.ts'
import { audit } from './audited.ts'
import * as inputs from './inputs.ts'
import { staleVersion } from './refusals.ts'

export const PutWorkspaceInput = Type.Object(
  {
    version: Type.Integer({ minimum: 1, description: 'The version you saw.' }),
    name: Type.Optional(inputs.word('As people call it.')),
    onReply: Type.Optional(lifecycleFields.onReply),
    followUpDays: Type.Optional(lifecycleFields.followUpDays),
    closeDays: Type.Optional(lifecycleFields.closeDays),
    requireTopic: Type.Optional(Type.Boolean({ description: 'Resolving a ticket needs a topic (D8).' })),
    autoReplyBudgets: Type.Optional(
      nullable(AutoReplyBudgets, 'How much a machine may say before it falls silent; null: as the house says.'),
    ),
  },
  { ...inputs.closed, description: 'What of the workspace is to change.' },
)
export type PutWorkspaceInput = Static<typeof PutWorkspaceInput>

export const putWorkspace = command({
  name: 'put-workspace',
  input: PutWorkspaceInput,
  scope: 'settings:write',
  locks: () => [lockOf('desk', 'workspace')],
  facts: (_input: PutWorkspaceInput, read) => read.workspace(),
  decide(input: PutWorkspaceInput, known: WorkspaceRow, moment, by) {
    const { version, ...set } = input
    if (version !== known.version) return staleVersion('workspace', known.version)
    const workspace: WorkspaceRow = { ...known, ...set, version: known.version + 1 }
    const { onReply, followUpDays, closeDays, autoReplyBudgets } = workspace
    const about = { onReply, followUpDays, closeDays, ...autoReplyBudgets }
    const line = audit({ what: 'workspace.changed', subject: known.id, about }, { moment, by })
    return {
      changes: [{ do: 'put-workspace', workspace }, line],
      events: [],
      answer: { status: 200, show: 'workspace', id: known.id } as const,
    }
  },
})
