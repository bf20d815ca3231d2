// What a person or tool asks: permission → idempotency key → locks → facts → decide → apply and emit → answer, in one transaction.
import { createHash, randomUUID } from 'node:crypto'
import { GatewayError, isGatewayError } from '../errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { idFrom, type WorkspaceId } from '../../schemas/ids.ts'
import type { Clock, Meter } from '../ports/edges.ts'
import {
  isRefusal,
  type Answer,
  type Asker,
  type Command,
  type Commands,
  type Outcome,
  type Refusal,
} from '../ports/command.ts'
import type { Store, StoreTx } from '../ports/store.ts'
import { lockOf, type Moment } from '../ports/worker.ts'
import { holds } from '../rules/roles.ts'
import { raise } from './raise.ts'
import { nameOf } from './rounds.ts'

export interface RunCommandDeps {
  readonly store: Store
  readonly clock: Clock
  readonly meter: Meter
}
interface Ask {
  readonly workspace: WorkspaceId
  readonly by: Asker
  readonly idempotencyKey: string | null
  readonly fingerprint?: string
}

/** A call that meets a conflict is decided again so often before the caller is told. */
const maxConflicts = 8

export function makeCommands(deps: RunCommandDeps): Commands {
  return { run: (it, input, ask) => runCommand(it, input, { ask, deps }) }
}

type Call = { readonly ask: Ask; readonly deps: RunCommandDeps }

async function runCommand<I, F>(it: Command<I, F>, input: I, { ask, deps }: Call): Promise<Outcome> {
  if (it.scope !== null && !holds(ask.by.scopes, it.scope))
    return {
      refuse: 'forbidden',
      code: 'scope_missing',
      why: `Whoever asks may not do "${it.name}": it needs the scope ${it.scope}.`,
    }
  // Derived ids are the same when this call is decided again, and different for another call.
  const call = randomUUID()
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await deps.store.transaction(async (enter) =>
        inTransaction(it, input, { tx: await enter(ask.workspace), call, ask }),
      )
    } catch (error) {
      if (error instanceof Refused) return error.refusal
      if (!isGatewayError(error, 'store.conflict') || conflicts >= maxConflicts) throw error
      deps.meter.count('conflicts', { worker: `command ${it.name}` })
      await deps.clock.sleep(2 ** conflicts + conflicts, new AbortController().signal)
    }
  }
}

interface Inside {
  readonly tx: StoreTx
  readonly call: string
  readonly ask: Ask
}

/** A refusal rolls the transaction back by leaving it as a throw; it holds nothing to keep. */
class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.why)
    this.refusal = refusal
  }
}

async function inTransaction<I, F>(it: Command<I, F>, input: I, inside: Inside): Promise<Outcome> {
  const { tx, ask } = inside
  const key = ask.idempotencyKey === null ? null : `${it.name}:${ask.by.actor.id ?? ''}:${ask.idempotencyKey}`
  const inputHash = ask.fingerprint ?? createHash('sha256').update(JSON.stringify(input)).digest('hex')
  if (key !== null) {
    const earlier = await answeredBefore(key, inputHash, tx)
    if (earlier !== null) return earlier
  }
  const decision = await decide(it, input, inside)
  await tx.apply(decision.changes)
  const answer = await show(decision.answer, tx)
  if (key !== null) await tx.keepAnswer(key, inputHash, answer)
  if (decision.raised.length > 0) await tx.emit(decision.raised)
  return { ...answer, repeated: false }
}

/** Two calls with one key at once: the second waits here and then finds the first one's answer. */
async function answeredBefore(key: string, inputHash: string, tx: StoreTx): Promise<Outcome | null> {
  await tx.lock([lockOf('thread', 'answer', key)])
  const earlier = await tx.answered(key)
  if (earlier === null) return null
  if (earlier.inputHash === inputHash) return { status: earlier.status, body: earlier.body, repeated: true }
  throw new Refused({
    refuse: 'conflict',
    code: 'idempotency_key_reused',
    why: 'This Idempotency-Key was used with another body. Use a new key for a new request.',
    field: 'Idempotency-Key',
  })
}

async function decide<I, F>(it: Command<I, F>, input: I, { tx, call, ask }: Inside) {
  const { facts, held } = await factsUnderLocks(it, input, tx)
  const moment = momentOf(`${ask.workspace}:${it.name}`, call, tx)
  const decision = it.decide(input, facts, moment, ask.by)
  if (isRefusal(decision)) throw new Refused(decision)
  for (const lock of it.moreLocks?.(input, facts) ?? [])
    if (!held.has(nameOf(lock)))
      throw new GatewayError('store.conflict', `${it.name} met ${lock.name} that it had not locked`)
  const { channel, account } = decision.about ?? { channel: null, account: null }
  const raised: readonly AnyEvent[] = raise(decision.events, {
    channel,
    account,
    workspace: ask.workspace,
    decider: it.name,
    name: call,
    event: null,
    correlation: decision.about?.correlation ?? ask.by.correlation,
    actor: ask.by.actor,
    origin: 'live',
    now: moment.now,
  })
  return { changes: decision.changes, answer: decision.answer, raised }
}

/** What the input names is locked first; what facts reveal then; facts are read again under both. */
async function factsUnderLocks<I, F>(
  it: Command<I, F>,
  input: I,
  tx: StoreTx,
): Promise<{ facts: F; held: Set<string> }> {
  const first = it.locks(input)
  if (first.length > 0) await tx.lock(first)
  const held = new Set(first.map(nameOf))
  const facts = await it.facts(input, tx.read)
  const more = (it.moreLocks?.(input, facts) ?? []).filter((key) => !held.has(nameOf(key)))
  if (more.length === 0) return { facts, held }
  await tx.lock(more)
  for (const key of more) held.add(nameOf(key))
  return { facts: await it.facts(input, tx.read), held }
}

function momentOf(name: string, call: string, tx: StoreTx): Moment {
  let n = 0
  return { now: tx.now, newId: (prefix) => idFrom(prefix, 'command', name, call, n++) }
}

async function show(answer: Answer, tx: StoreTx): Promise<{ readonly status: number; readonly body: unknown }> {
  if ('body' in answer) return answer
  const body = await tx.show(answer.show, answer.id)
  if (body === null)
    throw new GatewayError('worker.fault', `nothing to show: ${answer.show} ${answer.id} is not there after the change`)
  return { status: answer.status, body }
}
