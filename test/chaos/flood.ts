// Callers at full rate who do not wait for each other, and what the process they call grows to meanwhile.
import { readFileSync } from 'node:fs'
import type { Member } from './member.ts'
import type { Stage } from './stage.ts'

const callers = 64

/** As a vendor with much to tell; what they were answered is in the ledger. Over when all of them heard the last answer. */
export async function flood(
  { vendor, ledger, run }: Pick<Stage, 'vendor' | 'ledger' | 'run'>,
  round: number,
  isOver: () => boolean,
): Promise<readonly number[]> {
  const statuses: number[] = []
  const text = 'sel '.repeat(1_000)
  const caller = async (n: number): Promise<void> => {
    for (let turn = 0; !isOver(); turn += 1) {
      const id = `wamid.${run}flood${round}x${n}x${turn}`
      const knock = await vendor.write({ customer: 800 + n, id, text }, { retry: false })
      ledger.add({ is: 'sent', id, customer: 800 + n, answers: knock.statuses })
      statuses.push(knock.status)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, n) => caller(n)))
  return statuses
}

/** From now on, until it is asked: by how much a process grew at the most. */
export function growthOf(member: Member | undefined): () => { readonly before: number; readonly most: number } {
  const now = (): number => megabytesOf(member?.pid ?? 0)
  const before = now()
  let most = before
  const watching = setInterval(() => (most = Math.max(most, now())), 50)
  return () => {
    clearInterval(watching)
    return { before, most }
  }
}
const megabytesOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** A process may hold what waits to be durable (64 MB) and what that costs in objects; not what it is sent. */
export const mayGrowMegabytes = 320
