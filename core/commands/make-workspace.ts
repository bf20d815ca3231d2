// A new workspace, asked for from inside: the caller enters it before it is there, and row security shows nothing else.
import { Type, type Static } from 'typebox'
import { lifecycleDefault, lifecycleFields } from '../../schemas/lifecycle.ts'
import { isGatewayError } from '../errors.ts'
import { command } from '../ports/command.ts'
import type { WorkspaceRow } from '../ports/rows.ts'
import { lockOf } from '../ports/worker.ts'
import { audit } from './audited.ts'
import * as inputs from './inputs.ts'

export const MakeWorkspaceInput = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'The workspace: small letters, digits, hyphens.',
    }),
    name: inputs.word('As people call it.'),
    onReply: Type.Optional(lifecycleFields.onReply),
    followUpDays: Type.Optional(lifecycleFields.followUpDays),
    closeDays: Type.Optional(lifecycleFields.closeDays),
  },
  { ...inputs.closed, description: 'A wall of its own around accounts, tickets and keys.' },
)
export type MakeWorkspaceInput = Static<typeof MakeWorkspaceInput>

interface Facts {
  readonly known: WorkspaceRow | null
  /** A new one of its name would be shown what belongs to the old one (S27). */
  readonly wasDropped: boolean
}

export const makeWorkspace = command({
  name: 'make-workspace',
  input: MakeWorkspaceInput,
  scope: 'admin',
  locks: () => [lockOf('desk', 'workspace')],
  async facts(_input: MakeWorkspaceInput, read): Promise<Facts> {
    const known = await read.workspace().catch((error: unknown) => {
      if (isGatewayError(error, 'event.invalid')) return null // it is not there, which is what we hope for
      throw error
    })
    return { known, wasDropped: (await read.workspaceHolds()).wasDropped }
  },
  decide(input: MakeWorkspaceInput, { known, wasDropped }, moment, by) {
    const { id, name, onReply, followUpDays, closeDays } = { ...lifecycleDefault, ...input }
    if (known !== null)
      return { refuse: 'conflict', code: 'exists', why: `There is a workspace "${id}" already.`, field: 'id' }
    if (wasDropped)
      return {
        refuse: 'conflict',
        code: 'was_dropped',
        why: `There was a workspace "${id}", and what happened in it is kept under that name. Choose another.`,
        field: 'id',
      }
    const life = { onReply, followUpDays, closeDays }
    const workspace: WorkspaceRow = { id, name, ...life, requireTopic: false, autoReplyBudgets: null, version: 1 }
    return {
      changes: [{ do: 'put-workspace', workspace }, audit({ what: 'workspace.created', subject: id }, { moment, by })],
      events: [],
      answer: { status: 201, show: 'workspace', id } as const,
    }
  },
})
