// A token that is renewed: one process at a time, stored before anybody uses it, so that a single-use one is never lost.
import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../../core/errors.ts'
import type { Clock, Secrets } from '../../../core/ports/edges.ts'
import type { Accounts, Leases, LiveAccount } from '../../../core/ports/queues.ts'
import { accountLock } from '../../../core/rules/account-lock.ts'
import { takeLocks } from '../locks.ts'
import { statement } from '../statement.ts'
import { inTransaction, type TransactionDeps } from '../transaction.ts'

const stored = statement(
  'renew_stored',
  `select a.secrets ->> ($2::json ->> 'name') as sealed from account a
   where a.workspace = $1 and a.channel = $2::json ->> 'channel' and a.id = $2::json ->> 'id'`,
)
// The end is no secret: it stands among the facts, where people see it.
const store = statement(
  'renew_store',
  `update account a set secrets = (a.secrets::jsonb || jsonb_build_object(q.name, q.sealed))::json,
     facts = jsonb_strip_nulls(a.facts::jsonb || jsonb_build_object(q.name || 'ExpiresAt', q."expiresAt"))::json
   from json_to_record($2::json) as q (channel text, id text, name text, was text, sealed text, "expiresAt" text)
   where a.workspace = $1 and a.channel = q.channel and a.id = q.id and a.secrets ->> q.name is not distinct from q.was`,
)

export interface RenewDeps extends TransactionDeps {
  readonly leases: Leases
  readonly secrets: Secrets
  readonly clock: Clock
}
export interface Renewal {
  readonly account: LiveAccount
  readonly name: string
  readonly make: Parameters<Accounts['renew']>[2]
}

/** Longer than a vendor may take to answer. */
const leaseSeconds = 60
const lookEveryMs = 200

export async function renewSecret({ account, name, make }: Renewal, deps: RenewDeps): Promise<string> {
  const owner = randomUUID()
  const lease = `renew/${account.channel}/${account.id}/${name}`
  const place = `${account.channel}/${account.id}/${name}`
  await takeLease(lease, owner, deps)
  try {
    const sealed = await sealedNow(account, name, deps)
    const old = sealed === null ? '' : await deps.secrets.open(account.workspace, place, sealed)
    // Somebody renewed it while we waited: theirs is the one that works.
    if (sealed !== (account.secrets[name] ?? null)) return old
    const made = await make(old)
    const kept = await deps.secrets.seal(account.workspace, place, made.value)
    await inTransaction(async (enter) => {
      const inside = await enter(account.workspace)
      await takeLocks(inside, [accountLock(account.channel, account.id)])
      await inside.run(store, {
        channel: account.channel,
        id: account.id,
        name,
        was: sealed, // somebody may have given another one meanwhile: theirs stays
        sealed: kept,
        expiresAt: made.expiresAt,
      })
    }, deps)
    return made.value
  } finally {
    await deps.leases.release(lease, owner)
  }
}

async function takeLease(lease: string, owner: string, { leases, clock }: RenewDeps): Promise<void> {
  const until = clock.ticks() + leaseSeconds * 1000
  while ((await leases.take(lease, owner, leaseSeconds)) === null) {
    if (clock.ticks() > until)
      throw new GatewayError(
        'store.unavailable',
        `Could not renew ${lease}: another process has been at it for a minute.`,
      )
    await clock.sleep(lookEveryMs, new AbortController().signal)
  }
}

async function sealedNow(account: LiveAccount, name: string, deps: RenewDeps): Promise<string | null> {
  return inTransaction(async (enter) => {
    const inside = await enter(account.workspace)
    const [row] = await inside.run<{ sealed: string | null }>(stored, {
      channel: account.channel,
      id: account.id,
      name,
    })
    if (row === undefined)
      throw new GatewayError('event.invalid', `The account ${account.channel}/${account.id} is not there any more.`)
    return row.sealed
  }, deps)
}
