// What is sealed in a letter: put in for the one call; what cannot be opened is not sent, and what cannot be opened just now waits.
import { expect, it } from 'vitest'
import type { ConversationId, WorkspaceId } from '../../schemas/ids.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { outbound } from '../../test/support/outbound.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { GatewayError } from '../errors.ts'
import type { AnyChannel } from '../ports/channel.ts'
import type { Secrets } from '../ports/edges.ts'
import { sealedMark, sealedPlace } from '../ports/outbound.ts'
import type { Delivery, LiveAccount } from '../ports/queues.ts'
import { attempt, type AttemptDeps } from './attempt-delivery.ts'

const conversation = 'cnv_1' as ConversationId
const letter = {
  id: 'rep_1',
  workspace: 'main' as WorkspaceId,
  conversation,
  channel: 'letters',
  account: 'main',
  wasSending: false,
  outbound: outbound({ text: `Come in: ${sealedMark}`, sealed: 'sealed:1:1:x' }),
} as unknown as Delivery

async function tried(open: Secrets['open']) {
  const sent: string[] = []
  const channel = {
    can: {},
    send: async ({ text }: { readonly text: string }) => {
      sent.push(text)
      return { is: 'sent', externalId: '1' } as const
    },
  }
  const deps = {
    channels: new Map([['letters', channel as unknown as AnyChannel]]),
    directory: { open: () => ({}) },
    secrets: { open },
    meter: { observe: () => undefined },
    clock: handClock(),
    logger: keptLog(),
    says: () => Promise.resolve(),
  } as unknown as Parameters<typeof attempt>[2] & AttemptDeps
  return { outcome: await attempt(letter, {} as LiveAccount, deps, new AbortController().signal), sent }
}

it('S25 a link is put into its letter by the key of the one conversation it is for', async () => {
  const places: unknown[] = []
  const { outcome, sent } = await tried(async (...asked) => {
    places.push(asked)
    return 'https://inlet.example/join#$&'
  })
  expect([outcome.is, sent]).toEqual(['sent', ['Come in: https://inlet.example/join#$&']])
  expect(places).toEqual([['main', sealedPlace(conversation), 'sealed:1:1:x']])
})

it('S25 F1 a database that is away makes its letter wait; only one that can never be opened is given up, and neither goes out without', async () => {
  const away = await tried(() => Promise.reject(new GatewayError('store.unavailable', 'the database is away')))
  expect(away).toMatchObject({ outcome: { is: 'try-later', scope: 'message', why: 'the database is away' }, sent: [] })
  const never = await tried(() => Promise.reject(new GatewayError('settings.invalid', 'sealed for another place')))
  expect(never).toMatchObject({ outcome: { is: 'refused', code: 'unreadable' }, sent: [] })
})
